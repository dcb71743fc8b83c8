"""The first page: everything the shop has, found, sorted and turned page by page."""

from urllib.parse import quote

import pytest

from storefront.kernel import db
from tests.groupbuy.groups import campaign
from tests.web.conftest import Shop, stock


async def test_the_first_page_shows_shelves_things_and_the_way_into_the_chat(shop: Shop) -> None:
    page = await shop.read("/")

    assert "Ann&#39;s &amp; Bob&#39;s" in page
    assert "Local produce" in page
    assert f'href="/i/{shop.items["Wuchang rice"]}"' in page
    assert f'src="/files/{shop.photo}"' in page
    assert 'href="/chat/"' in page


async def test_prices_are_told_as_they_can_be_paid(shop: Shop) -> None:
    page = await shop.read("/")

    assert "CN¥46.90" in page
    assert "or CN¥26.90 and 2,000 points" in page
    assert "in a group" not in page, "the catalog names a price, but no groups are opened"
    assert "1,200 points" in page


async def test_a_price_together_is_told_while_groups_are_opened_for_it(shop: Shop) -> None:
    item = f"/i/{shop.items['Wuchang rice']}"
    before = await shop.read(item)
    await campaign("rice-5", price_minor=3790)
    during = [await shop.read(address) for address in ("/", item)]
    await db.execute("UPDATE group_campaign SET ends_at = starts_at + 1")
    after = [await shop.read(address) for address in ("/", item)]

    assert all("in a group CN¥37.90" in page for page in during)
    assert all("in a group" not in page for page in [before, *after])


async def test_the_last_pieces_and_what_is_sold_out_are_told(shop: Shop) -> None:
    assert "3 left" in await shop.read(f"/i/{shop.items['Wuchang rice']}")
    assert "sold out" in await shop.read("/?q=pan")


async def test_a_search_finds_by_name_and_reads_a_price_limit(shop: Shop) -> None:
    page = await shop.read("/?q=rice+under+50")

    assert "1 thing found for “rice under 50”" in page
    assert "up to CN¥50.00" in page
    assert "Wuchang rice" in page
    assert "Iron pan" not in page
    assert 'value="rice under 50"' in page


async def test_a_word_that_was_taken_for_another_one_is_said_with_a_link_to_what_was_typed(shop: Shop) -> None:
    page = await shop.read("/?q=wuchnag&sort=up")

    assert "Nothing here is called “wuchnag”; this is for “wuchang”." in page
    assert 'href="/?q=wuchnag&amp;sort=up&amp;typed=1"' in page
    assert "Wuchang rice" not in await shop.read("/?q=wuchnag&typed=1")


async def test_a_search_without_a_find_says_what_to_do_next(shop: Shop) -> None:
    page = await shop.read("/?q=unicorn")

    assert "Try another word, or open the chat and ask." in page
    assert "0 things found" in page


async def test_a_shelf_shows_its_things_and_the_shelves_below(shop: Shop) -> None:
    first = await shop.read("/")
    shelf = first.split('href="/?category=')[1].split('"')[0]

    page = await shop.read(f"/?category={shelf}")

    assert "<h1>\nLocal produce\n</h1>" in page
    assert "Rice <span" in page
    assert "Wuchang rice" in page
    assert "Iron pan" not in page


async def test_the_cheapest_come_first_when_asked(shop: Shop) -> None:
    cheapest = await shop.read("/?sort=up")
    dearest = await shop.read("/?sort=down")

    assert cheapest.index("Wuchang rice") < cheapest.index("Iron pan")
    assert dearest.index("Iron pan") < dearest.index("Wuchang rice")
    assert 'href="/?sort=up" aria-current="true"' in cheapest


async def test_many_things_come_page_by_page(shop: Shop) -> None:
    bowls = [
        {"sku": f"bowl-{n}", "name": f"Bowl {n:02}", "category": "bowls", "price_minor": n, "stock": 9}
        for n in range(1, 31)
    ]
    await stock(shop.folder, bowls)

    first = await shop.read("/?q=bowl&sort=up")
    second = await shop.read("/?q=bowl&sort=up&page=2")

    assert ("Bowl 24" in first, "Bowl 25" in first) == (True, False)
    assert ("Bowl 24" in second, "Bowl 25" in second) == (False, True)
    assert 'rel="next" href="/?q=bowl&amp;sort=up&amp;page=2"' in first
    assert 'rel="prev" href="/?q=bowl&amp;sort=up"' in second
    assert "Page 2 of 2" in await shop.read("/?q=bowl&sort=up&page=999999999999999")


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "٣", "9" * 30])
async def test_a_page_number_that_is_none_opens_the_first_page(shop: Shop, page: str) -> None:
    assert "Wuchang rice" in await shop.read(f"/?page={quote(page)}&sort={quote(page)}")


@pytest.mark.parametrize(
    "typed",
    ["\x00", "🍚" * 100, "<script>alert(1)</script>", "\u202eecir", "%", "_", "' OR 1=1 --", "x" * 5000, "a b " * 400],
    ids=["null", "emoji", "markup", "right-to-left override", "percent", "underscore", "sql", "long", "many words"],
)
async def test_whatever_is_typed_is_answered(shop: Shop, typed: str) -> None:
    page = await shop.read(f"/?q={quote(typed)}")

    assert "<script" not in page
    assert 'role="search"' in page


async def test_bytes_that_are_no_text_are_answered(shop: Shop) -> None:
    async with shop.client.get("/", params="q=%ED%A0%80%FF") as response:
        assert response.status == 200


@pytest.mark.parametrize("shelf", ["404", "999999999999999"])
async def test_a_shelf_that_is_gone_says_what_to_do_next(shop: Shop, shelf: str) -> None:
    async with shop.client.get(f"/?category={shelf}") as response:
        assert response.status == 404
        assert "That is not here any more." in await response.text()
