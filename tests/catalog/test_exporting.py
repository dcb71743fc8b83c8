"""What is exported imports to the very same catalog, in both formats and every language."""

from pathlib import Path

import pytest

from shop import catalog_files, demo
from storefront import catalog
from storefront.kernel import db
from tests.catalog.shelf import as_lines, counts, taken, whole_catalog, written
from tests.support.databases import SqliteTemplate

LANGUAGES = ("en", "zh_Hans", "ru", "ar")
DEMO = Path(demo.__file__).parent / "catalog.jsonl"
FULL = [
    {
        "sku": f"tea-{size}",
        "item": "tea",
        "kind": "goods",
        **{f"{column}_{language}": f"{column} of tea, \"{language}\"" for column in ("name", "description", "brand", "origin")
           for language in LANGUAGES},
        **{f"attributes_{language}": {"Leaf": f"green {language}", "Year": "2026"} for language in LANGUAGES},
        **{f"options_{language}": {"Size": f"{size} {language}"} for language in LANGUAGES},
        "category": "drinks/tea", "merchant": "tea-hill", "merchant_name": "Tea Hill Co-operative",
        **{f"category_name_{language}": f"Drinks {language}/Tea {language}" for language in LANGUAGES},
        "currency": "CNY", "price_minor": 1990 + size, "group_price_minor": 1490, "points_cap": 300,
        "stock": size, "weight_g": 50,
        "photos": ["demo:tea", "https://x/a.jpg"], "tags": ["new", "gift"],
    }
    for size in (1, 2)
] + [
    {"sku": "mug", "item": "mug", "name_zh_Hans": "杯", "points_price": 500, "gift_limit": 2, "category": "gifts",
     "category_name_en": "Gifts", "merchant": "kiln"},
    {"sku": "card", "item": "card", "kind": "digital", "name_en": "Top-up", "price_minor": 5000},
    {"sku": "later", "item": "later", "name_en": "Not yet for sale"},
    {"sku": "half", "item": "half", "name_en": "Half", "category": "drinks/cold", "category_name_ar": "مشروبات"},
]  # fmt: skip


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.csv.gz", "out.jsonl.gz"])
@pytest.mark.parametrize("what", ["all columns", "the demo shop"])
async def test_an_exported_catalog_imports_to_the_same(
    database: str, sqlite_template: SqliteTemplate, tmp_path: Path, name: str, what: str
) -> None:
    source = DEMO if what == "the demo shop" else written(tmp_path, as_lines(FULL), "in.jsonl")
    first = await taken(source)
    assert first.refused == 0
    before = await whole_catalog()
    out = tmp_path / name

    count = await catalog_files.write_rows(out)

    assert count == first.new
    assert counts(await taken(out)) == (0, 0, count, 0)
    assert await whole_catalog() == before
    await db.disconnect()
    (tmp_path / "other").mkdir()
    await db.connect(sqlite_template.copy_to(tmp_path / "other"), models=[])
    assert counts(await taken(out)) == (count, 0, 0, 0)
    assert await whole_catalog() == before


async def test_an_empty_shop_exports_a_header(database: str, tmp_path: Path) -> None:
    assert await catalog_files.write_rows(tmp_path / "out.csv") == 0

    assert (tmp_path / "out.csv").read_text().startswith("sku,item,kind,name_en,")
    assert counts(await taken(tmp_path / "out.csv")) == (0, 0, 0, 0)


async def test_more_than_a_batch_is_exported_whole(database: str, tmp_path: Path) -> None:
    file = written(tmp_path, "sku,name,price\n" + "".join(f"s{n},Thing {n},{n}\n" for n in range(1201)))
    await taken(file)

    exported = [row["sku"] async for row in catalog.export_rows(flat=True)]

    assert exported == [f"s{n}" for n in range(1201)]
