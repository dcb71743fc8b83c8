"""The first page: what there is, and the way into the chat."""

from urllib.parse import urlencode

from aiohttp import web
from babel.numbers import get_currency_precision

from storefront import catalog, groupbuy, search
from storefront.kernel.errors import N_
from storefront.kernel.money import Money
from storefront.search import Sort
from storefront.web.languages import SETTINGS
from storefront.web.pages import number, page
from storefront.web.prices import with_points

_PER_PAGE = 24
_TEXT_MAX = 300
_USUAL = {("sort", str(Sort.BEST)), ("page", 1)}
_SORTS = {
    Sort.BEST: N_("Best first"),
    Sort.PRICE_UP: N_("Cheapest first"),
    Sort.PRICE_DOWN: N_("Dearest first"),
    Sort.NEWEST: N_("Newest first"),
}


async def show(request: web.Request) -> web.Response:
    """`?q=` searches, `?category=` browses, `?sort=` orders, `?page=` turns the page, `?typed=1` corrects no word."""
    settings = request.app[SETTINGS]
    text = request.query.get("q", "")[:_TEXT_MAX]
    shelf = await catalog.category(shelf_id) if (shelf_id := number(request, "category")) else None
    sort, as_typed = _sort(request), request.query.get("typed") == "1"
    found = await search.find(
        text=text,
        filters=search.Filters(category_id=shelf.id if shelf else None),
        sort=sort,
        page=number(request, "page") or 1,
        per_page=_PER_PAGE,
        currency=settings.currency,
        point_minor=settings.point_minor,
        as_typed=as_typed,
    )

    def address(**changes: object) -> str:
        wanted = {
            "q": text,
            "category": shelf.id if shelf else None,
            "sort": str(sort),
            "typed": int(as_typed),
            **changes,
        }
        kept = {name: value for name, value in wanted.items() if value and (name, value) not in _USUAL}
        return f"/?{urlencode(kept)}" if kept else "/"

    summaries = await catalog.summaries(found.items)
    together = await groupbuy.prices_of([item.variant_id for item in summaries])
    return page(
        request,
        "home",
        text=text,
        found=found,
        limit=_money(found.price_max_hundredths, settings.currency),
        shelf=shelf,
        above=await catalog.category(shelf.parent_id) if shelf and shelf.parent_id else None,
        shelves=[] if text else await catalog.categories(shelf.id if shelf else None),
        items=[
            (item, with_points(item.price, item.points_cap, settings), together.get(item.variant_id))
            for item in summaries
        ],
        sorts=[(told, address(sort=str(one)), one == sort) for one, told in _SORTS.items()],
        address=address,
    )


def _sort(request: web.Request) -> Sort:
    told = request.query.get("sort", "")
    return Sort(told) if told in set(Sort) else Sort.BEST


def _money(hundredths: int | None, currency: str) -> Money | None:
    return None if hundredths is None else Money(hundredths * 10 ** get_currency_precision(currency) // 100, currency)
