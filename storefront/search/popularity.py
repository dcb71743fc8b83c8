"""In how many orders of the last weeks a thing was: what decides between things that fit equally well."""

from collections.abc import Sequence

from storefront.kernel import clock, db

_WEEKS = 13


@db.transaction
async def note_ordered(*, item_ids: Sequence[int]) -> None:
    """Count an order that was confirmed for each of its things, whose it was is not kept."""
    await db.many(
        "INSERT INTO search_ordered (item_id, week, orders) VALUES (?, ?, 1)"
        " ON CONFLICT (item_id, week) DO UPDATE SET orders = search_ordered.orders + 1",
        [(item_id, _week()) for item_id in sorted(item_ids)],
    )


async def forget_ordered() -> None:
    """What was ordered longer ago counts no more."""
    await db.execute("DELETE FROM search_ordered WHERE week <= ?", _week() - _WEEKS)


def _week() -> int:
    return clock.now() // (7 * clock.DAY)
