"""A coupon's minimum that a return loses: the order's own rule says what comes back, and all pieces bring back all."""

from dataclasses import replace

import pytest

from storefront import cart, orders, payments, promotions
from tests.promotions.offers import coupon
from tests.support.market import HOLD_MS, POLICY, Market, books, charged, stocked


async def six_with_ten_percent(market: Market, after_return: str) -> orders.Order:
    policy = replace(POLICY, after_return=after_return)
    tea = await stocked("tea", price=5000)
    await promotions.collect(person_id=market.ann, code=await coupon("TEN", minimum_minor=30_000))
    draft = await cart.draft(person_id=market.ann, policy=policy, variant_id=tea, quantity=6)
    order = await orders.place(
        person_id=market.ann,
        checkout_id=draft.id,
        revision=draft.revision,
        provider="demo",
        policy=policy,
        hold_ms=HOLD_MS,
    )
    await charged(draft)
    await payments.advance()
    return await orders.find(order.id)


async def back(order: orders.Order, pieces: int, key: str) -> int:
    wish = {order.lines[0].id: pieces}
    _, quoted = await payments.quote(order_id=order.id, pieces=wish)
    note = await payments.credit(order_id=order.id, pieces=wish, key=key, actor="staff:1", cause="returned")
    assert note.money == quoted
    return note.money.minor


@pytest.mark.parametrize(("after_return", "first", "last"), [("keep", 22_500, 4_500), ("withdraw", 22_000, 5_000)])
async def test_five_of_six_come_back_by_the_rule_and_the_sixth_brings_the_rest(
    market: Market, after_return: str, first: int, last: int
) -> None:
    order = await six_with_ten_percent(market, after_return)

    assert order.total.minor == 27_000
    assert [await back(order, 5, "1"), await back(order, 1, "2")] == [first, last]
    assert await books() == []


async def test_single_pieces_come_to_what_was_paid_whatever_is_withheld_between(market: Market) -> None:
    order = await six_with_ten_percent(market, "withdraw")

    given_back = [await back(order, 1, f"{n}") for n in range(6)]

    assert given_back == [2_000, 5_000, 5_000, 5_000, 5_000, 5_000]
    assert sum(given_back) == order.total.minor
    assert await books() == []


async def test_an_order_keeps_the_minimum_that_its_coupon_had_that_day(market: Market) -> None:
    order = await six_with_ten_percent(market, "withdraw")
    await coupon("TEN", minimum_minor=0)

    assert await back(order, 5, "1") == 22_000
