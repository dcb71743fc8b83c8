"""The bots of an open shop, each with an intake and a delivery of its own; Telegram's is taken up when Telegram answers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import structlog
from aiohttp import web
from telegram import BotCommand
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from bot.app import COMMANDS, build
from bot.context import House, ShopApplication
from bot.delivery import Delivery
from bot.forum import Forum
from bot.intake import UPDATES, Intake
from bot.photos import Photos
from bot.request import seconds_to_wait
from bot.scans import Scans
from shop.errors import CannotStart
from storefront.kernel import db, ids, secret
from storefront.kernel.settings import Settings
from storefront.kernel.texts import LANGUAGES, Texts

log = structlog.get_logger()

_WORKERS = 4
_PAUSE_MAX_S = 30.0
# So long the browser chat waits for Telegram, which may come up beside it; then it opens alone.
_TELEGRAM_WITHIN_S = 3.0


async def open_bot(stack: AsyncExitStack, application: ShopApplication, *, api: str) -> None:
    """Get to know a bot at its Bot API, however long that takes to answer. Raises InvalidToken."""
    stack.push_async_callback(application.bot.shutdown)
    await _insist(application.initialize, api)
    stack.push_async_callback(application.shutdown)


def serve_bot(
    stack: AsyncExitStack, application: ShopApplication, house: House, *, polled: bool, limits: bool
) -> Intake:
    """Begin to hear and to speak through an open bot, until the stack closes."""
    intake = Intake({application.bot.id: (application, house)}, workers=_WORKERS)
    intake.start([application.bot.id] if polled else [])
    delivery = Delivery(application, house, limits=limits)
    delivery.start()
    photos = Photos(application.bot)
    photos.start()
    scans = Scans(application.bot, house)
    scans.start()

    async def stop() -> None:
        # At once: each may take a few seconds to finish what it is at.
        await asyncio.gather(intake.stop(), delivery.stop(), photos.stop(), scans.stop())

    stack.push_async_callback(stop)
    db.spawn(_introduce(application))
    return intake


class Telegram:
    """The shop's bot in Telegram. The shop opens without it when Telegram does not answer, and takes it up when it does."""

    def __init__(self, settings: Settings, bots: dict[int, ShopApplication], *, limits: bool) -> None:
        assert settings.telegram_token is not None
        self.bot_id = int(settings.telegram_token.partition(":")[0])
        self.application = build(token=settings.telegram_token, api=settings.telegram_api)
        self._settings, self._bots, self._limits = settings, bots, limits
        self._stack = AsyncExitStack()
        self._pushed: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._reached = False

    def route(self) -> web.RouteDef:
        """Where Telegram pushes to; what it pushes before it has answered us is sent back, to come again."""

        async def receive(request: web.Request) -> web.StreamResponse:
            if self._pushed is None:
                raise web.HTTPServiceUnavailable
            return await self._pushed(request)

        return web.post(f"/telegram/{self.bot_id}", receive)

    @property
    def address(self) -> str | None:
        """Where customers find it, once Telegram has answered."""
        return f"https://t.me/{self.application.bot.username}" if self._reached else None

    async def open(self) -> None:
        """Take it up, or leave that for later. Raises CannotStart when Telegram refuses a setting.

        Without a browser chat there is nobody to talk with meanwhile, and no address for the pages to lead to: wait.
        A process that has only the jobs asks Telegram nothing until money goes back.
        """
        if not self._settings.roles & {"web", "bot"}:
            return
        self._connecting = asyncio.create_task(self._connect(), name="telegram")
        await asyncio.wait({self._connecting}, timeout=_TELEGRAM_WITHIN_S if self._settings.webchat else None)
        if self._connecting.done():
            self._connecting.result()
        else:
            self._connecting.add_done_callback(_note_refusal)

    async def close(self) -> None:
        """Leave."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._stack.aclose()
        await self.application.bot.shutdown()

    async def _connect(self) -> None:
        application, api = self.application, self._settings.telegram_api
        try:
            await open_bot(self._stack, application, api=api)
        except InvalidToken:
            raise CannotStart(f"TELEGRAM_TOKEN: {api} does not know this token") from None
        serves, pushed = "bot" in self._settings.roles, self._settings.webhook
        if serves and not pushed:
            await _insist(application.bot.delete_webhook, api)
        address, inline = f"https://t.me/{application.bot.username}", application.bot.supports_inline_queries
        house = House(self._settings, "telegram", address, inline, self._settings.desk_group)
        intake = self._serve(house) if serves else self._receive(house)
        if pushed and "web" in self._settings.roles:
            await self._ask_to_push(intake)
        self._reached = True
        if serves:
            self._bots[self.bot_id] = application

    def _serve(self, house: House) -> Intake:
        polled = not self._settings.webhook
        intake = serve_bot(self._stack, self.application, house, polled=polled, limits=self._limits)
        if house.desk_group is not None:
            forum = Forum(self.application, house, group=house.desk_group, limits=self._limits)
            forum.start()
            self._stack.push_async_callback(forum.stop)
        return intake

    def _receive(self, house: House) -> Intake:
        """Keep what is pushed, for the processes with the role `bot` to handle."""
        intake = Intake({self.bot_id: (self.application, house)}, workers=0)
        self._stack.push_async_callback(intake.stop)
        return intake

    async def _ask_to_push(self, intake: Intake) -> None:
        api, address = self._settings.telegram_api, f"{self._settings.public_url}/telegram/{self.bot_id}"
        shared = ids.digest(await secret.kept(f"webhook {self.bot_id}"))
        self._pushed = intake.webhook(self.bot_id, shared).handler

        async def ask() -> None:
            await self.application.bot.set_webhook(address, secret_token=shared, allowed_updates=list(UPDATES))

        try:
            await _insist(ask, api)
        except BadRequest as error:
            raise CannotStart(f"PUBLIC_URL: {api} pushes nothing to {address} ({error})") from None


async def _insist(ask: Callable[[], Awaitable[Any]], api: str) -> None:
    """Ask the Bot API until it answers: it may come up after us, and replicas that start together are told to wait."""
    pause, silent = 0.5, False
    while True:
        try:
            await ask()
            break
        except (BadRequest, InvalidToken):
            raise
        except RetryAfter as error:
            pause = seconds_to_wait(error)
        except TelegramError as error:
            # What is no Bot API's answer, a proxy's page say, is an error of this kind, too.
            if not silent:
                log.warning("bot.unreachable", api=api, error=str(error), hint="it is asked again until it answers")
            silent = True
        await asyncio.sleep(pause)
        pause = min(pause * 2, _PAUSE_MAX_S)
    if silent:
        log.info("bot.reached", api=api)


async def _introduce(application: ShopApplication) -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        commands = [BotCommand(name, texts.gettext(told)) for name, (_, told) in COMMANDS.items()]
        code = None if language == "en" else language.split("_")[0]
        try:
            await application.bot.set_my_commands(commands, language_code=code)
        except TelegramError as error:
            log.warning("commands.unset", language=language, error=str(error))


def _note_refusal(connecting: asyncio.Task[None]) -> None:
    if connecting.cancelled() or (error := connecting.exception()) is None:
        return
    told = {"reason": str(error)} if isinstance(error, CannotStart) else {"exc_info": error}
    log.error("telegram.not_served", **told, hint="restart the shop when that is mended")
