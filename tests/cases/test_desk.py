"""Agents settle: one has the case, what she says reaches the customer, what she decides is done once and exactly."""

import asyncio
from collections.abc import Awaitable

import pytest

from storefront import groupbuy, messaging, orders, payments, points, staff, support
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from tests.cases.desk import agent, complained, delivered, shown
from tests.groupbuy.groups import campaign, joined, opened
from tests.support.market import (
    Market,
    asks_all_to_succeed,
    books,
    bought,
    customer,
    drafted,
    given,
    left,
    letters,
    placed,
    stocked,
)


async def outcomes(*wishes: Awaitable[object]) -> list[str]:
    """What became of wishes at once, by the kinds of their answers."""
    return sorted(type(one).__name__ for one in await asyncio.gather(*wishes, return_exceptions=True))


async def test_an_agent_gives_back_what_is_broken_in_two_taps(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 1000)
    mei, order = await agent(), await delivered(market, use=1000)

    case = await complained(order)
    await support.claim(staff_id=mei, case_id=case.id)
    done = await support.refund(
        staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), restock=False
    )
    again = await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    await payments.refund_due()

    now = await support.case(case.id)
    assert (done, now.state, now.asked_at, (now.points, now.money)) == (
        again,
        "decided",
        None,
        (case.points, case.money),
    )
    assert (done.points, done.money_minor) == (500, next(wish.amount.minor for wish in back))
    assert ((await orders.find(order.id)).state, (await points.balance(market.ann)).available) == ("delivered", 500)
    assert (await letters(market.ann))[-3:] == ["order_credited", "case_stars", "refund_done"]
    assert await books() == []


async def test_of_two_agents_one_has_the_case_and_the_other_hears_who(market: Market) -> None:
    mei, li = await agent(), await agent("Li")
    case = await complained(await delivered(market))

    took = await outcomes(*(support.claim(staff_id=who, case_id=case.id) for who in (mei, li)))
    has = (await support.case(case.id)).staff_id
    other = li if has == mei else mei

    assert took == ["Case", "Taken"]
    with pytest.raises(support.Taken) as refused:
        await support.answer(staff_id=other, case_id=case.id, text="Hello", key="1")
    assert refused.value.facts == {"name": "Mei" if has == mei else "Li"}


async def test_two_agents_who_look_before_they_claim_both_have_it(market: Market) -> None:
    await db.execute("CREATE TABLE loose (staff_id BIGINT)")
    await db.execute("INSERT INTO loose (staff_id) VALUES (NULL)")
    looked = asyncio.Barrier(2)

    async def claim(staff_id: int) -> bool:
        free = (await db.rows("SELECT staff_id FROM loose"))[0]["staff_id"] is None
        await looked.wait()
        if free:
            await db.execute("UPDATE loose SET staff_id = ?", staff_id)
        return free

    assert await asyncio.gather(claim(1), claim(2)) == [True, True]


async def test_a_refund_decided_twice_at_once_by_two_agents_and_by_her_own_hand_is_given_once(market: Market) -> None:
    back = await asks_all_to_succeed()
    mei, lin = await agent(), await agent("Lin", "lead")
    case = await complained(await delivered(market), pieces=2)

    decided = await outcomes(
        *(
            support.refund(staff_id=who, case_id=case.id, pieces=case.pieces, key=f"{who}:{n}", shown=shown(case))
            for who in (mei, lin)
            for n in range(3)
        ),
        support.withdraw(person_id=market.ann, case_id=case.id),
    )
    await payments.refund_due()

    given_back = sum(wish.amount.minor for wish in back)
    assert given_back == (9380 if decided.count("Decision") == 1 else 0)
    assert decided.count("Decision") <= 1
    assert (await support.case(case.id)).state == ("decided" if given_back else "closed")
    assert await books() == []


