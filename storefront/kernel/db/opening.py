"""Opening and closing the database."""

import asyncio
from collections.abc import Sequence
from types import ModuleType
from typing import Literal

from storefront.kernel.db import orm, transactions
from storefront.kernel.db.backend import Backend, CannotOpen
from storefront.kernel.db.postgres import Postgres
from storefront.kernel.db.sqlite import Sqlite
from storefront.kernel.db.transactions import Database


async def connect(
    url: str,
    *,
    models: Sequence[str | ModuleType] = (),
    pool: int = 8,
    synchronous: Literal["NORMAL", "FULL"] = "FULL",
) -> None:
    """Open the database at `sqlite:///path` or `postgres://...`, for Tortoise's models of these modules.

    `pool` is how many connections PostgreSQL is given (more than 4 a core only add latency), `synchronous` is SQLite's.
    Raises CannotOpen with a line for the operator.
    """
    backend = _backend(url, pool, synchronous)
    database = Database(backend)
    await backend.open(database.heard)
    transactions.use(database)
    if models:
        await orm.open_models(models)


async def disconnect() -> None:
    """Close the database; tasks that were spawned are cancelled first. Nothing happens when none is open."""
    try:
        database = transactions.opened()
    except RuntimeError:
        return
    tasks = list(database.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await orm.close_models()
    await database.backend.close()
    transactions.use(None)


def _backend(url: str, pool: int, synchronous: Literal["NORMAL", "FULL"]) -> Backend:
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return Sqlite(rest[1:], synchronous)
    if scheme in {"postgres", "postgresql"}:
        return Postgres(url, pool)
    raise CannotOpen("The database is sqlite:///path/to/file or postgres://user:password@host/name.")
