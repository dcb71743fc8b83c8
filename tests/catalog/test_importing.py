"""A catalog file becomes the shelves of the shop, once, whoever wrote it and however often it is taken in."""

import json
from pathlib import Path
from typing import Any

import pytest

from storefront import catalog, merchants, search
from storefront.catalog import importing
from storefront.kernel import db
from storefront.kernel.money import Money
from tests.catalog.shelf import as_csv, as_lines, counts, stock_of, taken, whole_catalog, written

RICE: dict[str, Any] = {
    "sku": "rice-5",
    "item": "rice",
    "name": "Wuchang rice",
    "name_zh_Hans": "五常大米",
    "name_ru": "Рис Учан",
    "name_ar": "أرز ووتشانغ",
    "category": "produce/rice",
    "category_name": "Local produce/Rice",
    "category_name_zh_Hans": "本地特产/大米",
    "brand": "Golden Field",
    "brand_zh_Hans": "金田",
    "origin": "Wuchang",
    "price_minor": 4690,
    "group_price_minor": 3990,
    "points_cap": 2000,
    "stock": 12,
    "weight_g": 5000,
}
BIG_RICE = {"sku": "rice-10", "item": "rice", "price": "86.90", "stock": 3}


async def the_item(code: str) -> catalog.Item:
    found = await db.rows("SELECT id FROM item WHERE code = ?", code)
    return await catalog.item(found[0]["id"])


async def test_a_things_merchant_is_told_by_its_own_column_and_never_by_vendor_or_brand(
    database: str, tmp_path: Path
) -> None:
    rows = [
        {"Handle": "rice", "Title": "Rice", "Vendor": "Golden Field", "merchant": "green-farm", "sku": "rice"},
        {"Handle": "tea", "Title": "Tea", "Vendor": "Tea Hill", "merchant": "", "sku": "tea"},
    ]

    await taken(written(tmp_path, as_csv(rows)))
    named = [{"sku": "rice", "item": "rice", "merchant": "green-farm", "merchant_name": "Green Farm"}]
    await taken(written(tmp_path, as_csv(named)))

    rice, tea = [(await the_item(code)).variants[0].id for code in ("rice", "tea")]
    standings = await catalog.standings([rice, tea])
    assert [standings[one].merchant for one in (rice, tea)] == ["green-farm", ""]
    assert await merchants.known() == {"green-farm": merchants.Merchant(1, "green-farm", "Green Farm")}
    assert (await the_item("rice")).brand == {"en": "Golden Field"}


async def test_a_merchants_code_that_is_too_long_is_refused_and_not_cut(database: str, tmp_path: Path) -> None:
    report = await taken(written(tmp_path, as_csv([{"sku": "rice", "item": "rice", "merchant": "m" * 41}])))

    assert counts(report)[3] == 1
    assert "merchant has more than 40 characters" in report.errors[0]


async def test_rows_of_one_item_are_its_choices(database: str, tmp_path: Path) -> None:
    small = {
        **RICE,
        "options": {"Weight": "5 kg"},
        "attributes": {"Grain": "long"},
        "photos": ["demo:rice"],
        "tags": ["new"],
    }
    big = {**BIG_RICE, "options": {"Weight": "10 kg"}, "picture": {"shape": "sack"}}

    report = await taken(written(tmp_path, as_lines([small, big])))

    assert counts(report) == (2, 0, 0, 0)
    rice = await the_item("rice")
    assert rice.names == {"en": "Wuchang rice", "zh_Hans": "五常大米", "ru": "Рис Учан", "ar": "أرز ووتشانغ"}
    assert [shelf.names["zh_Hans"] for shelf in rice.categories] == ["本地特产", "大米"]
    assert (rice.brand["zh_Hans"], rice.origins, rice.tags) == ("金田", {"en": "Wuchang"}, ["new"])
    assert rice.attributes == {"en": {"Grain": "long"}}
    assert [(one.option("en"), one.price, one.available) for one in rice.variants] == [
        ("5 kg", Money(4690, "CNY"), 12),
        ("10 kg", Money(8690, "CNY"), 3),
    ]
    assert [photo.source for photo in rice.photos] == ["demo:rice"]


@pytest.mark.parametrize("name", ["catalog.csv", "catalog.csv.gz", "catalog.jsonl", "catalog.jsonl.gz", "catalog"])
async def test_the_format_is_seen_in_the_file_and_not_in_its_name(database: str, tmp_path: Path, name: str) -> None:
    text = as_lines([RICE, BIG_RICE]) if "jsonl" in name else as_csv([RICE, BIG_RICE])

    assert counts(await taken(written(tmp_path, text, name))) == (2, 0, 0, 0)


async def test_the_same_file_twice_changes_nothing(database: str, tmp_path: Path) -> None:
    file = written(tmp_path, as_csv([RICE, BIG_RICE]))
    await taken(file)
    before = await whole_catalog()
    moves = await db.rows("SELECT * FROM stock_move")

    report = await taken(file)

    assert counts(report) == (0, 0, 2, 0)
    assert await whole_catalog() == before
    assert await db.rows("SELECT * FROM stock_move") == moves


