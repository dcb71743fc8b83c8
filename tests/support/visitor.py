"""A visitor of the browser chat, over HTTP as a browser would: says, presses, pays, and waits for what the shop answers."""

import asyncio
import time
import uuid
from typing import Any, Self

import aiohttp

Message = dict[str, Any]


class Visitor:
    """Somebody with a browser, named in tests."""

    def __init__(self, address: str, *, language: str = "en") -> None:
        self.address = address
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"X-Webchat": "1", "Accept-Language": language.replace("_", "-")},
        )
        self.taps = 0
        self.typed = 0
        self.last_seen = 0

    async def __aenter__(self) -> Self:
        async with self.session.get(f"{self.address}/chat/") as response:
            assert response.status == 200, await response.text()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def history(self) -> list[Message]:
        """All that stands in the chat."""
        async with self.session.get(f"{self.address}/chat/history?limit=100") as response:
            assert response.status == 200, await response.text()
            return (await response.json())["messages"]  # type: ignore[no-any-return]

    async def say(self, text: str, *, wait: bool = True, **wish: Any) -> Message:
        """Write something; returns the shop's answer."""
        self.typed += 1
        before = await self._mark()
        body = wish or {"text": text}
        status, answer = await self.post("send", client_id=str(uuid.uuid4()), **body)
        assert status == 200, answer
        return await self.changed(before) if wait else answer["message"]

    async def press(self, label: str, *, wait: bool = True) -> Message:
        """Press the newest button whose label contains this; returns the message that changed or came."""
        self.taps += 1
        message, button = await self.find(label)
        before = await self._mark()
        status, answer = await self.post(
            "press", client_id=str(uuid.uuid4()), message_id=message["message_id"], data=button["callback_data"]
        )
        assert status == 200, answer
        return await self.changed(before) if wait else message

    async def pay(self, label: str, *, card: str = "4242424242424242") -> tuple[int, dict[str, Any]]:
        """Press the pay button whose label contains this, and Pay on the sheet."""
        self.taps += 2
        _, button = await self.find(label)
        assert button["url"].startswith("https://t.me/$"), button
        return await self.post(
            "pay", client_id=str(uuid.uuid4()), slug=button["url"].removeprefix("https://t.me/$"), card=card
        )

    async def find(self, label: str) -> tuple[Message, dict[str, Any]]:
        """The newest message with such a button, and the button."""
        for message in reversed(await self.history()):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if label in button["text"]:
                        return message, button
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

    async def changed(self, before: dict[int, Any], *, seconds: float = 10) -> Message:
        """Wait until a message of the shop is not as it was."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in reversed(await self.history()):
                if message["from"]["is_bot"] and before.get(message["message_id"]) != _shape(message):
                    return message
            await asyncio.sleep(0.03)
        raise AssertionError(f"nothing changed: {[text_of(message) for message in await self.history()]}")

    async def post(self, path: str, **wish: Any) -> tuple[int, dict[str, Any]]:
        """Ask the page's side for something."""
        async with self.session.post(f"{self.address}/chat/{path}", json=wish) as response:
            return response.status, await response.json()

    async def _mark(self) -> dict[int, Any]:
        return {message["message_id"]: _shape(message) for message in await self.history()}


def text_of(message: Message) -> str:
    """What a message says, be it text or caption."""
    return str(message.get("text") or message.get("caption") or "")


def labels(message: Message) -> list[str]:
    """What stands on its buttons."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def _shape(message: Message) -> tuple[Any, ...]:
    photo = message.get("photo") or [{}]
    return text_of(message), str(message.get("reply_markup")), photo[-1].get("file_id")
