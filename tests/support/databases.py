"""A migrated database for every test, copied from a template in a few milliseconds."""

import asyncio
import shutil
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
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
    """A migrated template database on a server; copies are made by a connection that stays open in a thread."""

    def __init__(self, url: str, name: str = "template_migrated", migrations: Path | None = None) -> None:
        self._url, self._name, self._copies = url, name, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="template", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection[Any] = self._do(asyncpg.connect(url))
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{name}"')
        _apart(_migrate(self._named(name), migrations))

    def copy(self) -> AbstractContextManager[str]:
        """A database of its own; gives its URL, and drops it after."""
        return self._made(self._name)

    def empty(self) -> AbstractContextManager[str]:
        """A database without a table; gives its URL, and drops it after."""
        return self._made("template0")

    @contextmanager
    def _made(self, template: str) -> Iterator[str]:
        self._copies += 1
        name = f"{self._name}_{self._copies}"
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self._named(name)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Let go of the server."""
        self._do(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _named(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def _run(self, sql: str) -> None:
        self._do(self._connection.execute(sql))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


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
