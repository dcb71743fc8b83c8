"""SQLite: one connection that writes and a few that only read, so that pages never wait for a writer.

Single statements run at once, in the event loop's thread: they take microseconds, and a hop to another thread costs ten times
that while the write lock is held. What waits for the disk or takes long (COMMIT, many rows, `browse`) runs in a thread. Other
processes that write are waited for without blocking this one.

Transactions that come one upon the other share a COMMIT, which is what costs time: each is told of its end only when that is
done, and when it fails all of them have failed.
"""

import asyncio
import contextvars
import random
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from queue import SimpleQueue
from typing import Any, Literal, TypeVar

from tortoise.exceptions import IntegrityError

from storefront.kernel.db.backend import CannotOpen, Rows, Values, finish

T = TypeVar("T")

_BUSY_S = 10.0
_READERS = 2
_ENDED = "SQLite has ended this transaction after an error: nothing of it is kept"
_AT_ONCE = 50
PRAGMAS = {
    "journal_mode": "WAL",
    "journal_size_limit": 64 * 1024 * 1024,
    "foreign_keys": "ON",
    # What a sort of a million rows needs goes to disk; small ones stay in memory all the same.
    "temp_store": "FILE",
    "cache_size": -16_000,
}
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


class Sqlite:
    """A SQLite file; `synchronous` FULL keeps the last commits through a power cut, NORMAL through a crash of the program."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, path: str, synchronous: Literal["NORMAL", "FULL"]) -> None:
        self.path = path
        self._pragmas = {**PRAGMAS, "synchronous": synchronous}
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._unkept: asyncio.Future[None] | None = None
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-reader")
        self._readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()

    async def open(self, heard: Callable[[str | None], None]) -> None:
        """Open the file, making it when there is none. Raises CannotOpen."""
        try:
            # The writer does not wait inside SQLite: `begin` waits, and lets others go on meanwhile.
            self._writer = await _in(self._writing, lambda: self._connect(busy_timeout=0))
            self._glance = self._connect(query_only="ON")
            for _ in range(_READERS):
                self._readers.put(self._connect(query_only="ON"))
        except sqlite3.Error as error:
            self._shut()
            raise CannotOpen(f"Cannot open the database {self.path}: {error}.") from error

    async def close(self) -> None:
        """Close the file once what is running has ended."""
        async with self._lock:
            await finish(asyncio.to_thread(self._shut))

    async def begin(self) -> "SqliteSession":
        """Begin a transaction that holds the write lock; waits for its turn, and for other processes up to 10 s."""
        await self._turn()
        if self._unkept is not None:
            if self._writer.in_transaction:
                self._writer.execute("SAVEPOINT turn").close()
                return SqliteSession(self, self._writer)
            self._lose_unkept()
        try:
            until = time.monotonic() + _BUSY_S
            while not _begun(self._writer):
                if time.monotonic() > until:
                    raise sqlite3.OperationalError("database is locked: another process has been writing for 10 s")
                await asyncio.sleep(random.uniform(0.001, 0.01))  # noqa: S311  (jitter)
        except BaseException:
            self._lock.release()
            raise
        return SqliteSession(self, self._writer)

    async def execute(self, sql: str, values: Values) -> int:
        """Run one statement in a transaction of its own; how many rows it changed."""
        session = await self.begin()
        try:
            changed = await session.execute(sql, values)
        except BaseException:
            await session.rollback()
            raise
        await session.commit(())
        return changed

    async def rows(self, sql: str, values: Values) -> Rows:
        """The rows of one statement outside a transaction."""
        if _only_reads(sql):
            return _run(self._glance, sql, values)[1]
        session = await self.begin()
        try:
            found = await session.rows(sql, values)
        except BaseException:
            await session.rollback()
            raise
        await session.commit(())
        return found

    async def browse(self, sql: str, values: Values) -> Rows:
        """The rows of a statement that only reads, as of the last commit, read in a thread."""

        def read() -> Rows:
            reader = self._readers.get()
            try:
                return _run(reader, sql, values)[1]
            finally:
                self._readers.put(reader)

        return await _in(self._reading, read)

    async def notify(self, channel: str) -> None:
        """Nobody but this process waits on a file."""

    async def finish(self, work: Callable[[], T]) -> T:
        """Do this in the writer's thread, to its end also when we are cancelled."""
        return await finish(_in(self._writing, work))

    async def commit(self) -> None:
        """Keep the transaction that has its turn, alone or with those that wait for theirs; ends the turn."""
        if self._unkept is None and not self._waiting:
            try:
                await self.finish(self._commit)
            finally:
                self._lock.release()
            return
        if self._unkept is None:
            self._unkept = asyncio.get_running_loop().create_future()
            self._committer = asyncio.create_task(self._commit_all(self._unkept), context=contextvars.Context())
        elif self._writer.in_transaction:
            self._writer.execute("RELEASE turn").close()
        kept = self._unkept
        self._lock.release()
        await finish(kept)

    async def rollback(self) -> None:
        """Undo the transaction that has its turn, and none that waits for a COMMIT; ends the turn."""
        seen = self._unkept
        try:
            if seen is None:
                _rollback(self._writer)
            elif self._writer.in_transaction:
                self._writer.execute("ROLLBACK TO turn").close()
                self._writer.execute("RELEASE turn").close()
            else:
                self._lose_unkept()
        finally:
            self._lock.release()
        if seen is not None:
            # What it was undone for may be something that those wrote: whoever looks again must find it.
            await asyncio.wait([seen])

    async def _turn(self) -> None:
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1

    async def _commit_all(self, kept: asyncio.Future[None]) -> None:
        async with self._lock:
            if self._unkept is not kept:
                return
            self._unkept = None
            try:
                await self.finish(self._commit)
            except BaseException as error:
                kept.set_exception(error)
            else:
                kept.set_result(None)

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT").close()
        except BaseException:
            _rollback(self._writer)
            raise

    def _lose_unkept(self) -> None:
        # SQLite ends a transaction by itself after some errors (disk full, out of memory).
        assert self._unkept is not None
        self._unkept.set_exception(sqlite3.OperationalError(_ENDED))
        self._unkept = None

    def _connect(self, **pragmas: Any) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for name, value in (self._pragmas | pragmas).items():
            connection.execute(f"PRAGMA {name} = {value}").close()
        return connection

    def _shut(self) -> None:
        self._writing.shutdown()
        self._reading.shutdown()
        while not self._readers.empty():
            self._readers.get().close()
        for connection in ("_glance", "_writer"):
            if hasattr(self, connection):
                getattr(self, connection).close()


