"""A migrated database for every test, copied from a template in a few milliseconds."""

import asyncio
import shutil
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

import storefront
from storefront.kernel import db

T = TypeVar("T")

# The one table that a migrated database has rows in.
_APPLIED = "migration"
_LEAVE = "SELECT pg_terminate_backend(pid, 5000::bigint) FROM pg_stat_activity WHERE datname = $1"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
# Tables, constraints, triggers and functions: what a test that takes a guard away has changed.
_LOOKS = """
    SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
        SELECT oid || relname::text FROM pg_class WHERE oid >= 16384
        UNION ALL SELECT oid || conname::text || convalidated FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT oid || tgname::text || tgenabled::text FROM pg_trigger
        UNION ALL SELECT oid || proname::text || xmin::text FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT attrelid || attname::text || attnotnull || atthasdef FROM pg_attribute WHERE attrelid >= 16384
    ) AS every (one)
"""
_NUMBER_ANEW = """
    SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences
    WHERE last_value IS NOT NULL
"""
_IS_SMALL = "SELECT pg_database_size(current_database()) < 40 * 1024 * 1024"

STOREFRONT = Path(storefront.__file__).parent


def all_models() -> list[str]:
    """The modules of every noun that has tables."""
    return sorted(f"storefront.{path.parent.name}.models" for path in STOREFRONT.glob("*/models.py"))


class SqliteTemplate:
    """A migrated file, to be copied."""

    def __init__(self, folder: Path, migrations: Path | None = None) -> None:
        self._file = folder / "template.sqlite3"
        _apart(_migrate(f"sqlite:///{self._file}", migrations))

    def copy_to(self, folder: Path) -> str:
        """A database of its own in this folder; returns its URL."""
        file = folder / "shop.sqlite3"
        shutil.copyfile(self._file, file)
        return f"sqlite:///{file}"


class PostgresTemplate:
    """A migrated template database on a server, and copies of it.

    A copy takes a hundred times as long as to empty one: what a test gives back is emptied while others run, and used again.
    """

    def __init__(self, url: str, name: str = "template_migrated", migrations: Path | None = None) -> None:
        self._url, self._name, self._copies = url, name, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="template", daemon=True)
        self._thread.start()
        self._lock, self._cleaning = asyncio.Lock(), asyncio.Lock()
        self._connection = self._begin(asyncpg.connect(url)).result()
        self._begin(self._make(name, "template0")).result()
        _apart(_migrate(self._named(name), migrations))
        self._free: list[str] = []
        self._looks, self._filled = self._begin(self._seen(name)).result(60)

    @contextmanager
    def copy(self) -> Iterator[str]:
        """A database of its own; yields its URL."""
        name = self._begin(self._take()).result(60)
        yield self._named(name)
        self._begin(self._give_back(name))

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A database without a table; yields its URL, and drops it after."""
        name = self._begin(self._next("template0")).result(60)
        yield self._named(name)
        self._begin(self._drop(name))

    def close(self) -> None:
        """Let go of the server."""
        self._begin(self._end()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _take(self) -> str:
        async with self._cleaning:
            return self._free.pop() if self._free else await self._next(self._name)

    async def _give_back(self, name: str) -> None:
        async with self._cleaning:
            try:
                clean = await self._empty(name)
            except (asyncpg.PostgresError, OSError):
                clean = False
            if clean:
                self._free.append(name)
            else:
                await self._drop(name)

    async def _empty(self, name: str) -> bool:
        """Take out all that a test left; False when it left more than rows, or very many."""
        async with self._lock:
            await self._connection.execute(_LEAVE, name)
        connection = await asyncpg.connect(self._named(name))
        try:
            await connection.execute("DROP SCHEMA IF EXISTS webchat CASCADE")
            if await connection.fetchval(_LOOKS) != self._looks or self._filled != {_APPLIED}:
                return False
            gone = "".join(f'DELETE FROM "{table}";' for table in await _filled(connection) - {_APPLIED})
            # In this role no trigger and no foreign key has a word: the ledger's rows go as well.
            await connection.execute(f"SET session_replication_role = replica; {gone} {_NUMBER_ANEW}")
            return bool(await connection.fetchval(_IS_SMALL))
        finally:
            await connection.close()

    async def _seen(self, name: str) -> tuple[str, set[str]]:
        connection = await asyncpg.connect(self._named(name))
        try:
            return await connection.fetchval(_LOOKS), await _filled(connection)
        finally:
            await connection.close()

    async def _next(self, template: str) -> str:
        self._copies += 1
        name = f"{self._name}_{self._copies}"
        await self._make(name, template)
        return name

    async def _make(self, name: str, template: str) -> None:
        await self._drop(name)
        async with self._lock:
            await self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')

    async def _drop(self, name: str) -> None:
        async with self._lock:
            await self._connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _end(self) -> None:
        async with self._cleaning, self._lock:
            await self._connection.close()

    def _named(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)


async def _filled(connection: asyncpg.Connection) -> set[str]:
    tables = [row["relname"] for row in await connection.fetch(_TABLES)]
    either = " UNION ALL ".join(f"SELECT '{table}' AS t WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
    return {row["t"] for row in await connection.fetch(either)}


async def _migrate(url: str, migrations: Path | None) -> None:
    await db.connect(url)
    try:
        await db.migrate(*([migrations] if migrations else []))
    finally:
        await db.disconnect()


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end in a thread, apart from the event loop and the context of the test that asks."""
    done: Future[None] = Future()

    def run() -> None:
        try:
            done.set_result(asyncio.run(work))
        except BaseException as error:
            done.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    done.result()
