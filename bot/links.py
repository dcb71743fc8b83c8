"""A customer's own links: whoever comes by them came because of her. And what a link of ours names."""

import re
from dataclasses import dataclass, replace

from bot.context import House
from storefront import sharing

_START = re.compile(r"(?:https?://)?(?P<where>[^?]+)\?start=(?P<payload>[\w-]{1,64})", re.ASCII)
_PAGE = re.compile(
    r"(?:https?://)?(?P<where>[^/]+)/(?P<kind>[gi])/(?P<value>[0-9A-Za-z]{1,20})(?:\?(?:[^&]*&)*?s=(?P<sharer>[0-9A-Za-z]{1,20}))?"
)
_KINDS = {"i": "item", "g": "group"}


@dataclass(frozen=True)
class Named:
    """What a link names: an `item` by its number, a `group` by its code, or what only `start` opens, by its payload.

    `sharer` is the code of whose link it is.
    """

    kind: str
    value: str
    sharer: str | None = None


def plain(house: House, to: str) -> str:
    """The address that opens an item or a group in this chat, from nobody in particular."""
    return f"{house.share_address}?start={to}"


async def own(house: House, person_id: int, to: str) -> str:
    """The address that opens an item, a group or the shop in this chat, and says who passed it on; `to` as in `sharing.link`."""
    link = await sharing.link(person_id=person_id, to=to)
    return plain(house, link.payload)


def named(payload: str) -> Named:
    """What follows `?start=` names."""
    to, sharer = sharing.read(payload)
    letter, _, value = to.partition("_")
    kind = _KINDS.get(letter)
    if kind == "item" and not (value.isascii() and value.isdigit() and len(value) < 18):
        kind = None
    return Named(kind, value, sharer) if kind is not None and value else Named("start", payload, sharer)


def read(house: House, address: str) -> Named | None:
    """What an address names, when it is one of ours; the code of a group is known wherever it leads, nobody guesses one."""
    if told := _START.match(address):
        found, ours = named(told["payload"]), house.share_address
    elif told := _PAGE.match(address):
        found = replace(named(f"{told['kind']}_{told['value']}"), sharer=told["sharer"])
        ours = house.settings.address
    else:
        return None
    return found if found.kind == "group" or told["where"].casefold() == ours.partition("://")[2].casefold() else None
