"""Nobody loses points unawares: a letter goes out once before they end."""

import structlog

from storefront.kernel import clock, db, events
from storefront.points.events import PointsEnding
from storefront.points.terms import terms

log = structlog.get_logger()


async def remind(*, limit: int = 1000) -> int:
    """Tell customers once of points that end soon, each in a transaction of its own; returns how many were told.

    A letter goes when the next end is near, and names all that ends within twice that time: who earns a little every
    day does not get a letter every day.
    """
    now = clock.now()
    near = await db.rows(
        "SELECT DISTINCT person_id FROM point_lot WHERE remaining > 0 AND told_at IS NULL AND expires_at > ?"
        " AND expires_at <= ? ORDER BY person_id LIMIT ?",
        *(now, now + terms().remind_days * clock.DAY, limit),
    )
    told = 0
    for row in near:
        try:
            told += await _remind(person_id=row["person_id"])
        except Exception:
            # The next run tries again; the others are not held up.
            log.exception("points.not_reminded", person=row["person_id"])
    return told


@db.transaction
async def _remind(*, person_id: int) -> bool:
    now = clock.now()
    lots = await db.rows(
        "UPDATE point_lot SET told_at = ? WHERE person_id = ? AND remaining > 0 AND told_at IS NULL AND expires_at > ?"
        " AND expires_at <= ? RETURNING remaining, expires_at",
        *(now, person_id, now, now + 2 * terms().remind_days * clock.DAY),
    )
    ends: dict[int, int] = {}
    for lot in lots:
        ends[lot["expires_at"]] = ends.get(lot["expires_at"], 0) + lot["remaining"]
    if ends:
        await events.announce(PointsEnding(person_id, [(ends[at], at) for at in sorted(ends)]))
    return bool(ends)
