"""A browser chat that speaks the Telegram Bot API: the unchanged bot on one side, a visitor's browser on the other."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog
from aiohttp import web

from webchat.bot_api import BotApi
from webchat.chats import BotIdentity, Chats
from webchat.erasing import forget, said
from webchat.limits import Limits
from webchat.page_api import PageApi
from webchat.payments import Till
from webchat.store import open_store

__all__ = ["BotIdentity", "Webchat", "forget", "said"]

log = structlog.get_logger()

_FORGETS_EVERY_S = 600.0


class Webchat:
    """The browser chat: `bot_api` is bound to loopback for the bot, `page` is mounted where visitors come."""

    def __init__(self, chats: Chats, bot_api: web.Application, page: web.Application) -> None:
        self._chats, self.bot_api, self.page = chats, bot_api, page
        self._forgetting = asyncio.create_task(self._forget(), name="webchat forgets")

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
        discreet: Callable[[str], str] = lambda text: text,
        events_kept: int = 1000,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> "Webchat":
        """Open the store at `sqlite:///path` or `postgres://...` (schema `webchat`) and build both sides.

        `secret` signs the visitors' cookies, `translate(language, text)` is the shop's catalogs, the first of `languages`
        is spoken with those whose browser asks for none of them; `limits=False` lifts the rate limits, for benchmarks;
        what a visitor writes is kept as `discreet` returns it;
        a tab that missed more than `events_kept` events of its chat takes the history anew.
        """
        store = await open_store(database)
        chats = Chats(store, bot, now_ms, events_kept=events_kept)
        await store.listen(chats.heard)
        till = Till(chats)
        page = PageApi(
            *(chats, till),
            secret=secret,
            translate=translate,
            languages=languages,
            limits=limits,
            discreet=discreet,
        )
        return cls(chats, BotApi(chats, till, Limits(now_ms, on=limits)).app(), page.app())

    async def close(self) -> None:
        """Keep what is open and close."""
        self._forgetting.cancel()
        await asyncio.gather(self._forgetting, return_exceptions=True)
        await self._chats.store.close()

    async def forget_old(self) -> None:
        """Forget what nobody can ask for any more; an open chat does so by itself."""
        await self._chats.forget_old()

    async def _forget(self) -> None:
        while True:
            try:
                await self.forget_old()
            except Exception:
                log.exception("webchat.forgets_nothing")
            await asyncio.sleep(_FORGETS_EVERY_S)
