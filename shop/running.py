"""Opening the shop and closing it again: database, browser chat, bots, pages, jobs, as far as they are this process's."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiohttp import web

from bot.app import build
from bot.context import House, ShopApplication
from shop import refunding, search_commands, serving
from shop.bots import Telegram, open_bot, serve_bot
from shop.errors import CannotStart
from storefront import app as storefront_app
from storefront import fulfilment, jobs, payments, points, search
from storefront.kernel import cards, db, events, secret
from storefront.kernel.settings import ROLES, Settings
from storefront.kernel.texts import LANGUAGES, Texts, use_timezone
from storefront.reactions import reactions
from webchat import BotIdentity, Webchat

log = structlog.get_logger()

# Periods come as timedelta: else python-telegram-bot warns with every 429, and where warnings are errors the 429 is lost.
os.environ["PTB_TIMEDELTA"] = "true"

_HOW_TO_CLOSE = "Ctrl-C closes it; what happened is kept."
_WEBCHAT_BOT = 1
_WEBCHAT_USERNAME = "pindan_bot"
_SHUTDOWN_S = 2.0
# Whatever hangs then loses nothing by being left: a kill would do no harm either.
_CLOSED_WITHIN_S = 8.0
# The bots have gone before their server closes: what still waits there is a long poll that nobody listens to.
_UNHEARD_S = 0.05


Relay = Callable[[str], Awaitable[str]]


async def direct(api: str) -> str:
    """No recorder: the bot talks to the Bot API itself."""
    return api


@dataclass
class Shop:
    """An open shop: where its page side listens, and the Bot API that the browser chat serves."""

    settings: Settings
    address: str
    bot_api: str | None
    token: str | None
    bots: Mapping[int, ShopApplication] = field(default_factory=dict)
    telegram: str | None = None


async def open_database(settings: Settings, *, migrating: bool = True) -> list[str]:
    """Connect and migrate, and index anew what another version has indexed; returns the migrations that were applied.

    Without `migrating` a database that would have to be is refused, and nothing in it changed.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"DATA_DIR: there can be no folder {settings.data_dir} ({error.strerror})") from None
    assert settings.database_url is not None
    try:
        await db.connect(settings.database_url, pool=settings.database_pool, synchronous=settings.sqlite_synchronous)
    except db.CannotOpen as error:
        chosen = "DATABASE_URL" if "database_url" in settings.model_fields_set else "DATA_DIR"
        raise CannotStart(f"{chosen}: {error}") from None
    use_timezone(settings.timezone)
    points.use_terms(_terms(settings))
    fulfilment.use_terms(
        fulfilment.Terms(ship_within_days=settings.ship_within_days, silent_days=settings.parcel_silent_days)
    )
    events.listen(reactions(welcome_points=settings.welcome_points))
    if migrating:
        applied = await db.migrate()
        if await search.is_behind():
            await search_commands.rebuild_with_bar()
        return applied
    if await db.outdated():
        await db.disconnect()
        raise CannotStart("The database is not of this version: run `pindan migrate` first, after a backup.")
    return []


def _terms(settings: Settings) -> points.Terms:
    return points.Terms(
        grace_days=settings.points_grace_days,
        life_days=settings.points_life_days,
        end_with_year=settings.points_end_with_year,
        remind_days=settings.points_reminder_days,
        return_days=settings.return_days,
        send_daily=settings.points_send_daily,
        spend_daily=settings.points_spend_daily,
    )


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, limits: bool = True, relay: Relay = direct) -> AsyncIterator[Shop]:
    """The whole shop, open until the block ends.

    `limits=False` lifts the channels' rate limits, for benchmarks; `relay` is told the Bot API's address and returns the
    one that the bot shall talk to instead, for a recorder in between.
    """
    _must_be_shared(settings)
    async with contextlib.AsyncExitStack() as stack:
        await open_database(settings)
        stack.push_async_callback(db.disconnect)
        bots: dict[int, ShopApplication] = {}
        chat: Webchat | None = None
        api: str | None = None
        token: str | None = None
        if settings.webchat:
            # Whatever the roles: money that was paid in this chat goes back through its Bot API.
            chat, api, token = await _open_webchat(settings, stack, limits)
            if "bot" in settings.roles:
                bots[_WEBCHAT_BOT] = build(token=token, api=await relay(api))
                await open_bot(stack, bots[_WEBCHAT_BOT], api=api)
        telegram = Telegram(settings, bots, limits=limits) if settings.telegram_token else None
        payments.use_refunders(refunding.refunders(webchat_api=api, telegram=telegram))
        if telegram is not None:
            stack.push_async_callback(telegram.close)
            await telegram.open()
        ready = False

        def close() -> None:
            nonlocal ready
            ready = False

        site = _site(settings, lambda: ready, chat, telegram, bots)
        address = await _serve(stack, site, settings.host, settings.port)
        if _WEBCHAT_BOT in bots:
            house = House(settings, "webchat", f"https://t.me/{_WEBCHAT_USERNAME}")
            serve_bot(stack, bots[_WEBCHAT_BOT], house, polled=True, limits=limits)
        if "jobs" in settings.roles:
            stack.push_async_callback(_cancel, asyncio.create_task(jobs.run(), name="jobs"))
        ready = True
        stack.callback(close)
        yield Shop(settings, address, api, token, bots, telegram.address if telegram is not None else None)


