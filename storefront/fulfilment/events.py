"""What happens to parcels that others care about. Each names the order and whose it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ShipmentFact:
    """Something happened to a parcel of an order, or, without one, to what of the order is to be sent."""

    order_id: int
    person_id: int
    shipment_id: int | None = None


class PartShipped(ShipmentFact):
    """A parcel has left, and something of the order is here still."""


class OrderLate(ShipmentFact):
    """Something of an order should have left by now."""


class ParcelMissing(ShipmentFact):
    """A parcel is lost, comes back to us, or nothing was heard of it for too long."""
