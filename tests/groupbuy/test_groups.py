"""A group from its opening to its end: seats, prices, who is confirmed and who is paid back, and what they are told."""

import pytest

from storefront import cart, groupbuy, orders, payments, points
from storefront.groupbuy import turning
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from tests.groupbuy.groups import (
    DAY,
    PRICE,
    campaign,
    given_back,
    group_of,
    joined,
    joining,
    opened,
    opening,
    order_state,
    paid,
    sat,
    state,
    wrong,
)
from tests.support.market import (
    HOLD_MS,
    POLICY,
    Market,
    asked,
    bought,
    charge_states,
    charged,
    customer,
    drafted,
    given,
    left,
    letters,
    placed,
    stocked,
)


async def mei() -> int:
    return await customer("Mei", 3)


async def test_a_group_that_fills_up_is_confirmed_at_the_group_price(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    first = await paid(await opening(market.ann, await campaign()))
    group = await group_of(first)
    second = await joined(market.bob, group)
    waiting = [await order_state(order) for order in (first, second)]

    third = await joined(await mei(), group)
    await groupbuy.turn()

    assert waiting == ["paid", "paid"]
    assert await state(group) == ("succeeded", 3, 3)
    assert [await order_state(order) for order in (first, second, third)] == ["confirmed"] * 3
    assert (first.total, first.lines[0].listed) == (Money(PRICE, "CNY"), Money(4690, "CNY"))
    assert await left(rice) == 7
    assert await letters(market.ann) == ["group_joined", "group_complete"]
    assert await wrong() == []


async def test_money_given_while_a_group_waits_earns_nothing_when_it_is_confirmed(market: Market) -> None:
    await points.set_rules([points.EarnRule("base", "purchase", rate=10)])
    await stocked("rice", pieces=10)
    first = await paid(await opening(market.ann, await campaign(size=2)))
    await payments.compensate(order_id=first.id, amount_minor=PRICE, key="late", actor="staff:1", cause="late")

    second = await joined(market.bob, await group_of(first))
    await groupbuy.turn()

    earned = [await points.earned_by(person_id=order.person_id, order_id=order.id) for order in (first, second)]
    assert earned == [0, PRICE // 10]
    assert await wrong() == []


async def test_a_group_that_does_not_fill_up_pays_everybody_back_in_points_and_money(market: Market) -> None:
    rice = await stocked("rice", pieces=10, points_cap=2000)
    await given(market.ann, 2310)
    with clock.driven() as time:
        draft = await opening(market.ann, await campaign())
        draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, points_wanted=1000)
        first = await paid(draft)
        group = await group_of(first)
        second = await joined(market.bob, group)
        had = (await points.balance(market.ann)).available
        time.forward(DAY)

        await groupbuy.turn()
        await groupbuy.turn()

        assert await state(group) == ("failed", 2, 2)
        assert [await order_state(order) for order in (first, second)] == ["cancelled"] * 2
        assert (await given_back(first), await given_back(second)) == ((1000, PRICE - 1000), (0, PRICE))
        assert (had, (await points.balance(market.ann)).available) == (1310, 2310)
        assert await left(rice) == 10
        assert (await letters(market.bob))[-1] == "group_failed"
        assert "order_credited" not in await letters(market.bob)
        assert await wrong() == []


async def test_a_seat_is_taken_when_its_order_is_placed_and_lost_when_it_lapses(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    with clock.driven() as time:
        group = await opened(market.ann, await campaign(size=2))
        order = await sat(market.bob, group)
        taken = await state(group)
        with pytest.raises(groupbuy.GroupFull):
            await joining(await mei(), group)
        time.forward(HOLD_MS)

        await orders.lapse()

        assert taken == ("open", 2, 1)
        assert await state(group) == ("open", 1, 1)
        assert await order_state(order) == "expired"
        assert await left(rice) == 9
        assert await letters(market.bob) == ["seat_lost"]
        assert await wrong() == []


async def test_an_unpaid_order_that_is_cancelled_frees_its_seat(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign(size=2))
    order = await sat(market.bob, group)

    await orders.cancel(person_id=market.bob, order_id=order.id)

    assert await state(group) == ("open", 1, 1)
    assert (await joined(await mei(), group)).state == "paid"
    assert await wrong() == []


async def test_a_group_whose_leader_does_not_pay_is_over(market: Market) -> None:
    await stocked("rice")
    order = await placed(await opening(market.ann, await campaign()))
    group = await group_of(order)

    await orders.cancel(person_id=market.ann, order_id=order.id)

    assert await state(group) == ("failed", 0, 0)
    with pytest.raises(groupbuy.GroupEnded):
        await joining(market.bob, group)
    assert await wrong() == []


async def test_who_leaves_before_the_end_is_paid_back_and_her_seat_is_free(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    group = await opened(market.ann, await campaign())
    order = await joined(market.bob, group)

    for _ in range(2):
        await groupbuy.leave(person_id=market.bob, group_id=group.id)

    assert await state(group) == ("open", 1, 1)
    assert (await order_state(order), await given_back(order)) == ("cancelled", (0, PRICE))
    assert await left(rice) == 9
    assert (await joined(market.bob, group)).state == "paid"
    assert await wrong() == []


async def test_when_the_leader_leaves_whoever_came_next_leads(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign())
    await joined(market.bob, group)

    await groupbuy.leave(person_id=market.ann, group_id=group.id)

    assert (await groupbuy.find(group.id)).leader == "Bob"
    await groupbuy.leave(person_id=market.bob, group_id=group.id)
    assert await state(group) == ("failed", 0, 0)
    assert await wrong() == []


async def test_nobody_leaves_a_group_that_has_succeeded(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign(size=2))
    order = await joined(market.bob, group)

    for _ in range(2):
        with pytest.raises(groupbuy.GroupEnded):
            await groupbuy.leave(person_id=market.bob, group_id=group.id)
        await groupbuy.turn()

    assert (await order_state(order), await given_back(order)) == ("confirmed", (0, 0))
    assert await wrong() == []


async def test_a_payment_after_the_end_is_paid_back(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        group = await opened(market.ann, await campaign())
        time.forward(DAY - clock.MINUTE)
        draft = await joining(market.bob, group)
        order = await asked(draft)
        time.forward(clock.MINUTE)
        # As it is between the end of a group and the settling of its seats.
        await db.execute("UPDATE group_buy SET state = 'failed', cause = 'late', closed_at = ends_at")
        await charged(draft)
        await payments.advance()
        late = await order_state(order)

        await groupbuy.turn()

        assert (late, await order_state(order)) == ("paid", "cancelled")
        assert (await given_back(order), await state(group)) == ((0, PRICE), ("failed", 2, 1))
        assert (await letters(market.bob)) == ["group_failed"]
        assert await wrong() == []


async def test_who_is_still_paying_when_the_group_ends_pays_for_nothing(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        group = await opened(market.ann, await campaign())
        time.forward(DAY - clock.MINUTE)
        draft = await joining(market.bob, group)
        order = await asked(draft)
        time.forward(clock.MINUTE)

        await groupbuy.turn()
        await groupbuy.turn()
        await charged(draft, "too late")
        await payments.advance()

        assert await order_state(order) == "expired"
        assert await state(group) == ("failed", 1, 1)
        assert await charge_states() == ["applied", "to_refund"]
        assert await letters(market.bob) == ["seat_lost", "charge_unused"]
        assert await wrong() == []


async def test_a_runner_that_comes_to_a_seat_which_another_one_let_go_of_leaves_it_alone(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        group = await opened(market.ann, await campaign())
        order = await sat(market.bob, group)
        seat = (await db.rows("SELECT id FROM group_seat WHERE order_id = ?", order.id))[0]["id"]
        time.forward(DAY)
        await groupbuy.turn()

        assert not await turning.settle(seat)

        assert await order_state(order) == "expired"
        assert await wrong() == []


async def test_a_withdrawn_item_ends_its_groups_and_pays_back(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign())
    await db.execute("UPDATE item SET withdrawn_at = 1")

    await groupbuy.turn()

    assert await state(group) == ("failed", 1, 1)
    assert (await groupbuy.find(group.id)).cause == "withdrawn"
    assert (await letters(market.ann))[-1] == "group_failed"
    assert await wrong() == []


async def test_a_group_order_cannot_be_paid_at_the_branch(market: Market) -> None:
    await stocked("rice")

    with pytest.raises(orders.NoWay):
        await placed(await opening(market.ann, await campaign()), "branch")


async def test_points_only_pay_for_a_seat_at_once(market: Market) -> None:
    await stocked("rice", points_cap=5000)
    await given(market.ann, 5000)
    draft = await opening(market.ann, await campaign(size=2))
    policy = cart.Policy(points_percent=100)
    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=policy, points_wanted=5000)

    order = await orders.place(
        person_id=market.ann, checkout_id=draft.id, revision=draft.revision, provider="points", policy=policy, hold_ms=1
    )

    assert ((await order_state(order)), await state(await group_of(order))) == ("paid", ("open", 1, 1))
    await groupbuy.leave(person_id=market.ann, group_id=(await group_of(order)).id)
    assert (await points.balance(market.ann)).available == 5000
    assert await wrong() == []


async def test_a_ladder_gives_the_difference_back_once_at_the_close(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        ladder = [{"people": 3, "price_minor": 3490}, {"people": 10, "price_minor": 2990}]
        terms = await campaign(size=2, ladder=ladder, points=False)
        group = await opened(market.ann, terms)
        orders_ = [await joined(person_id, group) for person_id in (market.bob, await mei())]
        await groupbuy.turn()
        before = await state(group)
        time.forward(DAY)

        for _ in range(3):
            await groupbuy.turn()

        assert before == ("open", 3, 3)
        assert await state(group) == ("succeeded", 3, 3)
        assert [await given_back(order) for order in orders_] == [(0, PRICE - 3490)] * 2
        assert [await order_state(order) for order in orders_] == ["confirmed"] * 2
        assert (await letters(market.bob))[-2:] == ["group_complete", "order_credited"]
        assert await wrong() == []


async def test_a_ladder_whose_first_step_is_reached_succeeds_without_a_difference(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        terms = await campaign(size=2, ladder=[{"people": 5, "price_minor": 2990}], points=False)
        group = await opened(market.ann, terms)
        order = await joined(market.bob, group)
        time.forward(DAY)

        await groupbuy.turn()

        assert await state(group) == ("succeeded", 2, 2)
        assert (await order_state(order), await given_back(order)) == ("confirmed", (0, 0))
        assert await wrong() == []


async def test_the_leader_gets_her_reward_once_when_the_group_succeeds(market: Market) -> None:
    await stocked("rice")
    terms = await campaign(size=2, leader_points=300, leader_percent=100)
    first = await paid(await opening(market.ann, terms))
    second = await joined(market.bob, await group_of(first))

    for _ in range(2):
        await groupbuy.turn()

    assert (await given_back(first), await given_back(second)) == ((0, PRICE), (0, 0))
    assert [await points.earned_as(who, ["leader"]) for who in (market.ann, market.bob)] == [(0, 300), (0, 0)]
    assert await wrong() == []


async def test_the_leaders_points_are_usable_after_the_time_for_returns_and_go_when_her_goods_come_back(
    market: Market,
) -> None:
    await stocked("rice")
    terms = await campaign(size=2, leader_points=300, pieces=2, per_person=9)
    with clock.driven() as time:
        led = []
        for _ in range(2):
            order = await paid(await opening(market.ann, terms))
            await joined(market.bob, await group_of(order))
            await groupbuy.turn()
            await orders.step(order_id=order.id, to_state="delivered", actor="shop", cause="a test")
            led.append(order)
        all_of_it = {led[0].lines[0].id: 1}
        await payments.credit(order_id=led[0].id, pieces=all_of_it, key="back", actor="staff:3", cause="torn")
        before = await points.earned_as(market.ann, ["leader"])
        time.forward(points.terms().return_days * DAY)
        await points.ready()
        after = await points.earned_as(market.ann, ["leader"])

        await payments.credit(
            order_id=led[1].id, pieces={led[1].lines[0].id: 1}, key="late", actor="staff:3", cause="torn"
        )

        assert (before, after, await points.earned_as(market.ann, ["leader"])) == ((0, 300), (300, 0), (0, 0))
        assert (await points.balance(market.ann)).available == 0
        assert await wrong() == []


async def test_a_customer_has_one_seat_in_a_group_and_only_so_many_in_a_campaign(market: Market) -> None:
    await stocked("rice")
    terms = await campaign(per_person=1)
    group = await opened(market.ann, terms)

    with pytest.raises(groupbuy.AlreadyIn):
        await joining(market.ann, group)
    with pytest.raises(groupbuy.EnoughGroups):
        await opening(market.ann, terms)
    await groupbuy.leave(person_id=market.ann, group_id=group.id)
    assert (await opening(market.ann, terms)).deal is not None


async def test_a_group_for_newcomers_takes_new_members_and_any_leader(market: Market) -> None:
    rice = await stocked("rice")
    await bought(await drafted(market.ann, rice), "before")
    await bought(await drafted(market.bob, rice), "before too")
    group = await opened(market.ann, await campaign(newcomers=True))

    with pytest.raises(groupbuy.ForNewcomers):
        await joining(market.bob, group)
    assert (await joined(await mei(), group)).state == "paid"


async def test_a_newcomer_whose_group_failed_is_a_newcomer_still(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        terms = await campaign(newcomers=True)
        await joined(market.bob, await opened(market.ann, terms))
        time.forward(DAY)
        await groupbuy.turn()

        group = await opened(market.ann, terms)

        assert (await joined(market.bob, group)).state == "paid"
        assert await wrong() == []


async def test_a_newcomer_takes_one_seat_for_newcomers_at_a_time(market: Market) -> None:
    await stocked("rice")
    await stocked("tea")
    somebody = await mei()
    rice_group = await opened(market.ann, await campaign(newcomers=True))
    tea_group = await opened(market.ann, await campaign("tea", newcomers=True))
    await sat(somebody, rice_group)
    draft = await joining(somebody, tea_group)

    with pytest.raises(groupbuy.ForNewcomers):
        await placed(draft)


async def test_pieces_set_aside_for_groups_are_sold_to_groups_only(market: Market) -> None:
    rice = await stocked("rice", pieces=5)
    terms = await campaign(size=2, quota=2)
    aside = await left(rice)
    group = await opened(market.ann, terms)
    await joined(market.bob, group)

    with pytest.raises(groupbuy.PiecesGone):
        await opening(await mei(), terms)

    assert (aside, await left(rice)) == (3, 3)
    assert await wrong() == []


async def test_what_a_failed_group_had_of_the_pieces_set_aside_is_there_for_the_next(market: Market) -> None:
    rice = await stocked("rice", pieces=2)
    with clock.driven() as time:
        terms = await campaign(size=2, quota=2)
        await opened(market.ann, terms)
        time.forward(DAY)
        await groupbuy.turn()
        between = await left(rice)

        group = await opened(market.ann, terms)
        await joined(market.bob, group)
        await groupbuy.turn()
        time.forward(10 * DAY)
        await groupbuy.turn()

        assert (between, await left(rice)) == (0, 0)
        assert (await state(group))[0] == "succeeded"
        assert await wrong() == []


async def test_when_a_campaign_ends_what_is_left_of_its_pieces_is_on_offer_again(market: Market) -> None:
    rice = await stocked("rice", pieces=5)
    with clock.driven() as time:
        terms = await campaign(size=2, quota=4)
        await opened(market.ann, terms)
        time.forward(10 * DAY)

        for _ in range(2):
            await groupbuy.turn()

        assert await left(rice) == 5
        with pytest.raises(groupbuy.CampaignOver):
            await opening(market.bob, terms)
        assert await wrong() == []


async def test_a_draft_takes_no_more_pieces_than_the_campaign_gives(market: Market) -> None:
    await stocked("rice")
    draft = await opening(market.ann, await campaign(pieces=2))
    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, quantity=2)

    with pytest.raises(cart.DealLimit):
        await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, quantity=3)

    assert draft.total.minor == 2 * PRICE


async def test_a_price_that_changed_since_the_summary_is_not_paid(market: Market) -> None:
    await stocked("rice")
    draft = await opening(market.ann, await campaign())
    await campaign(price_minor=4190)

    with pytest.raises(cart.StaleCheckout):
        await placed(draft)


async def test_an_open_group_keeps_the_terms_of_the_day_it_was_opened(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign())
    await campaign(price_minor=4190, size=5)

    order = await joined(market.bob, group)

    assert order.total.minor == PRICE
    assert (await groupbuy.find(group.id)).size == 3


async def test_members_are_nudged_when_half_the_time_is_over_and_before_the_end(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        await opened(market.ann, await campaign())
        told = []
        for hours in (11, 1, 1, 8, 1):
            time.forward(hours * clock.HOUR)
            await groupbuy.turn()
            told.append((await letters(market.ann)).count("group_nudge"))

        assert told == [0, 1, 1, 2, 2]


async def test_a_habit_of_paying_with_points_outlives_a_group_without_points(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 4000)
    await bought(await drafted(market.ann, rice, use=1000), "with points")

    await opened(market.ann, await campaign(points=False))

    assert (await drafted(market.ann, rice)).price.points == 1000


async def test_strangers_are_offered_the_group_that_misses_the_fewest(market: Market) -> None:
    rice = await stocked("rice", pieces=20)
    terms = await campaign(size=3)
    far = await opened(market.ann, terms)
    near = await opened(market.bob, terms)
    await joined(await mei(), near)

    offered = await groupbuy.near_full(variant_id=rice, person_id=await customer("Lin", 4))

    assert [group.id for group in offered] == [near.id, far.id]
    assert [group.id for group in await groupbuy.near_full(variant_id=rice, person_id=market.bob)] == [far.id]


async def test_groups_by_link_only_are_not_offered_to_strangers(market: Market) -> None:
    rice = await stocked("rice")
    await opened(market.ann, await campaign(strangers=False))

    assert await groupbuy.near_full(variant_id=rice, person_id=market.bob) == []


async def test_two_accounts_of_one_person_in_one_group_stay_two_seats_of_hers(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign())
    await joined(market.bob, group)

    await groupbuy.follow(from_person_id=market.bob, to_person_id=market.ann)
    await orders.follow(from_person_id=market.bob, to_person_id=market.ann)
    await groupbuy.leave(person_id=market.ann, group_id=group.id)

    assert await state(group) == ("failed", 0, 0)
    assert [finding async for finding in groupbuy.findings()] == []


async def test_a_customer_opens_only_so_many_groups_a_day(market: Market) -> None:
    await stocked("rice", pieces=50)
    terms = await campaign(per_person=50)
    await db.many(
        "INSERT INTO group_buy (code, campaign_id, leader_id, steps, needed, size, state, opened_at, ends_at, closed_at)"
        " VALUES (?, ?, ?, '[[3, 3990]]', 3, 3, 'failed', ?, ?, ?)",
        [(f"OLD{n}", terms, market.ann, clock.now(), clock.now() + 1, clock.now() + 1) for n in range(20)],
    )

    with pytest.raises(groupbuy.TooManyGroups):
        await placed(await opening(market.ann, terms))


async def test_a_code_nobody_has_opens_nothing(market: Market) -> None:
    with pytest.raises(NotFound):
        await groupbuy.join(person_id=market.ann, code="NOSUCHGROUP", policy=POLICY)
