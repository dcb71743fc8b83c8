"""What can be chosen among results: how many are of each shelf, brand, origin and price, there, for points, for groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from storefront.kernel import db
from storefront.search.matching import listed

VALUES_MAX = 12
BANDS = 4
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Band:
    """Prices from `low_minor` to below `high_minor`, None without an end, and how many items cost that."""

    low_minor: int
    high_minor: int | None
    count: int


@dataclass(frozen=True)
class Origin:
    """Where `count` items come from, one of which is `item_id`."""

    item_id: int
    names: Mapping[str, str]
    count: int


@dataclass(frozen=True)
class Facets:
    """How many of the results are what; shelves and brands by number, the commonest first."""

    categories: Mapping[int, int]
    brands: Mapping[int, int]
    origins: Sequence[Origin]
    bands: Sequence[Band]
    in_stock: int
    gifts: int
    groups: int


async def facets(item_ids: Sequence[int]) -> Facets:
    """Count these items."""
    scope, value = listed(item_ids)
    variant = "EXISTS (SELECT 1 FROM variant v WHERE v.item_id = i.id AND v.withdrawn_at IS NULL AND {})"
    conditions = {
        "in_stock": variant.format("EXISTS (SELECT 1 FROM stock s WHERE s.variant_id = v.id AND s.on_hand > s.held)"),
        "gifts": variant.format("v.points_price IS NOT NULL"),
        "groups": variant.format("v.group_price_minor IS NOT NULL"),
    }
    sums = ", ".join(f"SUM(CASE WHEN {told} THEN 1 ELSE 0 END) AS {name}" for name, told in conditions.items())
    counted = (await db.browse(f"SELECT {sums} FROM item i WHERE i.id IN {scope}", value))[0]  # noqa: S608
    prices = await db.browse(
        "SELECT MIN(v.price_minor) AS price FROM variant v WHERE v.withdrawn_at IS NULL AND v.points_price IS NULL"  # noqa: S608
        f" AND v.price_minor IS NOT NULL AND v.item_id IN {scope} GROUP BY v.item_id",
        value,
    )
    return Facets(
        categories={told: count for told, _, count in await _values("category_id", scope, value)},
        brands={told: count for told, _, count in await _values("brand_id", scope, value)},
        origins=[
            Origin(item_id, orjson.loads(told), count)
            for told, item_id, count in await _values("origins", scope, value)
            if told != "{}"
        ],
        bands=bands([row["price"] for row in prices]),
        **{name: int(counted[name] or 0) for name in conditions},
    )


def bands(prices: Sequence[int]) -> list[Band]:
    """Prices in up to four bands of about as many items each, with round bounds."""
    if not prices:
        return []
    told = sorted(prices)
    cuts = {_round(told[len(told) * part // BANDS]) for part in range(1, BANDS)}
    bounds = [0, *sorted(cut for cut in cuts if told[0] < cut <= told[-1])]
    ends: list[int | None] = [*bounds[1:], None]
    made = [
        Band(low, high, sum(low <= price and (high is None or price < high) for price in told))
        for low, high in zip(bounds, ends, strict=True)
    ]
    return [band for band in made if band.count]


def _round(price: int) -> int:
    """The nearest of 1, 2, 5, 10, 20, 50, …"""
    size = int(10 ** (len(str(price)) - 1))
    return min((step * size for step in (*_STEPS, 10)), key=lambda one: abs(one - price))


async def _values(column: str, scope: str, value: object) -> list[tuple[Any, int, int]]:
    found = await db.browse(
        f"SELECT i.{column} AS told, MIN(i.id) AS id, COUNT(*) AS n FROM item i WHERE i.id IN {scope} AND i.{column} IS NOT NULL"  # noqa: S608
        f" GROUP BY i.{column} ORDER BY n DESC, told LIMIT {VALUES_MAX}",
        value,
    )
    return [(row["told"], int(row["id"]), int(row["n"])) for row in found]
