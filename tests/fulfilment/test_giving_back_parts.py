"""A part of an order has left: the rest comes back at once, what left is a case, and all of it is what was paid."""

import asyncio

import pytest

from storefront import fulfilment, orders, payments, points, support
from storefront.kernel import db
from tests.cases.desk import agent, shown
from tests.fulfilment.parcels import said, sent_home, ship, state
from tests.support.market import Market, asks_all_to_succeed, books, drafted, given, left, letters, placed, stocked


async def wished(order: orders.Order, *, of_left: bool = False, reason: str = "mind") -> support.Case:
    case = await support.begin(person_id=order.person_id, order_id=order.id, of_left=of_left)
    return await support.explain(person_id=order.person_id, case_id=case.id, reason=reason)


async def settled(case: support.Case) -> support.Case:
    return await support.settle(person_id=case.person_id, case_id=case.id)


async def test_the_rest_of_an_order_paid_with_points_and_money_comes_back_at_once_to_the_unit(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 2000)
    order = await sent_home(market, use=1999, rice=3, tea=2)
    parcel = await ship(order, line0=1)

    case = await wished(await orders.find(order.id))
    done = await settled(case)
    await payments.refund_due()

    now = await orders.find(order.id)
    assert dict(case.pieces) == {order.lines[0].id: 2, order.lines[1].id: 2}
    assert (done.points, done.money) == (case.points, case.money)
    assert (now.state, [(line.shipped, line.credited, line.here) for line in now.lines]) == (
        "shipped",
        [(1, 2, 0), (0, 2, 0)],
    )
    assert [await left(line.variant_id) for line in order.lines] == [9, 10]
    assert (await letters(market.ann))[-2:] == ["order_credited", "refund_done"]
    assert (await letters(market.ann)).count("order_shipped") == 0

    await said(parcel, "delivered")
    mei, rest = await agent(), await wished(now, reason="damaged")
    rest = await support.submit(person_id=market.ann, case_id=rest.id)
    await support.refund(staff_id=mei, case_id=rest.id, pieces=rest.pieces, key="k", shown=shown(rest), restock=True)
    await payments.refund_due()

    assert await state(order) == "delivered"
    assert sum(wish.amount.minor for wish in back) == order.total.minor
    assert (await points.balance(market.ann)).available == 2000
    assert await left(order.lines[0].variant_id) == 10
    assert await books() == []


async def test_the_rest_of_a_points_only_order_comes_back_to_its_lots(market: Market) -> None:
    await given(market.ann, 900)
    gift = await stocked("gift", price=0, points_price=300)
    order = await placed(await drafted(market.ann, gift, quantity=3), "points")
    await ship(order, line0=1)

    done = await settled(await wished(await orders.find(order.id)))

    assert ((done.points, done.money.minor), (await points.balance(market.ann)).available) == ((600, 0), 600)
    assert (await state(order), await books()) == ("shipped", [])


