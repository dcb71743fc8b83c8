"""Parcels leave, arrive or do not; the order follows them."""

from collections.abc import Mapping

from storefront import orders
from storefront.fulfilment import rules
from storefront.fulfilment.carriers import CarrierEvent
from storefront.fulfilment.events import ParcelMissing, PartShipped
from storefront.fulfilment.queries import Parcel, parcel, parcels
from storefront.kernel import clock, db, events
from storefront.kernel.errors import NotFound


@db.transaction
async def ship(
    *, order_id: int, pieces: Mapping[int, int], carrier: str, tracking: str, key: str, actor: str
) -> Parcel:
    """A parcel with so many pieces of these lines (line id -> pieces) leaves, once per key; its customer hears of it.

    When nothing of the order is here any more, the order is on its way; else it is being prepared still.
    Raises NotFound, NoCarrier, NotToShip, MoreThanHere.
    """
    # Who gives pieces of it back, or ships some too, comes before this or after it.
    order = await orders.find(order_id, locked=True)
    if (known := await db.rows("SELECT id, order_id FROM shipment WHERE key = ?", key)) != []:
        if known[0]["order_id"] != order_id:
            raise NotFound
        return await parcel(known[0]["id"])
    if not (carrier := rules.one_line(carrier, rules.CARRIER_MAX)):
        raise rules.NoCarrier
    shipment_id = await _write(order, carrier, rules.one_line(tracking, rules.TRACKING_MAX), key, actor)
    rest = await orders.ship_pieces(order_id=order_id, pieces=pieces, key=f"shipment:{shipment_id}")
    await db.many(
        "INSERT INTO shipment_line (shipment_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(shipment_id, line_id, quantity) for line_id, quantity in pieces.items()],
    )
    if rest:
        await db.execute("UPDATE shipment SET partial = 1 WHERE id = ?", shipment_id)
        await events.announce(PartShipped(order_id, order.person_id, shipment_id))
    else:
        await orders.step(order_id=order_id, to_state="shipped", actor=actor, cause="all of it has left")
    return await parcel(shipment_id)


@db.transaction
async def parcel_event(*, shipment_id: int, event: CarrierEvent) -> bool:
    """Note what a carrier says of a parcel, and let the order follow; False when it was said before.

    When all that left has arrived, the order is delivered, or ready at its branch. Raises NotFound.
    """
    order = await orders.find((await parcel(shipment_id)).order_id, locked=True)
    before = await parcel(shipment_id)
    said = await db.execute(
        "INSERT INTO shipment_event (shipment_id, event, kind, place, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(shipment_id, event.id[: rules.EVENT_MAX], event.kind, rules.one_line(event.place, rules.PLACE_MAX), event.at),
    )
    if not said:
        return False
    state = rules.state_after(before.state, before.last.at if before.last is not None else None, event.kind, event.at)
    await db.execute("UPDATE shipment SET state = ?, heard_at = ? WHERE id = ?", state, clock.now(), shipment_id)
    if state in rules.CAME_TO_GRIEF and state != before.state:
        await note_trouble(order, state, shipment_id)
    await _arrive(order.id, f"carrier:{before.carrier}")
    return True


@db.transaction
async def nothing_here(*, order_id: int, actor: str, cause: str) -> bool:
    """What was here of an order was given back: it is cancelled, or, when a part had left, that is all of it.

    False when something is here still, or nothing was.
    """
    order = await orders.find(order_id, locked=True)
    if order.state not in orders.IN_THE_HOUSE or any(line.here for line in order.lines):
        return False
    if not any(line.gone for line in order.lines) and await orders.call_off(
        order_id=order_id, actor=actor, cause=cause
    ):
        return True
    gone = await orders.step(order_id=order_id, to_state="shipped", actor=actor, cause="the rest was given back")
    await _arrive(order_id, actor)
    return gone


@db.transaction
async def make_good(*, order_id: int) -> None:
    """What did not arrive of an order was settled: it waits for the other parcels only."""
    settled = await db.execute(
        "UPDATE shipment SET made_good_at = ? WHERE order_id = ? AND made_good_at IS NULL AND state IN ('lost', 'returned')",
        *(clock.now(), order_id),
    )
    if settled:
        await _arrive(order_id, "shop")


async def note_trouble(order: orders.Order, what: str, shipment_id: int) -> None:
    """A parcel of an order does not arrive, or nobody knows: told once of each."""
    noted = await db.execute(
        "INSERT INTO shipment_trouble (order_id, shipment_id, what, key, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(order.id, shipment_id, what, f"{what}:{shipment_id}", clock.now()),
    )
    if noted:
        await events.announce(ParcelMissing(order.id, order.person_id, shipment_id))


async def _write(order: orders.Order, carrier: str, tracking: str, key: str, actor: str) -> int:
    number = f"{order.number}-{len(await parcels(order.id)) + 1}"
    made = await db.rows(
        "INSERT INTO shipment (order_id, number, carrier, tracking, actor, key, at, heard_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        *(order.id, number, carrier, tracking, actor, key, clock.now(), clock.now()),
    )
    return int(made[0]["id"])


async def _arrive(order_id: int, actor: str) -> None:
    order, sent = await orders.find(order_id), await parcels(order_id)
    there = [one for one in sent if one.state == "delivered"]
    if order.state != "shipped" or not there:
        return
    if all(one in there or one.made_good_at is not None for one in sent):
        to_state = "ready" if order.place is not None else "delivered"
        await orders.step(order_id=order_id, to_state=to_state, actor=actor, cause="all that left has arrived")
