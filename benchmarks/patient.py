"""People who go on wishing while the shop is killed: a wish that got no answer is made again, with the number it had."""

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

Message = dict[str, Any]
Button = dict[str, Any]

# Of a shop that is left alone: whoever is killed again and again may take longer.
_PATIENCE_S = 90.0
_PAUSE_S = 0.2
_AGAIN = (429, 500, 502, 503, 504)


class Lost(Exception):
    """What somebody wished had neither an effect nor an answer."""


class House:
    """Where the shop is, across its deaths: how often it was killed, and how many people wait for something just now."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.killed_at: list[float] = []
        self.waiting = 0
        self.troubles = 0

    def patience_left(self, began: float) -> bool:
        """Whether somebody who began to wait then (epoch s) still does: for so long after the last kill."""
        return time.time() < max([began, *self.killed_at[-1:]]) + _PATIENCE_S

    async def asked(self, session: aiohttp.ClientSession, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Ask until there is an answer; returns its status and text. Raises Lost when there is none for long."""
        began = time.time()
        self.waiting += 1
        try:
            while self.patience_left(began):
                try:
                    async with session.request(method, f"{self.address}{path}", **more) as response:
                        text = await response.text()
                        if response.status not in _AGAIN:
                            return response.status, text
                        self.troubles += response.status >= 500
                except (aiohttp.ClientError, TimeoutError, ConnectionError):
                    pass
                await asyncio.sleep(_PAUSE_S)
        finally:
            self.waiting -= 1
        raise Lost(f"{method} {path} is not answered")


@dataclass
class Wished:
    """What came of a visitor's wishes has to be this, each once; `said` are words that must have been answered."""

    paid: int = 0
    seats: int = 0
    cases: int = 0
    given_back: bool = False
    said: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


class Visitor:
    """One browser with the chat open, that has not been there before."""

    def __init__(self, house: House) -> None:
        self.house, self.wished = house, Wished()
        self.id = 0
        self.refusal = ""
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"X-Webchat": "1", "Accept-Language": "en"},
            timeout=aiohttp.ClientTimeout(total=30),
        )

    async def __aenter__(self) -> Self:
        status, text = await self.house.asked(self.session, "GET", "/chat/")
        if status != 200:
            raise Lost(text)
        self.id = int((await self._get("/chat/history?limit=1"))["me"]["id"])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def history(self) -> list[Message]:
        """All that stands in the chat."""
        return list((await self._get("/chat/history?limit=100"))["messages"])

    async def say(self, text: str) -> None:
        """Write something, once."""
        await self._wish("send", text=text)

    async def press(self, label: str) -> None:
        """Press the newest button whose label contains this, once it is there."""
        # A card that was changed meanwhile has another button in its place: that one is pressed.
        for _ in range(20):
            message, button = await self.find(label)
            if await self._wish("press", message_id=message["message_id"], data=button["callback_data"]):
                return
        raise Lost(f"{label!r} cannot be pressed")

    async def pay(self) -> None:
        """Pay what the newest card asks for, once; again when the shop says that something went wrong and to try again."""
        began = time.time()
        while True:
            _, button = await self.find("✅ Pay")
            slug = button["url"].partition("$")[2]
            if await self._wish("pay", slug=slug, card="4242424242424242"):
                break
            if "Nothing was charged" not in self.refusal or not self.house.patience_left(began):
                raise Lost(f"the payment was refused: {self.refusal}")
            self.house.troubles += 1
            await asyncio.sleep(1)
        self.wished.paid += 1

    async def find(self, label: str) -> tuple[Message, Button]:
        """The newest message with such a button, and the button."""

        def looked(messages: list[Message]) -> tuple[Message, Button] | None:
            found = ((message, button) for message in reversed(messages) for button in buttons(message))
            return next(((message, button) for message, button in found if label in button["text"]), None)

        found: tuple[Message, Button] = await self._until(looked, f"the button {label!r}")
        return found

    async def sees(self, text: str) -> Message:
        """The shop's newest message that contains this."""

        def looked(messages: list[Message]) -> Message | None:
            said = (message for message in reversed(messages) if message["from"]["is_bot"])
            return next((message for message in said if text in text_of(message)), None)

        found: Message = await self._until(looked, f"the text {text!r}")
        return found

    async def _until(self, looked: Any, what: str) -> Any:
        began, messages = time.time(), []
        self.house.waiting += 1
        try:
            while self.house.patience_left(began):
                messages = await self.history()
                if (found := looked(messages)) is not None:
                    return found
                await asyncio.sleep(_PAUSE_S)
        finally:
            self.house.waiting -= 1
        raise Lost(f"{what} did not come: {[text_of(message)[:80] for message in messages]}")

    async def _get(self, path: str) -> dict[str, Any]:
        status, text = await self.house.asked(self.session, "GET", path)
        if status != 200:
            raise Lost(f"{path}: {status} {text[:200]}")
        return dict(json.loads(text))

    async def _wish(self, path: str, **wish: Any) -> bool:
        """Whether the wish was taken; it has one number however often it is sent."""
        told = {"client_id": uuid.uuid4().hex, **wish}
        status, text = await self.house.asked(self.session, "POST", f"/chat/{path}", json=told)
        if status not in (200, 409):
            raise Lost(f"{path}: {status} {text[:200]}")
        self.refusal = "" if status == 200 else text[:200]
        return status == 200


class Agent:
    """Somebody at the desk, over HTTP."""

    def __init__(self, house: House, login: str, password: str) -> None:
        self._house, self._login, self._password = house, login, password
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.done: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        told = {"login": self._login, "password": self._password}
        await self._post("/desk/sign-in", told)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def answer(self, case_id: int, text: str) -> None:
        """Say something to the customer of a case, once."""
        page = await self._read(f"/desk/cases/{case_id}")
        told = {"csrf": _csrf(page), "key": uuid.uuid4().hex, "text": text, "then": ""}
        await self._post(f"/desk/cases/{case_id}/answer", told)

    async def give(self, case_id: int) -> None:
        """Give back what the case asks for, once."""
        page = await self._read(f"/desk/cases/{case_id}")
        shown = dict(re.findall(r'hidden" form="give" name="(\w+)" value="([^"]*)"', page))
        await self._post(f"/desk/cases/{case_id}/give", {"csrf": _csrf(page), "how": "now", **shown})

    async def _read(self, path: str) -> str:
        status, text = await self._house.asked(self._session, "GET", path, allow_redirects=False)
        if status != 200:
            raise Lost(f"{path}: {status}")
        return text

    async def _post(self, path: str, told: dict[str, str]) -> None:
        status, text = await self._house.asked(self._session, "POST", path, data=told, allow_redirects=False)
        if status != 303:
            raise Lost(f"{path}: {status} {text[-300:]}")
        self.done[path.rpartition("/")[2]] += 1


def text_of(message: Message) -> str:
    """What a message says, be it text or caption."""
    return str(message.get("text") or message.get("caption") or "")


def buttons(message: Message) -> list[Button]:
    """What can be pressed under a message."""
    return [button for row in (message.get("reply_markup") or {}).get("inline_keyboard", []) for button in row]


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    if found is None:
        raise Lost("the page of the desk has no form")
    return found[1]
