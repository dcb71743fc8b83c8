"""A merchant is owed what his things were sold for, less the commission of their day; what comes back is owed no more."""

import asyncio

import pytest

from storefront import ledger, merchants, payments, staff, support
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.ledger import Posting
from tests.merchants.selling import FARM, basket, completed, credit, for_stars, in_accounts, pay, rates, sold, sorry
from tests.support.market import Market, asks_all_to_succeed, books, bought, drafted, stocked


async def test_each_merchant_is_owed_the_price_that_money_and_points_paid_less_the_commission_of_the_day(
    market: Market,
) -> None:
    await rates(green_farm=800)
    order = await basket(market.ann)
    await rates(green_farm=9000, kiln=9000)
    before = await in_accounts()

    await completed(order)

    # 9380 of rice at 8 %; the cup's 900 points are worth 900, at the shop's 5 %; 8880 of money came in.
    assert before == {"gateway:demo": -8880}
    assert await in_accounts() == {
        "merchant_payable green-farm": 8630,
        "commission green-farm": 750,
        "merchant_payable kiln": 855,
        "commission kiln": 45,
        "revenue": 8880 - 9380 - 900,
        "gateway:demo": -8880,
    }
    assert await books() == []


async def test_what_comes_back_before_and_after_completion_is_owed_no_more_and_payments_are_netted(
    market: Market,
) -> None:
    await rates(green_farm=800)
    order = await basket(market.ann)
    await credit(order, 0, 1, "before")
    order = await completed(order)
    once = await in_accounts()

    assert (once["merchant_payable green-farm"], once["commission green-farm"]) == (4315, 375)
    assert await pay(4315, "march")
    assert not await pay(4315, "march")
    await credit(order, 0, 1, "after")
    await credit(order, 1, 1, "the cup")
    await credit(order, 2, 1, "the tea")

    told = await in_accounts()
    assert told == {"merchant_payable green-farm": -4315, "bank": 4315, "to_refund": 8880, "gateway:demo": -8880}
    await sold(market.bob, 10_000)
    assert [
        (one.merchant.code, one.owed_minor, one.commission_minor, one.paid_minor) for one in await merchants.owed()
    ] == [
        (FARM, 9200 - 4315, 800, 4315),
        ("kiln", 0, 0, 0),
    ]
    with pytest.raises(merchants.MoreThanOwed) as refused:
        await pay(4886, "april")
    assert refused.value.facts["owed"] == Money(4885, "CNY")
    with pytest.raises(merchants.ReferenceUsed):
        await pay(4314, "march")
    with pytest.raises(NotFound):
        await pay(1, "may", "nobody")
    assert await books() == []


async def test_money_given_back_without_pieces_lowers_what_the_goods_were_sold_for(market: Market) -> None:
    await rates(green_farm=1000)
    order = await sold(market.ann, 3990)
    await sorry(order, 1000, "the ladder")

    lowered = await in_accounts()
    await credit(order, 0, 1, "all")

    assert lowered == {
        "merchant_payable green-farm": 2691,
        "commission green-farm": 299,
        "to_refund": 1000,
        "gateway:demo": -3990,
    }
    assert await in_accounts() == {"to_refund": 3990, "gateway:demo": -3990}
    assert await books() == []


async def test_what_was_paid_in_stars_is_owed_in_the_currency_of_the_price(market: Market) -> None:
    code = await stocked("code", price=1000, kind="digital", merchant=FARM)

    await completed(await for_stars(market.ann, code))

    assert await in_accounts() == {"merchant_payable green-farm": 950, "commission green-farm": 50, "revenue": -1000}
    assert await ledger.balance(ledger.revenue("XTR")) == 100
    assert await books() == []


async def test_two_payments_at_once_of_all_that_is_owed_are_one(market: Market) -> None:
    await sold(market.ann, 10_000)

    told = await asyncio.gather(*(pay(9500, f"transfer {n}") for n in range(4)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in told) == ["MoreThanOwed"] * 3 + ["bool"]
    assert (await in_accounts())["bank"] == 9500


async def test_without_the_guard_two_payments_at_once_of_all_that_is_owed_are_two(market: Market) -> None:
    await sold(market.ann, 10_000)
    owes, looked = ledger.merchant_payable(1, "CNY"), asyncio.Barrier(2)

    async def pay_unguarded(key: str) -> None:
        left = await ledger.balance(owes)
        await looked.wait()
        if left >= 9500:
            postings = [Posting(owes, -9500), Posting(ledger.bank("CNY"), 9500)]
            await ledger.book(kind="payout", key=key, cause="a test", actor="shop", postings=postings)

    await asyncio.gather(*(pay_unguarded(f"transfer {n}") for n in range(2)))

    assert (await in_accounts())["bank"] == 19_000


async def test_an_order_that_owes_something_else_than_the_ledger_says_is_named(market: Market) -> None:
    order = await sold(market.ann, 10_000)
    strange = await sold(market.bob, 2000, merchant="")
    await sorry(order, 1000, "late")
    well = await books()

    await db.execute("UPDATE order_line SET commission_basis_points = 600 WHERE order_id = ?", order.id)
    robbed = [finding async for finding in payments.findings()]
    await db.execute("UPDATE order_line SET commission_basis_points = 500 WHERE order_id = ?", order.id)
    invented = [Posting(ledger.revenue("CNY"), -7), Posting(ledger.merchant_payable(1, "CNY"), 7)]
    await ledger.book(kind="commission", key="k", cause="a test", actor="shop", postings=invented, order_id=strange.id)

    assert well == []
    assert robbed == [
        f"order {order.number}: 540 CNY are commission on merchant green-farm, the ledger says 450",
        f"order {order.number}: 8460 CNY are owed to merchant green-farm, the ledger says 8550",
    ]
    assert await books() == [f"order number {strange.id}: 0 CNY are owed to merchant green-farm, the ledger says 7"]


async def test_what_an_agent_is_shown_of_both_sides_is_what_a_refund_then_does(market: Market) -> None:
    await asks_all_to_succeed()
    await rates(green_farm=800)
    order = await completed(await bought(await drafted(market.ann, await stocked("rice", merchant=FARM), 3)))
    mei = (await staff.add(login="mei", name="Mei", role="agent")).id
    case = await support.ask(person_id=market.ann, order_id=order.id, text="Torn", key="q")
    before = (await in_accounts())["merchant_payable green-farm"]

    pieces = {order.lines[0].id: 2}
    points_back, money = await payments.quote(order_id=order.id, pieces=pieces)
    shown = await payments.borne_by(order_id=order.id, pieces=pieces, money_minor=money.minor)
    sums = (points_back, money.minor)
    await support.refund(staff_id=mei, case_id=case.id, pieces=pieces, key="k", shown=sums)

    assert {name: less.minor for name, less in shown.items()} == {
        "green-farm": before - (await in_accounts())["merchant_payable green-farm"]
    }
    assert await books() == []
