"""The browser chat alone: its Bot API on one port, its page on another, a clock that the test turns, on both databases."""

import contextlib
import io
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from tests.support.visitor import Visitor
from webchat import BotIdentity, Webchat

TOKEN = "7:test"
SECRET = b"a secret of the tests"
SENTENCES = {"There is nothing to send.": "没有可发送的内容。"}


class Clock:
    """The time, which the test may turn on."""

    def __init__(self) -> None:
        self.turned_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.turned_ms

    def turn_on(self, seconds: float) -> None:
        self.turned_ms += int(seconds * 1000)


class Guest(Visitor):
    """A visitor whose chat has a number, and who makes wishes by hand."""

    id: int

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.id = (await self.told("history"))["me"]["id"]
        return self

    async def wish(self, path: str, **wish: Any) -> tuple[int, dict[str, Any]]:
        """A wish of her own number."""
        return await self.post(path, **{"client_id": str(uuid.uuid4()), **wish})

    async def done(self, path: str, **wish: Any) -> dict[str, Any]:
        """A wish that comes true."""
        status, answer = await self.wish(path, **wish)
        assert status == 200, answer
        return answer

    async def told(self, path: str) -> dict[str, Any]:
        """What the page reads."""
        async with self.session.get(f"{self.address}/chat/{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()  # type: ignore[no-any-return]

    async def upload(
        self, *photos: bytes, client_id: str | None = None, caption: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Send photos."""
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("client_id", client_id or str(uuid.uuid4()))
        form.add_field("caption", caption)
        for photo in photos:
            form.add_field("photo", io.BytesIO(photo), filename="photo.jpg", content_type="image/jpeg")
        async with self.session.post(f"{self.address}/chat/upload", data=form) as response:
            return response.status, await response.json()

    @contextlib.asynccontextmanager
    async def tab(self, after: int = 0) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """An open tab of her browser."""
        async with self.session.ws_connect(f"{self.address}/chat/events?after={after}") as socket:
            yield socket


class House:
    """The chat's server, and the bot's side of it."""

    def __init__(self, database: str, clock: Clock, *, limits: bool = True, events_kept: int = 1000) -> None:
        self._database, self.clock, self._limits, self._events_kept = database, clock, limits, events_kept

    async def __aenter__(self) -> Self:
        self._stack = contextlib.AsyncExitStack()
        self.chat = await Webchat.open(
            database=self._database,
            secret=SECRET,
            bot=BotIdentity(id=7, token=TOKEN, username="pindan_bot", name="Pindan"),
            translate=lambda language, text: SENTENCES.get(text, text) if language == "zh_Hans" else text,
            languages=("en", "zh_Hans", "ru", "ar"),
            limits=self._limits,
            events_kept=self._events_kept,
            now_ms=self.clock,
        )
        self._stack.push_async_callback(self.chat.close)
        front = web.Application()
        front.add_subapp("/chat", self.chat.page)
        self.page = await self._serve(front)
        self.api = await self._serve(self.chat.bot_api)
        self.session = await self._stack.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def comes(self, *, language: str = "en") -> Guest:
        """Somebody opens the chat."""
        return await self._stack.enter_async_context(Guest(self.page, language=language))

    async def call(self, method: str, /, **values: Any) -> dict[str, Any]:
        """A call of the Bot API, as JSON; the whole answer."""
        async with self.session.post(f"{self.api}/bot{TOKEN}/{method}", json=values) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == (200 if answer["ok"] else answer["error_code"])
            return answer

    async def does(self, method: str, /, **values: Any) -> Any:
        """A call that is done; its result."""
        answer = await self.call(method, **values)
        assert answer["ok"], answer
        return answer["result"]

    async def refuses(self, method: str, /, **values: Any) -> str:
        """A call that is a Bad Request; Telegram's words for it."""
        answer = await self.call(method, **values)
        assert not answer["ok"], answer
        assert answer["error_code"] == 400
        return str(answer["description"]).removeprefix("Bad Request: ")

    async def says(self, to: Guest, text: str = "Hello", **values: Any) -> dict[str, Any]:
        """The shop says something."""
        return await self.does("sendMessage", chat_id=to.id, text=text, **values)  # type: ignore[no-any-return]

    async def sends(self, method: str, files: dict[str, bytes], **values: Any) -> dict[str, Any]:
        """A call with uploads."""
        form = aiohttp.FormData()
        for name, value in values.items():
            form.add_field(name, str(value))
        for name, content in files.items():
            form.add_field(name, io.BytesIO(content), filename=f"{name}.bin", content_type="application/octet-stream")
        async with self.session.post(f"{self.api}/bot{TOKEN}/{method}", data=form) as response:
            return await response.json()  # type: ignore[no-any-return]

    async def hears(self, type_: str, *, seconds: int = 5, **values: Any) -> dict[str, Any]:
        """The next update, which is of this type; it is confirmed."""
        found = await self.does("getUpdates", timeout=seconds, limit=1, **values)
        assert found, f"no {type_} came"
        await self.does("getUpdates", offset=found[0]["update_id"] + 1, limit=1)
        return found[0][type_]  # type: ignore[no-any-return]

    async def _serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own_database(url: str, tmp_path: Path) -> str:
    """Where the chat keeps its messages: a file of its own, or its schema beside the shop's tables."""
    return f"sqlite:///{tmp_path}/webchat.sqlite3" if url.startswith("sqlite") else url


@pytest.fixture
async def house(own_database: str, clock: Clock) -> AsyncIterator[House]:
    async with House(own_database, clock) as opened:
        yield opened


@pytest.fixture
async def ann(house: House) -> Guest:
    return await house.comes()


@pytest.fixture
async def bob(house: House) -> Guest:
    return await house.comes()


@pytest.fixture
def photo() -> Callable[..., bytes]:
    """A picture: `photo(640, 480, "red")`, `photo(1, 1, "red", "PNG")`."""

    def drawn(width: int = 640, height: int = 480, colour: str = "red", format_: str = "JPEG", **saved: Any) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(out, format_, **saved)
        return out.getvalue()

    return drawn


Photo = Callable[..., bytes]
