"""Nobody waits in silence: what is promised runs, stops, is warned of, raised when late, and apologised for once."""

import asyncio

import pytest

from storefront import orders, payments, points, staff, support
from storefront.kernel import clock, db
from storefront.payments import RefundFailed, RefundWish
from tests.cases.desk import agent, complained, delivered, shown
from tests.support.market import Market, asks_all_to_succeed, books, letters


async def terms(**told: object) -> None:
    await support.load_terms(told=support.TermsTold.model_validate(told), actor="operator")


async def running(case_id: int) -> dict[str, bool]:
    """What is promised about a case and not kept yet, and whether its clock runs."""
    found = await db.rows(
        "SELECT kind, due_at FROM support_deadline WHERE case_id = ? AND met_at IS NULL ORDER BY kind", case_id
    )
    return {row["kind"]: row["due_at"] is not None for row in found}


async def test_answers_are_promised_while_she_waits_and_an_end_while_it_is_ours(market: Market) -> None:
    mei = await agent()
    case = await complained(await delivered(market))
    seen = [await running(case.id)]

    await support.answer(staff_id=mei, case_id=case.id, text="Which?", key="1", waits=True)
    seen.append(await running(case.id))
    await support.say(person_id=market.ann, case_id=case.id, text="This one", key="2")
    seen.append(await running(case.id))
    await support.answer(staff_id=mei, case_id=case.id, text="I see", key="3")
    seen.append(await running(case.id))
    await support.close(staff_id=mei, case_id=case.id, text="", key="4")
    seen.append(await running(case.id))
    await support.say(person_id=market.ann, case_id=case.id, text="And now?", key="5")
    seen.append(await running(case.id))

    assert seen == [
        {"first": True, "resolution": True},
        {"resolution": False},
        {"next": True, "resolution": True},
        {"resolution": True},
        {},
        {"next": True, "resolution": True},
    ]
    assert await books() == []


async def test_a_pause_takes_no_time_and_the_most_urgent_is_first_in_the_queue(market: Market) -> None:
    mei = await agent()
    await terms(deadlines={"first": 60, "resolution": 120})
    with clock.driven() as time:
        case = await complained(await delivered(market))
        begun = clock.now()
        time.forward(30 * clock.MINUTE)
        other = await complained(await delivered(market, "tea"))
        await support.answer(staff_id=mei, case_id=case.id, text="Which?", key="1", waits=True)
        time.forward(40 * clock.HOUR)
        await support.say(person_id=market.ann, case_id=case.id, text="This one", key="2")
        line = await support.queue(view="all", staff_id=mei)

    resolution = await db.rows("SELECT due_at FROM support_deadline WHERE case_id = ? AND kind = 'resolution'", case.id)
    assert resolution[0]["due_at"] == begun + 42 * clock.HOUR
    assert [one.id for one in line] == [other.id, case.id]


async def test_what_is_late_is_a_leads_and_is_apologised_for_once_with_points_while_there_are_any(
    market: Market,
) -> None:
    mei = await agent()
    await terms(goodwill={"points": 50, "daily": 50}, deadlines={"first": 240, "warning": 30})
    with clock.driven() as time:
        case, other = [await complained(await delivered(market, sku)) for sku in ("rice", "tea")]
        await support.claim(staff_id=mei, case_id=case.id)

        time.forward(220 * clock.MINUTE)
        warned = await support.watch()
        time.forward(clock.HOUR)
        raised = await asyncio.gather(*(support.watch() for _ in range(4)))
        await support.say(person_id=market.ann, case_id=case.id, text="Hello?", key="1")
        time.forward(90 * clock.DAY)
        await support.watch()

    assert (warned, sum(raised)) == (2, 2)
    assert {(one.level, one.staff_id) for one in [await support.case(case.id), await support.case(other.id)]} == {
        ("lead", None)
    }
    assert (await letters(market.ann)).count("case_late") == 2
    assert sorted([await support.goodwill(case.id), await support.goodwill(other.id)]) == [0, 50]
    assert (await points.balance(market.ann)).available == 50
    assert await books() == []


async def test_who_looks_and_then_apologises_apologises_twice(market: Market) -> None:
    await db.execute("CREATE TABLE loose (case_id BIGINT)")
    looked = asyncio.Barrier(2)

    async def apologise() -> None:
        told = await db.rows("SELECT 1 FROM loose")
        await looked.wait()
        if not told:
            await db.execute("INSERT INTO loose (case_id) VALUES (1)")

    await asyncio.gather(apologise(), apologise())

    assert len(await db.rows("SELECT 1 FROM loose")) == 2


async def test_what_comes_back_to_somebody_who_is_not_here_is_everybodys(market: Market) -> None:
    mei = await agent()
    case = await complained(await delivered(market))
    await support.answer(staff_id=mei, case_id=case.id, text="Which?", key="1", waits=True)
    await staff.be_present(staff_id=mei, until=0)

    await support.say(person_id=market.ann, case_id=case.id, text="This one", key="2")

    assert (await support.case(case.id)).staff_id is None


async def test_money_that_the_provider_does_not_give_back_is_paid_by_a_lead_and_she_hears_of_each_step(
    market: Market,
) -> None:
    async def refuse(_: RefundWish) -> None:
        raise RefundFailed("card closed")

    payments.use_refunders({"demo": refuse})
    mei, lin = await agent(), await agent("Lin", "lead")
    order = await delivered(market)
    case = await complained(order)
    await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    for _ in range(8):
        await db.execute("UPDATE refund SET not_before = 0")
        await payments.refund_due()
    stuck = (await support.mine(person_id=market.ann))[0]
    promised = await running(stuck.id)
    refund = (await payments.at_desk(order.id))[0]

    with pytest.raises(support.NotYours):
        await support.paid_by_hand(staff_id=mei, case_id=stuck.id, refund_id=refund.id, reference="B-1")
    paid = await asyncio.gather(
        *(support.paid_by_hand(staff_id=lin, case_id=stuck.id, refund_id=refund.id, reference="B-1") for _ in range(2)),
        return_exceptions=True,
    )

    assert (stuck.level, stuck.state, promised["paid"]) == ("lead", "open", True)
    assert paid.count(True) == 1
    assert "paid" not in await running(stuck.id)
    assert [one for one in await letters(market.ann) if one.startswith("refund")] == ["refund_at_desk", "refund_done"]
    assert (await orders.find(order.id)).lines[0].credited == 1
    assert await books() == []


async def test_money_that_leaves_in_time_keeps_its_promise(market: Market) -> None:
    await asks_all_to_succeed()
    mei = await agent()
    case = await complained(await delivered(market))
    await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))

    before = await running(case.id)
    await payments.refund_due()

    assert (before, await running(case.id)) == ({"paid": True}, {})
