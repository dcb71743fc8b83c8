"""Links that carry who shared them, who came by them, and what the sharer gets for it."""

from storefront.sharing import events
from storefront.sharing.crediting import Credit, confirm, note_paid
from storefront.sharing.matching import Flag, clear, flag, flags
from storefront.sharing.queries import Came, what_came
from storefront.sharing.rules import REWARDS, SHOP, TOUCH_DAYS, group, is_code, item, payload, read
from storefront.sharing.service import Link, follow, link, opened, touched
from storefront.sharing.verifying import CHECKS, findings

__all__ = [
    "CHECKS",
    "REWARDS",
    "SHOP",
    "TOUCH_DAYS",
    "Came",
    "Credit",
    "Flag",
    "Link",
    "clear",
    "confirm",
    "events",
    "findings",
    "flag",
    "flags",
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