async def test_what_has_left_is_a_case_while_the_rest_is_here_and_the_rest_is_sent(market: Market) -> None:
    back = await asks_all_to_succeed()
    mei, order = await agent(), await sent_home(market, rice=3)
    await said(await ship(order, line0=1), "delivered")

    case = await wished(await orders.find(order.id), of_left=True, reason="damaged")
    with pytest.raises(support.LeftTheHouse):
        await settled(case)
    case = await support.submit(person_id=market.ann, case_id=case.id)
    await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    between = (await orders.find(order.id)).lines[0]
    await ship(order, line0=2)
    await payments.refund_due()

    assert (dict(case.pieces), case.of_left) == ({order.lines[0].id: 1}, True)
    assert (between.shipped, between.credited, between.returned, between.here) == (1, 1, 1, 2)
    assert [wish.amount.minor for wish in back] == [order.total.minor // 3]
    # The broken one is not on the shelf: nobody looked at it.
    assert (await left(order.lines[0].variant_id), await state(order)) == (7, "shipped")
    assert await books() == []


async def test_an_agent_gives_back_what_is_here_still_and_what_left_stays_with_her(market: Market) -> None:
    await asks_all_to_succeed()
    mei, order = await agent(), await sent_home(market, rice=3)
    await ship(order, line0=1)
    case = await wished(await orders.find(order.id), of_left=True, reason="late")
    case = await support.submit(person_id=market.ann, case_id=case.id)
    line = order.lines[0].id
    sums = await payments.quote(order_id=order.id, pieces={line: 2})

    with pytest.raises(orders.MoreThanBought):
        three = await payments.quote(order_id=order.id, pieces={line: 3})
        await support.refund(
            staff_id=mei, case_id=case.id, pieces={line: 3}, key="3", shown=(three[0], three[1].minor), here=True
        )
    await support.refund(
        staff_id=mei, case_id=case.id, pieces={line: 2}, key="2", shown=(sums[0], sums[1].minor), here=True
    )

    now = (await orders.find(order.id)).lines[0]
    assert (await state(order), now.gone, now.returned, await left(now.variant_id)) == ("shipped", 1, 0, 9)
    assert await books() == []


async def test_yes_pressed_many_times_gives_the_rest_back_once_and_what_leaves_meanwhile_is_not_given_back(
    market: Market,
) -> None:
    back = await asks_all_to_succeed()
    for _ in range(4):
        order = await sent_home(market, rice=3)
        await ship(order, line0=1)
        case = await wished(await orders.find(order.id))

        done = await asyncio.gather(*(settled(case) for _ in range(3)), ship(order, line0=2), return_exceptions=True)

        line = (await orders.find(order.id)).lines[0]
        shipped_it = not isinstance(done[-1], Exception)
        assert (line.shipped, line.credited) == ((3, 0) if shipped_it else (1, 2))
        assert sum(not isinstance(one, Exception) for one in done[:3]) == (0 if shipped_it else 3)
        assert await state(order) == "shipped"
    await payments.refund_due()
    given_back = await db.rows("SELECT COALESCE(SUM(money_minor), 0) AS n FROM credit_note")
    assert sum(wish.amount.minor for wish in back) == given_back[0]["n"]
    assert await books() == []


async def test_a_draft_made_before_a_part_left_gives_back_no_more_than_is_here(market: Market) -> None:
    await asks_all_to_succeed()
    order = await sent_home(market, rice=2)
    case = await wished(order)
    await ship(order, line0=1)

    with pytest.raises(orders.MoreThanBought) as refused:
        await settled(case)

    assert refused.value.facts["n"] == 1
    done = await settled(await wished(await orders.find(order.id)))
    assert (dict(done.pieces), await state(order), await books()) == ({order.lines[0].id: 1}, "shipped", [])


async def test_when_all_that_left_was_given_back_and_then_the_rest_the_order_is_not_one_that_never_left(
    market: Market,
) -> None:
    await asks_all_to_succeed()
    mei, order = await agent(), await sent_home(market, rice=2)
    await said(await ship(order, line0=1), "delivered")
    case = await wished(await orders.find(order.id), of_left=True, reason="damaged")
    case = await support.submit(person_id=market.ann, case_id=case.id)
    await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), restock=True)

    await settled(await wished(await orders.find(order.id)))

    assert (await state(order), await left(order.lines[0].variant_id)) == ("delivered", 10)
    assert await books() == []


async def _rules(*rules: dict[str, object]) -> None:
    automatic = {"daily_minor": 100_000, "new_account_days": 0, "cooling_days": 0, "rules": list(rules)}
    await support.load_terms(told=support.TermsTold.model_validate({"automatic": automatic}), actor="a test")


async def test_a_rule_about_what_is_here_does_not_give_back_what_left_with_a_part(market: Market) -> None:
    await asks_all_to_succeed()
    await _rules({"name": "not-sent", "stages": ["house"], "then": "refund"})
    order = await sent_home(market, rice=2)
    parcel = await ship(order, line0=1)
    case = await wished(await orders.find(order.id), of_left=True, reason="damaged")

    asked = await support.submit(person_id=market.ann, case_id=case.id)

    assert (asked.state, (await fulfilment.parcel(parcel.id)).state) == ("open", "left")


async def test_a_rule_about_what_was_delivered_looks_at_its_parcel_and_counts_days_from_it(market: Market) -> None:
    await asks_all_to_succeed()
    await _rules({"name": "broken", "stages": ["delivered"], "within_days": 1, "then": "refund"})
    order = await sent_home(market, rice=2)
    await said(await ship(order, line0=1), "delivered")

    case = await wished(await orders.find(order.id), of_left=True, reason="damaged")
    done = await support.submit(person_id=market.ann, case_id=case.id)

    line = (await orders.find(order.id)).lines[0]
    assert (done.state, line.returned, line.here, await state(order)) == ("decided", 1, 1, "confirmed")
    assert await books() == []
