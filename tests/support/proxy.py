"""A small proxy, as an operator puts one in front: it spreads requests over the replicas, and leaves out who is not there."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

# Where the proxy says that everybody comes from.
VISITOR = "203.0.113.7"
_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "host"}


class Proxy:
    """Each request goes to the next replica; one that cannot be reached is passed over."""

    def __init__(self, replicas: Sequence[str], session: aiohttp.ClientSession) -> None:
        self.address = ""
        self.answered: Counter[str] = Counter()
        self._replicas, self._session, self._turn = replicas, session, 0

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Give the request to a replica, and its answer back."""
        for _ in self._replicas:
            replica = self._replicas[self._turn % len(self._replicas)]
            self._turn += 1
            try:
                if request.headers.get("Upgrade", "").lower() == "websocket":
                    return await self._socket(request, replica)
                return await self._answer(request, replica)
            except aiohttp.ClientConnectorError:
                continue  # nobody listens there: nothing was asked, so the next one may be
            except aiohttp.ClientError:
                break
        raise web.HTTPBadGateway

    async def _answer(self, request: web.Request, replica: str) -> web.StreamResponse:
        asked = self._session.request(
            request.method,
            f"{replica}{request.raw_path}",
            headers=_passed_on(request),
            data=await request.read(),
            allow_redirects=False,
        )
        async with asked as answer:
            headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in _OF_ONE_HOP]
            body = await answer.read()
        self.answered[replica] += 1
        response = web.Response(status=answer.status, body=body)
        for name in {name for name, _ in headers}:
            response.headers.popall(name, None)
        for name, value in headers:
            response.headers.add(name, value)
        return response

    async def _socket(self, request: web.Request, replica: str) -> web.WebSocketResponse:
        async with self._session.ws_connect(f"{replica}{request.raw_path}", headers=_passed_on(request)) as behind:
            before = web.WebSocketResponse()
            await before.prepare(request)
            pumps = {asyncio.create_task(_pump(behind, before)), asyncio.create_task(_pump(before, behind))}
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await before.close()
        return before


@asynccontextmanager
async def opened(*replicas: str) -> AsyncIterator[Proxy]:
    """A proxy in front of these addresses."""
    async with aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        proxy = Proxy(replicas, session)
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", proxy.pass_on)
        async with TestServer(app) as server:
            proxy.address = f"http://127.0.0.1:{server.port}"
            yield proxy


def _passed_on(request: web.Request) -> dict[str, str]:
    kept = {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in _OF_ONE_HOP and not name.lower().startswith("sec-websocket")
    }
    return {**kept, "Host": request.host, "X-Forwarded-For": VISITOR, "X-Forwarded-Proto": "http"}


async def _pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for frame in source:
        if frame.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(frame.data)
