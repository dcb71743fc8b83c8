"""The page of an item."""

from collections.abc import Sequence

from aiohttp import web

from storefront import catalog
from storefront.web.languages import SETTINGS
from storefront.web.pages import page
from storefront.web.prices import with_points


async def show(request: web.Request) -> web.Response:
    """Photos, prices, choices, and the button that opens it in the chat."""
    item = await catalog.item(int(request.match_info["item"]))
    settings = request.app[SETTINGS]
    variants = [(one, with_points(one.price, one.points_cap, settings)) for one in item.variants]
    return page(
        request,
        "item",
        item=item,
        variants=variants,
        cheapest=_cheapest(item.variants),
        photos=[photo.file_hash for photo in item.photos if photo.file_hash],
        available=sum(one.available for one in item.variants),
    )


def _cheapest(variants: Sequence[catalog.Variant]) -> catalog.Variant | None:
    sold = [one for one in variants if one.price is not None]
    return min(sold, key=lambda one: (one.price or (0, ""), one.points_price or 0), default=None)
