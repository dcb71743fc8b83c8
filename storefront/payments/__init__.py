"""Money comes in as facts, never twice, and goes back when nothing can be done with it."""

from storefront.payments import events
from storefront.payments.auditing import audited, audited_orders, audited_refunds
from storefront.payments.crediting import CreditNote, compensate, compensated, credit, credit_notes, left_of, quote
from storefront.payments.owing import borne_by, share_out
from storefront.payments.providers.demo import refunder as demo_refunder
from storefront.payments.providers.refunding import NoWayBack, Refunder, RefundFailed, RefundWish
from storefront.payments.providers.stars import GiveBack
from storefront.payments.providers.stars import refunder as stars_refunder
from storefront.payments.rules import MoreThanPaid, WrongAmount, WrongPayer, due, providers
from storefront.payments.service import (
    AtDesk,
    Invoice,
    advance,
    at_desk,
    before_charge,
    gives_back,
    invoice,
    invoice_of,
    note_of_refund,
    open_refunds,
    order_of_refund,
    paid_by_hand,
    payload_of,
    record_charge,
    refund_due,
    take_at_branch,
    use_refunders,
    wish_of,
)
from storefront.payments.verifying import CHECKS, findings

__all__ = [
    "CHECKS",
    "AtDesk",
    "CreditNote",
    "GiveBack",
    "Invoice",
    "MoreThanPaid",
    "NoWayBack",
    "RefundFailed",
    "RefundWish",
    "Refunder",
    "WrongAmount",
    "WrongPayer",
    "advance",
    "at_desk",
    "audited",
    "audited_orders",
    "audited_refunds",
    "before_charge",
    "borne_by",
    "compensate",
    "compensated",
    "credit",
    "credit_notes",
    "demo_refunder",
    "due",
    "events",
    "findings",
    "gives_back",
    "invoice",
    "invoice_of",
    "left_of",
    "note_of_refund",
    "open_refunds",
    "order_of_refund",
    "paid_by_hand",
    "payload_of",
    "providers",
    "quote",
    "record_charge",
    "refund_due",
    "share_out",
    "stars_refunder",
    "take_at_branch",
    "use_refunders",
    "wish_of",
]
