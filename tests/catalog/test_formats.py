"""Catalogs as others export them, and the real ones beside the checkout."""

from pathlib import Path

import pytest

from storefront import catalog, search
from storefront.catalog import Row, RowError, read_rows
from storefront.kernel import db
from tests.catalog.shelf import counts, taken, written
from tests.support import tools

REAL = Path(__file__).parents[3] / "shared" / "data" / "search"
SHOPIFY = """Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option2 Name,Option2 Value,\
Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Image Position,Status
tee,Cotton Tee,"<p>Soft<br>and <b>light</b></p>",Northwind,Apparel & Accessories > Clothing,Shirts,"summer, sale",true,\
Color,Red,Size,S,TEE-R-S,180.0,7,19.90,https://x/tee-1.jpg,1,active
tee,,,,,,,,,Red,,M,TEE-R-M,190,0,19.90,https://x/tee-2.jpg,2,active
tee,,,,,,,,,Blue,,M,,190,4,21.00,,,active
tee,,,,,,,,,,,,,,,,https://x/tee-3.jpg,3,
card,Gift Card,,Northwind,,Gifts,,true,Title,Default Title,,,CARD,0,5,50.00,,,active
"""
GOOGLE = """id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tavailability\tprice\tsale_price\tbrand\tgtin\
\tgoogle_product_category\tproduct_type\titem_group_id\tcolor\tsize\tshipping_weight
G1\tRain jacket\tDry\thttps://x/g1\thttps://x/1.jpg\thttps://x/2.jpg,https://x/3.jpg\tin stock\t59.00 USD\t49.50 USD\tPeak\t400\
\t2271\tApparel > Jackets\tJ\tBlue\tM\t1.2 kg
G2\tRain jacket\tDry\thttps://x/g2\thttps://x/1.jpg\t\tout_of_stock\t1,059.00 USD\t\tPeak\t401\t2271\tApparel > Jackets\
\tJ\tRed\tL\t16 oz
"""


def rows(folder: Path, text: str) -> list[Row]:
    found = [row for _, row in read_rows(written(folder, text))]
    assert not [row for row in found if isinstance(row, RowError)]
    return [row for row in found if isinstance(row, Row)]


def test_shopifys_export_is_understood(tmp_path: Path) -> None:
    small, medium, blue, card = rows(tmp_path, SHOPIFY)

    assert (small.item, small.sku, small.names, small.descriptions) == (
        *("tee", "TEE-R-S", {"en": "Cotton Tee"}),
        {"en": "Soft\nand light"},
    )
    assert (small.brand["en"], small.tags, small.weight_g, small.stock, small.price_minor) == (
        *("Northwind", ["summer", "sale"], 180),
        *(7, 1990),
    )
    assert small.category == "apparel-accessories/clothing"
    assert [row.options["en"] for row in (small, medium, blue)] == [
        {"Color": "Red", "Size": "S"},
        {"Color": "Red", "Size": "M"},
        {"Color": "Blue", "Size": "M"},
    ]
    assert blue.sku == "tee-Blue-M"
    assert [photo for row in (small, medium, blue) for photo in row.photos] == [
        f"https://x/tee-{n}.jpg" for n in (1, 2, 3)
    ]
    assert (card.sku, card.options, card.price_minor) == ("CARD", {}, 5000)


def test_googles_feed_is_understood(tmp_path: Path) -> None:
    blue, red = rows(tmp_path, GOOGLE)

    assert (blue.sku, blue.item, blue.options) == ("G1", "J", {"en": {"Color": "Blue", "Size": "M"}})
    assert (blue.price_minor, blue.currency, blue.weight_g, blue.stock) == (4950, "USD", 1200, 1)
    assert (red.price_minor, red.weight_g, red.stock) == (105900, 453, 0)
    assert (blue.category, blue.category_names) == ("apparel/jackets", {"en": ["Apparel", "Jackets"]})
    assert blue.photos == [f"https://x/{n}.jpg" for n in (1, 2, 3)]
    assert blue.attributes == {"en": {"GTIN": "400"}}


def test_a_number_of_googles_tree_is_no_shelf(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "id,title,google_product_category\n1,Tea,2271\n")

    assert row.category is None


@pytest.mark.parametrize(
    ("told", "minor", "currency"),
    [
        ("15.00 USD", 1500, "USD"),
        ("USD 15", 1500, "USD"),
        ("¥9.9", 990, "CNY"),
        ("1,234.50", 123450, "CNY"),
        ("1.234,50 €", 123450, "EUR"),
        ("1 234,5 ₽", 123450, "RUB"),
        ("1200 JPY", 1200, "JPY"),
        ("0", 0, "CNY"),
    ],
)
def test_a_price_is_read_as_its_writer_meant_it(tmp_path: Path, told: str, minor: int, currency: str) -> None:
    (row,) = rows(tmp_path, f'sku,price\na,"{told}"\n')

    assert (row.price_minor, row.currency) == (minor, currency)


@pytest.mark.parametrize("told", ["15.005", "1200.5 JPY", "free", "-1", "15 XQX", "1" * 40, "1" + " " * 5000 + "!"])
def test_a_price_that_cannot_be_paid_is_refused(tmp_path: Path, told: str) -> None:
    (row,) = [row for _, row in read_rows(written(tmp_path, f'sku,price\na,"{told}"\n'))]

    assert isinstance(row, RowError)
    assert "line 2" in str(row)


@pytest.mark.parametrize("header", ["sku,id,name", "id,sku,name", "name,ID,Sku"])
def test_our_own_column_counts_before_one_that_others_call_so(tmp_path: Path, header: str) -> None:
    cells = {"sku": "OURS", "id": "7", "name": "Tea"}

    (row,) = rows(tmp_path, f"{header}\n{','.join(cells[column.lower()] for column in header.split(','))}\n")

    assert row.sku == "OURS"


# On SQLite the command takes them (tests/shop/test_catalog_command.py).
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        ("en_catalog.csv.gz", 19406, "notebook"),
        ("wm_catalog.csv.gz", 2836, "coffee table"),
        ("produce81/produce81.jsonl", 81, "苹果"),
    ],
)
async def test_a_real_catalog_is_taken_whole_and_found(database: str, name: str, count: int, words: str) -> None:
    file = REAL / name
    if not file.exists():
        tools.absent(f"the catalog {name}")

    assert counts(await taken(file)) == (count, 0, 0, 0)
    assert counts(await taken(file)) == (0, 0, count, 0)

    found = await search.find(text=words)
    assert found.total > 0
    assert len(await catalog.summaries(found.items)) == len(found.items)
    assert (await db.rows("SELECT COUNT(*) AS n FROM search_entry"))[0]["n"] == count
