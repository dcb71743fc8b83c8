"""A bank's system that receives webhooks, over HTTP: it takes them, fails, hangs, or sends elsewhere."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Receiver:
    """Where it listens, the secret it was told, what came, and how it answers: a status for each event, None to say nothing."""

    url: str = ""
    secret: str = ""
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], int | None] = lambda _event: 204
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    leave: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        """The webhook-ids, in the order in which they came."""
        return [headers["webhook-id"] for headers, _ in self.got]

    def told(self) -> list[tuple[str, str, int]]:
        """What was told: what, about whom, how many points."""
        return [(body["type"], body["data"]["customer"], body["data"].get("points", 0)) for _, body in self.got]

    async def take(self, request: web.Request) -> web.Response:
        """An event comes."""
        self.raw.append(await request.read())
        body = json.loads(self.raw[-1])
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, body))
        self.arrived.set()
        status = self.answer(body)
        if status is None:
            await self.leave.wait()
            return web.Response(status=204)
        return web.Response(status=status, headers={"Location": "/elsewhere"} if 300 <= status < 400 else {})

    async def elsewhere(self, request: web.Request) -> web.Response:
        """Where nobody should come."""
        raise AssertionError("a redirect was followed")


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A bank's system that listens."""
    bank = Receiver()
    app = web.Application()
    app.add_routes([web.post("/hook", bank.take), web.route("*", "/elsewhere", bank.elsewhere)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bank.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield bank
    bank.leave.set()
    await runner.cleanup()


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether the bank finds one of its signatures, as the scheme says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    own = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return own in headers["webhook-signature"].split(" ")
