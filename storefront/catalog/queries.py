"""Reads of the catalog: one item whole, many items briefly, the tree of categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money

Localized = Mapping[str, str]


@dataclass(frozen=True)
class Variant:
    """What is bought: one choice of an item. `price` is None while it is not for sale; `merchant` is the code of whose it is."""

    id: int
    item_id: int
    sku: str
    kind: str
    merchant: str | None
    names: Localized
    options: Mapping[str, Mapping[str, str]]
    price: Money | None
    member_price: Money | None
    points_price: int | None
    points_cap: int
    gift_limit: int | None
    weight_g: int
    available: int

    @property
    def is_gift(self) -> bool:
        """Whether it is bought with points only."""
        return self.points_price is not None

    def option(self, language: str) -> str:
        """`5 kg, red` in the reader's language, or nothing for an item without choices."""
        told = self.options.get(language) or self.options.get("en") or next(iter(self.options.values()), {})
        return ", ".join(told.values())


@dataclass(frozen=True)
class Photo:
    """A picture of an item: `file_hash` names it once its content is kept, `source` is where it comes from."""

    item_id: int
    position: int
    source: str
    file_hash: str | None


@dataclass(frozen=True)
class Item:
    """An item with everything its card shows."""

    id: int
    code: str
    kind: str
    names: Localized
    descriptions: Localized
    attributes: Mapping[str, Mapping[str, str]]
    origins: Localized
    brand: Localized
    tags: Sequence[str]
    categories: Sequence["Category"]
    photos: Sequence[Photo]
    variants: Sequence[Variant]


@dataclass(frozen=True)
class Summary:
    """An item on a page of results; prices are of its cheapest variant, `variant_id`."""

    id: int
    names: Localized
    origins: Localized
    variant_id: int
    price: Money | None
    points_price: int | None
    points_cap: int
    available: int
    variants: int
    photo: str | None


@dataclass(frozen=True)
class Category:
    """A shelf; `items` counts those on the shelves below too."""

    id: int
    parent_id: int | None
    path: str
    names: Localized
    items: int


@dataclass(frozen=True)
class Standing:
    """Which item a variant is of, where it stands, such as `produce/rice`, and its merchant's code; empty where there is none."""

    item_id: int
    category: str
    merchant: str


_ANY_VARIANT_SQL = (
    "SELECT v.*, i.names, i.kind, i.merchant,"
    " COALESCE((SELECT SUM(s.on_hand - s.held) FROM stock s WHERE s.variant_id = v.id), 0) AS available"
    " FROM variant v JOIN item i ON i.id = v.item_id WHERE "
)
_VARIANT_SQL = f"{_ANY_VARIANT_SQL} v.withdrawn_at IS NULL AND i.withdrawn_at IS NULL AND "


async def item(item_id: int) -> Item:
    """The item, whole. Raises NotFound for one that is not there or was withdrawn."""
    found = await db.rows(
        "SELECT i.*, b.names AS brand FROM item i LEFT JOIN brand b ON b.id = i.brand_id"
        " WHERE i.id = ? AND i.withdrawn_at IS NULL",
        item_id,
    )
    if not found:
        raise NotFound
    row = found[0]
    own = await db.rows(_VARIANT_SQL + "v.item_id = ? ORDER BY v.position, v.id", item_id)
    shown = await db.rows("SELECT * FROM photo WHERE item_id = ? ORDER BY position", item_id)
    return Item(
        id=row["id"],
        code=row["code"],
        kind=row["kind"],
        names=orjson.loads(row["names"]),
        descriptions=orjson.loads(row["descriptions"]),
        attributes=orjson.loads(row["attributes"]),
        origins=orjson.loads(row["origins"]),
        brand=orjson.loads(row["brand"]) if row["brand"] else {},
        tags=orjson.loads(row["tags"]),
        categories=await _chain(row["category_id"]),
        photos=[_photo(photo) for photo in shown],
        variants=[_variant(variant) for variant in own],
    )


async def variant(variant_id: int) -> Variant:
    """One variant. Raises NotFound for one that is not there or was withdrawn."""
    found = await variants([variant_id])
    if not found:
        raise NotFound
    return found[0]


async def any_variant(variant_id: int) -> Variant:
    """One variant, to tell of it; of one that was withdrawn none are left. Raises NotFound."""
    if there := await variants([variant_id]):
        return there[0]
    found = await db.rows(f"{_ANY_VARIANT_SQL} v.id = ?", variant_id)
    if not found:
        raise NotFound
    return replace(_variant(found[0]), available=0)


async def withdrawn(variant_ids: Sequence[int]) -> set[int]:
    """Those of these variants that are not sold any more."""
    if not variant_ids:
        return set()
    found = await db.rows(
        "SELECT v.id FROM variant v JOIN item i ON i.id = v.item_id"  # noqa: S608  (places only)
        f" WHERE v.id IN ({', '.join('?' * len(variant_ids))})"
        " AND (v.withdrawn_at IS NOT NULL OR i.withdrawn_at IS NOT NULL)",
        *variant_ids,
    )
    return {int(row["id"]) for row in found}


async def photo_of(item_id: int) -> str | None:
    """The file of an item's first picture, when it has one."""
    sql = "SELECT file_hash FROM photo WHERE item_id = ? AND file_hash IS NOT NULL ORDER BY position LIMIT 1"
    found = await db.rows(sql, item_id)
    return str(found[0]["file_hash"]) if found else None


async def variants(variant_ids: Sequence[int]) -> list[Variant]:
    """These variants, in this order; those that are gone are left out."""
    if not variant_ids:
        return []
    places = ", ".join("?" * len(variant_ids))
    found = {row["id"]: _variant(row) for row in await db.rows(f"{_VARIANT_SQL} v.id IN ({places})", *variant_ids)}
    return [found[variant_id] for variant_id in variant_ids if variant_id in found]


