"""Catalog files, written for a test and taken in as the shopkeeper would."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from storefront import catalog, search
from storefront.catalog import Source
from storefront.kernel import db

TABLES = ("category", "brand", "merchant", "item", "variant", "photo", "stock", "search_entry", "search_term")
_NUMBERS = {
    "id",
    "item_id",
    "category_id",
    "brand_id",
    "parent_id",
    "variant_id",
    "place_id",
    "created_at",
    "changed_at",
    "since",
}


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows under a header of all their columns."""
    out = io.StringIO()
    table = csv.DictWriter(out, list(dict.fromkeys(column for row in rows for column in row)), restval="")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def as_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def written(folder: Path, text: str, name: str = "catalog.csv") -> Path:
    """A file with this text, packed when its name says so."""
    file = folder / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return file


async def taken(file: Path, source: Source | None = None) -> catalog.Report:
    """Import a file."""
    return await catalog.import_rows(catalog.read_rows(file, source), on_items=search.index)


def counts(report: catalog.Report) -> tuple[int, int, int, int]:
    """New, changed, the same, refused."""
    return report.new, report.changed, report.same, report.refused


async def stock_of(sku: str) -> int:
    """How many pieces can be bought."""
    found = await db.rows("SELECT id FROM variant WHERE sku = ?", sku)
    return (await catalog.variant(found[0]["id"])).available


async def whole_catalog() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the catalog holds, without the numbers that a database gives."""
    return {table: await _table(table) for table in TABLES}


async def _table(table: str) -> list[tuple[Any, ...]]:
    found = await db.rows(f"SELECT * FROM {table}")
    if not found:
        return []
    names = sorted(found[0].keys() - _NUMBERS)
    return sorted(tuple(str(row[name]) for name in names) for row in found)
