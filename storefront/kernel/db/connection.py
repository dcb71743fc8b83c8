"""Connections, transactions and wake-ups.

A transaction belongs to the task that began it. On SQLite there is one writing connection, and reads outside a transaction
go through a second, read-only one, so that pages never wait for a writer.
"""

import asyncio
import contextvars
import os
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, Literal, ParamSpec, TypeVar, cast

import asyncpg
import structlog
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from storefront.kernel.db import sqlite_engine

P = ParamSpec("P")
T = TypeVar("T")
Dialect = Literal["sqlite", "postgres"]

log = structlog.get_logger()

_TRIES_MAX = 6
_RETRIED = (asyncpg.exceptions.TransactionRollbackError,)
_NOTIFY = "pindan"
_BUSY_MS = 10_000


@dataclass
class _Transaction:
    client: BaseDBAsyncClient
    task: asyncio.Task[Any] | None
    after: list[Callable[[], None]] = field(default_factory=list)
    wakes: set[str] = field(default_factory=set)


@dataclass
class _Database:
    dialect: Dialect
    outside: contextvars.Context
    listener: asyncpg.Connection | None = None
    events: dict[str, asyncio.Event] = field(default_factory=dict)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)


_database: _Database | None = None
_current: contextvars.ContextVar[_Transaction | None] = contextvars.ContextVar("transaction", default=None)


# --- opening and closing


async def connect(
    url: str, *, models: Sequence[str] = (), pool: int = 8, synchronous: Literal["NORMAL", "FULL"] = "FULL"
) -> None:
    """Open the database at `sqlite:///path` or `postgres://...`; `models` are Tortoise's modules."""
    global _database
    kind: Dialect = "sqlite" if url.startswith("sqlite:") else "postgres"
    connections = _sqlite(url, synchronous) if kind == "sqlite" else _postgres(url, pool)
    import warnings; warnings.filterwarnings('ignore', message='Module .* has no models')
    await Tortoise.init(
        config={
            "connections": connections,
            "apps": {"shop": {"models": list(models) or ["storefront.kernel.db.models"], "default_connection": "default"}},
        },
        _enable_global_fallback=True,
    )
    _database = _Database(kind, contextvars.copy_context())
    if kind == "postgres":
        await _listen(_database, url)
    else:
        await execute("PRAGMA user_version")


