"""How many customers are served at once: from a search to a paid order, through the real bot and the browser chat."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, LabeledPrice, Update
from telegram.ext import ApplicationBuilder, ContextTypes, ExtBot, TypeHandler

from benchmarks.figures import databases, figure, folder
from benchmarks.visitors import UPDATES, crowd
from bot.request import AiohttpRequest
from shop import running
from shop.demo import preparing
from storefront import catalog, search
from storefront.kernel import db
from storefront.kernel.settings import Settings
from webchat import BotIdentity, Webchat

_TOKEN = "1:bench"
_WARM = 10
_PIECES = 1_000_000


async def measure(visitors: int = 200, times: int = 1, *, pictured: bool = True) -> None:
    """Print what the shop does with so many visitors at once, next to the floors of the same run."""
    told = times * UPDATES["buy"]
    with folder() as place:
        requests = await _requests(visitors, told)
        figure("bare_aiohttp_handler", requests, "requests/s")
        empty = await _updates(place / "empty.sqlite3", "tell", visitors, told)
        figure("bare_bot_with_empty_handler", empty, "updates/s", requests)
        answering = await _updates(place / "answering.sqlite3", "ask", visitors, told)
        figure("bare_bot_that_sends_a_message", answering, "updates/s", empty)
        selling = await _updates(place / "selling.sqlite3", "buy", visitors, times)
        figure("bare_bot_that_says_what_a_purchase_needs", selling, "updates/s", empty)
        async with databases(place) as found:
            for name, url in found.items():
                settings = Settings.model_validate(
                    {"port": 0, "data_dir": place, "database_url": url, "welcome_points": 2310}
                )
                await stock(settings, pictured)
                journeys, burst = await _shop(settings, visitors, times)
                figure(f"{name}_search_to_paid", journeys, "journeys/s")
                purchases = journeys * UPDATES["buy"]
                figure(f"{name}_purchases_to_bot_that_says_as_much", purchases, "updates/s", selling)
                figure(f"{name}_purchases_to_empty_handler", purchases, "updates/s", empty)
                figure(f"{name}_searches_to_bot_that_sends_a_message", burst, "updates/s", answering)
                figure(f"{name}_searches_to_empty_handler", burst, "updates/s", empty)


async def stock(settings: Settings, pictured: bool) -> None:
    """The demo's goods, enough of each for everybody."""
    if pictured:
        await preparing.prepare(settings)
    await running.open_database(settings)
    await preparing.open_branches(settings)
    rows = catalog.read_rows(preparing.CATALOG, catalog.Source())
    await catalog.import_rows([(at, replace(row, stock=_PIECES)) for at, row in rows], on_items=search.index)
    await db.disconnect()


async def _shop(settings: Settings, visitors: int, times: int) -> tuple[float, float]:
    """Purchases a second, and searches a second."""
    async with running.opened(settings, limits=False) as shop:
        await crowd("buy", shop.address, _WARM, 1)
        began, ended = await crowd("buy", shop.address, visitors, times)
        asked, answered = await crowd("ask", shop.address, visitors, times)
        paid = await db.rows("SELECT COUNT(*) AS n FROM orders WHERE state NOT IN ('placed', 'cancelled', 'expired')")
    assert paid[0]["n"] == _WARM + visitors * times
    return visitors * times / (ended - began), visitors * times / (answered - asked)


async def _updates(file: Path, action: str, visitors: int, times: int) -> float:
    """python-telegram-bot as it comes, with our transport and the same chat, and nothing that it must do or remember."""
    handled, ended = 0, 0.0
    answer = {"tell": _listen, "ask": _greet, "buy": _sell}[action]

    async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        nonlocal handled, ended
        await answer(update, context.bot)
        handled += 1
        ended = time.monotonic()

    async with _chat(file) as (address, api):
        request, polling = AiohttpRequest(), AiohttpRequest(connections=4)
        bot = ExtBot(_TOKEN, base_url=f"{api}/bot", request=request, get_updates_request=polling)
        async with ApplicationBuilder().bot(bot).build() as application:
            application.add_handler(TypeHandler(Update, handle))
            await application.start()
            await application.updater.start_polling(bootstrap_retries=0)
            began, _ = await crowd(action, address, visitors, times)
            updates = visitors * times * UPDATES[action]
            while handled < updates:
                await asyncio.sleep(0.01)
            await application.updater.stop()
            await application.stop()
    return updates / (ended - began)


async def _listen(_update: Update, _bot: ExtBot[None]) -> None:
    """Nobody is answered."""


async def _greet(update: Update, bot: ExtBot[None]) -> None:
    await bot.send_message(update.effective_chat.id, "Hello")


async def _sell(update: Update, bot: ExtBot[None]) -> None:
    """What the shop says from a search to a paid order, out of memory: the same calls, a word in each, and nothing kept."""
    if update.pre_checkout_query is not None:
        await update.pre_checkout_query.answer(ok=True)
    elif update.callback_query is not None:
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("Look", reply_markup=await _next_keys(update.callback_query, bot))
    elif update.effective_message.successful_payment is not None:
        await bot.send_message(update.effective_chat.id, "Paid. Order 1")
    else:
        await bot.send_message(update.effective_chat.id, "Found", reply_markup=_keys({"i:1": "1"}))


async def _next_keys(pressed: CallbackQuery, bot: ExtBot[None]) -> InlineKeyboardMarkup:
    if pressed.data == "i:1":
        return _keys({"b:1": "Buy"})
    sheet = await bot.create_invoice_link(
        "Rice", "5 kg", "1", "CNY", [LabeledPrice("Rice", 4690)], provider_token="DEMO"
    )
    return _keys({"kp:1": "● 1,000 points" if pressed.data == "kp:1" else "1,000 points"}, Pay=sheet)


def _keys(presses: dict[str, str], **links: str) -> InlineKeyboardMarkup:
    buttons = [InlineKeyboardButton(label, callback_data=data) for data, label in presses.items()]
    return InlineKeyboardMarkup([[*buttons, *(InlineKeyboardButton(label, url=url) for label, url in links.items())]])


@contextlib.asynccontextmanager
async def _chat(file: Path) -> AsyncIterator[tuple[str, str]]:
    """The browser chat as the shop opens it: the page's address and the Bot API's."""
    chat = await Webchat.open(
        database=f"sqlite:///{file}",
        secret=b"bench",
        bot=BotIdentity(1, _TOKEN, "bench_bot", "Bench"),
        translate=lambda _language, text: text,
        languages=("en",),
        limits=False,
    )
    page = web.Application()
    page.add_subapp("/chat/", chat.page)
    async with _served(page) as address, _served(chat.bot_api) as api:
        yield address, api
    await chat.close()


async def _requests(visitors: int, times: int) -> float:
    """aiohttp alone: the same visitors say the same to a handler that does nothing."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response()

    async def events(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    bare = web.Application()
    bare.add_routes([web.get("/chat/", page), web.get("/chat/events", events), web.post("/chat/send", page)])
    async with _served(bare) as address:
        began, ended = await crowd("tell", address, visitors, times)
    return visitors * times / (ended - began)


@contextlib.asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(measure())
