"""A customer's own links: whoever comes by them came because of her."""

from bot.context import House
from storefront import sharing


def plain(house: House, to: str) -> str:
    """The address that opens an item or a group in this chat, from nobody in particular."""
    return f"{house.share_address}?start={to}"


async def own(house: House, person_id: int, to: str) -> str:
    """The address that opens an item, a group or the shop in this chat, and says who passed it on; `to` as in `sharing.link`."""
    link = await sharing.link(person_id=person_id, to=to)
    return plain(house, link.payload)
