"""Telegram as far as inline mode goes: people in chats of their own who ask `@bot honey`, choose, and see a card change.

A small Bot API server over HTTP with Telegram's own answers and errors. What passes is kept as the checker of Bot API
calls reads it, and judged by it at the end, where the checker is at hand.
"""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.bot.conftest import wish_of

CHECKER = Path(__file__).parents[2].parent / "shared" / "tools" / "botapi" / "botapi_check.py"
_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
_SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)
Update = dict[str, Any]


@dataclass
class Refused(Exception):
    """The server's no."""

    code: int
    description: str
    retry_after: int | None = None


@dataclass
class Post:
    """A message that somebody posted from the results: `looks` are the texts and buttons it has had."""

    inline_message_id: str
    looks: list[tuple[str, list[dict[str, Any]]]]
    preview: dict[str, Any]

    @property
    def text(self) -> str:
        """What it says now."""
        return self.looks[-1][0]

    @property
    def button(self) -> dict[str, Any]:
        """Its one button now."""
        (button,) = self.looks[-1][1]
        return button


@dataclass
class Elsewhere:
    """The server. `faults` are what it answers next to a method instead of doing it; photos can be fetched once `fetchable`."""

    api: str = ""
    inline: bool = True
    feedback: bool = True
    posts: dict[str, Post] = field(default_factory=dict)
    faults: dict[str, list[Refused]] = field(default_factory=dict)
    said: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    trace: list[dict[str, Any]] = field(default_factory=list)
    photo: bytes = b""
    fetchable: asyncio.Event = field(default_factory=asyncio.Event)
    _updates: list[Update] = field(default_factory=list)
    _numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    _asked: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def called(self, method: str) -> list[dict[str, Any]]:
        """The wishes of each call of this method, in their order."""
        return [wish for name, wish in self.calls if name == method]

    async def until(self, happened: Callable[[], Any], seconds: float = 30) -> Any:
        """Wait for something to be so after a call, or fail."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(happened)
            return happened()

    async def tells(self, kind: str, told: dict[str, Any]) -> None:
        """Something happens that the bot hears of."""
        async with self._changed:
            self._updates.append({"update_id": self._numbers(), kind: told})
            self._changed.notify_all()

    async def answer(self, request: web.Request) -> web.Response:
        """One call of the bot."""
        method = request.match_info["method"]
        wish = wish_of(request.headers.get("Content-Type", ""), await request.read())
        self.calls.append((method, wish))
        files = {name: {"size": len(value)} for name, value in wish.items() if isinstance(value, bytes)}
        params = {name: value for name, value in wish.items() if name not in files}
        record = {"method": method, "params": params, "files": files, "t": time.time(), "bot": "777"}
        if method != "getUpdates":
            self.trace.append(record)
        try:
            if waiting := self.faults.get(method):
                raise waiting.pop(0)
            result = await getattr(self, f"_{method}", self._yes)(wish)
        except Refused as no:
            told: dict[str, Any] = {"ok": False, "error_code": no.code, "description": no.description}
            if no.retry_after is not None:
                told["parameters"] = {"retry_after": no.retry_after}
            record.update(told)
            return web.json_response(told, status=no.code)
        finally:
            async with self._changed:
                self._changed.notify_all()
        record["ok"] = True
        return web.json_response({"ok": True, "result": result})

    async def download(self, _request: web.Request) -> web.Response:
        """A file that somebody sent."""
        return web.Response(body=self.photo)

    async def _getFile(self, wish: dict[str, Any]) -> dict[str, Any]:
        await self.fetchable.wait()
        return {"file_id": wish["file_id"], "file_unique_id": "u", "file_size": len(self.photo), "file_path": "one.jpg"}

    async def _yes(self, _wish: dict[str, Any]) -> bool:
        return True

    async def _getMe(self, _wish: dict[str, Any]) -> dict[str, Any]:
        me = {"id": 777, "is_bot": True, "first_name": "Market", "username": "market_bot"}
        return {**me, "supports_inline_queries": self.inline}

    async def _getUpdates(self, wish: dict[str, Any]) -> list[Update]:
        wanted, offset = wish["allowed_updates"], wish["offset"]
        self._updates = [one for one in self._updates if one["update_id"] >= offset and (one.keys() & set(wanted))]
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wish["timeout"]):
                    await self._changed.wait_for(lambda: self._updates)
        now = time.time()
        self.trace += [{"update": one, "t": now, "via": "getUpdates"} for one in self._updates]
        return self._updates

    async def _answerInlineQuery(self, wish: dict[str, Any]) -> bool:
        waiting = self._asked.pop(wish["inline_query_id"], None)
        if waiting is None or waiting.done():
            raise Refused(400, _TOO_OLD)
        waiting.set_result(wish)
        return True

    async def _sendMessage(self, wish: dict[str, Any]) -> dict[str, Any]:
        markup = wish.get("reply_markup")
        self.said.append({**wish, "reply_markup": json.loads(markup) if isinstance(markup, str) else markup})
        chat = {"id": int(wish["chat_id"]), "type": "private"}
        return {"message_id": self._numbers(), "date": int(time.time()), "chat": chat}

    async def _sendPhoto(self, wish: dict[str, Any]) -> dict[str, Any]:
        file = {"file_id": f"AgAC{self._numbers()}", "file_unique_id": "u", "width": 9, "height": 9}
        return {**await self._sendMessage({"text": wish["caption"], **wish}), "photo": [file]}

    async def _editMessageText(self, wish: dict[str, Any]) -> Any:
        if "inline_message_id" not in wish:
            return await self._sendMessage(wish)
        post = self.posts.get(wish["inline_message_id"])
        if post is None:
            raise Refused(400, "Bad Request: MESSAGE_ID_INVALID")
        look = (wish["text"], wish["reply_markup"]["inline_keyboard"][0])
        if post.looks[-1] == look:
            raise Refused(400, _SAME)
        post.looks.append(look)
        post.preview = wish["link_preview_options"]
        return True


@dataclass
class Somebody:
    """Somebody in Telegram, named in tests."""

    there: Elsewhere
    id: int
    name: str
    language: str = "en"

    @property
    def _self(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language}

    async def types(self, query: str, offset: str = "") -> asyncio.Future[dict[str, Any]]:
        """She types after the bot's name; the bot's answer is still to come."""
        number = str(self.there._numbers())
        asked = self.there._asked[number] = asyncio.get_running_loop().create_future()
        await self.there.tells("inline_query", {"id": number, "from": self._self, "query": query, "offset": offset})
        return asked

    async def asks(self, query: str, offset: str = "") -> dict[str, Any]:
        """What she is offered for what she types."""
        return await asyncio.wait_for(await self.types(query, offset), 30)

    async def chooses(self, result: dict[str, Any]) -> Post:
        """She posts one of the results in some chat; the bot is told when BotFather's inline feedback is on."""
        number, content = f"AgAAA{self.there._numbers()}", result["input_message_content"]
        look = (content["message_text"], result["reply_markup"]["inline_keyboard"][0])
        post = self.there.posts[number] = Post(number, [look], content["link_preview_options"])
        if self.there.feedback:
            told = {"result_id": result["id"], "from": self._self, "query": "", "inline_message_id": number}
            await self.there.tells("chosen_inline_result", told)
        return post

    async def says(self, text: str) -> str:
        """She writes to the bot; returns what it answers first."""
        before = len(self.there.said)
        await self.writes(text)
        return str((await self.there.until(lambda: self.there.said[before:]))[0]["text"])

    async def writes(self, text: str, **more: Any) -> None:
        """She writes to the bot, and does not wait for an answer."""
        chat = {"id": self.id, "type": "private", "first_name": self.name}
        number, now = self.there._numbers(), int(time.time())
        told = {"message_id": number, "date": now, "chat": chat, "from": self._self, "text": text, **more}
        if text.startswith("/"):
            told["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]
        await self.there.tells("message", told)


@contextlib.asynccontextmanager
async def elsewhere(there: Elsewhere | None = None) -> AsyncIterator[Elsewhere]:
    """The server, open; what the bot asked of it is judged when it closes."""
    there = there or Elsewhere()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", there.answer)
    app.router.add_get("/file/bot{token}/{path}", there.download)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.api = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield there
    finally:
        await runner.cleanup()
    wrong = judged(there.trace)
    assert not wrong, f"Telegram would not take this: {wrong}"


def judged(trace: list[dict[str, Any]]) -> list[str]:
    """What Telegram would refuse of these calls; nothing where the checker is not at hand."""
    if not CHECKER.exists():
        return []
    spec = spec_from_file_location("botapi_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    checker = module_from_spec(spec)
    sys.modules["botapi_check"] = checker
    spec.loader.exec_module(checker)
    findings, _ = checker.check_records(trace, checker.Spec())
    return [f"{found['method']} {found['rule']} {found['msg']}" for found in findings if found["sev"] == "E"]
