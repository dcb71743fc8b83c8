"""Searching and looking around: one message, changed in place, however much she turns, sorts and filters."""

from storefront import catalog, search
from storefront.catalog import Row
from tests.journeys.conftest import OpenShop
from tests.journeys.test_groups import campaign
from tests.support.visitor import Message, Visitor, labels, text_of


async def test_results_turn_sort_and_filter_in_one_message(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await _nine_lamps_of_which_one_is_sold_out()
        results = await ann.say("lamp")
        number = results["message_id"]
        assert "9 things found · lamp" in text_of(results)
        assert labels(results)[:7] == ["1", "2", "3", "4", "5", "6", "More ›"]

        second = await ann.press("More ›")
        assert "Page 2 of 2" in text_of(second)
        assert labels(second)[:4] == ["1", "2", "3", "‹ Previous"]
        cheapest = await ann.press("Sort: best first")
        assert "CN¥10.00" in text_of(cheapest).splitlines()[1]
        dearest = await ann.press("Sort: cheapest first")
        assert "CN¥90.00" in text_of(dearest).splitlines()[1]
        there = await ann.press("In stock")
        assert "8 things found" in text_of(there)
        item = await ann.press("1")
        assert text_of(item).startswith("Lamp 9")
        back = await ann.press("‹ Back")
        assert text_of(back) == text_of(there)
        shelves = await ann.press("‹ Shelves")

        changed = (second, cheapest, dearest, there, item, back, shelves)
        assert [message["message_id"] for message in changed] == [number] * 7
        assert len([message for message in await ann.history() if message["from"]["is_bot"]]) == 1


async def test_what_is_chosen_among_results_is_shown_and_taken_back_in_the_same_message(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await _lamps_of_two_brands()
        results = await ann.say("lamp")
        listed = await ann.press("Filters")
        bright = await ann.press("Bright · 3")
        await ann.press("Filters")
        there = await ann.press("in stock · 2")
        dear = await ann.press("Filters")
        one = await ann.press("📍 Yiwu · 1")
        without_brand = await ann.press("✕ Bright")
        again = await ann.press("✕ Yiwu")
        await ann.press("Filters")
        band = await ann.press("CN¥20.00 and more · 3")

        offered = [
            "🗂 Lamps · 4",
            "🗂 Gifts · 1",
            "Bright · 3",
            "Dim · 2",
            "📍 Yiwu · 2",
            "in stock · 4",
            "with a group price · 1",
        ]
        assert [label for label in labels(listed) if "CN¥" not in label] == [*offered, "‹ Back"]
        assert labels(bright)[0] == "✕ Bright"
        assert "3 things found" in text_of(bright)
        assert "2 things found" in text_of(there)
        assert not [label for label in labels(dear) if label.startswith(("Bright", "Dim", "in stock"))]
        assert labels(one)[:2] == ["✕ Bright", "✕ Yiwu"]
        assert "1 thing found" in text_of(one)
        assert labels(without_brand)[0] == "✕ Yiwu"
        assert "4 things found" in text_of(again), "only what is in stock is still wished"
        assert labels(band)[0] == "✕ CN¥20.00 and more"
        changed = (listed, bright, there, dear, one, without_brand, again, band)
        assert {message["message_id"] for message in changed} == {results["message_id"]}


async def test_shelves_lead_to_an_item_with_its_price_alone_and_with_friends(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await campaign()
        await campaign(code="RICE-10", sku="rice-10", price_minor=7990, size=3)
        await ann.say("/menu")
        await ann.press("Browse")
        await ann.press("Local produce")
        results = await ann.press("Rice")
        assert text_of(results).splitlines()[1] == "1 Wuchang rice · CN¥46.90"
        assert results["photo"]

        small = await ann.press("1")
        big = await ann.press("10 kg")
        two = await ann.press("+")

        assert _prices(small) == "CN¥46.90 · CN¥39.90 together with 1 more person"
        assert _prices(big) == "CN¥86.90 · CN¥79.90 together with 2 more people"
        assert "2 pieces: CN¥173.80" in text_of(two)
        assert "Buy CN¥173.80" in labels(two)


async def test_pressing_into_cart_twice_on_purpose_adds_two(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")

        await ann.press("+ Cart")
        await ann.press("+ Cart")

        assert ann.toast == "In your cart: 2 pieces."
        assert "‹ Back" in labels((await ann.history())[-1]), "the way back to the results is kept"


async def _nine_lamps_of_which_one_is_sold_out() -> None:
    rows = [
        (
            n,
            Row(
                line=n,
                sku=f"lamp-{n}",
                item=f"lamp-{n}",
                names={"en": f"Lamp {n}"},
                price_minor=n * 1000,
                stock=int(n != 5),
            ),
        )
        for n in range(1, 10)
    ]
    report = await catalog.import_rows(rows, on_items=search.index)
    assert not report.errors


async def _lamps_of_two_brands() -> None:
    rows = [
        Row(
            line=n,
            sku=f"lamp-{n}",
            item=f"lamp-{n}",
            names={"en": f"Lamp {n}"},
            brand={"en": "Bright" if n % 2 else "Dim"},
            origins={"en": "Yiwu"} if n < 3 else {},
            category="lamps" if n < 5 else "gifts",
            category_names={"en": ["Lamps" if n < 5 else "Gifts"]},
            price_minor=n * 1000,
            group_price_minor=900 if n == 2 else None,
            stock=int(n != 5),
        )
        for n in range(1, 6)
    ]
    report = await catalog.import_rows(list(enumerate(rows)), on_items=search.index)
    assert not report.errors


def _prices(card: Message) -> str:
    return next(line for line in text_of(card).splitlines() if "together with" in line)
