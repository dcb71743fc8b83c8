"""Entries that tests of the ledger book."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from storefront import ledger
from storefront.kernel import db
from storefront.ledger import Account, Entry, Posting

ANN, BOB = 1, 2


async def give(person: int, points: int, key: str) -> Entry:
    """Points from the shop to a customer."""
    return await move(ledger.points_issued(), ledger.customer_points(person), points, key)


async def move(here: Account, there: Account, amount: int, key: str) -> Entry:
    """So much from here to there."""
    return await ledger.book(
        kind="test", key=key, cause="a test", actor="shop", postings=[Posting(here, -amount), Posting(there, amount)]
    )


async def at_once(works: Sequence[Coroutine[Any, Any, Any]]) -> list[str]:
    """Do all of it at the same time; what each came to: `done`, or the refusal's name."""
    results = await asyncio.gather(*works, return_exceptions=True)
    return ["done" if not isinstance(result, BaseException) else type(result).__name__ for result in results]


async def count(table: str) -> int:
    """How many rows a table has."""
    return int((await db.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"])


async def found() -> list[str]:
    """What is wrong with the ledger."""
    return [finding async for finding in ledger.findings()]
