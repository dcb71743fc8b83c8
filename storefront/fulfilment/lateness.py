"""What should have left, or been heard of, is found by the shop itself."""

import structlog

from storefront import orders
from storefront.fulfilment.events import OrderLate
from storefront.fulfilment.queries import parcel
from storefront.fulfilment.rules import Terms
from storefront.fulfilment.shipping import note_trouble
from storefront.kernel import clock, db, events

log = structlog.get_logger()

_PAGE = 500
_terms = Terms()


def use_terms(terms: Terms) -> None:
    """Go by these from now on."""
    global _terms
    _terms = terms


async def watch(*, limit: int = 100) -> int:
    """Tell of orders that should have left by now, and of parcels that are silent for too long, once each; returns how many."""
    count = 0
    for find, tell in ((_late_orders, _late), (_silent_parcels, _silent)):
        for number in await find(limit):
            try:
                count += await tell(number)
            except Exception:
                # The next run tries again; others are told meanwhile.
                log.exception("lateness.not_told", what=tell.__name__, number=number)
    return count


async def _late_orders(limit: int) -> list[int]:
    if not _terms.ship_within_days:
        return []
    since = clock.now() - _terms.ship_within_days * clock.DAY
    late: list[int] = []
    after = 0
    while len(late) < limit and (page := await orders.to_ship(after=after, limit=_PAGE, confirmed_before=since)):
        after = page[-1]
        told = await db.rows(
            "SELECT order_id FROM shipment_trouble WHERE what = 'late' AND order_id BETWEEN ? AND ?", page[0], after
        )
        late += sorted(set(page) - {row["order_id"] for row in told})
    return late[:limit]


async def _silent_parcels(limit: int) -> list[int]:
    if not _terms.silent_days:
        return []
    found = await db.rows(
        "SELECT s.id FROM shipment s WHERE s.state IN ('left', 'moving', 'out') AND s.heard_at <= ? AND NOT EXISTS"
        " (SELECT 1 FROM shipment_trouble t WHERE t.shipment_id = s.id AND t.what = 'silent') ORDER BY s.heard_at LIMIT ?",
        *(clock.now() - _terms.silent_days * clock.DAY, limit),
    )
    return [int(row["id"]) for row in found]


@db.transaction
async def _late(order_id: int) -> bool:
    order = await orders.find(order_id, locked=True)
    if order.state != "confirmed":
        return False
    noted = await db.execute(
        "INSERT INTO shipment_trouble (order_id, what, key, at) VALUES (?, 'late', ?, ?) ON CONFLICT DO NOTHING",
        *(order_id, f"late:{order_id}", clock.now()),
    )
    if noted:
        await events.announce(OrderLate(order_id, order.person_id))
    return bool(noted)


@db.transaction
async def _silent(shipment_id: int) -> bool:
    order = await orders.find((await parcel(shipment_id)).order_id, locked=True)
    if not (await parcel(shipment_id)).on_the_way:
        return False
    await note_trouble(order, "silent", shipment_id)
    return True
