"""Finding: candidates from the database's own index, the same on both, put in order by one set of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import orjson
from babel.numbers import get_currency_precision

from storefront.kernel import db
from storefront.search import matching, vocabulary
from storefront.search.entries import Entry
from storefront.search.facets import Facets
from storefront.search.facets import facets as count
from storefront.search.ranking import Candidate, order
from storefront.search.reading import Query, read
from storefront.search.wording import word


class Sort(StrEnum):
    """In which order results come."""

    BEST = "best"
    PRICE_UP = "up"
    PRICE_DOWN = "down"
    NEWEST = "new"


@dataclass(frozen=True)
class Filters:
    """What results must be besides what the words say.

    `points_max` beside a price limit: so many points and so much money for one piece. `origins`: where an item comes from, by
    language, all of it as it is told.
    """

    category_id: int | None = None
    in_stock: bool = False
    gifts: bool = False
    groups: bool = False
    price_max_hundredths: int | None = None
    price_min_hundredths: int | None = None
    brand_id: int | None = None
    points_max: int | None = None
    origins: Mapping[str, str] | None = None

    def wished(self, query: Query) -> "Filters":
        """These, and what the sentence wishes; where both say something, these."""
        limits = ("price_max_hundredths", "price_min_hundredths", "points_max")
        told = {name: getattr(query, name) for name in limits if getattr(self, name) is None}
        return replace(self, in_stock=self.in_stock or query.in_stock, **told)


@dataclass(frozen=True)
class Results:
    """One page of items; `relaxed` when nothing had every word, `price_max_hundredths` as read from the sentence.

    `corrected` has the words that no item has, each with the one that was searched for in its place. `whole` says how
    many have every word; when these are few, and the best come first, what has some of the words comes after them.
    """

    items: Sequence[int]
    total: int
    page: int
    pages: int
    words: Sequence[str]
    relaxed: bool
    price_max_hundredths: int | None
    corrected: Sequence[tuple[str, str]] = ()
    whole: int = 0
    facets: Facets | None = None


_ORDERS = {
    Sort.BEST: "available DESC, id",
    Sort.PRICE_UP: "price NULLS LAST, id",
    Sort.PRICE_DOWN: "price DESC NULLS LAST, id",
    Sort.NEWEST: "id DESC",
}


_COUNTED_MAX = 20_000
_COLUMNS = (
    " (SELECT MIN(v.price_minor) FROM variant v WHERE v.item_id = i.id AND v.withdrawn_at IS NULL"
    " AND v.points_price IS NULL) AS price,"
    " (SELECT CASE WHEN SUM(s.on_hand - s.held) > 0 THEN 1 ELSE 0 END FROM stock s"
    " JOIN variant v ON v.id = s.variant_id WHERE v.item_id = i.id) AS available"
)


async def find(
    *,
    text: str = "",
    filters: Filters | None = None,
    sort: Sort = Sort.BEST,
    page: int = 1,
    per_page: int = 6,
    currency: str = "CNY",
    point_minor: int = 1,
    facets: bool = False,
    as_typed: bool = False,
) -> Results:
    """One page of what the customer means; an empty text with filters is browsing. `page` counts from 1.

    What has no price in money (gifts, things not for sale yet) comes last when sorted by price. `point_minor` is what a point
    is worth where a part is paid with points. With `facets` it is also said what can be chosen among all results, of very
    many among the first. `as_typed`: no word is taken for another one that is written nearly so.
    """
    query = read(text)
    chosen, sort = (filters or Filters()).wished(query), sort_of(query, sort)
    conditions, values = _conditions(chosen, currency, point_minor)
    limit = chosen.price_max_hundredths
    if not query.words and text.strip() and not query.chips:
        # Signs only: nothing was asked for.
        return Results([], 0, 1, 1, (), False, limit)
    if not query.words:
        shown = await _browse(conditions, values, sort, page, per_page, limit)
        return replace(shown, facets=await count(await _every(conditions, values))) if facets else shown
    state = await vocabulary.state()
    wording = await word(query.words, state, correct=not as_typed)
    matches = await matching.matches(wording, conditions, values, only_whole=sort is not Sort.BEST)
    window, pages = _window(len(matches.item_ids), page, per_page)
    if sort is Sort.BEST:
        best = await _candidates(matches.item_ids[: matching.CANDIDATES])
        ordered = [*order(wording.wish, best, state.length_mean), *matches.item_ids[matching.CANDIDATES :]]
        found = ordered[window.start : window.stop]
    else:
        found = await _sorted(matches.item_ids, sort, window)
    return Results(
        items=found,
        total=len(matches.item_ids),
        page=window.start // per_page + 1,
        pages=pages,
        words=query.words,
        relaxed=bool(matches.item_ids) and not matches.whole,
        price_max_hundredths=limit,
        corrected=wording.corrected,
        whole=matches.whole,
        facets=await count(matches.item_ids) if facets else None,
    )


def sort_of(query: Query, sort: Sort) -> Sort:
    """The order that was chosen; where none was, the one that the sentence wishes."""
    if sort != Sort.BEST:
        return sort
    return Sort.PRICE_UP if query.cheapest else Sort.NEWEST if query.newest else Sort.BEST


async def _browse(
    conditions: str, values: Sequence[object], sort: Sort, page: int, per_page: int, limit: int | None
) -> Results:
    counted = await db.browse(f"SELECT COUNT(*) AS n FROM item i WHERE i.withdrawn_at IS NULL{conditions}", *values)  # noqa: S608
    total = int(counted[0]["n"])
    window, pages = _window(total, page, per_page)
    found = await db.browse(
        f"SELECT i.id,{_COLUMNS} FROM item i WHERE i.withdrawn_at IS NULL{conditions}"  # noqa: S608
        f" ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",
        *(*values, per_page, window.start),
    )
    return Results([int(row["id"]) for row in found], total, window.start // per_page + 1, pages, (), False, limit)


async def _every(conditions: str, values: Sequence[object]) -> list[int]:
    found = await db.browse(
        f"SELECT i.id FROM item i WHERE i.withdrawn_at IS NULL{conditions} ORDER BY i.id LIMIT {_COUNTED_MAX}",  # noqa: S608
        *values,
    )
    return [int(row["id"]) for row in found]


def _window(total: int, page: int, per_page: int) -> tuple[range, int]:
    """Which places a page shows, and how many pages there are; a page that is not there is the nearest one that is."""
    pages = max(1, -(-total // per_page))
    start = (min(max(1, page), pages) - 1) * per_page
    return range(start, start + per_page), pages


async def _candidates(item_ids: Sequence[int]) -> list[Candidate]:
    if not item_ids:
        return []
    listed, value = matching.listed(item_ids)
    found = await db.browse(
        f"SELECT e.item_id, e.length, e.name, e.kind, e.details,{_COLUMNS},"  # noqa: S608
        " (SELECT SUM(o.orders) FROM search_ordered o WHERE o.item_id = i.id) AS orders"
        f" FROM search_entry e JOIN item i ON i.id = e.item_id WHERE e.item_id IN {listed}",
        value,
    )
    return [
        Candidate(
            Entry(row["item_id"], row["length"], row["name"], row["kind"], row["details"]),
            row["price"],
            bool(row["available"]),
            int(row["orders"] or 0),
        )
        for row in found
    ]


async def _sorted(item_ids: Sequence[int], sort: Sort, window: range) -> list[int]:
    listed, value = matching.listed(item_ids)
    found = await db.browse(
        f"SELECT i.id,{_COLUMNS} FROM item i WHERE i.id IN {listed} ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",  # noqa: S608
        *(value, len(window), window.start),
    )
    return [int(row["id"]) for row in found]


def _conditions(filters: Filters, currency: str, point_minor: int) -> tuple[str, list[object]]:
    variant = "EXISTS (SELECT 1 FROM variant v WHERE v.item_id = i.id AND v.withdrawn_at IS NULL AND {})"
    parts, values = list[str](), list[object]()
    if filters.category_id is not None:
        parts.append(
            "i.category_id IN (SELECT d.id FROM category c JOIN category d"
            " ON d.id = c.id OR d.path LIKE c.path || '/%' WHERE c.id = ?)"
        )
        values.append(filters.category_id)
    if filters.in_stock:
        parts.append(variant.format("EXISTS (SELECT 1 FROM stock s WHERE s.variant_id = v.id AND s.on_hand > s.held)"))
    if filters.gifts:
        parts.append(variant.format("v.points_price IS NOT NULL"))
    if filters.groups:
        parts.append(variant.format("v.group_price_minor IS NOT NULL"))
    if filters.brand_id is not None:
        parts.append("i.brand_id = ?")
        values.append(filters.brand_id)
    if filters.origins is not None:
        parts.append("i.origins = ?")
        values.append(orjson.dumps(filters.origins, option=orjson.OPT_SORT_KEYS).decode())
    limits, told = _limits(filters, currency, point_minor)
    if limits:
        parts.append(variant.format(limits))
        values += told
    return "".join(f" AND {part}" for part in parts), values


def _limits(filters: Filters, currency: str, point_minor: int) -> tuple[str, list[object]]:
    """Of one variant, so that no dear one and no cheap one of an item make up a price between them."""
    minor = 10 ** get_currency_precision(currency)
    most, least, points = filters.price_max_hundredths, filters.price_min_hundredths, filters.points_max
    price, paid = "v.price_minor", list[object]()
    if points is not None:
        price = "v.price_minor - ? * CASE WHEN v.points_cap < ? THEN v.points_cap ELSE ? END"
        paid = [point_minor, points, points]
    parts, values = list[str](), list[object]()
    for sign, limit in (("<=", most), (">=", least)):
        if limit is not None:
            parts.append(f"{price} {sign} ?")
            values += [*paid, limit * minor // 100]
    money = " AND ".join(["v.points_price IS NULL", *parts]) if parts else ""
    if points is None:
        return money, values
    gift = "v.points_price <= ?"
    return f"({gift} OR ({money} AND v.points_cap > 0))" if money else gift, [points, *values]
