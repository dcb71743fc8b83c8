"""An HTTP server that waits for nobody for ever: who is slow to ask, to send or to read is hung up on.

aiohttp closes a connection that asks nothing for as long as it keeps one alive, and has no deadline for the body of a request
or for a reader who has stopped to read: such connections stay open until the file descriptors are used up.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage


@dataclass(frozen=True)
class Patience:
    """How long we wait, in seconds: for a whole head, for a body that comes slower than `bytes_per_s`, for a reader who
    takes nothing, and for the next request.
    """

    head_s: float = 15.0
    body_s: float = 20.0
    bytes_per_s: int = 1024
    unread_s: float = 60.0
    idle_s: float = 75.0

    @property
    def look_every_s(self) -> float:
        """How often the connections are looked at."""
        return min(self.head_s, self.body_s) / 5


DEFAULT = Patience()


class Connection(web.RequestHandler):
    """One connection, and since when it owes us something."""

    def __init__(self, server: web.Server, patience: Patience) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), keepalive_timeout=patience.idle_s, access_log=None)  # type: ignore[arg-type]
        self._patience = patience
        self._now = asyncio.get_running_loop().time
        self._head_since: float | None = None
        self._body: StreamReader | None = None
        self._body_since = 0.0
        self._received = 0
        self._is_socket = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there: from now on we wait for what she asks."""
        super().connection_made(transport)
        self._head_since = self._now()
        _hang_up_on_who_does_not_read(transport, self._patience.unread_s)

    def data_received(self, data: bytes) -> None:
        """Bytes of a body that we wait for, or of the next head."""
        if self._body is not None and not self._body.is_eof():
            self._received += len(data)
        elif data and self._head_since is None and not self._is_socket:  # aiohttp calls this with nothing, to read on
            self._head_since = self._now()
        super().data_received(data)

    def asked(self, message: RawRequestMessage, body: StreamReader) -> None:
        """A head has come whole; its body may be on its way."""
        self._head_since, self._body = None, body
        self._body_since, self._received = self._now(), 0
        self._is_socket = message.upgrade

    def hang_up_when_overdue(self, since_last_look_s: float) -> None:
        """To be called now and then."""
        now, patience = self._now(), self._patience
        if self._head_since is not None and now - self._head_since > patience.head_s:
            self._hang_up()
        elif self._body is not None and not self._body.is_eof():
            # Whom we ourselves hold back is not slow.
            if self._received >= patience.bytes_per_s * since_last_look_s or self._we_hold_back():
                self._body_since = now
            self._received = 0
            if now - self._body_since > patience.body_s:
                self._hang_up()

    def _we_hold_back(self) -> bool:
        return isinstance(self.transport, asyncio.ReadTransport) and not self.transport.is_reading()

    def _hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Site(web.BaseSite):
    """Like aiohttp's TCPSite, with connections of ours."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, patience: Patience) -> None:
        super().__init__(runner)
        self._host, self._port, self._patience = host, port, patience

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Begin to listen. Raises OSError."""
        await super().start()
        server = self._runner.server
        assert server is not None
        make_request = server.request_factory

        def asked(
            message: RawRequestMessage,
            payload: StreamReader,
            protocol: web.RequestHandler,
            writer: AbstractStreamWriter,
            task: "asyncio.Task[None]",
        ) -> web.BaseRequest:
            assert isinstance(protocol, Connection)
            protocol.asked(message, payload)
            return make_request(message, payload, protocol, writer, task)

        server.request_factory = asked
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(server, self._patience), self._host, self._port, backlog=128, reuse_address=True
        )


@contextlib.asynccontextmanager
async def served(
    app: web.Application, host: str, port: int, *, shutdown_s: float, patience: Patience = DEFAULT
) -> AsyncIterator[int]:
    """Serve until the block ends; gives the port. Raises OSError when it cannot listen there."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_s)
    await runner.setup()
    looking: asyncio.Task[None] | None = None
    try:
        await _Site(runner, host, port, patience).start()
        looking = asyncio.create_task(_look(runner, patience), name="slow clients")
        yield int(runner.addresses[0][1])
    finally:
        if looking is not None:
            looking.cancel()
        await runner.cleanup()


async def _look(runner: web.AppRunner, patience: Patience) -> None:
    while runner.server is not None:
        await asyncio.sleep(patience.look_every_s)
        for connection in runner.server.connections if runner.server is not None else ():
            assert isinstance(connection, Connection)
            connection.hang_up_when_overdue(patience.look_every_s)


def _hang_up_on_who_does_not_read(transport: asyncio.BaseTransport, unread_s: float) -> None:
    # Linux counts by itself for how long nothing that we sent was taken.
    number = getattr(socket, "TCP_USER_TIMEOUT", None)
    connected = transport.get_extra_info("socket")
    if number is not None and connected is not None:
        connected.setsockopt(socket.IPPROTO_TCP, number, int(unread_s * 1000))
