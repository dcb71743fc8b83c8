"""What customers look at: an item, a page of results, the tree of categories."""

import pytest

from storefront import catalog
from storefront.catalog import Row
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money


async def shelved(*rows: Row) -> None:
    async def nobody_cares(_items: object) -> None: ...

    report = await catalog.import_rows(list(enumerate(rows)), on_items=nobody_cares)
    assert not report.errors


def thing(
    sku: str,
    item: str = "",
    path: str | None = None,
    price: int | None = 100,
    stock: int = 1,
    points: int | None = None,
) -> Row:
    return Row(
        line=1, sku=sku, item=item or sku, names={"en": sku}, category=path, price_minor=price, stock=stock, points_price=points
    )  # fmt: skip


async def ids() -> dict[str, int]:
    return {row["code"]: int(row["id"]) for row in await db.rows("SELECT code, id FROM item")}


async def test_a_page_of_results_keeps_its_order_and_shows_the_cheapest_choice(database: str) -> None:
    await shelved(thing("big", "rice", price=8690, stock=3), thing("small", "rice", price=4690, stock=4), thing("tea"))
    number = await ids()

    tea, rice = await catalog.summaries([number["tea"], 10**9, number["rice"]])

    assert (tea.id, rice.id) == (number["tea"], number["rice"])
    assert (rice.price, rice.variants, rice.available) == (Money(4690, "CNY"), 2, 7)


async def test_nobody_sees_what_was_withdrawn(database: str) -> None:
    await shelved(thing("big", "rice"), thing("small", "rice"), thing("tea"))
    number = await ids()
    await db.execute("UPDATE item SET withdrawn_at = 1 WHERE code = 'tea'")
    await db.execute("UPDATE variant SET withdrawn_at = 1 WHERE sku = 'big'")

    with pytest.raises(NotFound):
        await catalog.item(number["tea"])
    assert [one.sku for one in (await catalog.item(number["rice"])).variants] == ["small"]
    assert await catalog.summaries([number["tea"]]) == []
    withdrawn = [int(row["id"]) for row in await db.rows("SELECT id FROM variant WHERE sku <> 'small'")]
    assert await catalog.variants(withdrawn) == []
    with pytest.raises(NotFound):
        await catalog.variant(withdrawn[0])


@pytest.mark.parametrize("number", [0, -1, 2**62])
async def test_a_number_that_names_nothing_is_not_found(database: str, number: int) -> None:
    for look in (catalog.item, catalog.variant, catalog.category):
        with pytest.raises(NotFound):
            await look(number)


async def test_a_shelf_counts_what_lies_on_the_shelves_below(database: str) -> None:
    await shelved(thing("rice", path="food/rice"), thing("millet", path="food/rice"), thing("tea", path="food/tea"))
    await shelved(thing("cup", path="home"), thing("foodie", path="food-books"))

    top = await catalog.categories()

    assert [(shelf.path, shelf.items) for shelf in top] == [("food", 3), ("home", 1), ("food-books", 1)]
    below = await catalog.categories(top[0].id)
    assert [(shelf.path, shelf.items) for shelf in below] == [("food/rice", 2), ("food/tea", 1)]
    assert await catalog.category(below[0].id) == below[0]


async def test_an_empty_shelf_is_not_shown(database: str) -> None:
    await shelved(thing("rice", path="food"))
    await db.execute("UPDATE item SET withdrawn_at = 1")

    assert await catalog.categories() == []
