"""Reads of parcels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.fulfilment.rules import ON_THE_WAY
from storefront.kernel import db
from storefront.kernel.errors import NotFound


@dataclass(frozen=True)
class ParcelEvent:
    """What its carrier said of a parcel: what, where and when (epoch ms)."""

    kind: str
    place: str
    at: int


@dataclass(frozen=True)
class Parcel:
    """What left at once: who carries it, by which number, which pieces of which lines (line id -> pieces) are in it.

    `partial`: something of the order stayed here when it left. Times are epoch ms.
    """

    id: int
    order_id: int
    number: str
    carrier: str
    tracking: str
    state: str
    partial: bool
    key: str
    at: int
    made_good_at: int | None
    pieces: Mapping[int, int]
    events: Sequence[ParcelEvent]

    @property
    def on_the_way(self) -> bool:
        """Whether it is neither there nor lost nor on its way back."""
        return self.state in ON_THE_WAY

    @property
    def last(self) -> ParcelEvent | None:
        """What was heard of it last."""
        return self.events[-1] if self.events else None

    def delivered_by(self, at: int) -> int | None:
        """When it was delivered, None when it was not by then (epoch ms)."""
        return next((event.at for event in self.events if event.kind == "delivered" and event.at <= at), None)


async def parcels(order_id: int) -> Sequence[Parcel]:
    """The parcels of an order, in the order in which they left."""
    return [
        await _parcel(row) for row in await db.rows("SELECT * FROM shipment WHERE order_id = ? ORDER BY id", order_id)
    ]


async def parcel(shipment_id: int) -> Parcel:
    """One parcel. Raises NotFound."""
    found = await db.rows("SELECT * FROM shipment WHERE id = ?", shipment_id)
    if not found:
        raise NotFound
    return await _parcel(found[0])


async def _parcel(row: Mapping[str, Any]) -> Parcel:
    lines = await db.rows(
        "SELECT order_line_id, quantity FROM shipment_line WHERE shipment_id = ? ORDER BY order_line_id", row["id"]
    )
    events = await db.rows(
        "SELECT kind, place, at FROM shipment_event WHERE shipment_id = ? ORDER BY at, id", row["id"]
    )
    return Parcel(
        id=row["id"],
        order_id=row["order_id"],
        number=row["number"],
        carrier=row["carrier"],
        tracking=row["tracking"],
        state=row["state"],
        partial=bool(row["partial"]),
        key=row["key"],
        at=row["at"],
        made_good_at=row["made_good_at"],
        pieces={line["order_line_id"]: line["quantity"] for line in lines},
        events=[ParcelEvent(event["kind"], event["place"], event["at"]) for event in events],
    )
