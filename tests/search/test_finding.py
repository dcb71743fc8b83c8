"""Customers find things, in their language and order, the same on each database."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from storefront import catalog, search
from storefront.catalog import Row
from storefront.kernel import db
from storefront.search import Filters, Sort
from storefront.search.facets import bands


@pytest.fixture
async def shop(database: str) -> None:
    """A few shelves."""
    await shelved(
        thing("rice", "Wuchang rice", 4690, zh_Hans="五常大米", path="food/rice", group_price_minor=3990),
        thing("millet", "Millet", 1290, zh_Hans="小米", path="food/rice", descriptions={"en": "Cook it like rice."}),
        thing("tea", "Green tea", 8800, zh_Hans="绿茶", ru="Зелёный чай", ar="شاي أخضر", path="food/tea", stock=0),
        thing("mug", "Rice-grain mug", 0, points_price=500, path="gifts"),
        thing("cloth", "100% cotton_cloth", None, path="home"),
        thing("phone", "Mi phone", 199900, zh_Hans="小米手机", brand={"en": "Xiaomi"}, path="home"),
    )


def thing(code: str, name: str, price: int | None, path: str, stock: int = 5, **told: Any) -> Row:
    names = {"en": name, **{language: told.pop(language) for language in ("zh_Hans", "ru", "ar") if language in told}}
    return Row(line=1, sku=code, item=code, names=names, price_minor=price, category=path, stock=stock, **told)


async def shelved(*rows: Row) -> None:
    report = await catalog.import_rows(list(enumerate(rows)), on_items=search.index)
    assert not report.errors


async def found(text: str = "", **wish: Any) -> list[str]:
    """The codes of what is found, in their order."""
    results = await search.find(text=text, per_page=100, **wish)
    codes = {row["id"]: row["code"] for row in await db.rows("SELECT id, code FROM item")}
    assert len(results.items) == results.total
    return [codes[item_id] for item_id in results.items]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("rice", ["rice", "mug", "millet"]),
        ("RICE", ["rice", "mug", "millet"]),
        ("大米", ["rice"]),
        ("小米手机", ["phone", "millet"]),
        ("зелёный ЧАЙ", ["tea"]),
        ("شاي", ["tea"]),
        ("xiaomi", ["phone"]),
        ("green tea", ["tea"]),
        ("nothing of the kind", []),
    ],
)
async def test_words_are_found_in_every_language_names_first(shop: None, text: str, codes: list[str]) -> None:
    assert await found(text) == codes


async def test_when_nothing_has_all_words_what_has_some_is_shown_and_said(shop: None) -> None:
    results = await search.find(text="green rice")

    assert results.relaxed
    assert results.total == 4


async def test_of_equals_what_was_ordered_more_of_late_comes_first_and_of_others_never(database: str) -> None:
    names = {"a": "Green tea", "b": "Green tea", "cup": "Green cup for tea"}
    await shelved(*(thing(code, name, 100, path="food") for code, name in names.items()))
    ids = {row["code"]: row["id"] for row in await db.rows("SELECT id, code FROM item")}
    before = await found("green tea")
    for item_id in (ids["b"], *[ids["cup"]] * 50):
        await search.note_ordered(item_ids=[item_id])
    after = await found("green tea")
    await db.execute("UPDATE search_ordered SET week = week - 13")
    await search.forget()

    assert before == ["a", "b", "cup"]
    assert after == ["b", "a", "cup"]
    assert await found("green tea") == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("xiaomi phone", ["xiaomi"]),
        ("  手机， XIAOMI！", ["XIAOMI"]),
        ("小米 手机", ["小米"]),
        ("xiaomi phone under 5000", ["xiaomi"]),
        ("xiaomi rice", []),
        ("xiaomi", []),
        ("phone home", ["home"]),
        ("xiaomi phone home", ["xiaomi", "home"]),
        ("rice home", []),
        ("100%", []),
        ("", []),
    ],
)
async def test_a_brand_or_a_shelf_is_named_where_something_of_it_has_the_other_words(
    shop: None, text: str, told: list[str]
) -> None:
    await shelved(
        thing("radio", "Radio", 9900, zh_Hans="收音机", brand={"en": "Xiaomi", "zh_Hans": "小米"}, path="gifts")
    )

    assert [text[chip.start : chip.end] for chip in await search.named(text)] == told


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("rice under 20", ["millet"]),
        ("50以内", ["rice", "millet"]),
        ("20-50元 大米", ["rice"]),
        ("от 50 до 100", ["tea"]),
        ("over 50", ["phone", "tea"]),
        ("over 50 in stock", ["phone"]),
        ("最便宜的大米", ["rice"]),
        ("cheapest rice", ["millet", "rice", "mug"]),
        ("newest rice", ["mug", "millet", "rice"]),
        ("500 points", ["mug"]),
        ("499 points", []),
    ],
)
async def test_what_the_sentence_wishes_is_kept(shop: None, text: str, codes: list[str]) -> None:
    assert await found(text) == codes


async def test_an_order_that_is_chosen_goes_before_the_one_in_the_sentence(shop: None) -> None:
    assert await found("cheapest rice", sort=Sort.PRICE_DOWN) == ["rice", "millet", "mug"]


async def test_a_part_in_points_makes_the_rest_smaller(database: str) -> None:
    await shelved(
        thing("half", "Lamp", 1500, path="home", points_cap=1000),
        thing("little", "Lamp", 1500, path="home", points_cap=100),
        thing("gift", "Lamp", 0, path="home", points_price=500),
    )

    assert await found("lamp 500积分+10元") == ["half", "gift"]
    assert await found("lamp 400积分+10元") == []
    assert await found("lamp 40积分+10元", point_minor=20) == ["half", "little"]


async def test_a_size_is_found_however_it_is_written(database: str) -> None:
    await shelved(
        thing("five", "Rice 5 kg", 4690, zh_Hans="大米10斤", path="food"), thing("four", "Rice 4kg", 1, path="food")
    )

    for text in ("rice 5kg", "大米 10斤", "rice 5 кг", "rice 5000 g"):
        assert (await found(text))[0] == "five"
    assert (await found("rice 8斤"))[0] == "four"


async def test_no_dear_and_cheap_variant_make_up_a_price_between_them(database: str) -> None:
    cheap, dear = (thing("tea", "Tea", price, path="food") for price in (1000, 9000))
    await shelved(cheap, replace(dear, sku="tea-2"))

    assert await found("tea 20-50") == []
    assert await found("tea 5-50") == ["tea"]


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        (Filters(in_stock=True), {"rice", "millet", "mug", "cloth", "phone"}),
        (Filters(gifts=True), {"mug"}),
        (Filters(groups=True), {"rice"}),
        (Filters(price_max_hundredths=4690), {"rice", "millet"}),
        (Filters(groups=True, gifts=True), set()),
    ],
)
async def test_a_filter_leaves_only_what_fits(shop: None, filters: Filters, codes: set[str]) -> None:
    assert set(await found(filters=filters)) == codes


async def test_what_can_be_chosen_is_counted(shop: None) -> None:
    everything = (await search.find(facets=True)).facets
    rice = (await search.find(text="rice", facets=True)).facets

    assert everything is not None
    assert rice is not None
    assert (everything.in_stock, everything.gifts, everything.groups) == (5, 1, 1)
    assert sum(band.count for band in everything.bands) == 4
    assert sorted(everything.brands.values()) == [1]
    assert sorted(everything.categories.values()) == [1, 1, 2, 2]
    assert (rice.in_stock, rice.gifts, rice.groups) == (3, 1, 1)
    brand_id = next(iter(everything.brands))
    assert await found(filters=Filters(brand_id=brand_id)) == ["phone"]
    assert await found(filters=Filters(price_min_hundredths=9_000)) == ["phone"]


def test_prices_come_in_round_bands() -> None:
    told = bands([990, 1290, 2490, 4690, 8800, 12_000, 45_000, 199_900])

    assert [(band.low_minor, band.high_minor, band.count) for band in told] == [
        (0, 2_000, 2),
        (2_000, 10_000, 3),
        (10_000, 50_000, 2),
        (50_000, None, 1),
    ]
    assert bands([]) == []
    assert [band.count for band in bands([500] * 9)] == [9]


async def test_a_shelf_shows_what_lies_on_the_shelves_below(shop: None) -> None:
    food = next(shelf for shelf in await catalog.categories() if shelf.path == "food")

    assert set(await found(filters=Filters(category_id=food.id))) == {"rice", "millet", "tea"}
    assert await found("rice", filters=Filters(category_id=food.id)) == ["rice", "millet"]


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        (Sort.PRICE_UP, ["millet", "rice", "tea", "phone", "mug", "cloth"]),
        (Sort.PRICE_DOWN, ["phone", "tea", "rice", "millet", "mug", "cloth"]),
        (Sort.NEWEST, ["phone", "cloth", "mug", "tea", "millet", "rice"]),
        (Sort.BEST, ["rice", "millet", "mug", "cloth", "phone", "tea"]),
    ],
)
async def test_results_come_in_the_order_that_was_asked_for(shop: None, sort: Sort, codes: list[str]) -> None:
    assert await found(sort=sort) == codes


async def test_pages_show_each_thing_once_and_end(shop: None) -> None:
    pages = [await search.find(text="", page=page, per_page=4) for page in (1, 2)]

    assert [page.pages for page in pages] == [2, 2]
    shown = [item_id for page in pages for item_id in page.items]
    assert len(shown) == len(set(shown)) == 6
    assert (await search.find(text="", page=99, per_page=4)).page == 2
    assert (await search.find(text="", page=-5, per_page=4)).page == 1


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "_",
        "!%",
        "100%",
        "cotton_cloth",
        "' OR 1=1 --",
        '"',
        "\\",
        "\x00",
        "a\x00b",
        "\ud83d",
        "🍚🍚",
        "\u200b\u202e",
        "x" * 10_000,
    ],
)
async def test_no_text_is_harmful_or_slow(shop: None, text: str) -> None:
    began = time.perf_counter()

    results = await search.find(text=text)

    assert results.total <= 6
    assert time.perf_counter() - began < 1


async def test_a_percent_sign_matches_nothing_but_itself(shop: None) -> None:
    assert await found("100%") == ["cloth"]


async def test_what_is_renamed_or_withdrawn_is_found_accordingly(shop: None) -> None:
    await shelved(thing("millet", "Foxtail", 1290, path="food/rice"))
    await db.execute("UPDATE item SET withdrawn_at = 1 WHERE code = 'rice'")

    assert await found("foxtail") == ["millet"]
    assert await found("wuchang") == []


async def test_a_search_is_remembered_for_its_person_only(database: str) -> None:
    from storefront import people
    from storefront.kernel.errors import NotFound

    ann, bob = [(await people.welcome(name=name, language="en")).id for name in ("Ann", "Bob")]
    chosen = Filters(brand_id=3, price_max_hundredths=5000, origins={"en": "Wuchang", "zh_Hans": "五常"})
    number = await search.remember(person_id=ann, text="大米 50以内\x00", filters=chosen)

    assert await search.recall(person_id=ann, searched_id=number) == search.Searched("大米 50以内", chosen)
    for person_id, searched_id in ((bob, number), (ann, number + 1)):
        with pytest.raises(NotFound):
            await search.recall(person_id=person_id, searched_id=searched_id)


async def test_twenty_thousand_things_are_searched_quickly_and_others_go_on_meanwhile(database: str) -> None:
    await shelved(*(thing(f"t{n}", f"Thing {n} of tin {n % 7}", n, path=f"shelf-{n % 30}") for n in range(20_000)))
    longest, done = 0.0, asyncio.Event()

    async def others() -> None:
        nonlocal longest
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    beside = asyncio.create_task(others())
    began = time.perf_counter()
    async with db.tx():
        results = await search.find(text="thing tin 3")
    took = time.perf_counter() - began
    done.set()
    await beside

    assert results.total >= 2_857
    assert took < 2
    assert longest < took / 2 + 0.02
