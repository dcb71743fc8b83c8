"""What only the last days need: who was here, and how much of a daily cap she has used."""

from storefront.kernel import clock, db, texts
from storefront.points import rules


async def forget(*, limit: int = 5000) -> int:
    """Delete check-ins and daily counts of more than a month ago, so many of each; returns how many rows.

    What they brought is kept: in the earnings and in the ledger.
    """
    day = texts.day(clock.now()) - rules.DAYS_KEPT
    check_ins = await db.execute(
        "DELETE FROM check_in WHERE id IN (SELECT id FROM check_in WHERE day < ? ORDER BY id LIMIT ?)", day, limit
    )
    counts = await db.execute(
        "DELETE FROM earned_today WHERE (person_id, rule, day) IN"
        " (SELECT person_id, rule, day FROM earned_today WHERE day < ? LIMIT ?)",
        *(day, limit),
    )
    spent = await db.execute(
        "DELETE FROM point_spending WHERE order_id IN (SELECT order_id FROM point_spending WHERE day < ? LIMIT ?)",
        *(day, limit),
    )
    return check_ins + counts + spent