async def test_only_what_changed_is_changed(database: str, tmp_path: Path) -> None:
    await taken(written(tmp_path, as_csv([RICE, BIG_RICE])))

    report = await taken(written(tmp_path, as_csv([{**RICE, "price_minor": 4500}, BIG_RICE])))

    assert counts(report) == (0, 1, 1, 0)
    assert [one.price for one in (await the_item("rice")).variants] == [Money(4500, "CNY"), Money(8690, "CNY")]


async def test_a_brand_learns_its_name_in_another_language_later(database: str, tmp_path: Path) -> None:
    await taken(written(tmp_path, as_csv([{"sku": "a", "name": "A", "brand": "Golden Field"}])))

    await taken(
        written(tmp_path, as_csv([{"sku": "b", "name": "B", "brand": "Golden Field", "brand_zh_Hans": "金田"}]))
    )

    assert (await the_item("a")).brand == {"en": "Golden Field", "zh_Hans": "金田"}


async def test_a_bad_row_is_told_with_its_line_and_the_others_are_taken(database: str, tmp_path: Path) -> None:
    bad: list[dict[str, Any]] = [
        {"name": "No SKU"},
        {"sku": "p", "name": "Price", "price": "cheap"},
        {"sku": "q", "name": "Price below nothing", "price": "-5"},
        {"sku": "c", "name": "Currency", "price_minor": 5, "currency": "EURO"},
        {"sku": "d", "name": "Sign", "price": "US$ 5"},
        {"sku": "s", "name": "Stock", "stock": "1e999999999"},
        {"sku": "w", "name": "Weight", "weight_g": "NaN"},
        {"sku": "g", "name": "Group price", "group_price_minor": "1.5"},
        {"sku": "k", "name": "Kind", "kind": "service"},
        {"sku": "x" * 101, "name": "Long"},
    ]

    report = await taken(written(tmp_path, as_csv([RICE, *bad, BIG_RICE])))

    assert counts(report) == (2, 0, 0, len(bad))
    assert [error.split(":")[0] for error in report.errors] == [f"line {line}" for line in range(3, 3 + len(bad))]
    assert "no SKU" in report.errors[0]


async def test_a_bad_line_of_json_stops_nobody(database: str, tmp_path: Path) -> None:
    text = as_lines([RICE]) + "{broken\n[1]\n\n" + as_lines([BIG_RICE])

    report = await taken(written(tmp_path, text))

    assert counts(report) == (2, 0, 0, 2)
    assert [error.split(":")[0] for error in report.errors] == ["line 2", "line 3"]


async def test_a_bad_row_below_a_cell_of_several_lines_is_told_with_the_line_it_begins_at(
    database: str, tmp_path: Path
) -> None:
    rows = [{"sku": "a", "description": "one\ntwo\nthree", "price": "1"}, {"sku": "b", "price": "x"}]

    report = await taken(written(tmp_path, as_csv(rows)))

    assert report.errors[0].startswith("line 5: the price 'x'")


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "not, a, catalog\n1,2,3\n", '[{"sku": "a", "name": "A"}]'])
async def test_a_file_that_is_no_catalog_is_refused_in_one_line(database: str, tmp_path: Path, text: str) -> None:
    report = await taken(written(tmp_path, text))

    assert counts(report) == (0, 0, 0, 1)
    assert "neither CSV" in report.errors[0]


async def test_a_file_that_breaks_off_gives_what_came_before(database: str, tmp_path: Path) -> None:
    rows = [{"sku": f"s{n}", "name": f"Thing {n} {n * 7919}", "price_minor": n} for n in range(5000)]
    file = written(tmp_path, as_csv(rows), "catalog.csv.gz")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    report = await taken(file)

    assert report.new > 100
    assert "breaks off" in report.errors[-1]


async def test_text_that_is_not_utf8_is_told_and_not_garbled(database: str, tmp_path: Path) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes("sku,name\nrice,五常大米\ntea,Tea\n".encode("gbk"))

    report = await taken(file)

    assert counts(report) == (1, 0, 0, 1)
    assert "save the file as UTF-8" in report.errors[0]


async def test_of_two_rows_with_one_sku_the_last_counts_and_the_first_is_told(database: str, tmp_path: Path) -> None:
    report = await taken(written(tmp_path, as_csv([RICE, BIG_RICE, {**RICE, "price_minor": 1}])))

    assert counts(report) == (2, 0, 0, 1)
    assert (await the_item("rice")).variants[0].price == Money(1, "CNY")
    assert report.errors == ["line 2: line 4 has the same SKU, and counts"]


async def test_a_thing_without_a_price_is_found_and_not_for_sale(database: str, tmp_path: Path) -> None:
    report = await taken(written(tmp_path, "product_id,name\nw1,coffee table\n"))

    assert (report.new, report.unpriced) == (1, 1)
    found = await search.find(text="coffee")
    assert [summary.price for summary in await catalog.summaries(found.items)] == [None]


async def test_a_points_price_of_nothing_gives_nothing_away(database: str, tmp_path: Path) -> None:
    await taken(written(tmp_path, as_csv([{"sku": "gift", "name": "Gift", "points_price": 0}])))

    gift = (await the_item("gift")).variants[0]
    assert (gift.points_price, gift.price) == (None, None)


