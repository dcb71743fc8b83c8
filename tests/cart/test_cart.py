"""The cart: what a customer wants, kept as rows, within limits."""

import asyncio

import pytest

from storefront import cart, catalog
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from tests.support.market import Market, customer, stocked


async def inside(person_id: int) -> dict[str, int]:
    return {line.variant.sku: line.quantity for line in await cart.lines(person_id)}


async def add(person_id: int, variant_id: int, quantity: int = 1, key: str = "k") -> int:
    return await cart.add(person_id=person_id, variant_id=variant_id, quantity=quantity, key=key)


async def test_a_button_that_is_pressed_twice_adds_once(market: Market) -> None:
    rice = await stocked("rice")

    together = [await add(market.ann, rice, 2, key) for key in ("one", "one", "two")]

    assert together == [2, 2, 4]
    assert await inside(market.ann) == {"rice": 4}


async def test_a_button_that_is_pressed_ten_times_at_once_adds_once(market: Market) -> None:
    rice = await stocked("rice")

    await asyncio.gather(*(add(market.ann, rice) for _ in range(10)))

    assert await inside(market.ann) == {"rice": 1}


async def test_the_same_key_of_another_customer_is_another_wish(market: Market) -> None:
    rice = await stocked("rice")
    await add(market.ann, rice)

    await add(market.bob, rice)

    assert await inside(market.bob) == {"rice": 1}


async def test_more_than_there_is_does_not_go_in_and_the_wish_may_be_made_again(market: Market) -> None:
    tea = await stocked("tea", pieces=3)
    await add(market.ann, tea, 2, "first")

    with pytest.raises(catalog.OutOfStock) as refused:
        await add(market.ann, tea, 2, "second")

    assert refused.value.facts["n"] == 3
    assert await inside(market.ann) == {"tea": 2}
    assert await add(market.ann, tea, 1, "second") == 3


async def test_what_is_sold_out_not_priced_or_gone_does_not_go_in(market: Market) -> None:
    sold_out, unpriced = await stocked("tea", pieces=0), await stocked("new", price=None)

    with pytest.raises(catalog.SoldOut):
        await add(market.ann, sold_out)
    with pytest.raises(cart.NotForSale):
        await add(market.ann, unpriced)
    with pytest.raises(NotFound):
        await add(market.ann, 4711)


async def test_at_most_99_of_a_thing_also_when_two_tabs_add_at_once(market: Market) -> None:
    rice = await stocked("rice", pieces=1000)

    told = await asyncio.gather(*(add(market.ann, rice, 60, f"tab {n}") for n in (1, 2)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in told) == ["TooManyPieces", "int"]
    assert await inside(market.ann) == {"rice": 60}


async def test_at_most_50_different_things(market: Market) -> None:
    things = [await stocked(f"thing {number}") for number in range(51)]
    for number, thing in enumerate(things[:50]):
        await add(market.ann, thing, key=f"{number}")

    with pytest.raises(cart.CartFull):
        await add(market.ann, things[50], key="one more")

    assert await cart.count(market.ann) == 50
    assert await add(market.ann, things[0], key="more of the same") == 2


async def test_a_quantity_is_set_changed_and_set_to_none(market: Market) -> None:
    rice, tea = await stocked("rice"), await stocked("tea")
    await add(market.ann, rice, key="rice")
    await add(market.ann, tea, key="tea")

    await cart.set_quantity(person_id=market.ann, variant_id=rice, quantity=5)
    await cart.set_quantity(person_id=market.ann, variant_id=tea, quantity=0)

    assert await inside(market.ann) == {"rice": 5}
    with pytest.raises(catalog.OutOfStock):
        await cart.set_quantity(person_id=market.ann, variant_id=rice, quantity=11)


async def test_a_cart_is_emptied_and_nobody_elses(market: Market) -> None:
    rice = await stocked("rice")
    await add(market.ann, rice)
    await add(market.bob, rice)

    await cart.clear(person_id=market.ann)

    assert (await inside(market.ann), await inside(market.bob)) == ({}, {"rice": 1})


async def test_the_cart_tells_what_is_there_now(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    await add(market.ann, rice, 5)
    await stocked("rice", pieces=3, price=5000)

    (line,) = await cart.lines(market.ann)

    assert (line.quantity, line.variant.available) == (5, 3)
    assert line.variant.price is not None
    assert line.variant.price.minor == 5000


async def test_two_accounts_that_are_one_have_one_cart(market: Market) -> None:
    rice, tea = await stocked("rice"), await stocked("tea")
    await add(market.ann, rice, 2, "a")
    await add(market.bob, rice, 3, "b")
    await add(market.bob, tea, 1, "c")

    await cart.follow(from_person_id=market.bob, to_person_id=market.ann)

    assert await inside(market.ann) == {"rice": 2, "tea": 1}
    assert await inside(market.bob) == {}


async def test_what_is_left_goes_in_and_no_more(market: Market) -> None:
    tea, ann = await stocked("tea", pieces=3), market.ann

    told = [
        await cart.add_what_is_left(person_id=ann, variant_id=tea, quantity=5, key="one"),
        await cart.add_what_is_left(person_id=ann, variant_id=tea, quantity=2, key="two"),
        await cart.add_what_is_left(person_id=ann, variant_id=4711, quantity=2, key="three"),
    ]

    assert told == [3, 2, 0]
    assert await inside(ann) == {"tea": 3}


async def test_a_cart_survives_the_database_being_closed_and_opened(market: Market, database: str) -> None:
    rice = await stocked("rice")
    await add(market.ann, rice)

    await db.disconnect()
    await db.connect(database)

    assert await inside(market.ann) == {"rice": 1}


async def test_a_stranger_has_an_empty_cart(market: Market) -> None:
    assert await cart.lines(await customer("Li", 3)) == []
