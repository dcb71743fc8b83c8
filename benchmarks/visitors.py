"""Many visitors at once, in a process of their own, as browsers: events over a WebSocket, wishes over POST.

`python -m benchmarks.visitors buy|ask|tell ADDRESS VISITORS TIMES` writes in JSON when they began and when they were done.
"""

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

import aiohttp

UPDATES = {"buy": 6, "ask": 1, "tell": 1}  # buying: search, item, buy, points, may I charge, charged
_WORDS = ("rice", "honey", "tea", "noodles", "mushrooms")
_PATIENCE_S = 60.0

Message = dict[str, Any]
Button = dict[str, Any]


class Visitor:
    """One browser with the chat's page open."""

    def __init__(self, address: str, connector: aiohttp.TCPConnector, word: str) -> None:
        self._address, self._word = f"{address}/chat", word
        self._session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"X-Webchat": "1", "Accept-Language": "en"},
        )

    async def __aenter__(self) -> Self:
        async with self._session.get(f"{self._address}/") as response:
            await response.read()
        self._socket = await self._session.ws_connect(f"{self._address}/events?after=0")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def buy(self) -> None:
        """From a search to a paid order: first no points, then as many as may be, the rest in money."""
        await self.tell()
        await self._press("i:")
        await self._press("b:")
        points = await self._press("kp:")
        # What was changed twice comes twice, as it is now: wait until the points that were pressed are the chosen ones.
        message = await self._message(
            lambda message: _buttons(message, points)[-1:] and _buttons(message, points)[-1]["text"].startswith("●")
        )
        slug = _buttons(message, "https://t.me/$")[0]["url"].partition("$")[2]
        await self._post("pay", slug=slug, card="4242424242424242")
        await self._message(lambda message: "Paid. Order" in message.get("caption", message.get("text", "")))

    async def ask(self) -> None:
        """Say something and see an answer."""
        await self.tell()
        await self._message(lambda message: True)

    async def tell(self) -> None:
        """Say something."""
        await self._post("send", text=self._word)

    async def _press(self, action: str) -> str:
        message = await self._message(lambda message: _buttons(message, action))
        found = [button for button in _buttons(message, action) if not button["text"].startswith("●")]
        data = found[-1]["callback_data"]
        await self._post("press", message_id=message["message_id"], data=data)
        return data

    async def _message(self, wanted: Callable[[Message], object]) -> Message:
        """The next message of the shop, or change of one, that is wanted."""
        while True:
            event = await self._socket.receive_json(timeout=_PATIENCE_S)
            message = event.get("message")
            if message and message["from"]["is_bot"] and wanted(message):
                return message

    async def _post(self, path: str, **wish: Any) -> None:
        wish["client_id"] = uuid.uuid4().hex
        async with self._session.post(f"{self._address}/{path}", json=wish) as response:
            assert response.status == 200, await response.text()


def _buttons(message: Message, begins: str) -> list[Button]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [
        button for row in rows for button in row if button.get("callback_data", button.get("url")).startswith(begins)
    ]


async def _crowd(action: str, address: str, count: int, times: int) -> tuple[float, float]:
    async with aiohttp.TCPConnector(limit=0) as connector:
        visitors = [Visitor(address, connector, _WORDS[number % len(_WORDS)]) for number in range(count)]

        async def live(visitor: Visitor) -> None:
            for _ in range(times):
                await getattr(visitor, action)()

        for visitor in visitors:
            await visitor.__aenter__()
        began = time.monotonic()
        await asyncio.gather(*(live(visitor) for visitor in visitors))
        ended = time.monotonic()
        for visitor in visitors:
            await visitor.__aexit__()
    return began, ended


async def crowd(action: str, address: str, count: int, times: int) -> tuple[float, float]:
    """So many visitors at once, each doing this so many times; when they began and ended, by the clock of this machine."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.visitors", action, address, str(count), str(times)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, "the visitors were not served"
    began, ended = json.loads(told)
    return began, ended


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_crowd(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))))
