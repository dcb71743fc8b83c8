"""The first engine: every word in name or text, names first; when nothing has all words, what has any of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import orjson
from babel.numbers import get_currency_precision

from storefront.kernel import db
from storefront.search.notations import spell
from storefront.search.reading import Query, bigrams, fold, read


class Sort(StrEnum):
    """In which order results come."""

    BEST = "best"
    PRICE_UP = "up"
    PRICE_DOWN = "down"
    NEWEST = "new"


@dataclass(frozen=True)
class Filters:
    """What results must be besides what the words say.

    `points_max` beside a price limit: so many points and so much money for one piece.
    """

    category_id: int | None = None
    in_stock: bool = False
    gifts: bool = False
    groups: bool = False
    price_max_hundredths: int | None = None
    price_min_hundredths: int | None = None
    points_max: int | None = None

    def wished(self, query: Query) -> "Filters":
        """These, and what the sentence wishes; where both say something, these."""
        limits = ("price_max_hundredths", "price_min_hundredths", "points_max")
        told = {name: getattr(query, name) for name in limits if getattr(self, name) is None}
        return replace(self, in_stock=self.in_stock or query.in_stock, **told)


@dataclass(frozen=True)
class Results:
    """One page of items; `relaxed` when nothing had every word, `price_max_hundredths` as read from the sentence."""

    items: Sequence[int]
    total: int
    page: int
    pages: int
    words: Sequence[str]
    relaxed: bool
    price_max_hundredths: int | None


_ORDERS = {
    Sort.BEST: "rank DESC, available DESC, id",
    Sort.PRICE_UP: "price NULLS LAST, id",
    Sort.PRICE_DOWN: "price DESC NULLS LAST, id",
    Sort.NEWEST: "id DESC",
}


async def find(
    *,
    text: str = "",
    filters: Filters | None = None,
    sort: Sort = Sort.BEST,
    page: int = 1,
    per_page: int = 6,
    currency: str = "CNY",
    point_minor: int = 1,
) -> Results:
    """One page of what the customer means; an empty text with filters is browsing. `page` counts from 1.

    What has no price in money (gifts, things not for sale yet) comes last when sorted by price. `point_minor` is what a point
    is worth where a part is paid with points.
    """
    query = read(text)
    chosen, sort = (filters or Filters()).wished(query), sort_of(query, sort)
    conditions, values = _conditions(chosen, currency, point_minor)
    words = [part for word in query.words for part in bigrams(word)][:24]
    total = await _count(words, " AND ", conditions, values)
    joint = " AND "
    if not total and len(words) > 1:
        joint = " OR "
        total = await _count(words, joint, conditions, values)
    pages = max(1, -(-total // per_page))
    page = min(max(1, page), pages)
    found = await _page(words, joint, conditions, values, sort, (per_page, (page - 1) * per_page)) if total else []
    return Results(found, total, page, pages, query.words, joint == " OR ", chosen.price_max_hundredths)


def sort_of(query: Query, sort: Sort) -> Sort:
    """The order that was chosen; where none was, the one that the sentence wishes."""
    if sort != Sort.BEST:
        return sort
    return Sort.PRICE_UP if query.cheapest else Sort.NEWEST if query.newest else Sort.BEST


@db.transaction
async def index(item_ids: Sequence[int]) -> None:
    """Make these items findable as they are now; called in the transaction that changed them."""
    if not item_ids:
        return
    places = ", ".join("?" * len(item_ids))
    found = await db.rows(
        "SELECT i.id, i.names, i.descriptions, i.attributes, i.origins, i.code, b.names AS brand, c.names AS category,"  # noqa: S608
        " (SELECT p.names FROM category p WHERE p.id = c.parent_id) AS parent"
        " FROM item i LEFT JOIN brand b ON b.id = i.brand_id LEFT JOIN category c ON c.id = i.category_id"
        f" WHERE i.id IN ({places})",
        *item_ids,
    )
    await db.many(
        "INSERT INTO search_text (item_id, name, body) VALUES (?, ?, ?)"
        " ON CONFLICT (item_id) DO UPDATE SET name = excluded.name, body = excluded.body",
        [(row["id"], _words(row["names"]), _body(row)) for row in found],
    )


async def _count(words: Sequence[str], joint: str, conditions: str, values: Sequence[object]) -> int:
    match, matched = _match(words, joint)
    found = await db.browse(
        f"SELECT COUNT(*) AS n FROM search_text t JOIN item i ON i.id = t.item_id WHERE {match}{conditions}",  # noqa: S608
        *(*matched, *values),
    )
    return int(found[0]["n"])


async def _page(
    words: Sequence[str], joint: str, conditions: str, values: Sequence[object], sort: Sort, window: tuple[int, int]
) -> list[int]:
    match, matched = _match(words, joint)
    rank = " + ".join(
        [
            "0",
            *(
                "CASE WHEN t.name LIKE ? ESCAPE '!' THEN 4 WHEN t.body LIKE ? ESCAPE '!' THEN 1 ELSE 0 END"
                for _ in words
            ),
        ]
    )
    ranked = [pattern for word in words for pattern in (_pattern(word), _pattern(word))]
    found = await db.browse(
        f"SELECT t.item_id AS id, {rank} AS rank,"  # noqa: S608
        " (SELECT MIN(v.price_minor) FROM variant v WHERE v.item_id = t.item_id AND v.withdrawn_at IS NULL"
        " AND v.points_price IS NULL) AS price,"
        " (SELECT CASE WHEN SUM(s.on_hand - s.held) > 0 THEN 1 ELSE 0 END FROM stock s"
        " JOIN variant v ON v.id = s.variant_id WHERE v.item_id = t.item_id) AS available"
        f" FROM search_text t JOIN item i ON i.id = t.item_id WHERE {match}{conditions}"
        f" ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",
        *(*ranked, *matched, *values, *window),
    )
    return [int(row["id"]) for row in found]


def _match(words: Sequence[str], joint: str) -> tuple[str, list[str]]:
    if not words:
        return "1 = 1", []
    one = "(t.name LIKE ? ESCAPE '!' OR t.body LIKE ? ESCAPE '!')"
    return f"({joint.join([one] * len(words))})", [pattern for word in words for pattern in [_pattern(word)] * 2]


def _conditions(filters: Filters, currency: str, point_minor: int) -> tuple[str, list[object]]:
    variant = "EXISTS (SELECT 1 FROM variant v WHERE v.item_id = i.id AND v.withdrawn_at IS NULL AND {})"
    parts, values = ["i.withdrawn_at IS NULL"], list[object]()
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


def _pattern(word: str) -> str:
    escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def _body(row: dict[str, str | None]) -> str:
    own = [_stored(row[column]) for column in ("descriptions", "attributes", "origins")]
    shared = [_shared(row[column]) for column in ("brand", "category", "parent")]
    return spell(fold(" ".join(text for text in (*own, *shared, row["code"]) if text)))[:40_000]


def _words(stored: str) -> str:
    return spell(fold(_stored(stored)))


def _stored(cell: str | None) -> str:
    return _text(orjson.loads(cell)) if cell and cell != "{}" else ""


_shared = lru_cache(maxsize=1024)(_stored)


def _text(value: object) -> str:
    """All texts of a stored cell; names of attributes count, codes of languages do not."""
    if not isinstance(value, dict):
        return str(value)
    return " ".join(told if isinstance(told, str) else f"{name} {_text(told)}" for name, told in value.items())
