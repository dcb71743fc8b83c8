"""What has not left the house comes back at once: exactly what was paid, once, and nothing of it leaves the house after."""

import asyncio

import pytest

from storefront import cart, orders, payments, points, support
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from tests.groupbuy.groups import campaign, opened
from tests.support.market import (
    POLICY,
    Market,
    asks_all_to_succeed,
    books,
    bought,
    charged,
    customer,
    drafted,
    given,
    left,
    letters,
    placed,
    stocked,
)


async def wanted_back(order: orders.Order, pieces: dict[int, int] | None = None, reason: str = "mind") -> support.Case:
    """The customer chooses so many pieces of the order's lines (by their place), else all of it, and says why."""
    case = await support.begin(person_id=order.person_id, order_id=order.id)
    for at, line in enumerate(order.lines):
        if pieces is not None:
            case = await support.choose(
                person_id=order.person_id, case_id=case.id, line_id=line.id, quantity=pieces.get(at, 0)
            )
    return await support.explain(person_id=order.person_id, case_id=case.id, reason=reason)


async def settled(case: support.Case) -> support.Case:
    return await support.settle(person_id=case.order.person_id, case_id=case.id)


async def shipped(order: orders.Order) -> bool:
    return await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="handed over")


async def test_an_order_that_is_not_wanted_any_more_comes_back_whole(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 2000)
    rice = await stocked("rice", points_cap=2000)
    order = await bought(await drafted(market.ann, rice, use=2000))

    case = await wanted_back(order, reason="late")
    done = await settled(case)
    await payments.refund_due()

    assert (case.points, case.money) == (done.points, done.money) == (2000, Money(2690, "CNY"))
    assert ([wish.amount for wish in back], (await points.balance(market.ann)).available) == (
        [Money(2690, "CNY")],
        2000,
    )
    assert await left(rice) == 10
    assert ((await orders.find(order.id)).state, await shipped(order)) == ("cancelled", False)
    assert (await letters(market.ann))[-2:] == ["order_credited", "refund_done"]
    assert await books() == []


async def test_some_pieces_come_back_now_and_the_rest_later_and_all_of_it_is_what_was_paid(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 1000)
    for sku, price in (("rice", 1999), ("tea", 700)):
        variant = await stocked(sku, price=price, points_cap=333)
        await cart.add(person_id=market.ann, variant_id=variant, quantity=3, key=sku)
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, points_wanted=1000)
    order = await bought(draft)

    first = await settled(await wanted_back(order, {0: 2}))
    between = await orders.find(order.id)
    second = await settled(await wanted_back(between, {0: 1, 1: 99}))
    await payments.refund_due()

    assert [line.credited for line in between.lines] == [2, 0]
    assert (between.state, (await orders.find(order.id)).state) == ("confirmed", "cancelled")
    assert first.points + second.points == order.points
    assert sum(wish.amount.minor for wish in back) == order.total.minor
    assert await books() == []


async def test_what_is_confirmed_ten_times_at_once_comes_back_once(market: Market) -> None:
    back = await asks_all_to_succeed()
    rice = await stocked("rice")
    case = await wanted_back(await bought(await drafted(market.ann, rice, quantity=2)))

    cases = await asyncio.gather(*(settled(case) for _ in range(10)))
    again = await settled(case)
    await payments.refund_due()

    assert {one.money for one in [*cases, again]} == {Money(9380, "CNY")}
    assert ([wish.amount for wish in back], await left(rice)) == ([Money(9380, "CNY")], 10)
    assert await books() == []


async def test_what_is_shipped_and_cancelled_at_once_is_one_of_both(market: Market) -> None:
    await asks_all_to_succeed()
    rice = await stocked("rice", pieces=99)
    for number in range(8):
        order = await bought(await drafted(market.ann, rice), f"c{number}")
        case = await wanted_back(order)

        left_house, given_back = await asyncio.gather(shipped(order), settled(case), return_exceptions=True)

        now = await orders.find(order.id)
        assert (now.state, now.lines[0].credited) == (("shipped", 0) if left_house else ("cancelled", 1))
        assert isinstance(given_back, support.LeftTheHouse if left_house else support.Case)
    assert await books() == []


async def test_money_that_comes_for_an_order_after_it_was_given_back_goes_back_too(market: Market) -> None:
    back = await asks_all_to_succeed()
    draft = await drafted(market.ann, await stocked("rice"))
    await settled(await wanted_back(await bought(draft)))

    await charged(draft, "late")
    await payments.advance()
    await payments.refund_due()

    assert sorted((wish.charge_id, wish.amount.minor) for wish in back) == [("c1", 4690), ("late", 4690)]
    assert (await letters(market.ann)).count("charge_unused") == 1
    assert await books() == []


async def test_who_looks_and_then_ships_ships_what_was_given_back_meanwhile(market: Market) -> None:
    await db.execute("CREATE TABLE loose (state VARCHAR(9), credited BIGINT)")
    await db.execute("INSERT INTO loose (state, credited) VALUES ('confirmed', 0)")
    looked = asyncio.Barrier(2)

    async def look_then_write(change: str) -> None:
        found = (await db.rows("SELECT state, credited FROM loose"))[0]
        await looked.wait()
        if found == {"state": "confirmed", "credited": 0}:
            await db.execute(f"UPDATE loose SET {change}")

    await asyncio.gather(look_then_write("state = 'shipped'"), look_then_write("credited = 1"))

    assert await db.rows("SELECT state, credited FROM loose") == [{"state": "shipped", "credited": 1}]


