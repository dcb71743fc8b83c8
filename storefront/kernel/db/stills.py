"""One moment of the database, read at leisure: what is read is of one piece however long it takes, and nobody waits for it."""

import asyncio
import contextvars
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, closing
from typing import Any

from storefront.kernel.db.backend import Rows, Values
from storefront.kernel.db.postgres import Postgres, numbered
from storefront.kernel.db.sqlite import PRAGMAS, Sqlite
from storefront.kernel.db.transactions import opened

_AT_ONCE = 1000

Row = dict[str, Any]
Stream = Callable[[str, Values], AsyncIterator[Row]]

_current: contextvars.ContextVar[Stream] = contextvars.ContextVar("still")


@asynccontextmanager
async def still() -> AsyncIterator[None]:
    """What `stream` and `look` read inside is of one moment, whatever is written meanwhile; it takes a connection of its own."""
    backend = opened().backend
    if isinstance(backend, Sqlite):
        opening = _still_sqlite(backend.path)
    else:
        assert isinstance(backend, Postgres)
        opening = _still_postgres(backend)
    async with opening as read:
        mark = _current.set(read)
        try:
            yield
        finally:
            _current.reset(mark)


async def stream(sql: str, *values: Any) -> AsyncIterator[Row]:
    """The rows of a SELECT in a `still`, a thousand in memory at a time."""
    async with aclosing(_current.get()(sql, values)) as found:  # type: ignore[type-var]  # both are generators
        async for row in found:
            yield row


async def look(sql: str, *values: Any) -> Rows:
    """The few rows of a SELECT in a `still`."""
    return [row async for row in stream(sql, *values)]


@asynccontextmanager
async def _still_sqlite(path: str) -> AsyncIterator[Stream]:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="sqlite-still") as thread:

        def begun() -> sqlite3.Connection:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for name, value in {**PRAGMAS, "query_only": "ON"}.items():
                connection.execute(f"PRAGMA {name} = {value}").close()
            connection.execute("BEGIN").close()
            # The moment is that of the first look.
            connection.execute("SELECT COUNT(*) FROM migration").fetchall()
            return connection

        connection = await loop.run_in_executor(thread, begun)

        async def read(sql: str, values: Values) -> AsyncIterator[Row]:
            cursor = await loop.run_in_executor(thread, connection.execute, sql, values)
            with closing(cursor):
                names = [column[0] for column in cursor.description]
                while rows := await loop.run_in_executor(thread, cursor.fetchmany, _AT_ONCE):
                    for row in rows:
                        yield dict(zip(names, row, strict=True))

        try:
            yield read
        finally:
            await loop.run_in_executor(thread, connection.close)


@asynccontextmanager
async def _still_postgres(backend: Postgres) -> AsyncIterator[Stream]:
    async with (
        backend.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        # The moment is that of the first look.
        await connection.execute("SELECT 1")

        async def read(sql: str, values: Values) -> AsyncIterator[Row]:
            async for row in connection.cursor(numbered(sql), *values, prefetch=_AT_ONCE):
                yield dict(row)

        yield read
