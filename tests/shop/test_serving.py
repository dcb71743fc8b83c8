"""Who is slow to ask, to send or to read is hung up on; everybody else is answered meanwhile."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable

import aiohttp
import pytest
from aiohttp import web

from shop import serving
from shop.serving import Patience

HALF_OPEN = 50
SHORT = Patience(head_s=0.5, body_s=0.5, bytes_per_s=1000, unread_s=1.0, idle_s=5.0)


LOST = web.AppKey("lost", asyncio.Event)


@pytest.fixture
def lost() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def port(lost: asyncio.Event) -> AsyncIterator[int]:
    """A server with little patience: it measures bodies, streams for a while, and has much to say."""

    async def measure(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def stream(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4):
            await asyncio.sleep(0.4)
            await response.write(b".")
        return response

    async def much(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(400):
                await response.write(b"x" * 100_000)
        except ConnectionError:
            request.app[LOST].set()
        return response

    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    app = web.Application(client_max_size=10**8)
    app[LOST] = lost
    app.add_routes(
        [web.post("/", measure), web.post("/stream", stream), web.get("/much", much), web.get("/echo", echo)]
    )
    async with serving.served(app, "127.0.0.1", 0, shutdown_s=0.1, patience=SHORT) as port:
        yield port


async def closed(reader: asyncio.StreamReader) -> bool:
    """Whether the other side hangs up soon; what it says before is passed over."""
    try:
        async with asyncio.timeout(3):
            while await reader.read(65536):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST / HTTP/1.1\r\nHost: shop\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 5000\r\n\r\nnot all",
        b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nnot",
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk"],
)
async def test_half_open_connections_are_closed_while_a_whole_request_is_answered(port: int, begun: bytes) -> None:
    half_open = [await asyncio.open_connection("127.0.0.1", port) for _ in range(HALF_OPEN)]
    for _, writer in half_open:
        writer.write(begun)

    async with aiohttp.ClientSession() as session, session.post(f"http://127.0.0.1:{port}/", data=b"rice") as answer:
        told = await answer.text()
    ended = await asyncio.gather(*(closed(reader) for reader, _ in half_open))

    assert told == "4"
    assert ended == [True] * HALF_OPEN
    for _, writer in half_open:
        writer.close()


async def test_who_dribbles_a_body_is_hung_up_on_and_who_is_only_slow_is_not(port: int) -> None:
    async def send(every: bytes, times: int) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        size = len(every) * times
        writer.write(f"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: {size}\r\n\r\n".encode())
        told = b""
        with contextlib.suppress(ConnectionError):
            for _ in range(times):
                writer.write(every)
                await asyncio.sleep(0.05)
            told = await reader.readuntil(b"\r\n")
        writer.close()
        return told.decode()

    dribbled, slow = await asyncio.gather(_or_gone(send(b"x", 60)), _or_gone(send(b"x" * 400, 40)))

    assert dribbled == ""
    assert slow == "HTTP/1.1 200 OK\r\n"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux only: elsewhere who does not read stays")
async def test_who_stops_to_read_is_hung_up_on(port: int, lost: asyncio.Event) -> None:
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /much HTTP/1.1\r\nHost: shop\r\n\r\n")

    async with asyncio.timeout(10):
        await lost.wait()

    writer.close()


async def test_an_answer_that_takes_long_and_a_connection_that_rests_are_left_alone(port: int) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(f"http://127.0.0.1:{port}/stream", json={"wait": True}) as answer:
            told = await answer.read()
        await asyncio.sleep(1.2)
        async with session.post(f"http://127.0.0.1:{port}/", data=b"rice") as again:
            text = await again.text()

    assert (told, text) == (b"....", "4")


async def test_a_socket_may_be_silent(port: int) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/echo") as socket,
    ):
        for word in ("rice", "tea"):
            await socket.send_str(word)
            assert await socket.receive_str() == word
            await asyncio.sleep(1.2)


async def _or_gone(work: Awaitable[str]) -> str:
    try:
        return await work
    except asyncio.IncompleteReadError:
        return ""
