"""A visitor of the browser chat, over HTTP as a browser would: says, presses, pays, and waits for what the shop answers."""

import asyncio
import time
import uuid
from collections import defaultdict
from typing import Any, Self

import aiohttp

Message = dict[str, Any]


class Visitor:
    """Somebody with a browser, named in tests. Every press of hers must be answered: a spinner that stays is a failure."""

    def __init__(self, address: str, *, language: str = "en", cookies: aiohttp.CookieJar | None = None) -> None:
        self.address = address
        self.language = language
        self.session = aiohttp.ClientSession(
            cookie_jar=cookies or aiohttp.CookieJar(unsafe=True),
            headers={"X-Webchat": "1", "Accept-Language": language.replace("_", "-")},
        )
        self.taps = 0
        self.typed = 0
        self.toast = ""
        self._answers: defaultdict[str, asyncio.Future[Message]] = defaultdict(asyncio.Future)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.opens(self.address)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()
        await self.session.close()

    async def opens(self, address: str) -> None:
        """Open the chat there: the shop may have come back at another address."""
        await self._leave()
        self.address = address
        async with self.session.get(f"{address}/chat/") as response:
            assert response.status == 200, await response.text()
        self._socket = await self.session.ws_connect(f"{address}/chat/events?after={10**15}")
        self._listener = asyncio.create_task(self._listen(self._socket))

    def another_tab(self) -> "Visitor":
        """The same browser, opened once more."""
        jar = self.session.cookie_jar
        assert isinstance(jar, aiohttp.CookieJar)
        return Visitor(self.address, language=self.language, cookies=jar)

    async def user_id(self) -> int:
        """Her number at the Bot API."""
        async with self.session.get(f"{self.address}/chat/history?limit=1") as response:
            return int((await response.json())["me"]["id"])

    async def reply_keyboard(self) -> Any:
        """What stands in the place of her phone's keyboard."""
        async with self.session.get(f"{self.address}/chat/history?limit=1") as response:
            return (await response.json())["reply_keyboard"]

    async def history(self) -> list[Message]:
        """All that stands in the chat."""
        async with self.session.get(f"{self.address}/chat/history?limit=100") as response:
            assert response.status == 200, await response.text()
            return (await response.json())["messages"]  # type: ignore[no-any-return]

    async def say(self, text: str, *, wait: bool = True, **wish: Any) -> Message:
        """Write something; returns the shop's answer."""
        self.typed += 1
        status, told = await self.post("send", client_id=str(uuid.uuid4()), **(wish or {"text": text}))
        assert status == 200, told
        return await self.answer_to(told["message"]) if wait else told["message"]

    async def press(self, label: str, *, wait: bool = True) -> Message:
        """Press the newest button whose label contains this; returns the message that changed or came."""
        self.taps += 1
        message, button = await self.find(label)
        before = await self._mark()
        await self.tap(message, button["callback_data"])
        return await self.changed(before) if wait else message

    async def tap(self, message: Message, data: str, *, times: int = 1) -> list[Message]:
        """Press a button so many times at the same instant; returns how each press was answered."""
        wishes = [
            self.post("press", client_id=str(uuid.uuid4()), message_id=message["message_id"], data=data)
            for _ in range(times)
        ]
        answers: list[Message] = []
        for status, asked in await asyncio.gather(*wishes):
            if status == 409 and times > 1:
                continue  # the first press changed the card before this one came, and the page says so
            assert status == 200, asked
            async with asyncio.timeout(10):
                answers.append(await self._answers[asked["query_id"]])
            assert answers[-1]["type"] == "callback_answer", answers[-1]
        assert answers, "none of the presses came through"
        self.toast = str(answers[-1].get("text") or "")
        return answers

    async def pay(self, label: str, *, card: str = "4242424242424242") -> tuple[int, dict[str, Any]]:
        """Press the pay button whose label contains this, and Pay on the sheet."""
        self.taps += 2
        _, button = await self.find(label)
        assert button["url"].startswith("https://t.me/$"), button
        return await self.post(
            "pay", client_id=str(uuid.uuid4()), slug=button["url"].removeprefix("https://t.me/$"), card=card
        )

    async def find(self, label: str) -> tuple[Message, dict[str, Any]]:
        """The newest message with such a button, and the button; waits until there is one."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for message in reversed(await self.history()):
                for button in buttons(message):
                    if label in button["text"]:
                        return message, button
            await asyncio.sleep(0.05)
        raise AssertionError(f"no button {label!r} in {[text_of(message) for message in await self.history()]}")

    async def sees(self, text: str, *, seconds: float = 10) -> Message:
        """Wait until a message of the shop contains this."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in reversed(await self.history()):
                if text in text_of(message):
                    return message
            await asyncio.sleep(0.05)
        raise AssertionError(f"{text!r} did not come: {[text_of(message) for message in await self.history()]}")

    async def answer_to(self, said: Message, *, seconds: float = 10) -> Message:
        """Wait for the shop's first message after this one."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in await self.history():
                if message["from"]["is_bot"] and message["message_id"] > said["message_id"]:
                    return message
            await asyncio.sleep(0.03)
        raise AssertionError(f"no answer to {text_of(said)!r}")

    async def changed(self, before: dict[int, Any], *, seconds: float = 10) -> Message:
        """Wait until a message of the shop is not as it was."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in reversed(await self.history()):
                if message["from"]["is_bot"] and before.get(message["message_id"]) != _shape(message):
                    return message
            await asyncio.sleep(0.03)
        raise AssertionError(f"nothing changed: {[text_of(message) for message in await self.history()]}")

    async def get(self, path: str) -> dict[str, Any]:
        """What the page's side tells."""
        async with self.session.get(f"{self.address}/chat/{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()  # type: ignore[no-any-return]

    async def post(self, path: str, **wish: Any) -> tuple[int, dict[str, Any]]:
        """Ask the page's side for something."""
        async with self.session.post(f"{self.address}/chat/{path}", json=wish) as response:
            return response.status, await response.json()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            event = frame.json()
            if event["type"] in ("callback_answer", "callback_expired"):
                self._answers[event["query_id"]].set_result(event)

    async def _leave(self) -> None:
        if self._socket is not None and self._listener is not None:
            await self._socket.close()
            await self._listener

    async def _mark(self) -> dict[int, Any]:
        return {message["message_id"]: _shape(message) for message in await self.history()}


def text_of(message: Message) -> str:
    """What a message says, be it text or caption."""
    return str(message.get("text") or message.get("caption") or "")


def labels(message: Message) -> list[str]:
    """What stands on its buttons."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def buttons(message: Message) -> list[dict[str, Any]]:
    """Its buttons."""
    return [button for row in (message.get("reply_markup") or {}).get("inline_keyboard", []) for button in row]


def _shape(message: Message) -> tuple[Any, ...]:
    photo = message.get("photo") or [{}]
    return text_of(message), str(message.get("reply_markup")), photo[-1].get("file_id")
