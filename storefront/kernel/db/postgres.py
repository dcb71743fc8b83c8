"""PostgreSQL: a pool of connections, and one more that listens for wake-ups of other replicas."""

import asyncio
import os
import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import structlog
from tortoise.exceptions import IntegrityError

from storefront.kernel.db.backend import CannotOpen, Rows, Values, finish

_CHANNEL = "pindan"
_RECONNECT_S = 1.0
_LITERALS = re.compile(r"('(?:[^']|'')*')")
_LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)

log = structlog.get_logger()


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection whose session is never changed, so that giving it back costs no round trip."""

    def get_reset_query(self) -> str:
        return ""


class Postgres:
    """A PostgreSQL database, by its `postgres://` URL."""

    dialect: Literal["postgres"] = "postgres"

    def __init__(self, url: str, connections: int) -> None:
        self.url, self._connections = url, connections
        self._listener: asyncio.Task[None] | None = None

    async def open(self, heard: Callable[[str | None], None]) -> None:
        """Connect, and begin to listen: `heard` gets each channel that is woken, None when some may have been missed."""
        try:
            self.pool: asyncpg.Pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self._connections,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
                connection_class=_Connection,
                init=_numbers_as_numbers,
                server_settings={"application_name": f"pindan-{os.getpid()}"},
            )
        except _UNREACHABLE as error:
            place = urlsplit(self.url)
            raise CannotOpen(f"Cannot open the database {place.path[1:]} on {place.hostname}: {error}.") from error
        listening = asyncio.Event()
        self._listener = asyncio.create_task(self._listen(heard, listening), name="listen")
        await listening.wait()

    async def close(self) -> None:
        """Close all connections; those that do not end within 10 s are cut."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.wait([self._listener])
        try:
            async with asyncio.timeout(10):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    async def begin(self) -> "PostgresSession":
        """Begin a transaction on a connection of its own."""
        connection = await self.pool.acquire()
        session = PostgresSession(self.pool, connection)
        try:
            await finish(connection.execute("BEGIN"))
        except BaseException:
            await session.rollback()
            raise
        return session

    async def execute(self, sql: str, values: Values) -> int:
        """Run one statement; how many rows it changed."""
        try:
            return _changed(await self.pool.execute(numbered(sql), *values))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error

    async def rows(self, sql: str, values: Values) -> Rows:
        """The rows of one statement."""
        try:
            return [dict(row) for row in await self.pool.fetch(numbered(sql), *values)]
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error

    browse = rows

    async def notify(self, channel: str) -> None:
        """Wake whoever waits for this channel on any replica."""
        await self.pool.execute("SELECT pg_notify($1, $2)", _CHANNEL, channel)

    async def _listen(self, heard: Callable[[str | None], None], listening: asyncio.Event) -> None:
        def notified(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            heard(str(payload))

        while True:
            try:
                connection = await asyncpg.connect(self.url, server_settings={"application_name": "pindan-listener"})
                try:
                    ended = asyncio.Event()
                    connection.add_termination_listener(lambda _connection, ended=ended: ended.set())
                    await connection.add_listener(_CHANNEL, notified)
                    listening.set()
                    heard(None)
                    await ended.wait()
                finally:
                    connection.terminate()
            except _UNREACHABLE as error:
                log.warning("database.not_listening", error=str(error))
            listening.set()
            await asyncio.sleep(_RECONNECT_S)


class PostgresSession:
    """A transaction on one connection."""

    def __init__(self, pool: asyncpg.Pool, connection: Any) -> None:
        self._pool, self.connection = pool, connection

    async def execute(self, sql: str, values: Values) -> int:
        """Run one statement; how many rows it changed."""
        try:
            return _changed(await self.connection.execute(numbered(sql), *values))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error

    async def rows(self, sql: str, values: Values) -> Rows:
        """The rows of one statement."""
        try:
            return [dict(row) for row in await self.connection.fetch(numbered(sql), *values)]
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error

    async def many(self, sql: str, values: Sequence[Values]) -> None:
        """Run one statement for each tuple of values, all sent at once."""
        try:
            await self.connection.executemany(numbered(sql), values)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error

    async def commit(self, wakes: Collection[str]) -> None:
        """Keep all of it, and wake whoever waits for these channels, in one round trip."""
        notices = [f"SELECT pg_notify('{_CHANNEL}', {_quoted(channel)})" for channel in wakes]
        try:
            done = await finish(self.connection.execute("; ".join([*notices, "COMMIT"])))
        except BaseException:
            await self.rollback()
            raise
        await self._give_back()
        # PostgreSQL answers the COMMIT of a failed transaction with a quiet ROLLBACK.
        if done != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("the transaction had failed: nothing was kept")

    async def rollback(self) -> None:
        """Undo all of it; when the connection is lost the server does so by itself."""
        try:
            if not self.connection.is_closed():
                await finish(self.connection.execute("ROLLBACK"))
        except _LOST as error:
            log.warning("database.connection_lost", error=str(error))
        finally:
            await self._give_back()

    async def _give_back(self) -> None:
        await finish(self._pool.release(self.connection))


@lru_cache(maxsize=2048)
def numbered(sql: str) -> str:
    """A statement with `$1`, `$2`, ... in place of each `?` that is not inside a literal."""
    pieces, count = [], 0
    for piece in _LITERALS.split(sql):
        if piece.startswith("'"):
            pieces.append(piece)
            continue
        first, *others = piece.split("?")
        pieces.append(first)
        for other in others:
            count += 1
            pieces.append(f"${count}{other}")
    return "".join(pieces)


def _changed(status: str) -> int:
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


async def _numbers_as_numbers(connection: Any) -> None:
    # SUM of whole numbers is `numeric` on PostgreSQL: read it as SQLite does, as an int.
    await connection.set_type_codec("numeric", encoder=str, decoder=_number, schema="pg_catalog", format="text")


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
