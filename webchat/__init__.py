"""A browser chat that speaks the Telegram Bot API: the unchanged bot on one side, a visitor's browser on the other."""

import time
from collections.abc import Callable, Sequence

from aiohttp import web

from webchat.bot_api import BotApi
from webchat.chats import BotIdentity, Chats
from webchat.limits import Limits
from webchat.page_api import PageApi
from webchat.payments import Till
from webchat.store import Store, open_store

__all__ = ["BotIdentity", "Webchat"]


class Webchat:
    """The browser chat: `bot_api` is bound to loopback for the bot, `page` is mounted where visitors come."""

    def __init__(self, store: Store, bot_api: web.Application, page: web.Application) -> None:
        self._store, self.bot_api, self.page = store, bot_api, page

    @classmethod
    async def open(
        cls,
        *,
        database: str,
        secret: bytes,
        bot: BotIdentity,
        translate: Callable[[str, str], str],
        languages: Sequence[str],
        limits: bool = True,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> "Webchat":
        """Open the store at `sqlite:///path` or `postgres://...` (schema `webchat`) and build both sides.

        `secret` signs the visitors' cookies, `translate(language, text)` is the shop's catalogs, the first of `languages`
        is spoken with those whose browser asks for none of them; `limits=False` lifts the rate limits, for benchmarks.
        """
        store = await open_store(database)
        chats = Chats(store, bot, now_ms)
        await store.listen(chats.heard)
        till = Till(chats)
        page = PageApi(chats, till, secret=secret, translate=translate, languages=languages, limits=limits)
        return cls(store, BotApi(chats, till, Limits(now_ms, on=limits)).app(), page.app())

    async def close(self) -> None:
        """Keep what is open and close."""
        await self._store.close()