async def test_a_gift_costs_points_and_no_money(database: str, tmp_path: Path) -> None:
    await taken(written(tmp_path, as_csv([{"sku": "mug", "name": "Mug", "points_price": 500, "stock": 2}])))

    mug = (await the_item("mug")).variants[0]
    assert (mug.is_gift, mug.points_price, mug.price) == (True, 500, Money(0, "CNY"))


async def test_the_counted_stock_never_falls_below_what_orders_hold(database: str, tmp_path: Path) -> None:
    await taken(written(tmp_path, as_csv([RICE])))
    rice = (await the_item("rice")).variants[0]
    await catalog.hold(variant_id=rice.id, quantity=5, order_id=1, key="order:1")
    fewer = written(tmp_path, as_csv([{**RICE, "stock": 2}]), "fewer.csv")

    assert counts(await taken(fewer)) == (0, 1, 0, 0)
    assert counts(await taken(fewer)) == (0, 0, 1, 0)

    assert (await db.rows("SELECT on_hand, held FROM stock"))[0] == {"on_hand": 5, "held": 5}


async def test_every_piece_on_hand_came_by_a_move(database: str, tmp_path: Path) -> None:
    for stock in (12, 4, 30):
        await taken(written(tmp_path, as_csv([{**RICE, "stock": stock}])))

    moved = await db.rows("SELECT kind, quantity FROM stock_move ORDER BY id")
    assert [(row["kind"], row["quantity"]) for row in moved] == [("receive", 12), ("adjust", -8), ("adjust", 26)]


async def test_an_item_with_many_choices_keeps_all_its_photos_and_the_second_run_is_quiet(
    database: str, tmp_path: Path
) -> None:
    fillers = [
        {"sku": f"f{n}", "item": f"f{n}", "name": f"Filler {n}", "photos": ""} for n in range(importing.BATCH - 1)
    ]
    shirts = [{"sku": f"s{n}", "item": "shirt", "name": "Shirt", "photos": f"http://x/{n}.jpg"} for n in range(5)]
    file = written(tmp_path, as_csv([*fillers, *shirts]))
    await taken(file)

    report = await taken(file)

    assert counts(report) == (0, 0, len(fillers) + 5, 0)
    assert len((await the_item("shirt")).photos) == 5


async def test_names_with_markup_and_hidden_characters_are_plain(database: str, tmp_path: Path) -> None:
    row = {
        "sku": "\u200ba\x00",
        "name": "<b>Tea\u202e &amp; cup</b>\x00",
        "description": "One<br>Two",
        "price_minor": 1,
    }

    await taken(written(tmp_path, as_lines([row])))

    tea = await the_item("a")
    assert (tea.names["en"], tea.descriptions["en"]) == ("Tea & cup", "One\nTwo")


async def test_shelves_are_known_by_their_path_whatever_their_name(database: str, tmp_path: Path) -> None:
    rows = [
        {"sku": "a", "name": "A", "category": "Home > 🍚 > Tea_pots"},
        {"sku": "b", "name": "B", "category": "/".join(["deep"] * 100)},
    ]

    assert counts(await taken(written(tmp_path, as_csv(rows)))) == (2, 0, 0, 0)

    assert [shelf.path for shelf in (await the_item("a")).categories] == ["home", "home/1f35a", "home/1f35a/tea-pots"]
    assert len((await the_item("b")).categories[-1].path) <= 200


async def test_plain_columns_are_in_the_language_that_is_told(database: str, tmp_path: Path) -> None:
    from storefront.catalog import Source

    await taken(written(tmp_path, as_csv([{"sku": "tea", "name": "绿茶", "price": "20"}])), Source("zh_Hans", "CNY"))

    assert (await the_item("tea")).names == {"zh_Hans": "绿茶"}


async def test_a_batch_that_fails_leaves_nothing_of_itself(database: str, tmp_path: Path) -> None:
    async def broken(_items: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        await catalog.import_rows(catalog.read_rows(written(tmp_path, as_csv([RICE]))), on_items=broken)

    assert all(not rows for rows in (await whole_catalog()).values())


async def test_json_cells_of_odd_types_are_refused_and_do_not_stop_the_import(database: str, tmp_path: Path) -> None:
    odd = [
        {"sku": "a", "price": True},
        {"sku": "b", "price_minor": [1]},
        {"sku": "c", "stock": {}},
        {"sku": ["d"], "name": 7},
    ]

    report = await taken(written(tmp_path, as_lines([*odd, RICE])))

    assert (report.new, report.refused) == (2, 3)
    assert json.loads((await db.rows("SELECT names FROM item WHERE code <> 'rice'"))[0]["names"]) == {"en": "7"}


async def test_stock_is_what_the_shelf_has(database: str, tmp_path: Path) -> None:
    await taken(written(tmp_path, as_csv([RICE, {"sku": "owed", "name": "Owed", "stock": "-3"}])))

    assert (await stock_of("rice-5"), await stock_of("owed")) == (12, 0)
