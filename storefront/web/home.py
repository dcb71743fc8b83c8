"""The first page: what there is, and the way into the chat."""

from aiohttp import web

from storefront import catalog, search
from storefront.web.pages import page

_PER_PAGE = 24


async def show(request: web.Request) -> web.Response:
    """`?q=` searches, `?category=` browses, `?page=` turns."""
    text = request.query.get("q", "")[:200]
    shelf = _number(request, "category")
    found = await search.find(
        text=text,
        filters=search.Filters(category_id=shelf or None),
        page=_number(request, "page") or 1,
        per_page=_PER_PAGE,
    )
    return page(
        request,
        "home",
        text=text,
        found=found,
        shelf=await catalog.category(shelf) if shelf else None,
        shelves=await catalog.categories(shelf or None),
        summaries=await catalog.summaries(found.items),
    )


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
