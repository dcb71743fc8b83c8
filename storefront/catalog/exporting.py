"""The catalog as rows that import again to the very same catalog."""

import json
from collections.abc import AsyncIterator
from itertools import takewhile
from typing import Any

from storefront import merchants
from storefront.kernel import db
from storefront.kernel.spreadsheets import defused
from storefront.kernel.texts import LANGUAGES

_BATCH = 500
_LOCALIZED = ("name", "description", "category_name", "brand", "origin", "attributes", "options")
COLUMNS = (
    *("sku", "item", "kind"),
    *(f"{column}_{language}" for column in _LOCALIZED[:2] for language in LANGUAGES),
    *("category", "merchant", "merchant_name"),
    *(f"{column}_{language}" for column in _LOCALIZED[2:] for language in LANGUAGES),
    *(
        "currency",
        "price_minor",
        "group_price_minor",
        "member_price_minor",
        "points_price",
        "points_cap",
        "gift_limit",
        "stock",
        "weight_g",
        "photos",
        "tags",
    ),
)


async def export_rows(*, flat: bool) -> AsyncIterator[dict[str, Any]]:
    """Every variant on offer as a row of `COLUMNS`; `flat` writes lists and pairs as a CSV cell holds them."""
    last = 0
    while True:
        found = await db.rows(
            "SELECT v.*, i.code, i.kind, i.names, i.descriptions, i.attributes, i.origins, i.tags, i.category_id, i.merchant,"
            " b.names AS brand, (SELECT COALESCE(SUM(s.on_hand), 0) FROM stock s JOIN place p ON p.id = s.place_id"
            " WHERE s.variant_id = v.id AND p.code = 'main') AS stock"
            " FROM variant v JOIN item i ON i.id = v.item_id LEFT JOIN brand b ON b.id = i.brand_id"
            " WHERE v.id > ? AND v.withdrawn_at IS NULL AND i.withdrawn_at IS NULL ORDER BY v.id LIMIT ?",
            *(last, _BATCH),
        )
        if not found:
            return
        shelves, owners = await _shelves(), await merchants.known()
        photos = await _photos([row["item_id"] for row in found])
        for row in found:
            told = _row(row, shelves.get(row["category_id"], []), photos.get(row["item_id"], []), flat)
            if row["merchant"] is not None:
                told |= {"merchant": row["merchant"], "merchant_name": owners[row["merchant"]].name}
            yield {column: defused(cell) for column, cell in told.items()} if flat else told
        last = found[-1]["id"]


def _row(row: dict[str, Any], shelf: list[dict[str, Any]], photos: list[str], flat: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"sku": row["sku"], "item": row["code"], "kind": row["kind"], "currency": row["currency"]}
    if shelf:
        told["category"] = shelf[-1]["path"]
    localized = {
        "name": json.loads(row["names"]),
        "description": json.loads(row["descriptions"]),
        "brand": json.loads(row["brand"]) if row["brand"] else {},
        "origin": json.loads(row["origins"]),
        "attributes": json.loads(row["attributes"]),
        "options": json.loads(row["options"]),
        "category_name": _shelf_names(shelf),
    }
    for column, texts in localized.items():
        for language, text in texts.items():
            told[f"{column}_{language}"] = _cell(text, flat)
    for column in (
        "price_minor",
        "group_price_minor",
        "member_price_minor",
        "points_price",
        "points_cap",
        "gift_limit",
        "stock",
        "weight_g",
    ):
        if row[column] is not None:
            told[column] = int(row[column])
    if photos:
        told["photos"] = " ".join(photos) if flat else photos
    tags = json.loads(row["tags"])
    if tags:
        told["tags"] = ", ".join(tags) if flat else tags
    return told


def _cell(value: Any, flat: bool) -> Any:
    if flat and isinstance(value, dict):
        return "; ".join(f"{name}={text}" for name, text in value.items())
    return value


def _shelf_names(shelf: list[dict[str, Any]]) -> dict[str, str]:
    names = [json.loads(step["names"]) for step in shelf]
    told = {language: list(takewhile(bool, (name.get(language, "") for name in names))) for language in LANGUAGES}
    return {language: "/".join(step.replace("/", "-") for step in steps) for language, steps in told.items() if steps}


async def _shelves() -> dict[int, list[dict[str, Any]]]:
    found = {row["id"]: row for row in await db.rows("SELECT id, parent_id, path, names FROM category")}

    def chain(category_id: int | None) -> list[dict[str, Any]]:
        return [] if category_id is None else [*chain(found[category_id]["parent_id"]), found[category_id]]

    return {category_id: chain(category_id) for category_id in found}


async def _photos(item_ids: list[int]) -> dict[int, list[str]]:
    places = ", ".join("?" * len(item_ids))
    shown: dict[int, list[str]] = {}
    for row in await db.rows(
        f"SELECT item_id, source FROM photo WHERE item_id IN ({places}) ORDER BY item_id, position",  # noqa: S608
        *item_ids,
    ):
        shown.setdefault(row["item_id"], []).append(row["source"])
    return shown
