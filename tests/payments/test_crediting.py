"""What was paid goes back exactly, in any parts and any order, in points and in money, and never twice."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from storefront import cart, catalog, ledger, orders, payments, points
from storefront.kernel import db
from storefront.kernel.errors import Refusal
from storefront.kernel.money import Money
from tests.support.market import (
    POLICY,
    Market,
    asked,
    asks_all_to_succeed,
    books,
    bought,
    charged,
    drafted,
    given,
    left,
    letters,
    placed,
    stocked,
)


async def credit(order: orders.Order, pieces: dict[int, int], key: str, **more: object) -> payments.CreditNote:
    return await payments.credit(
        order_id=order.id, pieces=pieces, key=key, actor="staff:1", cause="a bag was torn", **more
    )


async def bought_many(ann: int, quantities: Sequence[int], use: int) -> orders.Order:
    """An order of several things out of the cart, paid with points and money."""
    for number, quantity in enumerate(quantities):
        variant = await stocked(f"thing {number}", 99, 1000 + 37 * number, points_cap=500)
        await cart.add(person_id=ann, variant_id=variant, quantity=quantity, key=f"k{number}")
    draft = await cart.draft(person_id=ann, policy=POLICY)
    draft = await cart.change(person_id=ann, checkout_id=draft.id, policy=POLICY, points_wanted=use)
    return await bought(draft)


async def test_a_whole_order_comes_back_in_points_and_money(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    await given(market.ann, 2000)
    rice = await stocked("rice", 10, 4690, points_cap=2000)
    order = await bought(await drafted(market.ann, rice, use=2000))

    note = await credit(order, {order.lines[0].id: 1}, "all")
    await payments.refund_due()

    assert (note.points, note.money) == (2000, Money(2690, "CNY"))
    assert (await points.balance(market.ann)).available == 2000
    assert [(wish.amount, wish.charge_id) for wish in wishes] == [(Money(2690, "CNY"), "c1")]
    assert await left(rice) == 10
    assert (await letters(market.ann))[-2:] == ["order_credited", "refund_done"]
    assert await books() == []


@pytest.mark.parametrize("seed", range(6))
async def test_in_any_order_and_split_exactly_what_was_paid_comes_back(market: Market, seed: int) -> None:
    wishes = await asks_all_to_succeed()
    chance = random.Random(seed)
    await given(market.ann, 5000)
    order = await bought_many(market.ann, [chance.randint(1, 7) for _ in range(4)], use=chance.randint(0, 4000))
    pieces = [line.id for line in order.lines for _ in range(line.quantity)]
    chance.shuffle(pieces)

    while pieces:
        chunk = [pieces.pop() for _ in range(min(len(pieces), chance.randint(1, 4)))]
        await credit(order, {line_id: chunk.count(line_id) for line_id in chunk}, f"chunk {len(pieces)}")
    await payments.refund_due()

    notes = await payments.credit_notes(order.id)
    assert sum(note.points for note in notes) == order.points
    assert sum(note.money.minor for note in notes) == order.total.minor
    assert sum(wish.amount.minor for wish in wishes) == order.due.minor
    assert (await points.balance(market.ann)).available == 5000
    assert await books() == []


async def test_ten_single_refunds_sum_to_what_was_paid(market: Market) -> None:
    await asks_all_to_succeed()
    rice = await stocked("rice", 20, 2390, points_cap=598)
    await given(market.ann, 5975)
    order = await bought(await drafted(market.ann, rice, quantity=10, use=5975))

    notes = [await credit(order, {order.lines[0].id: 1}, f"piece {number}") for number in range(10)]

    assert sum(note.money.minor for note in notes) == 17925
    assert all(note.money.minor in {1792, 1793} for note in notes)


async def test_the_same_wish_twice_gives_back_once(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    rice = await stocked("rice", 10, 4690)
    order = await bought(await drafted(market.ann, rice, quantity=2))

    notes = await asyncio.gather(*(credit(order, {order.lines[0].id: 1}, "once") for _ in range(5)))
    await payments.refund_due()

    assert len({note.id for note in notes}) == 1
    assert [wish.amount.minor for wish in wishes] == [4690]
    assert await books() == []


async def test_four_refunds_of_the_whole_at_once_pay_back_once(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    await given(market.ann, 1000)
    rice = await stocked("rice", 100, 4690, points_cap=1000)
    for round_ in range(5):
        await given(market.ann, 1000 + round_ + 1)
        order = await bought(await drafted(market.ann, rice, use=1000), f"round {round_}")
        wishes.clear()

        told = await asyncio.gather(
            *(credit(order, {order.lines[0].id: 1}, f"{round_} {number}") for number in range(4)),
            return_exceptions=True,
        )
        await payments.refund_due()

        assert sorted(type(one).__name__ for one in told) == ["CreditNote"] + ["MoreThanBought"] * 3
        assert [wish.amount.minor for wish in wishes] == [3690]
    assert await books() == []


async def test_without_the_guard_four_refunds_at_once_pay_back_four_times(market: Market) -> None:
    await db.execute("CREATE TABLE loose (credited BIGINT, quantity BIGINT, paid_back BIGINT)")
    await db.execute("INSERT INTO loose VALUES (0, 1, 0)")
    looked = asyncio.Barrier(4)

    async def refund() -> None:
        before = (await db.rows("SELECT credited, quantity FROM loose"))[0]
        await looked.wait()
        if before["credited"] < before["quantity"]:
            await db.execute("UPDATE loose SET credited = 1, paid_back = paid_back + 1")

    await asyncio.gather(*(refund() for _ in range(4)))

    assert (await db.rows("SELECT paid_back FROM loose"))[0]["paid_back"] == 4


async def test_more_pieces_than_were_bought_do_not_come_back(market: Market) -> None:
    rice = await stocked("rice", 10, 4690)
    order = await bought(await drafted(market.ann, rice, quantity=2))
    await credit(order, {order.lines[0].id: 1}, "first")

    with pytest.raises(orders.MoreThanBought) as refused:
        await credit(order, {order.lines[0].id: 2}, "second")

    assert refused.value.facts["n"] == 1
    assert await books() == []


async def test_an_unpaid_order_gives_nothing_back(market: Market) -> None:
    rice = await stocked("rice", 10, 4690)
    order = await asked(await drafted(market.ann, rice))

    with pytest.raises(orders.NotPaid):
        await credit(order, {order.lines[0].id: 1}, "k")


async def test_the_line_of_another_order_is_not_found(market: Market) -> None:
    rice = await stocked("rice", 10, 4690)
    mine = await bought(await drafted(market.ann, rice), "c1")
    other = await bought(await drafted(market.bob, rice), "c2")

    with pytest.raises(Refusal):
        await credit(mine, {other.lines[0].id: 1}, "k")


async def test_a_gift_comes_back_in_points_and_to_the_shelf(market: Market) -> None:
    await given(market.ann, 900)
    mug = await stocked("mug", 5, 0, points_price=900)
    order = await placed(await drafted(market.ann, mug), "points")

    note = await credit(order, {order.lines[0].id: 1}, "k")

    assert (note.points, note.money.minor) == (900, 0)
    assert ((await points.balance(market.ann)).available, await left(mug)) == (900, 5)
    assert await db.rows("SELECT 1 FROM refund") == []
    assert await books() == []


async def test_what_the_quote_says_is_what_comes_back(market: Market) -> None:
    await given(market.ann, 2000)
    order = await bought_many(market.ann, [3, 2], use=1500)
    wanted = {order.lines[0].id: 2, order.lines[1].id: 1}

    told = await payments.quote(order_id=order.id, pieces=wanted)
    note = await credit(order, wanted, "k")

    assert told == (note.points, note.money)


async def test_after_a_compensation_the_rest_is_lower(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    rice = await stocked("rice", 10, 1000)
    order = await bought(await drafted(market.ann, rice, quantity=2))

    await payments.compensate(order_id=order.id, amount_minor=500, key="sorry", actor="staff:1", cause="late")
    await credit(order, {order.lines[0].id: 1}, "one")
    last = await credit(order, {order.lines[0].id: 1}, "two")
    await payments.refund_due()

    assert last.money.minor == 500
    assert sum(wish.amount.minor for wish in wishes) == 2000
    assert await books() == []


async def test_a_compensation_above_what_was_paid_is_refused(market: Market) -> None:
    rice = await stocked("rice", 10, 1000)
    order = await bought(await drafted(market.ann, rice))

    with pytest.raises(payments.MoreThanPaid):
        await payments.compensate(order_id=order.id, amount_minor=1001, key="k", actor="staff:1", cause="late")


async def test_pieces_that_came_back_are_not_shipped(market: Market) -> None:
    rice = await stocked("rice", 10, 1000)
    order = await bought(await drafted(market.ann, rice, quantity=3))

    await credit(order, {order.lines[0].id: 2}, "k")
    await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="parcel")

    assert await db.rows("SELECT on_hand, held FROM stock WHERE variant_id = ?", rice) == [{"on_hand": 9, "held": 0}]
    assert await books() == []


async def test_an_order_that_came_back_whole_is_not_shipped_at_all(market: Market) -> None:
    rice = await stocked("rice", 10, 1000)
    order = await bought(await drafted(market.ann, rice))
    await credit(order, {order.lines[0].id: 1}, "k")

    assert not await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="parcel")


@pytest.mark.parametrize(("restock", "there"), [(True, 10), (False, 9)])
async def test_what_had_left_is_on_the_shelf_again_when_somebody_says_so(
    market: Market, restock: bool, there: int
) -> None:
    rice = await stocked("rice", 10, 1000)
    order = await bought(await drafted(market.ann, rice))
    await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="parcel")

    await credit(order, {order.lines[0].id: 1}, "k", restock=restock)

    assert (await catalog.variant(rice)).available == there
    assert await books() == []


async def test_a_completed_order_gives_back_out_of_what_was_earned(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    await given(market.ann, 1000)
    rice = await stocked("rice", 10, 4690, points_cap=1000)
    order = await bought(await drafted(market.ann, rice, quantity=2, use=1000))
    await credit(order, {order.lines[0].id: 1}, "before")
    for state in ("shipped", "delivered", "completed"):
        await orders.step(order_id=order.id, to_state=state, actor="shop", cause="time passed")

    await credit(order, {order.lines[0].id: 1}, "after")
    await payments.refund_due()

    assert sum(wish.amount.minor for wish in wishes) == order.total.minor
    assert await ledger.balance(ledger.revenue("CNY")) == 0
    assert (await points.balance(market.ann)).available == 1000
    assert await books() == []


async def test_money_taken_at_the_branch_goes_back_by_hand(market: Market) -> None:
    rice = await stocked("rice", 10, 1000)
    order = await placed(await drafted(market.ann, rice), "branch")
    await payments.take_at_branch(order_id=order.id, actor="staff:2", key="till 1")

    await credit(await orders.find(order.id), {order.lines[0].id: 1}, "k")
    await payments.refund_due()

    assert [row["state"] for row in await db.rows("SELECT state FROM refund")] == ["desk"]
    assert (await letters(market.ann))[-1] == "refund_at_desk"
    assert await books() == []


async def test_a_part_of_stars_goes_back_by_hand_and_the_whole_by_itself(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    code = await stocked("code", 10, 1000, kind="digital")
    order = await star_order(market.ann, code, 2, "s1")
    await credit(order, {order.lines[0].id: 1}, "half")
    whole = await star_order(market.ann, code, 1, "s2")
    await credit(whole, {whole.lines[0].id: 1}, "whole")

    await payments.refund_due()

    told = {(row["amount_minor"], row["currency"]) for row in await db.rows("SELECT * FROM refund")}
    assert told == {(100, "XTR")}
    assert {wish.charged.minor for wish in wishes} == {100, 200}
    assert await books() == []


async def star_order(ann: int, code: int, quantity: int, charge_id: str) -> orders.Order:
    draft = await drafted(ann, code, quantity)
    stars = payments.due(draft.total, provider="stars", star_minor=POLICY.star_minor)
    told = {"provider": "stars", "currency": stars.currency, "amount_minor": stars.minor}
    order = await asked(draft, stars.minor, provider="stars", currency=stars.currency)
    await charged(draft, charge_id, **told)
    await payments.advance()
    return await orders.find(order.id)