async def disconnect() -> None:
    """Close the database; tasks that were spawned are cancelled first."""
    global _database
    if _database is None:
        return
    tasks = list(_database.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if _database.listener is not None:
        await _database.listener.close()
    await Tortoise.close_connections()
    _database = None


def dialect() -> Dialect:
    """Which database this is."""
    return _opened().dialect


def reader() -> BaseDBAsyncClient:
    """Where pages read from: never waits for a writer (pass it as `using_db`)."""
    return get_connections().get("ro" if dialect() == "sqlite" else "default")


# --- transactions


@asynccontextmanager
async def tx() -> AsyncIterator[None]:
    """All or nothing. Inside a transaction it joins that one; only the task that began it may use it.

    Nothing but the database is awaited inside: on SQLite everybody who writes waits.
    """
    running = _current.get()
    if running is not None:
        _own(running)
        yield
        return
    begun = await (_begin_sqlite() if dialect() == "sqlite" else _begin_postgres())
    mark = _current.set(begun)
    token = get_connections().set("default", cast(Any, begun.client))
    ended = False
    try:
        try:
            yield
            if dialect() == "postgres":
                for channel in begun.wakes:
                    await _run(begun.client, f"SELECT pg_notify('{_NOTIFY}', ?)", (channel,))
            ended = True
            await _end(begun, "COMMIT")
        except BaseException:
            if not ended:
                await _end(begun, "ROLLBACK")
            raise
    finally:
        get_connections().reset(token)
        _current.reset(mark)
    for channel in begun.wakes:
        _event(channel).set()
    for call in begun.after:
        call()


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Undo only what is inside when it raises: for the rare place where a refusal is caught and the rest goes on."""
    running = _current.get()
    assert running is not None, "a savepoint is inside a transaction"
    name = f"s{random.getrandbits(40)}"  # noqa: S311  (a name, not a secret)
    await execute(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException:
        await execute(f"ROLLBACK TO SAVEPOINT {name}")
        await execute(f"RELEASE SAVEPOINT {name}")
        raise
    await execute(f"RELEASE SAVEPOINT {name}")


def transaction(verb: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a function a verb: it opens its own transaction or joins the caller's.

    Outermost, it is done again after a deadlock or a serialization failure, up to five times.
    """

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        running = _current.get()
        if running is not None:
            _own(running)
            return await verb(*args, **kwargs)
        for attempt in range(1, _TRIES_MAX):
            try:
                async with tx():
                    return await verb(*args, **kwargs)
            except _RETRIED:
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311  (jitter)
        async with tx():
            return await verb(*args, **kwargs)

    return run


def after_commit(call: Callable[[], None]) -> None:
    """Do this once the running transaction is kept; never when it is rolled back. Without one, now."""
    running = _current.get()
    if running is None:
        call()
    else:
        running.after.append(call)


# --- statements


async def execute(sql: str, *values: Any) -> int:
    """Run one statement, with `?` for each value; returns how many rows it changed."""
    return (await _run(_client(), sql, values))[0]


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of one statement (a SELECT, or one with RETURNING), with `?` for each value."""
    client = _client()
    if _current.get() is None and dialect() == "sqlite" and sql[:6].upper() in ("SELECT", "WITH R", "WITH F"):
        client = reader()
    return (await _run(client, sql, values))[1]


async def many(sql: str, values: Sequence[tuple[Any, ...]]) -> None:
    """Run one statement for each tuple of values; inside a transaction only."""
    if not values:
        return
    running = _current.get()
    assert running is not None, "many() is inside a transaction"
    if dialect() == "sqlite":
        client = cast(sqlite_engine.Client, running.client)
        await _sqlite_hop(client, lambda connection: connection.executemany(sql, values).close())
    else:
        await _postgres_connection(running.client).executemany(_numbered(sql), values)


# --- waking


async def wake(channel: str) -> None:
    """Wake whoever waits for this channel, here or on another replica, once the running transaction is kept."""
    running = _current.get()
    if running is not None:
        running.wakes.add(channel)
        return
    _event(channel).set()
    if dialect() == "postgres":
        await rows(f"SELECT pg_notify('{_NOTIFY}', ?)", channel)


async def wait(channel: str, timeout_s: float) -> None:
    """Wait until this channel is woken, or the time is up."""
    event = _event(channel)
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
    event.clear()


def spawn(work: Coroutine[Any, Any, None]) -> None:
    """Start a task outside any transaction; its exception is logged."""
    database = _opened()
    task = asyncio.get_running_loop().create_task(work, context=database.outside.copy())
    database.tasks.add(task)
    task.add_done_callback(_finished)


# --- inside


def _opened() -> _Database:
    assert _database is not None, "connect first"
    return _database


def _own(running: _Transaction) -> None:
    if running.task is not asyncio.current_task():
        raise RuntimeError("this task was started inside another's transaction: start it with db.spawn")


def _client() -> BaseDBAsyncClient:
    running = _current.get()
    if running is not None:
        _own(running)
        return running.client
    return get_connections().get("default")


async def _run(client: BaseDBAsyncClient, sql: str, values: tuple[Any, ...]) -> tuple[int, list[dict[str, Any]]]:
    if dialect() == "postgres":
        return await _run_postgres(client, _numbered(sql), values)
    if isinstance(client, sqlite_engine.Wrapper):
        return await _sqlite_hop(cast(sqlite_engine.Client, client), lambda c: sqlite_engine.run(c, sql, values))
    assert isinstance(client, sqlite_engine.Client)
    async with client._lock:
        return await client.hop(lambda connection: sqlite_engine.run(connection, sql, values))


async def _run_postgres(client: BaseDBAsyncClient, sql: str, values: tuple[Any, ...]) -> tuple[int, list[dict[str, Any]]]:
    gives_rows = sql[:6].upper() in ("SELECT", "WITH R") or " RETURNING " in sql
    if isinstance(client, TransactionWrapper):
        return await _statement(_postgres_connection(client), sql, values, gives_rows)
    async with client.acquire_connection() as connection:
        return await _statement(connection, sql, values, gives_rows)


async def _statement(
    connection: asyncpg.Connection, sql: str, values: tuple[Any, ...], gives_rows: bool
) -> tuple[int, list[dict[str, Any]]]:
    if gives_rows:
        found = [dict(row) for row in await connection.fetch(sql, *values)]
        return len(found), found
    if not values:
        status = await connection.execute(sql)
    else:
        status = await connection.execute(sql, *values)
    last = status.split(" ")[-1]
    return (int(last) if last.isdigit() else 0), []


def _postgres_connection(client: BaseDBAsyncClient) -> asyncpg.Connection:
    return cast(asyncpg.Connection, cast(Any, client)._connection)


async def _sqlite_hop(wrapper: sqlite_engine.Client, work: Callable[[sqlite3.Connection], T]) -> T:
    connection = cast(Any, wrapper)._connection
    result: T = await connection._execute(work, connection._conn)
    return result


async def _begin_sqlite() -> _Transaction:
    client = get_connections().get("default")
    assert isinstance(client, sqlite_engine.Client)
    await client._lock.acquire()
    try:
        if client._connection is None:
            await client.create_connection(with_db=True)
        await _finish(client.hop(_begin_immediate))
    except BaseException:
        try:
            await _finish(client.hop(_rollback_if_open))
        finally:
            client._lock.release()
        raise
    return _Transaction(sqlite_engine.Wrapper(client), asyncio.current_task())


async def _begin_postgres() -> _Transaction:
    client = get_connections().get("default")
    assert isinstance(client, AsyncpgDBClient)
    if client._pool is None:
        await client.create_connection(with_db=True)
    assert client._pool is not None
    connection = await client._pool.acquire()
    wrapper = TransactionWrapper(client)
    wrapper._connection = connection
    try:
        await _finish(wrapper.begin())
    except BaseException:
        await _finish(client._pool.release(connection))
        raise
    return _Transaction(wrapper, asyncio.current_task())


async def _end(begun: _Transaction, how: Literal["COMMIT", "ROLLBACK"]) -> None:
    if isinstance(begun.client, sqlite_engine.Wrapper):
        client = cast(sqlite_engine.Client, begun.client._parent)
        try:
            await _finish(client.hop(_commit if how == "COMMIT" else _rollback_if_open))
        finally:
            begun.client._finalized = True
            client._lock.release()
        return
    wrapper = cast(TransactionWrapper, begun.client)
    pool = wrapper._parent._pool
    connection = wrapper._connection
    try:
        await _finish(wrapper.commit() if how == "COMMIT" else wrapper.rollback())
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
        if how == "COMMIT":
            raise
        # the connection broke: the server rolls back by itself
    finally:
        await _finish(cast(Any, pool).release(connection))


def _begin_immediate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _commit(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("COMMIT")
    except BaseException:
        _rollback_if_open(connection)
        raise


def _rollback_if_open(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


async def _finish(work: Awaitable[T]) -> T:
    """See it through although we are cancelled meanwhile; the cancellation goes on afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except BaseException:  # noqa: S110  (raised again by task.result() below)
            break
    if cancelled is not None and task.exception() is None:
        raise cancelled
    return task.result()


def _sqlite(url: str, synchronous: str) -> dict[str, Any]:
    path = url.removeprefix("sqlite:///").removeprefix("sqlite://")
    pragmas = {"busy_timeout": _BUSY_MS, "journal_size_limit": 64 * 1024 * 1024, "synchronous": synchronous}
    engine = "storefront.kernel.db.sqlite_engine"
    return {
        "default": {"engine": engine, "credentials": {"file_path": path, **pragmas}},
        "ro": {"engine": engine, "credentials": {"file_path": path, **pragmas, "query_only": "ON"}},
    }


def _postgres(url: str, pool: int) -> dict[str, Any]:
    scheme = re.sub(r"^postgres(ql)?:", "asyncpg:", url)
    joint = "&" if "?" in scheme else "?"
    return {"default": f"{scheme}{joint}minsize=1&maxsize={pool}&application_name=pindan-{os.getpid()}"}


async def _listen(database: _Database, url: str) -> None:
    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        event = database.events.get(str(payload))
        if event is not None:
            event.set()

    try:
        database.listener = await asyncpg.connect(re.sub(r"^postgres:", "postgresql:", url))
        await database.listener.add_listener(_NOTIFY, heard)
    except OSError as error:
        raise OperationalError(str(error)) from error


def _event(channel: str) -> asyncio.Event:
    return _opened().events.setdefault(channel, asyncio.Event())


def _finished(task: asyncio.Task[Any]) -> None:
    if _database is not None:
        _database.tasks.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.error("task.crashed", exc_info=task.exception())


@lru_cache(maxsize=2048)
def _numbered(sql: str) -> str:
    parts = re.split(r"('(?:[^']|'')*')", sql)
    count = 0

    def number(_match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"${count}"

    return "".join(part if part.startswith("'") else re.sub(r"\?", number, part) for part in parts)
