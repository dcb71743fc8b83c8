"""Carriers are asked what became of their parcels."""

from collections.abc import Mapping

import structlog

from storefront.fulfilment.carriers import Carrier, CarrierAway, Tracked
from storefront.fulfilment.shipping import parcel_event
from storefront.kernel import clock, db

log = structlog.get_logger()

_carriers: Mapping[str, Carrier] = {}


def use_carriers(carriers: Mapping[str, Carrier]) -> None:
    """Ask these from now on, by the names that parcels bear; of others' parcels we hear otherwise."""
    global _carriers
    _carriers = carriers


async def track(*, limit: int = 100) -> int:
    """Ask each carrier about so many parcels of theirs that are on their way, those first that were not asked about for longest.

    Returns how many news there were.
    """
    news = 0
    for name, carrier in _carriers.items():
        due = await db.rows(
            "SELECT id, tracking, at FROM shipment WHERE state IN ('left', 'moving', 'out') AND carrier = ? AND asked_at <= ?"
            " ORDER BY asked_at, id LIMIT ?",
            *(name, clock.now() - carrier.every_ms, limit),
        )
        news += sum([await _ask(row["id"], carrier, Tracked(row["tracking"], row["at"])) for row in due])
    return news


async def _ask(shipment_id: int, carrier: Carrier, about: Tracked) -> int:
    # First, so that a parcel whose carrier does not answer holds up no other.
    await db.execute("UPDATE shipment SET asked_at = ? WHERE id = ?", clock.now(), shipment_id)
    try:
        said = await carrier.track(about)
        return sum([await parcel_event(shipment_id=shipment_id, event=event) for event in said])
    except CarrierAway as away:
        log.warning("carrier.away", shipment=shipment_id, why=str(away))
    except Exception:
        # The next run tries again; the parcels of others are not held up.
        log.exception("parcel.not_tracked", shipment=shipment_id)
    return 0
