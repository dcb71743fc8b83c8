"""Tortoise's two clients, on our connections and in our transactions.

Its own ones leave a lock taken for ever, or leak a connection, when a task is cancelled while it enters a transaction, and let
tasks that were started inside one write in it after its end.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any, cast

from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connections

from storefront.kernel.db.postgres import Postgres, PostgresSession
from storefront.kernel.db.transactions import browse, dialect, execute, many, opened, rows, running, savepoint, tx

READER = "reader"
_NO_SCHEMA = "the tables are made by db.migrate"


class SqliteOrm(SqliteClient):
    """The ORM on SQLite; the one named READER reads what was committed, in a thread."""

    def __init__(self, connection_name: str, **_: Any) -> None:
        super().__init__("", connection_name=connection_name)
        self._select = browse if connection_name == READER else rows

    async def create_connection(self, with_db: bool) -> None:
        """The connection is `storefront.kernel.db`'s."""
        raise NotImplementedError(_NO_SCHEMA)

    async def close(self) -> None:
        """Nothing of its own is open."""

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        """Insert one row; returns its number."""
        async with tx():
            await execute(query, *values)
            return int((await rows("SELECT last_insert_rowid() AS id"))[0]["id"])

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """One statement for many rows."""
        await many(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        """How many rows there were or were changed, and the rows."""
        if query[:6].upper() == "SELECT" or " RETURNING " in query:
            found = await self._select(query, *(values or ()))
            return len(found), found
        return await execute(query, *(values or ())), []

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """The rows."""
        return await self._select(query, *(values or ()))

    def _in_transaction(self) -> Any:
        return _inside(self)


class PostgresOrm(AsyncpgDBClient):
    """The ORM on PostgreSQL."""

    def __init__(self, connection_name: str, **_: Any) -> None:
        super().__init__(connection_name=connection_name)

    async def create_connection(self, with_db: bool) -> None:
        """The connections are `storefront.kernel.db`'s."""
        raise NotImplementedError(_NO_SCHEMA)

    async def close(self) -> None:
        """Nothing of its own is open."""

    def acquire_connection(self) -> Any:
        """The transaction's connection, or one of the pool for a single statement."""
        outer = running()
        if outer is None:
            return cast(Postgres, opened().backend).pool.acquire()
        return _same(cast(PostgresSession, outer.session).connection)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """One statement for many rows."""
        await many(query, values)

    def _in_transaction(self) -> Any:
        return _inside(self)


def get_client_class(info: dict[str, Any]) -> type[BaseDBAsyncClient]:
    """Tortoise asks this for its client."""
    return SqliteOrm if info["credentials"]["dialect"] == "sqlite" else PostgresOrm


async def open_models(models: Iterable[str | ModuleType]) -> None:
    """Bind these modules' models to the database that is open."""
    await Tortoise.init(
        config={
            "connections": {"default": {"engine": __name__, "credentials": {"dialect": dialect()}}},
            "apps": {"shop": {"models": list(models), "default_connection": "default"}},
        },
        _enable_global_fallback=True,
    )


async def close_models() -> None:
    """Undo `open_models`; nothing happens when no models are bound."""
    # Tortoise remembers its INSERTs by table, in the words of the database that was open.
    EXECUTOR_CACHE.clear()
    await Tortoise.close_connections()


def reader() -> BaseDBAsyncClient:
    """Where pages read from (`using_db=db.reader()`): never waits for a writer, sees what was committed."""
    return SqliteOrm(READER) if dialect() == "sqlite" else get_connections().get("default")


@asynccontextmanager
async def _inside(client: BaseDBAsyncClient) -> AsyncIterator[BaseDBAsyncClient]:
    # Tortoise's get_or_create catches an IntegrityError here and goes on.
    inner: AbstractAsyncContextManager[None] = tx() if running() is None else savepoint()
    async with inner:
        yield client


@asynccontextmanager
async def _same(connection: Any) -> AsyncIterator[Any]:
    yield connection