@pytest.mark.parametrize("state", ["shipped", "delivered"])
async def test_what_has_left_the_house_is_not_stopped_by_a_tap(market: Market, state: str) -> None:
    order = await bought(await drafted(market.ann, await stocked("rice")))
    case = await wanted_back(order)
    await orders.step(order_id=order.id, to_state=state, actor="staff:1", cause="handed over")

    with pytest.raises(support.LeftTheHouse):
        await settled(case)
    asked = await support.submit(person_id=market.ann, case_id=case.id)

    assert (asked.state, (await orders.find(order.id)).lines[0].credited) == ("open", 0)


async def test_what_is_not_paid_or_part_of_a_group_or_delivered_in_the_chat_has_another_way(market: Market) -> None:
    await asks_all_to_succeed()
    unpaid = await placed(await drafted(market.ann, await stocked("rice")))
    digital = await bought(await drafted(market.ann, await stocked("code", kind="digital")), "digital")
    await stocked("tea")
    group = await opened(market.bob, await campaign("tea"))
    found = await db.rows("SELECT order_id FROM group_seat WHERE group_id = ?", group.id)

    for person, order_id, refusal in (
        (market.ann, unpaid.id, orders.NotPaid),
        (market.ann, digital.id, support.AtOnce),
        (market.bob, found[0]["order_id"], support.InGroup),
    ):
        with pytest.raises(refusal):
            await settled(await support.begin(person_id=person, order_id=order_id))


async def test_nobody_gives_back_what_is_somebody_elses(market: Market) -> None:
    order = await bought(await drafted(market.ann, await stocked("rice")))
    case = await wanted_back(order)
    line = order.lines[0].id

    for wish in (
        support.begin(person_id=market.bob, order_id=order.id),
        support.find(person_id=market.bob, case_id=case.id),
        support.choose(person_id=market.bob, case_id=case.id, line_id=line, quantity=1),
        support.explain(person_id=market.bob, case_id=case.id, reason="mind"),
        support.settle(person_id=market.bob, case_id=case.id),
    ):
        with pytest.raises(NotFound):
            await wish

    assert (await orders.find(order.id)).state == "confirmed"


async def test_a_wish_needs_a_piece_and_a_reason_that_we_know(market: Market) -> None:
    rice = await stocked("rice")
    order = await bought(await drafted(market.ann, rice, quantity=2))
    stranger = await bought(await drafted(market.bob, rice), "c2")
    case = await support.begin(person_id=market.ann, order_id=order.id)

    with pytest.raises(NotFound):
        await settled(case)
    with pytest.raises(NotFound):
        await support.explain(person_id=market.ann, case_id=case.id, reason="because")
    with pytest.raises(NotFound):
        await support.choose(person_id=market.ann, case_id=case.id, line_id=stranger.lines[0].id, quantity=1)
    nothing = await wanted_back(order, {0: 0})
    with pytest.raises(support.NothingChosen):
        await settled(nothing)

    assert (nothing.id, nothing.pieces, nothing.money) == (case.id, {}, Money(0, "CNY"))


async def test_what_the_shop_gave_back_meanwhile_is_not_given_back_again(market: Market) -> None:
    back = await asks_all_to_succeed()
    order = await bought(await drafted(market.ann, await stocked("rice"), quantity=3))
    case = await wanted_back(order)
    await payments.credit(
        order_id=order.id, pieces={order.lines[0].id: 2}, key="desk", actor="staff:1", cause="two bags are torn"
    )

    with pytest.raises(orders.MoreThanBought):
        await settled(case)
    done = await settled(await wanted_back(await orders.find(order.id)))
    await payments.refund_due()

    assert (done.id, done.pieces) == (case.id, {order.lines[0].id: 1})
    assert sum(wish.amount.minor for wish in back) == order.total.minor
    assert await books() == []


async def test_who_uses_two_accounts_goes_on_with_her_wish_in_the_other_one(market: Market) -> None:
    await asks_all_to_succeed()
    order = await bought(await drafted(market.ann, await stocked("rice")))
    case = await wanted_back(order)
    phone = await customer("Ann's phone", 3)
    await orders.follow(from_person_id=market.ann, to_person_id=phone)

    await support.follow(from_person_id=market.ann, to_person_id=phone)
    done = await support.settle(person_id=phone, case_id=case.id)

    assert done.state == "decided"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE support_decision_line SET quantity = 2", "is about 2 pieces of line 1, 1 came back"),
        ("DELETE FROM support_case_event", "is decided, nobody decided it"),
    ],
)
async def test_verify_names_a_case_that_is_not_what_it_says(market: Market, damage: str, told: str) -> None:
    await asks_all_to_succeed()
    case = await settled(await wanted_back(await bought(await drafted(market.ann, await stocked("rice")))))
    before = await books()

    await db.execute(damage)

    assert before == []
    assert await books() == [f"case {case.id} {told}"]
