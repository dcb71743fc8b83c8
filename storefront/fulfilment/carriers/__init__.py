"""Carriers: each is asked what became of its parcels. `demo` needs no account."""

from storefront.fulfilment.carriers.asking import Carrier, CarrierAway, CarrierEvent, Tracked
from storefront.fulfilment.carriers.demo import DemoCarrier

__all__ = ["Carrier", "CarrierAway", "CarrierEvent", "DemoCarrier", "Tracked"]