async def test_what_is_said_reaches_the_other_side_and_may_be_corrected(market: Market) -> None:
    mei = await agent()
    case = await complained(await delivered(market))
    said = support.Said(1, 1, 77)

    answer = await support.answer(staff_id=mei, case_id=case.id, text="Which bag?", key="a", waits=True)
    waiting = await support.case(case.id)
    await support.correct(staff_id=mei, message_id=answer, text="Which of the two bags?")
    await support.say(person_id=market.ann, case_id=case.id, text="The red one", key="u1", said=said)
    await support.say(person_id=market.ann, case_id=case.id, text="The red one", key="u1", said=said)
    await support.corrected(said=said, text="The blue one")
    await support.note(staff_id=mei, case_id=case.id, text="She is a regular", key="n")

    told = [(message.author, message.text) for message in await support.messages(case.id)]
    assert told == [
        ("customer", "The bag is torn"),
        ("staff", "Which of the two bags?"),
        ("customer", "The blue one"),
        ("note", "She is a regular"),
    ]
    assert ((await letters(market.ann))[-1], waiting.state, waiting.asked_at) == ("support_answer", "waiting", None)
    assert ((await support.case(case.id)).state, (await support.case(case.id)).asked_at is not None) == ("open", True)
    listening = await messaging.dialogue(bot_id=1, chat_id=1)
    assert listening is not None
    assert listening.data == {"case_id": case.id}


async def test_who_may_not_give_back_proposes_and_somebody_else_agrees(market: Market) -> None:
    await asks_all_to_succeed()
    tom, lin = await agent("Tom", may_refund=False), await agent("Lin", "lead")
    case = await complained(await delivered(market))

    proposed = await support.refund(staff_id=tom, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    nothing_yet = (await orders.find(case.order.id)).lines[0].credited
    with pytest.raises(support.SamePerson):
        await support.approve(staff_id=tom, decision_id=proposed.id)
    agreed = await asyncio.gather(*(support.approve(staff_id=lin, decision_id=proposed.id) for _ in range(4)))

    assert (proposed.state, nothing_yet) == ("proposed", 0)
    assert {(one.state, one.actor, one.approver) for one in agreed} == {("done", f"staff:{tom}", f"staff:{lin}")}
    assert (await orders.find(case.order.id)).lines[0].credited == 1
    assert await books() == []


async def test_a_proposal_that_is_declined_gives_nothing_and_the_case_goes_on(market: Market) -> None:
    tom, lin = await agent("Tom", may_refund=False), await agent("Lin", "lead")
    case = await complained(await delivered(market))
    proposed = await support.refund(staff_id=tom, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))

    declined = await support.decline(staff_id=lin, decision_id=proposed.id, text="Ask for a photo first", key="d")
    late = await support.approve(staff_id=lin, decision_id=proposed.id)

    assert (declined.state, late.state, (await support.case(case.id)).state) == ("declined", "declined", "open")
    assert (await orders.find(case.order.id)).lines[0].credited == 0


async def test_a_sum_for_the_trouble_is_never_more_than_is_left_and_pieces_bring_back_the_rest(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 1000)
    mei, order = await agent(), await delivered(market, use=1000)
    case = await complained(order, pieces=2)

    with pytest.raises(payments.MoreThanPaid):
        await support.give_sum(staff_id=mei, case_id=case.id, points=1001, money_minor=0, key="too much")
    await support.give_sum(staff_id=mei, case_id=case.id, points=300, money_minor=400, key="sum")
    await support.reopen(staff_id=mei, case_id=case.id)
    points_left, money_left = await payments.left_of(order.id)
    rest = await support.refund(
        staff_id=mei, case_id=case.id, pieces={order.lines[0].id: 2}, key="all", shown=(points_left, money_left.minor)
    )
    await payments.refund_due()

    assert (rest.points, (await points.balance(market.ann)).available) == (700, 1000)
    assert sum(wish.amount.minor for wish in back) == order.total.minor
    assert await books() == []


