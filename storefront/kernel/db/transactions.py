"""Transactions, statements and wake-ups on the one database that is open.

A transaction belongs to the task that began it. What begins inside joins it: all is kept or nothing is. Whoever catches an
error inside, and goes on, wraps what may fail in `savepoint`; else nothing is kept, on both databases alike.
"""

import asyncio
import contextvars
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import structlog
from asyncpg.exceptions import TransactionRollbackError

from storefront.kernel import metrics
from storefront.kernel.db.backend import Backend, Dialect, Rows, Session, finish

P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 6

log = structlog.get_logger()


@dataclass
class Transaction:
    """A transaction that is running."""

    session: Session
    task: asyncio.Task[Any] | None
    after: list[Callable[[], None]] = field(default_factory=list)
    wakes: dict[str, None] = field(default_factory=dict)
    failed: BaseException | None = None


class Channel:
    """Who waits to be woken, and who has heard how many of the wakes: each hears of each, whoever else was quicker."""

    def __init__(self) -> None:
        self.wakes = 0
        self._woken = asyncio.Event()
        self._heard: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()

    def wake(self) -> None:
        """Everybody who waits, or has not waited since the last time, goes on."""
        self.wakes += 1
        self._woken.set()
        self._woken = asyncio.Event()

    async def wait(self) -> None:
        """Go on at the next wake, at once when there was one since this task last went on."""
        task = asyncio.current_task()
        assert task is not None, "who waits is a task"
        if self._heard.get(task, 0) == self.wakes:
            await self._woken.wait()
        self._heard[task] = self.wakes


@dataclass
class Database:
    """What is open: the database, who waits to be woken, which tasks were spawned."""

    backend: Backend
    channels: dict[str, Channel] = field(default_factory=dict)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def channel(self, name: str) -> Channel:
        """Where those wait who are woken by this name."""
        return self.channels.setdefault(name, Channel())

    def heard(self, channel: str | None) -> None:
        """This channel was woken; None for every channel, when we may have missed some."""
        for one in self.channels.values() if channel is None else [self.channel(channel)]:
            one.wake()


_opened: Database | None = None
_current: contextvars.ContextVar[Transaction | None] = contextvars.ContextVar("transaction", default=None)
_savepoints = itertools.count(1)


def use(database: Database | None) -> None:
    """From now on this database is meant."""
    global _opened
    _opened = database


def opened() -> Database:
    """The database that is open."""
    if _opened is None:
        raise RuntimeError("no database is open: connect first")
    return _opened


def dialect() -> Dialect:
    """Which database this is."""
    return opened().backend.dialect


def running() -> Transaction | None:
    """The transaction of this task, None outside of one. Raises RuntimeError in a task that was started inside one."""
    transaction = _current.get()
    if transaction is not None and transaction.task is not asyncio.current_task():
        raise RuntimeError("this task was started inside a transaction of another task: start it with db.spawn")
    return transaction


@asynccontextmanager
async def tx() -> AsyncIterator[None]:
    """All or nothing. Inside a transaction it joins that one; only the task that began it may use it.

    Await nothing but the database inside: on SQLite everybody who writes waits.
    """
    outer = running()
    if outer is not None:
        try:
            yield
        except BaseException as error:
            outer.failed = outer.failed or error
            raise
        return
    begun = Transaction(await opened().backend.begin(), asyncio.current_task())
    mark = _current.set(begun)
    ending: asyncio.Future[None] | None = None
    try:
        try:
            yield
            if begun.failed is not None:
                raise RuntimeError("an error inside the transaction was caught without db.savepoint") from begun.failed
        except BaseException:
            await finish(begun.session.rollback())
            raise
        ending = asyncio.ensure_future(begun.session.commit(begun.wakes))
        await finish(ending)
    finally:
        _current.reset(mark)
        if ending is not None and ending.exception() is None:
            _tell(begun)


