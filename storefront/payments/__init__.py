"""Money comes in as facts, never twice, and goes back when nothing can be done with it."""

from storefront.payments import events
from storefront.payments.rules import WrongAmount, WrongPayer, providers
from storefront.payments.service import (
    Invoice,
    RefundFailed,
    advance,
    before_charge,
    invoice,
    payload_of,
    record_charge,
    refund_due,
    take_at_branch,
    use_refunders,
)

__all__ = [
    "Invoice",
    "RefundFailed",
    "WrongAmount",
    "WrongPayer",
    "advance",
    "before_charge",
    "events",
    "invoice",
    "payload_of",
    "providers",
    "record_charge",
    "refund_due",
    "take_at_branch",
    "use_refunders",
]
