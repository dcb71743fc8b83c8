"""Other pieces in place of bad ones, and goods that come back before money does."""

import asyncio

import pytest

from storefront import catalog, orders, payments, support
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from tests.cases.desk import agent, complained, delivered, shown
from tests.support.market import Market, asks_all_to_succeed, books, given, left, letters


async def test_other_pieces_are_sent_once_cost_nothing_and_can_be_asked_back_no_more_than_once(market: Market) -> None:
    back = await asks_all_to_succeed()
    mei, order = await agent(), await delivered(market)
    rice, case = order.lines[0].variant_id, await complained(order)

    done = await asyncio.gather(
        *(support.replace(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k") for _ in range(3))
    )
    sent = await orders.find(done[0].sent_order_id or 0)
    await orders.step(order_id=sent.id, to_state="delivered", actor="staff:1", cause="handed over")
    again = await complained(await orders.find(sent.id))
    await support.refund(staff_id=mei, case_id=again.id, pieces=again.pieces, key="k2", shown=shown(again))

    assert {one.id for one in done} == {done[0].id}
    assert (sent.state, sent.total.minor, sent.person_id, [line.quantity for line in sent.lines]) == (
        "confirmed",
        0,
        market.ann,
        [1],
    )
    assert (await left(rice), (await support.case(case.id)).state, back) == (7, "decided", [])
    assert (await letters(market.ann)).count("order_sent_again") == 1
    assert await books() == []


async def test_what_is_sold_out_is_not_sent_again_and_the_agent_hears_it(market: Market) -> None:
    mei, order = await agent(), await delivered(market)
    case = await complained(order)
    rice, place = order.lines[0].variant_id, order.lines[0].place_id
    await catalog.adjust(variant_id=rice, place_id=place, counted=0, key="none left")

    with pytest.raises(catalog.SoldOut):
        await support.replace(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k")

    assert ((await support.case(case.id)).state, await support.decisions(case.id)) == ("open", [])


async def test_money_for_goods_that_come_back_leaves_when_they_are_here_and_good(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 1000)
    mei, order = await agent(), await delivered(market, use=1000)
    rice, case = order.lines[0].variant_id, await complained(order, pieces=2, reason="mind")

    awaited = await support.refund(
        staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), goods_first=True
    )
    told = await support.return_of(awaited.id)
    assert told is not None
    await support.sent_back(person_id=market.ann, case_id=case.id, tracking=" SF 123 ")
    await payments.refund_due()
    nothing_yet = list(back)
    here = await support.arrived(staff_id=mei, code=told.code.lower())
    await support.arrived(staff_id=mei, code=told.code)
    one = {order.lines[0].id: 1}
    inspected = await asyncio.gather(
        *(
            support.inspected(
                staff_id=mei, decision_id=awaited.id, pieces=one, restock=True, text="One was opened", key="i"
            )
            for _ in range(3)
        )
    )
    await payments.refund_due()

    assert (awaited.state, nothing_yet, here.state) == ("returning", [], "open")
    assert {(done.state, done.points, done.money_minor) for done in inspected} == {("done", 500, back[0].amount.minor)}
    assert (len(back), await left(rice), (await support.case(case.id)).state) == (1, 9, "decided")
    assert (await orders.find(order.id)).lines[0].credited == 1
    assert await books() == []


async def test_goods_that_are_not_good_bring_back_nothing_and_she_hears_why_and_may_object(market: Market) -> None:
    mei, order = await agent(), await delivered(market)
    case = await complained(order)
    awaited = await support.refund(
        staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), goods_first=True
    )

    with pytest.raises(support.NothingSaid):
        await support.inspected(staff_id=mei, decision_id=awaited.id, pieces={}, restock=False, text=" ", key="i")
    await support.inspected(staff_id=mei, decision_id=awaited.id, pieces={}, restock=False, text="Empty bag", key="i")
    objected = await support.appeal(person_id=market.ann, case_id=case.id, text="It was not", key="a")

    assert ((await support.decision(awaited.id)).state, objected.level) == ("declined", "lead")
    assert (await orders.find(order.id)).lines[0].credited == 0
    assert "case_refused" in await letters(market.ann)


async def test_what_does_not_come_in_time_ends_and_she_may_write_again(market: Market) -> None:
    mei, order = await agent(), await delivered(market)
    case = await complained(order)
    awaited = await support.refund(
        staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), goods_first=True
    )
    told = await support.return_of(awaited.id)
    assert told is not None

    early = await support.lapse()
    await db.execute("UPDATE support_return SET at = ?", clock.now() - 22 * clock.DAY)
    late = await support.lapse()
    with pytest.raises(NotFound):
        await support.arrived(staff_id=mei, code=told.code)
    await support.say(person_id=market.ann, case_id=case.id, text="I was ill", key="1")

    assert (early, late, (await support.decision(awaited.id)).state) == (0, 1, "declined")
    assert ((await letters(market.ann))[-1], (await support.case(case.id)).state) == ("case_lapsed", "open")


async def test_who_withdraws_while_goods_are_awaited_gets_nothing_and_nothing_is_awaited(market: Market) -> None:
    mei, order = await agent(), await delivered(market)
    case = await complained(order)
    awaited = await support.refund(
        staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), goods_first=True
    )

    await support.withdraw(person_id=market.ann, case_id=case.id)
    late = await support.inspected(
        staff_id=mei, decision_id=awaited.id, pieces=case.pieces, restock=True, text="", key="i"
    )

    assert (late.state, (await support.case(case.id)).state) == ("declined", "closed")
    assert (await orders.find(order.id)).lines[0].credited == 0