class SqliteSession:
    """A transaction on the writing connection."""

    def __init__(self, database: Sqlite, connection: sqlite3.Connection) -> None:
        self._database, self._connection = database, connection
        self._statements = 0

    async def execute(self, sql: str, values: Values) -> int:
        """Run one statement; how many rows it changed."""
        await self._ready()
        return _run(self._connection, sql, values)[0]

    async def rows(self, sql: str, values: Values) -> Rows:
        """The rows of one statement."""
        await self._ready()
        return _run(self._connection, sql, values)[1]

    async def many(self, sql: str, values: Sequence[Values]) -> None:
        """Run one statement for each tuple of values, in the thread when they are many."""
        await self._ready()
        if len(values) <= _AT_ONCE:
            _run_many(self._connection, sql, values)
        else:
            await self._database.finish(lambda: _run_many(self._connection, sql, values))

    async def commit(self, wakes: Collection[str]) -> None:
        """Keep all of it."""
        await self._database.commit()

    async def rollback(self) -> None:
        """Undo all of it."""
        await self._database.rollback()

    async def _ready(self) -> None:
        if not self._connection.in_transaction:
            raise sqlite3.OperationalError(_ENDED)
        # A long transaction must not keep the event loop to itself.
        self._statements += 1
        if self._statements % _AT_ONCE == 0:
            await asyncio.sleep(0)


async def _in(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, work)


def _begun(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE").close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def _rollback(connection: sqlite3.Connection) -> None:
    # SQLite ends a transaction by itself after some errors (disk full, out of memory).
    if connection.in_transaction:
        connection.execute("ROLLBACK").close()


def _run(connection: sqlite3.Connection, sql: str, values: Values) -> tuple[int, Rows]:
    try:
        cursor = connection.execute(sql, values)
        if cursor.description is None:
            return max(cursor.rowcount, 0), []
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    return len(found), found


def _run_many(connection: sqlite3.Connection, sql: str, values: Sequence[Values]) -> None:
    try:
        connection.executemany(sql, values).close()
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error


@lru_cache(maxsize=2048)
def _only_reads(sql: str) -> bool:
    verb = sql.lstrip()[:6].upper()
    return verb == "SELECT" or (verb.startswith("WITH") and not _WRITES.search(sql))
