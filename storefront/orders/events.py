"""What happens to orders that others care about. Each names the order and whose it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderFact:
    """Something happened to an order; `deal` is what it is part of, when it is."""

    order_id: int
    person_id: int
    deal: str | None = None


class OrderPlaced(OrderFact):
    """Stock and points are held; money is due."""


class OrderReserved(OrderFact):
    """Placed, to be paid at the branch."""


class OrderPaid(OrderFact):
    """All that was due is there."""


class OrderConfirmed(OrderFact):
    """It will be fulfilled."""


class OrderSentAgain(OrderFact):
    """It is for other pieces of an order, in place of bad or lost ones; nothing is paid for it."""


class OrderShipped(OrderFact):
    """It is on its way."""


class OrderReady(OrderFact):
    """It waits at the branch."""


class OrderDelivered(OrderFact):
    """The customer has it."""


class OrderCompleted(OrderFact):
    """Nothing is open any more."""


class OrderCancelled(OrderFact):
    """The customer does not want it any more; what it held is given back."""


class OrderCalledOff(OrderFact):
    """It was paid, and will not be fulfilled; what was paid for it is given back."""


class OrderExpired(OrderFact):
    """It was not paid in time; what it held is given back."""


BY_STATE: dict[str, type[OrderFact]] = {
    "paid": OrderPaid,
    "confirmed": OrderConfirmed,
    "shipped": OrderShipped,
    "ready": OrderReady,
    "delivered": OrderDelivered,
    "completed": OrderCompleted,
    "cancelled": OrderCancelled,
    "expired": OrderExpired,
}
