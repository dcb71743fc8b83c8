"""Points that are as good as money: in lots with an end, held, spent soonest-ending first, given back to their lots."""

from storefront.points.queries import Balance, Line, balance, findings, history
from storefront.points.rules import NotEnoughPoints
from storefront.points.service import capture, expire, follow, give_back, grant, hold, release, settle

__all__ = [
    "Balance",
    "Line",
    "NotEnoughPoints",
    "balance",
    "capture",
    "expire",
    "findings",
    "follow",
    "give_back",
    "grant",
    "history",
    "hold",
    "release",
    "settle",
]
