"""What a customer wants: her cart, and the draft of the order she is about to place."""

from storefront.cart.checkout import Checkout, Line, change, draft, find, has_habit, mark_ordered
from storefront.cart.rules import (
    PIECES_MAX,
    CartFull,
    MixedCurrencies,
    NotForSale,
    NothingToBuy,
    Piece,
    Policy,
    Price,
    Share,
    StaleCheckout,
    TooManyPieces,
    price,
)
from storefront.cart.service import CartLine, add, add_what_is_left, clear, count, follow, lines, set_quantity

__all__ = [
    "PIECES_MAX",
    "CartFull",
    "CartLine",
    "Checkout",
    "Line",
    "MixedCurrencies",
    "NotForSale",
    "NothingToBuy",
    "Piece",
    "Policy",
    "Price",
    "Share",
    "StaleCheckout",
    "TooManyPieces",
    "add",
    "add_what_is_left",
    "change",
    "clear",
    "count",
    "draft",
    "find",
    "follow",
    "has_habit",
    "lines",
    "mark_ordered",
    "price",
    "set_quantity",
]
