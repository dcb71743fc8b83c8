"""Reads of points: what a customer has, what became of it, and whether lots and ledger agree."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from storefront import ledger
from storefront.kernel import clock, db
from storefront.ledger import PTS

_BATCH = 1000
_FAR = 2**62


@dataclass(frozen=True)
class Balance:
    """What a customer has: free to spend, held by unpaid orders, and the part that ends next (points, epoch ms)."""

    available: int
    held: int
    ends_next: tuple[int, int] | None


@dataclass(frozen=True)
class Line:
    """One line of a statement: so many points more or fewer, why, when (epoch ms); its id begins the next page."""

    id: int
    kind: str
    cause: str
    points: int
    at: int
    order_id: int | None


async def balance(person_id: int) -> Balance:
    """What a customer has now; what has ended does not count, whether it was booked out yet or not."""
    lots = await db.rows(
        "SELECT expires_at, SUM(remaining) AS points FROM point_lot WHERE person_id = ? AND remaining > 0"
        " AND (expires_at IS NULL OR expires_at > ?) GROUP BY expires_at",
        *(person_id, clock.now()),
    )
    ends = [(int(lot["expires_at"]), int(lot["points"])) for lot in lots if lot["expires_at"] is not None]
    at, points = min(ends, default=(0, 0))
    return Balance(
        available=sum(int(lot["points"]) for lot in lots),
        held=await ledger.balance(ledger.points_held(person_id)),
        ends_next=(points, at) if ends else None,
    )


async def history(person_id: int, *, before_id: int | None = None, limit: int = 8) -> Sequence[Line]:
    """The latest movements of a customer's points, newest first; `before_id` is the last line of the page before."""
    account = ledger.customer_points(person_id)
    return [
        Line(line.id, line.kind, line.cause, line.amount, line.at, line.order_id)
        for line in await ledger.statement(account, before_id=before_id, limit=limit)
    ]


async def findings() -> AsyncIterator[str]:
    """Each customer whose lots and ledger differ, in a sentence. Reads in bounded memory, while the shop is open."""
    after = -1
    while True:
        booked = await ledger.balances("customer_points", PTS, after_owner=after, limit=_BATCH)
        last = max(booked) if len(booked) == _BATCH else _FAR
        in_lots = await _in_lots(after, last)
        for person_id in sorted(booked.keys() | in_lots.keys()):
            if booked.get(person_id, 0) != in_lots.get(person_id, 0):
                async for finding in _looked_at_again(person_id):
                    yield finding
        if last == _FAR:
            return
        after = last


async def _looked_at_again(person_id: int) -> AsyncIterator[str]:
    # Balances and lots were read one after the other: she may have bought something in between.
    async with db.tx():
        booked = await ledger.balance(ledger.customer_points(person_id), locked=True)
        in_lots = (await _in_lots(person_id - 1, person_id)).get(person_id, 0)
    if booked != in_lots:
        yield f"the lots of person {person_id} hold {in_lots} points, the ledger says {booked}"


async def _in_lots(after: int, last: int) -> dict[int, int]:
    found = await db.rows(
        "SELECT person_id, SUM(remaining) AS points FROM point_lot WHERE person_id > ? AND person_id <= ?"
        " GROUP BY person_id",
        *(after, last),
    )
    return {int(row["person_id"]): int(row["points"]) for row in found}
