"""How many points a customer may use in place of money a day; gifts, which cost points and no money, are free of it."""

from storefront.kernel import clock, db, texts
from storefront.points import rules
from storefront.points.terms import terms


async def spendable(person_id: int) -> int | None:
    """How many points a customer may still use in place of money today; None: as many as she has."""
    limit = terms().spend_daily
    return max(0, limit - await _spent(person_id, texts.day(clock.now()))) if limit else None


@db.transaction
async def count(*, person_id: int, order_id: int, points: int) -> None:
    """Count an order's points towards today's limit. Raises OverSpendLimit.

    Called with the customer's balance locked, so that two orders at once are counted one after the other.
    """
    left = await spendable(person_id)
    if left is not None and points > left:
        raise rules.OverSpendLimit(n=left)
    await db.execute(
        "INSERT INTO point_spending (order_id, person_id, day, points) VALUES (?, ?, ?, ?)",
        *(order_id, person_id, texts.day(clock.now()), points),
    )


async def uncount(*, order_id: int) -> None:
    """An order that was not paid used none of its day's limit."""
    await db.execute("DELETE FROM point_spending WHERE order_id = ?", order_id)


async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person, with one limit a day."""
    await db.execute("UPDATE point_spending SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


async def _spent(person_id: int, day: int) -> int:
    found = await db.rows(
        "SELECT COALESCE(SUM(points), 0) AS n FROM point_spending WHERE person_id = ? AND day = ?", person_id, day
    )
    return int(found[0]["n"])
