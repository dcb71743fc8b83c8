"""A browser chat with a small scripted shop behind it, and pages of it in a real Chromium."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image, ImageDraw
from playwright.async_api import Browser, BrowserContext, Page

from webchat import BotIdentity, Webchat

TOKEN = "7:page"
SECRET = b"a secret of the tests"


def picture(width: int, height: int, colour: str) -> bytes:
    """A photo of something round."""
    image = Image.new("RGB", (width, height), colour)
    draw = ImageDraw.Draw(image)
    side = min(width, height) * 0.6
    middle = (width / 2, height / 2)
    draw.ellipse((middle[0] - side / 2, middle[1] - side / 2, middle[0] + side / 2, middle[1] + side / 2), fill="white")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


class Line:
    """The wire between browser and server, which can be cut."""

    def __init__(self, port: int) -> None:
        self._to, self._ends, self._cut = port, set[asyncio.StreamWriter](), False

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        self._cut = True
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._cut = False

    async def close(self) -> None:
        self.cut()
        self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends |= {writer, far_writer}
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
        self._ends -= {writer, far_writer}


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()


class Shop:
    """The bot's side: what the visitor did waits in `updates`; `call` is the Bot API."""

    def __init__(self, url: str, api: str, line: Line) -> None:
        self.url, self._api, self.line = url, api, line
        self.session = aiohttp.ClientSession()
        self.updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        self._polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._polling
        await self.session.close()

    async def call(self, method: str, /, **values: Any) -> Any:
        async with self.session.post(f"{self._api}/bot{TOKEN}/{method}", json=values) as response:
            answer = await response.json()
            assert answer["ok"], answer
            return answer["result"]

    async def send_photos(self, visitor: int, contents: list[bytes], **values: Any) -> Any:
        form = aiohttp.FormData()
        form.add_field("chat_id", str(visitor))
        for name, value in values.items():
            form.add_field(name, value)
        if len(contents) == 1:
            form.add_field("photo", contents[0], filename="photo.jpg", content_type="image/jpeg")
        else:
            form.add_field(
                "media",
                "[" + ",".join(f'{{"type":"photo","media":"attach://p{n}"}}' for n in range(len(contents))) + "]",
            )
            for place, content in enumerate(contents):
                form.add_field(f"p{place}", content, filename="photo.jpg", content_type="image/jpeg")
        method = "sendPhoto" if len(contents) == 1 else "sendMediaGroup"
        async with self.session.post(f"{self._api}/bot{TOKEN}/{method}", data=form) as response:
            answer = await response.json()
            assert answer["ok"], answer
            return answer["result"]

    async def next(self, kind: str) -> dict[str, Any]:
        """What the visitor does next must be of this kind."""
        async with asyncio.timeout(10):
            update = await self.updates.get()
        assert kind in update, update
        return update[kind]  # type: ignore[no-any-return]

    async def _poll(self) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=5):
                offset = update["update_id"] + 1
                self.updates.put_nowait(update)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    chat = await Webchat.open(
        database=f"sqlite:///{tmp_path}/webchat.sqlite3",
        secret=SECRET,
        bot=BotIdentity(id=7, token=TOKEN, username="pindan_bot", name="Pindan"),
        translate=lambda language, text: text,
        languages=("en", "zh_Hans", "ru", "ar"),
        limits=False,
        events_kept=50,
    )
    front = web.Application()
    front.add_subapp("/chat", chat.page)
    page_runner, page_port = await _serve(front)
    api_runner, api_port = await _serve(chat.bot_api)
    line = Line(page_port)
    shop = Shop(await line.open(), f"http://127.0.0.1:{api_port}", line)
    yield shop
    await shop.close()
    await line.close()
    await page_runner.cleanup()
    await api_runner.cleanup()
    await chat.close()


async def _serve(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    return runner, port


class Ann:
    """Ann before her browser: a page, the number of her chat, and what the console complained of."""

    def __init__(self, shop: Shop, page: Page) -> None:
        self.shop, self.page = shop, page
        self.complaints: list[str] = []
        self.id = 0
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, query: str = "") -> None:
        await self.page.goto(f"{self.shop.url}/chat/{query}")
        await self.page.locator("body.ready").wait_for(state="attached", timeout=8000)

    async def begin(self) -> None:
        """Open the chat, press Start, and be greeted."""
        await self.open()
        await self.page.get_by_role("button", name="Start", exact=True).click()
        self.id = (await self.shop.next("message"))["from"]["id"]
        await self.shop.call("sendMessage", chat_id=self.id, text="Welcome!")
        await self.sees("Welcome!")

    async def write(self, text: str) -> None:
        await self.page.locator("#text").fill(text)
        await self.page.keyboard.press("Enter")

    async def sees(self, text: str) -> None:
        await self.page.get_by_text(text, exact=False).first.wait_for(timeout=8000)

    async def texts(self) -> list[str]:
        """What stands in the bubbles, without the times."""
        return await self.page.eval_on_selector_all(  # type: ignore[no-any-return]
            ".row[data-id] .text, .row[data-id].service > span",
            "nodes => nodes.map((node) => { const copy = node.cloneNode(true);"
            " copy.querySelector('.when')?.remove(); return copy.textContent; })",
        )

    async def answers(self, text: str, **values: Any) -> dict[str, Any]:
        """The shop says something, and Ann sees it."""
        message = await self.shop.call("sendMessage", chat_id=self.id, text=text, **values)
        await self.page.locator(f'.row[data-id="{message["message_id"]}"]').wait_for(timeout=8000)
        return message  # type: ignore[no-any-return]


Opening = Callable[..., Awaitable[Ann]]


@pytest.fixture
async def visit(shop: Shop, browser: Browser) -> AsyncIterator[Opening]:
    """Somebody comes with a browser: `await visit(width=390, height=844, language="ar", dark=True)`."""
    contexts: list[BrowserContext] = []
    visitors: list[Ann] = []

    async def come(
        *, width: int = 1280, height: int = 800, language: str = "en", dark: bool = False, phone: bool = False
    ) -> Ann:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            locale=language.replace("_", "-"),
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
        )
        contexts.append(context)
        ann = Ann(shop, await context.new_page())
        visitors.append(ann)
        return ann

    yield come
    for context in contexts:
        await context.close()
    complaints = [line for ann in visitors for line in ann.complaints]
    assert not complaints, complaints


@pytest.fixture
async def ann(visit: Opening) -> Ann:
    """Ann, at a desk, greeted by the shop."""
    ann = await visit()
    await ann.begin()
    return ann
