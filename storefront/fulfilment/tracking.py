"""Carriers are asked what became of their parcels."""

from collections.abc import Mapping

import structlog

from storefront.fulfilment.carriers import Carrier, CarrierAway, Tracked
from storefront.fulfilment.shipping import parcel_event
from storefront.kernel import clock, db

log = structlog.get_logger()

# So often a carrier is asked about a parcel.
_EVERY_MS = 30 * clock.SECOND
_carriers: Mapping[str, Carrier] = {}


def use_carriers(carriers: Mapping[str, Carrier]) -> None:
    """Ask these from now on, by the names that parcels bear; of others' parcels we hear otherwise."""
    global _carriers
    _carriers = carriers


async def track(*, limit: int = 100) -> int:
    """Ask about parcels that are on their way, those first that were not asked about for longest; returns how many news."""
    if not _carriers:
        return 0
    places = ", ".join("?" * len(_carriers))
    due = await db.rows(
        "SELECT id, carrier, tracking, at FROM shipment WHERE state IN ('left', 'moving', 'out') AND asked_at <= ?"  # noqa: S608
        f" AND carrier IN ({places}) ORDER BY asked_at, id LIMIT ?",
        *(clock.now() - _EVERY_MS, *_carriers, limit),
    )
    return sum([await _ask(row["id"], row["carrier"], Tracked(row["tracking"], row["at"])) for row in due])


async def _ask(shipment_id: int, carrier: str, about: Tracked) -> int:
    # First, so that a parcel whose carrier does not answer holds up no other.
    await db.execute("UPDATE shipment SET asked_at = ? WHERE id = ?", clock.now(), shipment_id)
    try:
        said = await _carriers[carrier].track(about)
        return sum([await parcel_event(shipment_id=shipment_id, event=event) for event in said])
    except CarrierAway as away:
        log.warning("carrier.away", carrier=carrier, shipment=shipment_id, why=str(away))
    except Exception:
        # The next run tries again; the parcels of others are not held up.
        log.exception("parcel.not_tracked", shipment=shipment_id)
    return 0
