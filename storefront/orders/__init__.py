"""Orders: what was bought, for what, by whom, and every step since as a row with who and when."""

from storefront.orders import events
from storefront.orders.queries import Event, Order, OrderLine, by_key, find, get, mine
from storefront.orders.rules import (
    ADDRESS_CHANGES_IN,
    PAID_IN,
    AddressFixed,
    FeeDiffers,
    NotCancellable,
    NotPaid,
    NotPayable,
    NoWay,
    TooManyUnpaid,
)
from storefront.orders.service import (
    Reordered,
    cancel,
    change_address,
    follow,
    keep_open,
    lapse,
    paid,
    place,
    reorder,
    request_tax_invoice,
    step,
)

__all__ = [
    "ADDRESS_CHANGES_IN",
    "PAID_IN",
    "AddressFixed",
    "Event",
    "FeeDiffers",
    "NoWay",
    "NotCancellable",
    "NotPaid",
    "NotPayable",
    "Order",
    "OrderLine",
    "Reordered",
    "TooManyUnpaid",
    "by_key",
    "cancel",
    "change_address",
    "events",
    "find",
    "follow",
    "get",
    "keep_open",
    "lapse",
    "mine",
    "paid",
    "place",
    "reorder",
    "request_tax_invoice",
    "step",
]
