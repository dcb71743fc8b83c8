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
    """A migrated template database on a server; the next copy is made while the test with the last one runs."""

    def __init__(self, url: str, name: str = "template_migrated", migrations: Path | None = None) -> None:
        self._url, self._name, self._copies = url, name, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="template", daemon=True)
        self._thread.start()
        self._lock = asyncio.Lock()
        self._connection = self._begin(asyncpg.connect(url)).result()
        self._begin(self._make(name, "template0")).result()
        _apart(_migrate(self._named(name), migrations))
        self._spare = self._begin(self._next(name))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """A database of its own; yields its URL, and drops it after."""
        name = self._spare.result(60)
        self._spare = self._begin(self._next(self._name))
        yield self._named(name)
        self._begin(self._drop(name))

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A database without a table; yields its URL, and drops it after."""
        name = self._begin(self._next("template0")).result(60)
        yield self._named(name)
        self._begin(self._drop(name))

    def close(self) -> None:
        """Let go of the server."""
        self._spare.result(60)
        self._begin(self._end()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

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
        async with self._lock:
            await self._connection.close()

    def _named(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)


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
