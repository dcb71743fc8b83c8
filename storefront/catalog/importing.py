"""Rows of a file become items on the shelf: in batches of one transaction, the same file twice changes nothing."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from storefront import merchants
from storefront.catalog.reading import Row, RowError
from storefront.catalog.stock import adjust
from storefront.kernel import clock, db, ids

BATCH = 1000
_ERRORS_KEPT = 1000
_PLAIN, _TOLD = (
    ("kind", "category_id", "brand_id", "merchant"),
    ("names", "descriptions", "attributes", "origins", "tags"),
)
_ITEM = (*_PLAIN, *_TOLD)
_VARIANT = (
    "item_id", "options", "currency", "price_minor", "group_price_minor", "member_price_minor", "points_price",
    "points_cap", "gift_limit", "weight_g",
)  # fmt: skip
OnItems = Callable[[Sequence[int]], Awaitable[None]]


@dataclass
class Report:
    """What came of a file: variants new, changed and the same, and the rows refused with line and reason."""

    new: int = 0
    changed: int = 0
    same: int = 0
    unpriced: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)

    def refuse(self, error: RowError) -> None:
        """Count a bad row; the first thousand reasons are kept."""
        self.refused += 1
        if len(self.errors) < _ERRORS_KEPT:
            self.errors.append(str(error))


async def import_rows(
    rows: Iterable[tuple[int, Row | RowError]],
    *,
    on_items: OnItems,
    progress: Callable[[int, int], None] = lambda read, taken: None,
) -> Report:
    """Take a catalog in, batch by batch; `on_items` is told the items of each batch inside its transaction.

    `progress` is told how many bytes were read and how many rows were taken so far. Rows of one item that stand together
    are taken together; of rows with the same SKU the last one counts.
    """
    report = Report()
    importer = _Importer(report, on_items)
    batch: list[Row] = []
    for read, row in rows:
        if isinstance(row, RowError):
            report.refuse(row)
            continue
        if len(batch) >= BATCH and (row.item != batch[-1].item or len(batch) >= 2 * BATCH):
            await importer.take(batch)
            batch = []
            progress(read, report.new + report.changed + report.same)
        batch.append(row)
    if batch:
        await importer.take(batch)
    if report.new > BATCH:
        # A planner that takes new shelves for empty ones walks them whole for every search.
        await db.execute("ANALYZE")
    return report


class _Importer:
    def __init__(self, report: Report, on_items: OnItems) -> None:
        self._report = report
        self._on_items = on_items
        self._categories: dict[str, int] = {}
        self._category_names: dict[str, str] = {}
        self._brands: dict[str, tuple[int, str]] = {}
        self._merchants: set[tuple[str, str | None]] = set()
        self._warehouse: int | None = None

    async def take(self, rows: Sequence[Row]) -> None:
        """One batch, one transaction; when it fails nothing of the batch is there and the caches are forgotten."""
        try:
            async with db.tx():
                counts = await self._take(rows)
        except BaseException:
            self._categories.clear()
            self._category_names.clear()
            self._brands.clear()
            self._merchants.clear()
            self._warehouse = None
            raise
        self._report.new += counts[0]
        self._report.changed += counts[1]
        self._report.same += counts[2]

    async def _take(self, rows: Sequence[Row]) -> tuple[int, int, int]:
        by_sku: dict[str, Row] = {}
        for row in rows:
            if twin := by_sku.get(row.sku):
                self._report.refuse(RowError(f"line {twin.line}: line {row.line} has the same SKU, and counts"))
            by_sku[row.sku] = row
        items = await self._items(list(by_sku.values()))
        old = {row["sku"]: row for row in await _where("variant", "sku", list(by_sku))}
        new, changed = [], []
        for sku, row in by_sku.items():
            cells = _variant_cells(row, items[row.item][0])
            if sku not in old:
                new.append((sku, *cells))
            elif cells != tuple(old[sku][name] for name in _VARIANT):
                changed.append((*cells, sku))
        await db.many(
            f"INSERT INTO variant (sku, {', '.join(_VARIANT)}) VALUES (?, {', '.join('?' * len(_VARIANT))})",  # noqa: S608
            new,
        )
        await db.many(
            f"UPDATE variant SET {', '.join(f'{name} = ?' for name in _VARIANT)} WHERE sku = ?",  # noqa: S608
            changed,
        )
        restocked = await self._stock(by_sku, old, [str(cells[0]) for cells in new])
        touched = {items[row.item][0] for row in by_sku.values() if items[row.item][1] or row.sku not in old}
        await self._on_items(sorted(touched))
        self._report.unpriced += sum(row.price_minor is None for row in by_sku.values())
        told = {cells[-1] for cells in changed} | restocked
        told |= {row.sku for row in by_sku.values() if items[row.item][1] and row.sku in old}
        return len(new), len(told), len(by_sku) - len(new) - len(told)

    async def _items(self, rows: Sequence[Row]) -> dict[str, tuple[int, bool]]:
        """Item code -> (id, whether anything changed)."""
        merged: dict[str, dict[str, Any]] = {}
        old = {row["code"]: row for row in await _where("item", "code", list({row.item for row in rows}))}
        for row in rows:
            if row.item not in merged:
                merged[row.item] = _item_cells(old.get(row.item))
            await self._merge(merged[row.item], row)
        at = clock.now()
        stored = {code: _stored(cells) for code, cells in merged.items()}
        await db.many(
            f"INSERT INTO item (code, {', '.join(_ITEM)}, created_at, changed_at)"  # noqa: S608
            f" VALUES (?, {', '.join('?' * len(_ITEM))}, ?, ?)",
            [(code, *cells, at, at) for code, cells in stored.items() if code not in old],
        )
        changed = {code for code in old if code in stored and stored[code] != tuple(old[code][name] for name in _ITEM)}
        await db.many(
            f"UPDATE item SET {', '.join(f'{name} = ?' for name in _ITEM)}, changed_at = ? WHERE code = ?",  # noqa: S608
            [(*stored[code], at, code) for code in changed],
        )
        found = await _where("item", "code", list(merged), columns="id, code")
        numbers = {row["code"]: int(row["id"]) for row in found}
        pictured = await self._photos({numbers[code]: cells["photos"] for code, cells in merged.items()})
        return {
            code: (number, code not in old or code in changed or number in pictured) for code, number in numbers.items()
        }

    async def _merge(self, cells: dict[str, Any], row: Row) -> None:
        if row.kind:
            cells["kind"] = row.kind
        if row.category:
            cells["category_id"] = await self._category(row.category, row.category_names)
        if row.brand:
            cells["brand_id"] = await self._brand(row.brand)
        if row.merchant:
            cells["merchant"] = row.merchant
            await self._merchant(row.merchant, row.merchant_name)
        for name, told in (
            ("names", row.names),
            ("descriptions", row.descriptions),
            ("attributes", row.attributes),
            ("origins", row.origins),
        ):
            cells[name].update(told)
        if row.tags is not None:
            cells["tags"] = row.tags
        if not cells["names"]:
            cells["names"] = {"en": row.item}
        for photo in row.photos:
            if photo not in cells["photos"]:
                cells["photos"].append(photo)

    async def _category(self, path: str, names: dict[str, list[str]]) -> int:
        told = _json(names)
        if self._category_names.get(path) == told:
            return self._categories[path]
        parent: int | None = None
        steps = path.split("/")
        for depth in range(1, len(steps) + 1):
            own = {language: told[depth - 1] for language, told in names.items() if depth <= len(told)}
            parent = await _upsert_category("/".join(steps[:depth]), parent, own or {"en": steps[depth - 1]}, depth)
        assert parent is not None
        self._categories[path], self._category_names[path] = parent, told
        return parent

    async def _brand(self, names: dict[str, str]) -> int:
        name, told = names.get("en") or next(iter(names.values())), _json(names)
        known = self._brands.get(name)
        if known is not None and known[1] == told:
            return known[0]
        await db.execute("INSERT INTO brand (name, names) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, told)
        found = (await db.rows("SELECT id, names FROM brand WHERE name = ?", name))[0]
        before = orjson.loads(found["names"])
        if not names.items() <= before.items():
            await db.execute("UPDATE brand SET names = ? WHERE id = ?", _json({**before, **names}), found["id"])
        if len(self._brands) > 10_000:
            self._brands.clear()
        self._brands[name] = int(found["id"]), told
        return self._brands[name][0]

    async def _merchant(self, code: str, name: str | None) -> None:
        if (code, name) not in self._merchants:
            await merchants.know(code=code, name=name)
            self._merchants.add((code, name))

    async def _photos(self, wanted: dict[int, list[str]]) -> set[int]:
        told = {item_id: photos for item_id, photos in wanted.items() if photos}
        old: dict[int, list[str]] = {}
        for row in await _where("photo", "item_id", list(told), "ORDER BY item_id, position"):
            old.setdefault(row["item_id"], []).append(row["source"])
        changed = {item_id for item_id, photos in told.items() if old.get(item_id, []) != photos}
        await db.many("DELETE FROM photo WHERE item_id = ?", [(item_id,) for item_id in changed if item_id in old])
        await db.many(
            "INSERT INTO photo (item_id, position, source) VALUES (?, ?, ?)",
            [(item_id, place, source) for item_id in sorted(changed) for place, source in enumerate(told[item_id])],
        )
        return changed & old.keys()

    async def _stock(self, by_sku: dict[str, Row], old: dict[str, dict[str, Any]], new: Sequence[str]) -> set[str]:
        place = await self._main_warehouse()
        told = {row["sku"]: int(row["id"]) for row in await _where("variant", "sku", list(by_sku), columns="id, sku")}
        at, batch = clock.now(), ids.key()
        arrived = [(told[sku], place, by_sku[sku].stock) for sku in new if by_sku[sku].stock]
        await db.many("INSERT INTO stock (variant_id, place_id, on_hand) VALUES (?, ?, ?)", arrived)
        await db.many(
            "INSERT INTO stock_move (variant_id, place_id, kind, quantity, key, at) VALUES (?, ?, 'receive', ?, ?, ?)",
            [(*cells, f"import:{batch}:{cells[0]}", at) for cells in arrived],
        )
        counted = {
            row["variant_id"]: row
            for row in await _where("stock", "variant_id", [told[sku] for sku in old], "", f"AND place_id = {place}")
        }
        restocked = set()
        for sku in old:
            stock, before = by_sku[sku].stock, counted.get(told[sku], {"on_hand": 0, "held": 0})
            if stock is not None and max(stock, before["held"]) != before["on_hand"]:
                key = f"import:{batch}:{told[sku]}"
                await adjust(variant_id=told[sku], place_id=place, counted=stock, key=key)
                restocked.add(sku)
        return restocked

    async def _main_warehouse(self) -> int:
        if self._warehouse is None:
            await db.execute(
                "INSERT INTO place (code, kind, names, address, hours, region)"
                " VALUES ('main', 'warehouse', '{}', '{}', '{}', '') ON CONFLICT (code) DO NOTHING"
            )
            self._warehouse = int((await db.rows("SELECT id FROM place WHERE code = 'main'"))[0]["id"])
        return self._warehouse


async def _upsert_category(path: str, parent: int | None, names: dict[str, str], depth: int) -> int:
    found = await db.rows("SELECT id, names FROM category WHERE path = ?", path)
    if found:
        known = orjson.loads(found[0]["names"])
        if not names.items() <= known.items():
            await db.execute("UPDATE category SET names = ? WHERE id = ?", _json({**known, **names}), found[0]["id"])
        return int(found[0]["id"])
    made = await db.rows(
        "INSERT INTO category (path, parent_id, names, position)"
        " SELECT ?, ?, ?, COUNT(*) FROM category WHERE COALESCE(parent_id, 0) = ? RETURNING id",
        *(path, parent, _json(names), parent or 0),
    )
    return int(made[0]["id"])


def _item_cells(old: dict[str, Any] | None) -> dict[str, Any]:
    if old is None:
        cells: dict[str, Any] = {"kind": "goods", "category_id": None, "brand_id": None, "merchant": None}
        return cells | {"names": {}, "descriptions": {}, "attributes": {}, "origins": {}, "tags": [], "photos": []}
    told = {name: old[name] for name in _PLAIN}
    read = {name: orjson.loads(old[name]) for name in _TOLD}
    return {**told, **read, "photos": []}


def _stored(cells: dict[str, Any]) -> tuple[Any, ...]:
    return (*(cells[name] for name in _PLAIN), *[_json(cells[name]) for name in _TOLD])


def _variant_cells(row: Row, item_id: int) -> tuple[Any, ...]:
    return (
        item_id,
        _json(row.options),
        row.currency,
        row.price_minor,
        row.group_price_minor,
        row.member_price_minor,
        row.points_price or None,
        row.points_cap,
        row.gift_limit,
        row.weight_g,
    )


def _json(value: object) -> str:
    if value == {}:
        return "{}"
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


async def _where(
    table: str, column: str, values: Sequence[Any], tail: str = "", extra: str = "", columns: str = "*"
) -> list[dict[str, Any]]:
    if not values:
        return []
    places = ", ".join("?" * len(values))
    return await db.rows(
        f"SELECT {columns} FROM {table} WHERE {column} IN ({places}) {extra} {tail}",  # noqa: S608
        *values,
    )
