"""Lots as rows. Whoever calls has locked the customer's balance, by booking an entry or by `locked_balance`."""

from collections.abc import Sequence

from storefront import ledger
from storefront.kernel import clock, db, events
from storefront.ledger import Posting
from storefront.points import rules
from storefront.points.events import PointsEnded
from storefront.points.rules import Lot
from storefront.points.terms import terms

Shares = Sequence[tuple[Lot, int]]


async def locked_balance(person_id: int) -> int:
    """What the ledger says that a customer has, ended lots included; nobody else moves it until the transaction ends."""
    return await ledger.balance(ledger.customer_points(person_id), locked=True)


async def live(person_id: int) -> Sequence[Lot]:
    """The lots that a customer can spend now."""
    found = await db.rows(
        "SELECT id, remaining, expires_at FROM point_lot WHERE person_id = ? AND remaining > 0"
        " AND (expires_at IS NULL OR expires_at > ?)",
        *(person_id, clock.now()),
    )
    return [Lot(**row) for row in found]


async def add(*, person_id: int, points: int, expires_at: int | None, cause: str, key: str) -> None:
    """A new lot."""
    await db.execute(
        "INSERT INTO point_lot (person_id, granted, remaining, expires_at, cause, key, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(person_id, points, points, expires_at, cause, key, clock.now()),
    )


async def spend(person_id: int, points: int) -> Shares:
    """Take points out of the soonest-ending lots; returns which and how many. Raises NotEnoughPoints."""
    shares = rules.spend(await live(person_id), points)
    await db.many(
        "UPDATE point_lot SET remaining = remaining - ? WHERE id = ?", [(share, lot.id) for lot, share in shares]
    )
    return shares


async def fill(person_id: int, shares: Shares) -> None:
    """Put points back into the lots they came from, with a grace where they have ended."""
    now = clock.now()
    for lot, share in shares:
        if rules.ended(lot.expires_at, now):
            # The grace is for what comes back, not for what was left to end.
            await book_end(person_id, lot)
        end = rules.end_after_return(lot.expires_at, now, terms())
        await db.execute(
            "UPDATE point_lot SET remaining = remaining + ?, expires_at = ?, told_at = NULL WHERE id = ?"
            if end != lot.expires_at
            else "UPDATE point_lot SET remaining = remaining + ?, expires_at = ? WHERE id = ?",
            *(share, end, lot.id),
        )


async def book_end(person_id: int, lot: Lot) -> bool:
    """Book out what is left of a lot that has ended; False when there is nothing, or it was done."""
    if not lot.remaining:
        return False
    booked = await ledger.book(
        kind="expire",
        key=f"expire:lot:{lot.id}:{lot.expires_at}",
        cause="points ended",
        actor="shop",
        postings=[
            Posting(ledger.customer_points(person_id), -lot.remaining),
            Posting(ledger.points_expired(), lot.remaining),
        ],
    )
    if booked.fresh:
        await db.execute("UPDATE point_lot SET remaining = 0 WHERE id = ?", lot.id)
        await events.announce(PointsEnded(person_id, lot.remaining, f"lot:{lot.id}:{lot.expires_at}"))
    return booked.fresh