@asynccontextmanager
async def snapshot() -> AsyncIterator[None]:
    """All that is read inside is of one moment; outside of any transaction. Keep it short: on SQLite who writes waits."""
    assert running() is None, "a transaction has begun to read already"
    async with tx():
        if dialect() == "postgres":
            await execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Undo only what is inside when it raises: for the rare place where a refusal is caught and the rest goes on."""
    outer = running()
    if outer is None:
        raise RuntimeError("a savepoint is inside a transaction")
    name, failed, after = f"s{next(_savepoints)}", outer.failed, len(outer.after)
    await execute(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException:
        await execute(f"ROLLBACK TO SAVEPOINT {name}")
        await execute(f"RELEASE SAVEPOINT {name}")
        outer.failed = failed
        del outer.after[after:]
        raise
    await execute(f"RELEASE SAVEPOINT {name}")


def transaction(verb: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a function a verb: it opens its own transaction or joins the caller's.

    Outermost, it is done again after a deadlock or a serialization failure, up to five times.
    """

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        tries_left = _TRIES if running() is None else 1
        while True:
            tries_left -= 1
            try:
                async with tx():
                    return await verb(*args, **kwargs)
            except TransactionRollbackError:
                if not tries_left:
                    raise
            metrics.DATABASE_RETRIES.inc()
            await asyncio.sleep(random.uniform(0.01, 0.02) * 2 ** (_TRIES - tries_left))  # noqa: S311  (jitter)

    return run


def after_commit(call: Callable[[], None]) -> None:
    """Do this once the running transaction is kept, never when it is rolled back; outside of one, now."""
    outer = running()
    if outer is None:
        call()
    else:
        outer.after.append(call)


async def execute(sql: str, *values: Any) -> int:
    """Run one statement, with `?` for each value; returns how many rows it changed."""
    outer = running()
    if outer is None:
        return await opened().backend.execute(sql, values)
    try:
        return await outer.session.execute(sql, values)
    except BaseException as error:
        outer.failed = outer.failed or error
        raise


async def rows(sql: str, *values: Any) -> Rows:
    """The rows of one statement (a SELECT, or one with RETURNING), with `?` for each value."""
    outer = running()
    if outer is None:
        return await opened().backend.rows(sql, values)
    try:
        return await outer.session.rows(sql, values)
    except BaseException as error:
        outer.failed = outer.failed or error
        raise


async def browse(sql: str, *values: Any) -> Rows:
    """The rows of a SELECT that may take long; it sees what was committed, not what this transaction changed.

    On SQLite it runs in a thread, so that nobody else waits. On PostgreSQL, where a second connection for a transaction could
    starve the pool, it does see this transaction's changes.
    """
    if dialect() == "postgres":
        return await rows(sql, *values)
    return await opened().backend.browse(sql, values)


async def many(sql: str, values: Sequence[Sequence[Any]]) -> None:
    """Run one statement for each tuple of values, with `?` for each value; all or none."""
    if not values:
        return
    outer = running()
    if outer is None:
        async with tx():
            await many(sql, values)
        return
    try:
        await outer.session.many(sql, values)
    except BaseException as error:
        outer.failed = outer.failed or error
        raise


async def wake(channel: str) -> None:
    """Wake whoever waits for this channel, here or on another replica, once the running transaction is kept."""
    outer = running()
    if outer is not None:
        outer.wakes[channel] = None
        return
    opened().heard(channel)
    await opened().backend.notify(channel)


async def wait(channel: str, timeout_s: float) -> None:
    """Wait until this channel is woken, or the time is up."""
    try:
        async with asyncio.timeout(timeout_s):
            await opened().channel(channel).wait()
    except TimeoutError:
        return


def spawn(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a task outside any transaction; its exception is logged, and it is cancelled when the database is closed."""
    database = opened()
    context = contextvars.copy_context()
    context.run(_current.set, None)
    task = asyncio.get_running_loop().create_task(work, context=context)
    database.tasks.add(task)
    task.add_done_callback(database.tasks.discard)
    task.add_done_callback(_note_crash)
    return task


def _tell(kept: Transaction) -> None:
    for channel in kept.wakes:
        opened().heard(channel)
    for call in kept.after:
        try:
            call()
        except Exception:
            log.exception("after_commit.crashed")


def _note_crash(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task.crashed", task=task.get_name(), exc_info=error)
