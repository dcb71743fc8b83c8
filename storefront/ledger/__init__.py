"""No money and no point is made or lost: double entry, append-only, balanced per unit."""

from storefront.ledger.accounts import (
    PTS,
    Account,
    customer_points,
    gateway,
    order_hold,
    points_debt,
    points_expired,
    points_held,
    points_issued,
    points_pending,
    points_receivable,
    points_redeemed,
    revenue,
    to_refund,
)
from storefront.ledger.queries import Movement, balance, balances, by_order, keys, postings, statement, totals
from storefront.ledger.sealing import seal
from storefront.ledger.service import Entry, Insufficient, Posting, book, reverse
from storefront.ledger.verifying import findings

__all__ = [
    "PTS",
    "Account",
    "Entry",
    "Insufficient",
    "Movement",
    "Posting",
    "balance",
    "balances",
    "book",
    "by_order",
    "customer_points",
    "findings",
    "gateway",
    "keys",
    "order_hold",
    "points_debt",
    "points_expired",
    "points_held",
    "points_issued",
    "points_pending",
    "points_receivable",
    "points_redeemed",
    "postings",
    "revenue",
    "reverse",
    "seal",
    "statement",
    "to_refund",
    "totals",
]
