"""The most points that one customer may use in place of money a day."""

import asyncio
from collections.abc import Iterator

import pytest

from storefront import cart, orders, points
from storefront.kernel import clock, db
from storefront.points import OverSpendLimit, Terms
from tests.points.people import Had, found, give, has, outcome, somebody
from tests.support.market import POLICY, Market, asked, books, drafted, given, placed, stocked

LIMIT = 300


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    """The operator allows 300 a day."""
    before = points.terms()
    points.use_terms(Terms(spend_daily=LIMIT))
    yield
    points.use_terms(before)


async def hold(person_id: int, order_id: int, amount: int) -> str:
    return await outcome(points.hold(person_id=person_id, order_id=order_id, points=amount, for_money=amount))


async def test_what_is_beyond_the_days_limit_is_refused_with_what_is_left(database: str) -> None:
    ann = await somebody()
    await give(ann, 1000)
    await points.hold(person_id=ann, order_id=1, points=200, for_money=200)

    with pytest.raises(OverSpendLimit) as refused:
        await points.hold(person_id=ann, order_id=2, points=101, for_money=101)

    assert (refused.value.facts, await points.spendable(ann)) == ({"n": 100}, 100)
    assert await has(ann) == Had(800, 200)
    assert await found() == []


async def test_an_order_that_lapses_gives_its_part_of_the_day_back(database: str) -> None:
    ann = await somebody()
    await give(ann, 1000)
    await points.hold(person_id=ann, order_id=1, points=300, for_money=300)

    await points.release(person_id=ann, order_id=1, cause="not paid in time")

    assert await points.spendable(ann) == LIMIT


async def test_the_next_day_has_a_limit_of_its_own(database: str) -> None:
    ann = await somebody()
    await give(ann, 1000)
    await points.hold(person_id=ann, order_id=1, points=300, for_money=300)
    today = await points.spendable(ann)

    await db.execute("UPDATE point_spending SET day = day - 1")

    assert (today, await points.spendable(ann)) == (0, LIMIT)


async def test_twenty_orders_at_once_never_use_more_than_the_limit(database: str) -> None:
    ann = await somebody()
    await give(ann, 10_000)

    told = await asyncio.gather(*(hold(ann, order_id, 100) for order_id in range(20)))

    assert (told.count("done"), told.count("OverSpendLimit")) == (3, 17)
    assert await has(ann) == Had(9700, 300)
    assert await found() == []


async def test_orders_that_only_look_before_they_count_use_more_than_the_limit(database: str) -> None:
    ann, all_have_looked = await somebody(), asyncio.Barrier(4)

    async def look_then_count(order_id: int) -> bool:
        left = await points.spendable(ann)
        await all_have_looked.wait()
        if left is None or left < 100:
            return False
        await db.execute(
            "INSERT INTO point_spending (order_id, person_id, day, points) VALUES (?, ?, ?, 100)",
            *(order_id, ann, clock.now() // clock.DAY),
        )
        return True

    assert await asyncio.gather(*(look_then_count(order_id) for order_id in range(4))) == [True] * 4


async def test_the_summary_offers_what_the_day_leaves_and_gifts_are_free_of_it(market: Market) -> None:
    rice, gift = await stocked("rice", points_cap=2000), await stocked("gift", price=0, points_price=600)
    await given(market.ann, 2000)
    await placed(await drafted(market.ann, gift), "points")

    first = await drafted(market.ann, rice, use=2000)
    await asked(first)
    second = await drafted(market.ann, rice, use=2000)

    assert (first.price.points, first.points_today) == (LIMIT, LIMIT)
    assert (second.price.points, second.points_today) == (0, 0)
    assert await books() == []


async def test_a_summary_from_before_the_limit_was_used_up_is_shown_anew(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2000)
    old, other = await drafted(market.ann, rice, use=300), await drafted(market.ann, rice, use=300)
    await asked(other)

    with pytest.raises(cart.StaleCheckout):
        await asked(old, amount=old.total.minor)

    anew = await cart.change(person_id=market.ann, checkout_id=old.id, policy=POLICY)
    assert (anew.price.points, (await orders.mine(person_id=market.ann, page=1))[0][0].points) == (0, 300)
