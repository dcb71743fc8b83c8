"""What a database must be able to do for the kernel; `sqlite.py` and `postgres.py` do it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Dialect = Literal["sqlite", "postgres"]
Values: TypeAlias = Sequence[Any]
Rows: TypeAlias = list[dict[str, Any]]


class CannotOpen(Exception):
    """The database cannot be opened; the message is one line for the operator, without a password."""


class Session(Protocol):
    """A transaction that has begun. It ends with `commit` or `rollback`, which are seen through also when cancelled."""

    async def execute(self, sql: str, values: Values) -> int: ...
    async def rows(self, sql: str, values: Values) -> Rows: ...
    async def many(self, sql: str, values: Sequence[Values]) -> None: ...
    async def commit(self, wakes: Collection[str]) -> None: ...
    async def rollback(self) -> None: ...


class Backend(Protocol):
    """An open database; `execute` and `rows` are for single statements outside a transaction."""

    @property
    def dialect(self) -> Dialect: ...
    async def open(self, heard: Callable[[str | None], None]) -> None: ...
    async def close(self) -> None: ...
    async def begin(self) -> Session: ...
    async def execute(self, sql: str, values: Values) -> int: ...
    async def rows(self, sql: str, values: Values) -> Rows: ...
    async def browse(self, sql: str, values: Values) -> Rows: ...
    async def notify(self, channel: str) -> None: ...


async def finish(work: Awaitable[T]) -> T:
    """See it through although we are cancelled meanwhile; the cancellation goes on afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = None if task.cancelled() else error
        except Exception:
            break
    if cancelled is not None:
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()
