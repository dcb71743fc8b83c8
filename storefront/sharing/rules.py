"""What a link says: where it leads, and whose it is. Pure."""

import re

SHOP = ""
# The kinds of points that sharing brings.
REWARDS = ("share", "friend")
# A touch counts for what is bought within so many days.
TOUCH_DAYS = 30
# Who was here first so long ago, in days, is new no more.
NEW_DAYS = 1
# Clicks of one link that are counted a day; pages cost nothing to open.
CLICKS_A_DAY_MAX = 1000

_CODE = re.compile(r"[0-9A-Za-z]{1,20}")
_CARRIES = ("i_", "g_")
_INVITATION = "f_"


def item(item_id: int) -> str:
    """Where a link to an item leads."""
    return f"i_{item_id}"


def group(code: str) -> str:
    """Where a link to a group leads."""
    return f"g_{code}"


def payload(to: str, code: str | None) -> str:
    """What follows `?start=`: the place, and whose link it is; without a code, the place alone."""
    if to == SHOP:
        return f"{_INVITATION}{code}" if code else SHOP
    return f"{to}-{code}" if code else to


def read(payload: str) -> tuple[str, str | None]:
    """Where a payload leads and the code in it, when there is one; the place is the same with any code and without one."""
    if payload.startswith(_INVITATION):
        return SHOP, _code(payload.removeprefix(_INVITATION))
    if not payload.startswith(_CARRIES):
        return payload, None
    to, _, code = payload.partition("-")
    return to, _code(code)


def is_code(told: str) -> bool:
    """Whether this could be the code of a link."""
    return _CODE.fullmatch(told) is not None


def _code(told: str) -> str | None:
    return told if is_code(told) else None
