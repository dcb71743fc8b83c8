"""Fulfilment: what was bought leaves in parcels, is followed on its way, and missed when it does not come."""

from storefront.fulfilment import events
from storefront.fulfilment.carriers import Carrier, CarrierAway, CarrierEvent, DemoCarrier, Tracked
from storefront.fulfilment.filing import COLUMNS, BadRow, Outcome, SentRow, read_sent, rows_to_ship, take_sent
from storefront.fulfilment.lateness import use_terms, watch
from storefront.fulfilment.queries import Parcel, ParcelEvent, parcel, parcels
from storefront.fulfilment.rules import STATES, NoCarrier, Terms
from storefront.fulfilment.shipping import make_good, nothing_here, parcel_event, ship
from storefront.fulfilment.tracking import track, use_carriers
from storefront.fulfilment.verifying import CHECKS, findings

__all__ = [
    "CHECKS",
    "COLUMNS",
    "STATES",
    "BadRow",
    "Carrier",
    "CarrierAway",
    "CarrierEvent",
    "DemoCarrier",
    "NoCarrier",
    "Outcome",
    "Parcel",
    "ParcelEvent",
    "SentRow",
    "Terms",
    "Tracked",
    "events",
    "findings",
    "make_good",
    "nothing_here",
    "parcel",
    "parcel_event",
    "parcels",
    "read_sent",
    "rows_to_ship",
    "ship",
    "take_sent",
    "track",
    "use_carriers",
    "use_terms",
    "watch",
]
