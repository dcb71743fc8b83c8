"""What is late or does not arrive is found by the shop: told once, a case once, made good by the rules."""

import pytest

from storefront import fulfilment, orders, payments, points, support
from storefront.fulfilment import Terms
from storefront.kernel import clock, db
from tests.cases.desk import agent, shown
from tests.fulfilment.parcels import said, sent_home, ship, state
from tests.fulfilment.test_giving_back_parts import settled, wished
from tests.support.market import Market, asks_all_to_succeed, books, bought, drafted, given, letters, stocked


async def cases(order: orders.Order) -> list[support.Case]:
    found = await support.of_order(person_id=order.person_id, order_id=order.id)
    return [await support.case(case_id) for case_id, _ in found]


async def test_an_order_that_should_have_left_is_told_once_and_has_one_case_with_a_deadline(market: Market) -> None:
    await asks_all_to_succeed()
    with clock.driven() as time:
        order = await sent_home(market, rice=2)
        await ship(order, line0=1)
        time.forward(3 * clock.DAY - 1)
        early = await fulfilment.watch()
        time.forward(2)
        told = [await fulfilment.watch() for _ in range(3)]

        case = (await cases(order))[0]
        assert (early, told, len(await cases(order))) == (0, [1, 0, 0], 1)
        assert (case.state, case.reason, case.wanted, dict(case.pieces)) == (
            "open",
            "late",
            "answer",
            {order.lines[0].id: 1},
        )
        assert case.promised_at is not None
        assert (await letters(market.ann)).count("order_late") == 1
        # She need not wait for anybody: what is here still is hers to cancel.
        await settled(await wished(await orders.find(order.id), reason="late"))
        assert (await state(order), await books()) == ("shipped", [])


async def test_who_has_a_case_about_the_order_already_gets_no_second_one(market: Market) -> None:
    with clock.driven() as time:
        order = await sent_home(market, rice=1)
        mine = await support.ask(person_id=market.ann, order_id=order.id, text="When?", key="q")
        await support.answer(staff_id=await agent(), case_id=mine.id, text="Soon. All right?", key="a", waits=True)
        time.forward(4 * clock.DAY)
        await fulfilment.watch()

        assert [case.id for case in await cases(order)] == [mine.id]
        now = await support.case(mine.id)
        assert (now.state, now.promised_at is not None) == ("open", True)
        assert (await support.messages(mine.id))[-1].text == "order late"
        assert (await letters(market.ann)).count("order_late") == 1


async def test_what_has_left_or_is_delivered_in_the_chat_is_not_late_and_an_operator_may_not_look(
    market: Market,
) -> None:
    with clock.driven() as time:
        await bought(await drafted(market.bob, await stocked("code", kind="digital")), "digital")
        order = await sent_home(market, rice=1)
        time.forward(9 * clock.DAY)
        fulfilment.use_terms(Terms(ship_within_days=0))
        unseen = await fulfilment.watch()
        fulfilment.use_terms(Terms())
        await ship(order, line0=1)

        assert (unseen, await fulfilment.watch()) == (0, 0)


@pytest.mark.parametrize("use", [0, 1000])
async def test_a_lost_parcel_is_a_case_and_what_was_in_it_comes_back_and_the_order_ends_without_it(
    market: Market, use: int
) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 1000)
    mei, order = await agent(), await sent_home(market, use=use, rice=1, tea=2)
    lost, there = await ship(order, line1=1), await ship(order, line0=1, line1=1)
    await said(there, "delivered")
    await said(lost, "lost")
    await said(lost, "lost")
    waits = await state(order)

    case = (await cases(order))[0]
    await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    await payments.refund_due()

    assert ((case.reason, case.wanted, dict(case.pieces)), len(await cases(order))) == (
        ("missing", "refund", {order.lines[1].id: 1}),
        1,
    )
    assert (waits, await state(order)) == ("shipped", "delivered")
    assert (await letters(market.ann)).count("parcel_missing") == 1
    line = order.lines[1]
    assert sum(wish.amount.minor for wish in back) == (line.money.minor + line.shipping.minor) // 2
    assert (await points.balance(market.ann)).available == 1000 - use + line.points // 2
    assert await books() == []


async def test_a_rule_makes_a_lost_parcel_good_at_once(market: Market) -> None:
    await asks_all_to_succeed()
    automatic = {
        "daily_minor": 100_000,
        "new_account_days": 0,
        "rules": [{"name": "lost", "reasons": ["missing"], "stages": ["way"], "then": "refund"}],
    }
    await support.load_terms(told=support.TermsTold.model_validate({"automatic": automatic}), actor="a test")
    order = await sent_home(market, rice=2)

    await said(await ship(order, line0=1), "lost")

    line = (await orders.find(order.id)).lines[0]
    assert ([case.state for case in await cases(order)], line.returned, line.here) == (["decided"], 1, 1)
    assert (await letters(market.ann))[-2:] == ["parcel_missing", "order_credited"]
    assert await books() == []


async def test_a_silent_parcel_is_looked_for_once_and_one_that_comes_back_is_told(market: Market) -> None:
    with clock.driven() as time:
        order = await sent_home(market, rice=2)
        silent, back = await ship(order, line0=1), await ship(order, line0=1)
        time.forward(6 * clock.DAY)
        await said(back, "moving")
        time.forward(2 * clock.DAY)
        told = [await fulfilment.watch() for _ in range(2)]
        await said(back, "returned")

        case = (await cases(order))[0]
        assert (told, len(await cases(order)), case.reason, dict(case.pieces)) == (
            [1, 0],
            1,
            "missing",
            {order.lines[0].id: 1},
        )
        said_by_shop = [message.text for message in await support.messages(case.id)]
        assert said_by_shop == ["parcel silent", "parcel returned"]
        assert (await letters(market.ann)).count("parcel_missing") == 2
        assert not (await fulfilment.parcel(back.id)).on_the_way
        assert (await fulfilment.parcel(silent.id)).on_the_way


async def test_late_orders_are_found_by_the_orders_that_wait_and_by_no_other(market: Market) -> None:
    order = await sent_home(market, rice=1)
    with clock.driven(clock.now() + 9 * clock.DAY):
        assert await orders.to_ship(after=0, limit=5, confirmed_before=clock.now()) == [order.id]
        assert await orders.to_ship(after=order.id, limit=5, confirmed_before=clock.now()) == []
    if db.dialect() == "sqlite":
        plan = await db.rows(
            "EXPLAIN QUERY PLAN SELECT o.id FROM orders o WHERE o.state = 'confirmed' AND o.delivery <> 'digital'"
            " AND o.id > 0 ORDER BY o.id LIMIT 5"
        )
        assert "orders_confirmed" in str([dict(row) for row in plan])
