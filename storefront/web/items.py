"""The page of an item."""

from aiohttp import web

from storefront import catalog
from storefront.kernel.errors import NotFound
from storefront.web.pages import page


async def show(request: web.Request) -> web.Response:
    """Photo, price, choices, and the button that opens it in the chat."""
    number = request.match_info["item"]
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise NotFound
    return page(request, "item", item=await catalog.item(int(number)))
