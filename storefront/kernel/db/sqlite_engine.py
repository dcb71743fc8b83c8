"""Tortoise's SQLite engine with transactions that begin IMMEDIATE and survive cancellation.

The stock engine leaves its lock taken for ever when a task is cancelled while it enters a transaction, commits what a failed
commit left open, and begins deferred, so that two processes fail with "database is locked". Tortoise chooses its SQL
dialect by the word "sqlite" in this module's name.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper

T = TypeVar("T")


class Client(SqliteClient):
    """One connection to the file; whoever writes holds its lock from BEGIN to COMMIT."""

    async def create_connection(self, with_db: bool) -> None:
        """Open the file, once."""
        await super().create_connection(with_db)
        assert self._connection is not None
        await self._connection.execute("PRAGMA temp_store = MEMORY")

    async def hop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do all of `work` in the connection's thread: one hop, however many statements."""
        if self._connection is None:
            await self.create_connection(with_db=True)
        connection = self._connection
        assert connection is not None
        # aiosqlite has no public way to run a function in its thread; a statement a hop costs ten times as much.
        result: T = await connection._execute(work, connection._conn)
        return result


class Wrapper(SqliteTransactionWrapper):
    """What the ORM writes through inside a transaction that `storefront.kernel.db.tx` began."""


def run(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> tuple[int, list[dict[str, Any]]]:
    """One statement: how many rows it changed, and the rows it gave."""
    cursor = connection.execute(sql, values)
    try:
        if cursor.description is None:
            return max(cursor.rowcount, 0), []
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return len(found), found
    finally:
        cursor.close()


client_class = Client
