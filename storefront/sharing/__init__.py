"""Links that carry who shared them, who came by them, and what the sharer gets for it."""

from storefront.sharing import events
from storefront.sharing.crediting import Credit, confirm, note_paid
from storefront.sharing.queries import Came, what_came
from storefront.sharing.rules import SHOP, TOUCH_DAYS, group, is_code, item, payload, read
from storefront.sharing.service import Link, follow, link, opened, touched

__all__ = [
    "SHOP",
    "TOUCH_DAYS",
    "Came",
    "Credit",
    "Link",
    "confirm",
    "events",
    "follow",
    "group",
    "is_code",
    "item",
    "link",
    "note_paid",
    "opened",
    "payload",
    "read",
    "touched",
    "what_came",
]