def _must_be_shared(settings: Settings) -> None:
    assert settings.database_url is not None
    if settings.roles < set(ROLES) and settings.database_url.startswith("sqlite"):
        raise CannotStart(
            "ROLES: processes share a shop on PostgreSQL (DATABASE_URL); on SQLite one process has all roles"
        )


def _site(
    settings: Settings,
    ready: Callable[[], bool],
    chat: Webchat | None,
    telegram: Telegram | None,
    bots: Mapping[int, ShopApplication],
) -> web.Application:
    """What this process serves: the pages and the chat's, or only what says how it is."""

    def served() -> Mapping[int, str]:
        return {bot: "webchat" if bot == _WEBCHAT_BOT else "telegram" for bot in bots}

    if "web" not in settings.roles:
        return storefront_app.build_watched(settings, ready=ready, bots=served)
    pages = storefront_app.build(
        settings,
        ready=ready,
        chat=_way_in(chat, telegram),
        telegram=lambda: telegram.address if telegram is not None else None,
        bots=served,
    )
    if telegram is not None and settings.webhook:
        pages.add_routes([telegram.route()])
    if chat is not None:
        # Before the chat, which answers for this address too.
        pages.router.add_get("/chat", _to_chat)
        pages.add_subapp("/chat/", chat.page)
    return pages


async def _nothing() -> None:
    await asyncio.Event().wait()


async def serve(
    settings: Settings, *, desk: str = "", meanwhile: Callable[[], Coroutine[Any, Any, None]] = _nothing
) -> None:
    """Open the shop, and keep it open until this is cancelled; `desk`: what is told of the way in there.

    `meanwhile`: what is done as long as it is open.
    """
    async with opened(settings) as shop:
        sys.stdout.write(f"{_greeting(shop, desk)}\n")
        sys.stdout.flush()
        await meanwhile()


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Do this until it is done, or until SIGTERM or Ctrl-C; then it has eight seconds to finish what it is at."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        stopped.cancel()
        await working
        return
    sys.stdout.write("Closing.\n")
    sys.stdout.flush()
    working.cancel()
    await asyncio.wait({working}, timeout=_CLOSED_WITHIN_S)
    if not working.done():
        log.error("closing.cut", seconds=_CLOSED_WITHIN_S)
        sys.stderr.flush()
        os._exit(0)
    with contextlib.suppress(asyncio.CancelledError):
        await working


def _greeting(shop: Shop, desk: str) -> str:
    lines = ["", f"{shop.settings.shop_name} is open."]
    if "web" not in shop.settings.roles:
        roles = ",".join(role for role in ROLES if role in shop.settings.roles)
        return "\n".join([*lines, f"  {roles:<13} {shop.address}/readyz", "", _HOW_TO_CLOSE, ""])
    lines.append(f"  storefront    {shop.address}/")
    if shop.bot_api:
        lines.append(f"  browser chat  {shop.address}/chat/")
    lines.append(f"  desk          {shop.address}/desk{desk}")
    if shop.telegram is not None:
        lines.append(f"  Telegram      {shop.telegram}")
    elif shop.settings.telegram_token:
        lines.append(
            f"  Telegram      {shop.settings.telegram_api} does not answer yet; it is asked again until it does"
        )
    return "\n".join([*lines, "", _HOW_TO_CLOSE, ""])


def _way_in(chat: Webchat | None, telegram: Telegram | None) -> str:
    if chat is not None or telegram is None:
        return "/chat/"
    return f"https://t.me/{telegram.application.bot.username}"


async def _open_webchat(settings: Settings, stack: contextlib.AsyncExitStack, limits: bool) -> tuple[Webchat, str, str]:
    token = f"{_WEBCHAT_BOT}:{await secret.kept('webchat token')}"
    chat = await Webchat.open(
        database=webchat_database(settings),
        secret=bytes.fromhex(await secret.kept("webchat cookies")),
        bot=BotIdentity(_WEBCHAT_BOT, token, _WEBCHAT_USERNAME, settings.shop_name),
        translate=lambda language, text: Texts(language).gettext(text),
        languages=(settings.default_language, *(code for code in LANGUAGES if code != settings.default_language)),
        limits=limits,
        discreet=cards.masked,
    )
    stack.push_async_callback(chat.close)
    # On loopback only: whoever can reach it needs the token still.
    api = await _serve(stack, chat.bot_api, "127.0.0.1", 0, shutdown_s=_UNHEARD_S)
    return chat, api, token


def webchat_database(settings: Settings) -> str:
    """Where the browser chat keeps what is said: a file of its own, or a schema of its own on PostgreSQL."""
    assert settings.database_url is not None
    if db.dialect() == "sqlite":
        return f"sqlite:///{settings.data_dir / 'webchat.sqlite3'}"
    return settings.database_url


async def _serve(
    stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int, shutdown_s: float = _SHUTDOWN_S
) -> str:
    try:
        number = await stack.enter_async_context(serving.served(app, host, port, shutdown_s=shutdown_s))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"PORT: {port} is taken on {host}; PORT=0 lets the system choose one") from None
        raise CannotStart(f"HOST and PORT: this machine cannot listen on {host}:{port}") from None
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{number}"  # noqa: S104  (compared, not bound)


async def _to_chat(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/chat/?{request.query_string}" if request.query_string else "/chat/")


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