async def test_a_refusal_is_objected_to_once_and_a_lead_looks_at_it(market: Market) -> None:
    mei, lin = await agent(), await agent("Lin", "lead")
    case = await complained(await delivered(market))

    await support.refuse(staff_id=mei, case_id=case.id, text="Used", key="r")
    appealed = await support.appeal(person_id=market.ann, case_id=case.id, text="It is new!", key="a")
    with pytest.raises(support.ForLead):
        await support.claim(staff_id=mei, case_id=case.id)
    await support.refuse(staff_id=lin, case_id=case.id, text="It is used", key="r2")
    with pytest.raises(support.AppealedAlready):
        await support.appeal(person_id=market.ann, case_id=case.id, text="No!", key="a2")

    assert (appealed.state, appealed.level, appealed.staff_id) == ("open", "lead", None)
    assert (await letters(market.ann)).count("case_refused") == 2
    assert (await support.case(case.id)).state == "refused"


async def test_cases_are_given_in_turn_to_who_is_here_speaks_the_language_and_has_room(market: Market) -> None:
    mei = (await staff.add(login="mei", name="Mei", role="agent", languages=("en",), capacity=1)).id
    russian = (await staff.add(login="vera", name="Vera", role="agent", languages=("ru",))).id
    away = (await staff.add(login="tom", name="Tom", role="agent")).id
    for who in (mei, russian):
        await staff.be_present(staff_id=who, until=clock.now() + clock.HOUR)
    cases = [await complained(await delivered(market, sku)) for sku in ("rice", "tea")]

    given_out = await support.assign()
    await staff.be_present(staff_id=away, until=clock.now() + clock.HOUR)
    later = await support.assign()

    holders = [(await support.case(case.id)).staff_id for case in cases]
    assert (given_out, later, holders) == (1, 1, [mei, away])


async def test_cases_of_one_customer_become_one_and_of_two_never(market: Market) -> None:
    mei, cho = await agent(), await customer("Cho", 3)
    case = await complained(await delivered(market))
    question = await support.ask(person_id=market.ann, order_id=None, text="Are you there?", key="q")
    other = await support.ask(person_id=cho, order_id=None, text="Hello", key="h")

    with pytest.raises(NotFound):
        await support.merge(staff_id=mei, case_id=other.id, into_id=case.id)
    await support.merge(staff_id=mei, case_id=question.id, into_id=case.id)
    await support.say(person_id=market.ann, case_id=question.id, text="And?", key="q2")

    assert [message.text for message in await support.messages(case.id)] == [
        "The bag is torn",
        "Are you there?",
        "And?",
    ]
    assert ((await support.case(question.id)).state, (await support.mine(person_id=market.ann))[0].id) == (
        "closed",
        case.id,
    )


async def test_low_stars_open_it_again_for_a_lead_once(market: Market) -> None:
    mei = await agent()
    case = await complained(await delivered(market))
    await support.close(staff_id=mei, case_id=case.id, text="Solved, I hope", key="c")

    low = await support.rate(person_id=market.ann, case_id=case.id, stars=1)
    with pytest.raises(NotFound):
        await support.rate(person_id=market.ann, case_id=case.id, stars=5)

    assert (low.state, low.level, low.stars, low.asked_at is not None) == ("open", "lead", 1, True)


async def test_what_she_says_after_the_end_opens_it_again_and_long_after_it_is_a_new_one(market: Market) -> None:
    mei = await agent()
    case = await complained(await delivered(market))
    await support.close(staff_id=mei, case_id=case.id, text="Solved", key="c")

    await support.say(person_id=market.ann, case_id=case.id, text="Not at all", key="1")
    again = (await support.case(case.id)).state
    await support.close(staff_id=mei, case_id=case.id, text="Now", key="c2")
    await db.execute("UPDATE support_case SET ended_at = 0")
    await support.say(person_id=market.ann, case_id=case.id, text="Torn again", key="2")

    assert (again, (await support.case(case.id)).state) == ("open", "closed")
    assert (await support.mine(person_id=market.ann))[0].id != case.id