async def summaries(item_ids: Sequence[int]) -> list[Summary]:
    """These items as a page of results shows them, in this order, in one query."""
    if not item_ids:
        return []
    places = ", ".join("?" * len(item_ids))
    found = await db.rows(
        "SELECT i.id, i.names, i.origins, v.id AS variant_id, v.currency, v.price_minor, v.points_price, v.points_cap,"  # noqa: S608
        " (SELECT COALESCE(SUM(s.on_hand - s.held), 0) FROM stock s WHERE s.variant_id = v.id) AS available,"
        " (SELECT p.file_hash FROM photo p WHERE p.item_id = i.id ORDER BY p.position LIMIT 1) AS photo"
        " FROM item i JOIN variant v ON v.item_id = i.id"
        f" WHERE i.id IN ({places}) AND i.withdrawn_at IS NULL AND v.withdrawn_at IS NULL"
        " ORDER BY CASE WHEN v.price_minor IS NULL THEN 1 ELSE 0 END, v.price_minor, v.points_price, v.id",
        *item_ids,
    )
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        grouped.setdefault(row["id"], []).append(row)
    return [_summary(grouped[item_id]) for item_id in item_ids if item_id in grouped]


async def newest(limit: int) -> list[int]:
    """The items that came last."""
    found = await db.rows("SELECT id FROM item WHERE withdrawn_at IS NULL ORDER BY id DESC LIMIT ?", limit)
    return [int(row["id"]) for row in found]


_CATEGORY_SQL = (
    "SELECT c.*, (SELECT COUNT(*) FROM item i JOIN category d ON d.id = i.category_id WHERE i.withdrawn_at IS NULL"
    " AND (d.id = c.id OR d.path LIKE c.path || '/%')) AS items FROM category c WHERE "
)


async def categories(parent_id: int | None = None) -> list[Category]:
    """The shelves right below this one, or the topmost, in their order; empty ones are left out."""
    found = await db.rows(
        _CATEGORY_SQL + "COALESCE(c.parent_id, 0) = ? ORDER BY c.position, c.id",
        parent_id or 0,
    )
    return [_category(row) for row in found if row["items"]]


async def category(category_id: int) -> Category:
    """One shelf. Raises NotFound."""
    found = await db.rows(_CATEGORY_SQL + "c.id = ?", category_id)
    if not found:
        raise NotFound
    return _category(found[0])


async def brands(brand_ids: Sequence[int]) -> dict[int, Localized]:
    """What these brands are called; those that are not there are left out."""
    if not brand_ids:
        return {}
    places = ", ".join("?" * len(brand_ids))
    found = await db.rows(f"SELECT id, names FROM brand WHERE id IN ({places})", *brand_ids)  # noqa: S608
    return {row["id"]: orjson.loads(row["names"]) for row in found}


async def standings(variant_ids: Sequence[int]) -> dict[int, Standing]:
    """On which shelf each of these variants stands, and whose it is; also of withdrawn ones."""
    if not variant_ids:
        return {}
    places = ", ".join("?" * len(variant_ids))
    found = await db.rows(
        "SELECT v.id, v.item_id, c.path, i.merchant FROM variant v JOIN item i ON i.id = v.item_id"  # noqa: S608  (places only)
        f" LEFT JOIN category c ON c.id = i.category_id WHERE v.id IN ({places})",
        *variant_ids,
    )
    return {int(row["id"]): Standing(row["item_id"], row["path"] or "", row["merchant"] or "") for row in found}


async def photos_without_file(limit: int) -> list[Photo]:
    """Pictures that are known by their source only."""
    found = await db.rows("SELECT * FROM photo WHERE file_hash IS NULL ORDER BY id LIMIT ?", limit)
    return [_photo(row) for row in found]


@db.transaction
async def set_photo(*, item_id: int, position: int, file_hash: str) -> None:
    """Show this kept file as the picture."""
    await db.execute("UPDATE photo SET file_hash = ? WHERE item_id = ? AND position = ?", file_hash, item_id, position)


async def _chain(category_id: int | None) -> list[Category]:
    chain: list[Category] = []
    while category_id is not None:
        chain.insert(0, await category(category_id))
        category_id = chain[0].parent_id
    return chain


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _variant(row: dict[str, Any]) -> Variant:
    return Variant(
        id=row["id"],
        item_id=row["item_id"],
        sku=row["sku"],
        kind=row["kind"],
        merchant=row["merchant"],
        names=orjson.loads(row["names"]),
        options=orjson.loads(row["options"]),
        price=_money(row["price_minor"], row["currency"]),
        member_price=_money(row["member_price_minor"], row["currency"]),
        points_price=row["points_price"],
        points_cap=row["points_cap"],
        gift_limit=row["gift_limit"],
        weight_g=row["weight_g"],
        available=int(row["available"]),
    )


def _summary(rows: list[dict[str, Any]]) -> Summary:
    first = rows[0]
    return Summary(
        id=first["id"],
        names=orjson.loads(first["names"]),
        origins=orjson.loads(first["origins"]),
        variant_id=first["variant_id"],
        price=_money(first["price_minor"], first["currency"]),
        points_price=first["points_price"],
        points_cap=first["points_cap"],
        available=sum(int(row["available"]) for row in rows),
        variants=len(rows),
        photo=first["photo"],
    )


def _photo(row: dict[str, Any]) -> Photo:
    return Photo(row["item_id"], row["position"], row["source"], row["file_hash"])


def _category(row: dict[str, Any]) -> Category:
    return Category(row["id"], row["parent_id"], row["path"], orjson.loads(row["names"]), int(row["items"]))
