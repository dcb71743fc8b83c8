"""The page of an item."""

from collections.abc import Sequence

from aiohttp import web

from storefront import cart, catalog, groupbuy, sharing
from storefront.kernel.money import Money
from storefront.web import sharing as shared
from storefront.web.languages import SETTINGS
from storefront.web.pages import page
from storefront.web.prices import with_points


async def show(request: web.Request) -> web.Response:
    """Photos, prices, choices, and the button that opens it in the chat."""
    item = await catalog.item(int(request.match_info["item"]))
    settings = request.app[SETTINGS]
    # A page does not know who reads it: it says what anybody pays, and what members pay.
    looks = await cart.looks(person_id=None, wanted=[(one, 1) for one in item.variants])
    together = await groupbuy.prices_of([one.id for one in item.variants])
    variants = [
        (look, with_points(look.unit, look.line.variant.points_cap, settings), together.get(look.line.variant.id))
        for look in looks
    ]
    response = page(
        request,
        "item",
        item=item,
        start=shared.into_chat(request, sharing.item(item.id)),
        variants=variants,
        cheapest=_cheapest(looks),
        photos=[photo.file_hash for photo in item.photos if photo.file_hash],
        available=sum(look.most for look in looks),
    )
    await shared.count(request, response)
    return response


def _cheapest(looks: Sequence[cart.Look]) -> Money | None:
    """The least money that one of them costs; none for gifts alone."""
    return min((look.unit for look in looks if look.unit is not None and not look.line.variant.is_gift), default=None)