async def test_what_is_put_off_comes_back_when_she_writes_or_the_order_moves(market: Market) -> None:
    mei = await agent()
    case = await complained(await delivered(market))

    asleep = await support.snooze(staff_id=mei, case_id=case.id, until=None)
    await support.say(person_id=market.ann, case_id=case.id, text="Hello?", key="1")
    awake = await support.case(case.id)
    await support.snooze(staff_id=mei, case_id=case.id, until=None)
    await support.wake(order_id=case.order.id)

    assert asleep.snoozed_until is not None
    assert (awake.snoozed_until, (await support.case(case.id)).snoozed_until) == (None, None)


async def test_what_came_back_meanwhile_is_not_decided_upon_unseen(market: Market) -> None:
    await asks_all_to_succeed()
    mei, order = await agent(), await delivered(market, quantity=3)
    rice, case = order.lines[0].variant_id, await complained(order, pieces=3)
    await payments.credit(order_id=order.id, pieces={order.lines[0].id: 1}, key="x", actor="staff:9", cause="by hand")

    with pytest.raises(orders.MoreThanBought):
        await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    two = {order.lines[0].id: 2}
    with pytest.raises(support.OtherThanShown):
        await support.refund(staff_id=mei, case_id=case.id, pieces=two, key="k", shown=(0, 1))
    now = await support.case(case.id)
    await support.refund(staff_id=mei, case_id=case.id, pieces=two, key="k", shown=shown(now), restock=True)

    assert ((await orders.find(order.id)).lines[0].credited, await left(rice)) == (3, 9)
    assert await books() == []


async def test_nobody_sees_or_moves_a_case_that_is_not_hers(market: Market) -> None:
    case = await complained(await delivered(market))

    for wish in (
        support.find(person_id=market.bob, case_id=case.id),
        support.say(person_id=market.bob, case_id=case.id, text="Me too", key="b"),
        support.withdraw(person_id=market.bob, case_id=case.id),
        support.appeal(person_id=market.bob, case_id=case.id, text="No", key="b"),
        support.rate(person_id=market.bob, case_id=case.id, stars=5),
        support.claim(staff_id=99, case_id=case.id),
    ):
        with pytest.raises(NotFound):
            await wish

    assert (await support.case(case.id)).state == "open"


@pytest.mark.parametrize("complete", [False, True])
async def test_a_member_is_paid_back_whole_out_of_an_open_group_and_out_of_a_complete_one(
    market: Market, complete: bool
) -> None:
    back = await asks_all_to_succeed()
    mei = await agent()
    await stocked("tea")
    group = await opened(market.bob, await campaign("tea", size=2))
    seat = (await db.rows("SELECT order_id FROM group_seat WHERE group_id = ?", group.id))[0]["order_id"]
    case = await support.ask(person_id=market.bob, order_id=seat, text="I do not want it", key="q")
    if complete:
        await joined(market.ann, group)
        await groupbuy.turn()

    pieces = {case.order.lines[0].id: 1}
    points_back, money_back = await payments.quote(order_id=seat, pieces=pieces)
    sums = (points_back, money_back.minor)
    with pytest.raises(support.OtherThanShown):
        await support.refund(staff_id=mei, case_id=case.id, pieces=pieces, key="k", shown=(0, 1))
    await asyncio.gather(
        *(support.refund(staff_id=mei, case_id=case.id, pieces=pieces, key="k", shown=sums) for _ in range(2))
    )
    await payments.refund_due()

    now = await groupbuy.find(group.id)
    assert ([wish.amount for wish in back], (await orders.find(seat)).state) == ([money_back], "cancelled")
    assert (now.state, now.taken) == (("succeeded", 2) if complete else (now.state, 0))
    assert (await letters(market.bob)).count("order_credited") == 1
    assert [finding async for finding in groupbuy.findings()] == []
    assert await books() == []


