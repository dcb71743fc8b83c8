"""A second Bot API server in Telegram's place, with people who talk there, and a shop that serves both."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
import structlog
from aiohttp import web

from shop import logs, running
from shop.demo import pictures, preparing
from shop.running import Shop
from storefront import catalog, files, search
from storefront.catalog import Source
from storefront.kernel import db
from storefront.kernel.settings import Settings
from webchat import BotIdentity, Webchat

BOT = BotIdentity(777, "777:" + "t" * 35, "market_bot", "Market")
GOODS = Path(__file__).parents[1] / "journeys" / "goods.jsonl"
OpenShop = Callable[..., AbstractAsyncContextManager[Shop]]


@dataclass
class Fault:
    """What the server answers to methods that begin so instead of doing it, so many times; to one chat or to all."""

    method: str
    times: int
    code: int
    chat_id: int | None = None
    retry_after: int | None = None

    def concerns(self, method: str, wish: dict[str, Any]) -> bool:
        """Whether this call is one that fails."""
        return (
            self.times > 0 and method.startswith(self.method) and self.chat_id in (None, int(wish.get("chat_id") or 0))
        )


@dataclass
class Telegram:
    """Where the bot's people are (`address`), and the way there for the bot (`api`), on which each call is seen.

    Methods that begin as `hanging` says are not answered for a minute.
    """

    upstream: str
    address: str = ""
    api: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    polling: int = 0
    most_polling: int = 0
    proxy_of: str = ""
    pushed: Counter[int] = field(default_factory=Counter)
    hanging: str = ""
    hung: asyncio.Event = field(default_factory=asyncio.Event)

    def called(self, method: str) -> list[dict[str, Any]]:
        """The wishes of each call of this method, in their order."""
        return [wish for name, wish in self.calls if name == method]

    async def relay(self, request: web.Request) -> web.Response:
        """Hand a call on, unless it is to fail."""
        method, body = request.match_info["method"], await request.read()
        wish = wish_of(request.headers.get("Content-Type", ""), body)
        fault = next((fault for fault in self.faults if fault.concerns(method, wish)), None)
        if fault is not None:
            fault.times -= 1
            return _refusal(fault)
        if self.hanging and method.startswith(self.hanging):
            self.hung.set()
            await asyncio.sleep(60)
        self.calls.append((method, wish))
        url = f"{self.upstream}{request.path}"
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        if method == "setWebhook":
            # The proxy that speaks https for the shop stands on this machine, too.
            body, headers = (
                json.dumps({**wish, "url": f"{self.api}/hook/{wish['url'].split('/', 3)[3]}"}).encode(),
                {"Content-Type": "application/json"},
            )
        self.polling += method == "getUpdates"
        self.most_polling = max(self.most_polling, self.polling)
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.request(request.method, url, data=body, headers=headers) as answer,
            ):
                return web.Response(body=await answer.read(), status=answer.status, content_type="application/json")
        except aiohttp.ClientError:
            return web.json_response({"ok": False, "error_code": 502, "description": "Bad Gateway"}, status=502)
        finally:
            self.polling -= method == "getUpdates"

    async def push(self, request: web.Request) -> web.Response:
        """Hand an update on to the shop, as a proxy in front of it does."""
        headers = {name: value for name, value in request.headers.items() if name.startswith("X-Telegram")}
        url = f"{self.proxy_of}/{request.match_info['path']}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=await request.read(), headers=headers) as answer,
        ):
            self.pushed[answer.status] += 1
            return web.Response(status=answer.status)


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """The second server, without limits of its own: the tests say what it refuses."""
    chat = await Webchat.open(
        database=f"sqlite:///{tmp_path / 'telegram.sqlite3'}",
        secret=b"telegram",
        bot=BOT,
        translate=lambda _, text: text,
        languages=("en", "zh_Hans", "ru", "ar"),
        limits=False,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(chat.close)
        page = web.Application()
        page.add_subapp("/chat/", chat.page)
        there = Telegram(await serve(stack, chat.bot_api))
        there.address = await serve(stack, page)
        between = web.Application(client_max_size=20 * 1024 * 1024)
        between.router.add_route("*", "/bot{token}/{method}", there.relay)
        between.router.add_post("/hook/{path:.*}", there.push)
        there.api = await serve(stack, between)
        yield there


@pytest.fixture
def open_shop(url: str, tmp_path: Path, telegram: Telegram) -> OpenShop:
    """Opens the shop of this test's database for both kinds of people; again, it is the same shop after a restart."""

    @contextlib.asynccontextmanager
    async def open_(*, limits: bool = True, **changes: Any) -> AsyncIterator[Shop]:
        told = {"port": 0, "welcome_points": 2310, "data_dir": tmp_path, "database_url": url, **at(telegram), **changes}
        settings = Settings.model_validate(told)
        await stock(settings)
        logs.to_stderr("WARNING")
        try:
            async with running.opened(settings, limits=limits) as shop:
                telegram.proxy_of = shop.address
                yield shop
        finally:
            # What follows has another stderr.
            structlog.reset_defaults()

    return open_


def at(telegram: Telegram) -> dict[str, Any]:
    """The settings that lead to the second server."""
    return {"telegram_token": BOT.token, "telegram_api": telegram.api}


async def stock(settings: Settings) -> None:
    """Put a few goods on the shelves, and open the branches."""
    await running.open_database(settings)
    try:
        if not await catalog.newest(1):
            await preparing.open_branches(settings)
            await catalog.import_rows(catalog.read_rows(GOODS, Source()), on_items=search.index)
            picture = await files.keep(
                content=pictures.draw({"picture": {"shape": "sack", "color": "#d9b26a", "label": "大米"}}),
                mime="image/jpeg",
            )
            for photo in await catalog.photos_without_file(10):
                await catalog.set_photo(item_id=photo.item_id, position=photo.position, file_hash=picture)
    finally:
        await db.disconnect()


async def serve(stack: contextlib.AsyncExitStack, app: web.Application) -> str:
    """Serve on loopback until the stack closes; returns the address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def wish_of(kind: str, body: bytes) -> dict[str, Any]:
    """What a call asks for, in whichever form it came."""
    if kind.startswith("application/json"):
        return dict(json.loads(body))
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode()))
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
    assert isinstance(parts, list)
    return {
        str(part.get_param("name", header="content-disposition")): content if part.get_filename() else content.decode()
        for part in parts
        if isinstance(content := part.get_payload(decode=True), bytes)
    }


def _refusal(fault: Fault) -> web.Response:
    told: dict[str, Any] = {"ok": False, "error_code": fault.code, "description": f"Refused: {fault.code}"}
    if fault.retry_after is not None:
        told["parameters"] = {"retry_after": fault.retry_after}
    return web.json_response(told, status=fault.code)
