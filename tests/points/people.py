"""Customers with points."""

from collections.abc import Awaitable
from dataclasses import dataclass

from storefront import ledger, people, points
from storefront.kernel import clock
from storefront.kernel.errors import Refusal


@dataclass(frozen=True)
class Had:
    """What a customer has: free, held."""

    available: int
    held: int


async def somebody(name: str = "Ann") -> int:
    """A new customer's number."""
    return (await people.welcome(name=name, language="en")).id


async def give(person_id: int, amount: int, *, days: int | None = None, key: str | None = None) -> None:
    """Points that end in so many days, or by the terms."""
    expires_at = None if days is None else clock.now() + days * clock.DAY
    await points.grant(
        person_id=person_id,
        points=amount,
        cause="a test",
        key=key or f"{person_id}:{amount}:{days}",
        expires_at=expires_at,
    )


async def has(person_id: int) -> Had:
    """What the shop says that she has."""
    balance = await points.balance(person_id)
    return Had(balance.available, balance.held)


async def found() -> list[str]:
    """What is wrong with ledger and lots."""
    return [finding async for finding in ledger.findings()] + [finding async for finding in points.findings()]


async def outcome(work: Awaitable[object]) -> str:
    """What a wish came to: `done`, or the refusal's name."""
    try:
        await work
    except Refusal as refused:
        return type(refused).__name__
    return "done"