async def test_a_gift_and_an_order_of_points_alone_come_back_in_points(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 5000)
    mei = await agent()
    mug = await stocked("mug", price=0, points_price=2000)
    draft = await drafted(market.ann, mug, quantity=2)
    order = await placed(draft, "points")
    await orders.step(order_id=order.id, to_state="delivered", actor="staff:1", cause="handed over")
    case = await complained(await orders.find(order.id))

    done = await support.refund(
        staff_id=mei, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case), restock=True
    )
    await payments.refund_due()

    assert ((done.points, done.money_minor), back, await left(mug)) == ((2000, 0), [], 9)
    assert (await points.balance(market.ann)).available == 3000
    assert await books() == []


async def test_what_was_proposed_is_not_done_any_more_once_the_case_was_decided_otherwise(market: Market) -> None:
    await asks_all_to_succeed()
    tom, lin = await agent("Tom", may_refund=False), await agent("Lin", "lead")
    case = await complained(await delivered(market), pieces=2)
    proposed = await support.replace(staff_id=tom, case_id=case.id, pieces=case.pieces, key="r")

    await support.hand_over(staff_id=lin, case_id=case.id, to_staff_id=lin)
    await support.refund(staff_id=lin, case_id=case.id, pieces=case.pieces, key="k", shown=shown(case))
    late = await support.approve(staff_id=lin, decision_id=proposed.id)

    assert (late.state, late.sent_order_id) == ("declined", None)
    assert await books() == []


async def test_what_came_back_before_the_rest_left_and_after_it_is_together_what_was_paid(market: Market) -> None:
    back = await asks_all_to_succeed()
    await given(market.ann, 1000)
    mei = await agent()
    rice = await stocked("rice", price=3333, points_cap=400)
    order = await bought(await drafted(market.ann, rice, quantity=3, use=1000))
    line = order.lines[0].id

    draft = await support.begin(person_id=market.ann, order_id=order.id)
    await support.choose(person_id=market.ann, case_id=draft.id, line_id=line, quantity=1)
    await support.explain(person_id=market.ann, case_id=draft.id, reason="mind")
    await support.settle(person_id=market.ann, case_id=draft.id)
    await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="the rest left")
    for number in range(2):
        case = await complained(await orders.find(order.id))
        await support.refund(
            staff_id=mei, case_id=case.id, pieces={line: 1}, key=str(number), shown=shown(case), restock=True
        )
    await payments.refund_due()

    assert sum(wish.amount.minor for wish in back) == order.total.minor
    assert ((await points.balance(market.ann)).available, await left(rice)) == (1000, 10)
    assert await books() == []


async def test_what_she_cancels_in_the_chat_and_an_agent_gives_back_at_the_same_instant_goes_back_once(
    market: Market,
) -> None:
    back = await asks_all_to_succeed()
    mei = await agent()
    for number in range(4):
        order = await bought(await drafted(market.ann, await stocked("rice", pieces=50)), f"c{number}")
        draft = await support.begin(person_id=market.ann, order_id=order.id)
        await support.explain(person_id=market.ann, case_id=draft.id, reason="late")
        asked = await support.ask(person_id=market.ann, order_id=order.id, text="Please stop it", key=f"q{number}")
        wish = {"pieces": {order.lines[0].id: 1}, "shown": (0, 4690)}

        await outcomes(
            support.settle(person_id=market.ann, case_id=draft.id),
            support.refund(staff_id=mei, case_id=asked.id, key=f"k{number}", **wish),  # type: ignore[arg-type]
        )
        await payments.refund_due()

        assert len(back) == number + 1
        assert (await orders.find(order.id)).state == "cancelled"
    assert await books() == []


async def test_who_may_give_back_is_given_what_asks_for_it_first(market: Market) -> None:
    tom, mei = await agent("Tom", may_refund=False), await agent("Mei")
    asks_back = await complained(await delivered(market))
    asks = await support.ask(person_id=market.bob, order_id=None, text="Open on Sundays?", key="q")

    await support.assign()

    holders = {case.id: (await support.case(case.id)).staff_id for case in (asks_back, asks)}
    assert holders == {asks_back.id: mei, asks.id: tom}
