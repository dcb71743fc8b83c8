"""Points that are as good as money: in lots with an end, held, spent oldest-ending first, given back to their lots."""

from storefront.points.rules import NotEnoughPoints
from storefront.points.service import (
    Balance,
    Line,
    balance,
    capture,
    expire,
    follow,
    grant,
    history,
    hold,
    release,
    settle,
)

__all__ = [
    "Balance",
    "Line",
    "NotEnoughPoints",
    "balance",
    "capture",
    "expire",
    "follow",
    "grant",
    "history",
    "hold",
    "release",
    "settle",
]
