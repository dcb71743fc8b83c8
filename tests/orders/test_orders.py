"""An order from its placing to its end: what it holds, what it costs, who may do what with it, and what is said."""

import asyncio
import re

import pytest

from storefront import cart, catalog, ledger, orders, payments, people, points
from storefront.delivery import FeeRule, set_fees
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from tests.support.market import (
    HOLD_MS,
    POLICY,
    Market,
    asked,
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


async def home_of(person_id: int, region: str = "chengdu", line: str = "1 Market Street") -> int:
    address = await people.save_address(
        person_id=person_id, recipient="Ann", phone="+8613800138000", region=region, line=line
    )
    return address.id


async def sent_home(market: Market, variant_id: int, region: str = "chengdu") -> cart.Checkout:
    draft, home = await drafted(market.ann, variant_id), await home_of(market.ann, region)
    return await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, address_id=home)


async def test_an_order_holds_its_pieces_and_points_until_it_is_paid(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2310)

    order = await placed(await drafted(market.ann, rice, 2, use=2000))

    balance = await points.balance(market.ann)
    assert (order.state, order.total, order.points) == ("placed", Money(2 * 4690 - 2000, "CNY"), 2000)
    assert (await left(rice), balance.available, balance.held) == (8, 310, 2000)
    assert re.fullmatch(r"A-\d{5}", order.number)
    assert order.expires_at - order.placed_at == HOLD_MS
    assert order.place is not None
    assert re.fullmatch(r"\d{4}", order.pickup_code or "")
    assert await books() == []


async def test_a_paid_order_is_confirmed_and_its_customer_hears_of_it_once(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2310)

    order = await bought(await drafted(market.ann, rice, use=2000))

    assert (order.state, order.provider) == ("confirmed", "demo")
    assert [(event.to_state, event.actor) for event in order.events] == [
        ("placed", f"person:{market.ann}"),
        ("paid", f"person:{market.ann}"),
        ("confirmed", "shop"),
    ]
    assert await letters(market.ann) == ["order_paid"]
    assert await ledger.balance(ledger.order_hold(order.id, "CNY")) == 2690
    assert await ledger.balance(ledger.order_hold(order.id, "PTS")) == 2000
    assert await books() == []


async def test_the_lines_of_an_order_sum_to_it_exactly(market: Market) -> None:
    await given(market.ann, 5000)
    things = [await stocked(f"thing {n}", price=333 + n, points_cap=40 * n, weight_g=400) for n in range(7)]
    gift = await stocked("gift", price=0, points_price=70)
    for variant_id in (*things, gift):
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=3, key=f"{variant_id}")
    draft, home = await cart.draft(person_id=market.ann, policy=POLICY), await home_of(market.ann)

    order = await placed(
        await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, address_id=home, points_wanted=999)
    )

    assert sum(line.points for line in order.lines) == order.points == 999 + 210
    assert sum(line.points_minor for line in order.lines) == order.points_worth.minor == 999
    assert sum(line.money.minor + line.shipping.minor for line in order.lines) == order.total.minor
    assert sum(line.shipping.minor for line in order.lines) == order.shipping.minor == 600
    assert order.goods.minor + order.shipping.minor - order.points_worth.minor == order.total.minor


async def test_shares_are_kept_as_they_were_whatever_the_thing_costs_later(market: Market) -> None:
    rice = await stocked("rice")
    order = await bought(await drafted(market.ann, rice))

    await stocked("rice", price=9999)

    (line,) = (await orders.get(person_id=market.ann, order_id=order.id)).lines
    assert (line.unit.minor, line.money.minor) == (4690, 4690)


async def test_what_costs_points_only_is_paid_at_once(market: Market) -> None:
    await given(market.ann, 1000)
    gift = await stocked("gift", price=0, points_price=600)

    order = await placed(await drafted(market.ann, gift), "points")

    assert (order.state, order.total.minor, order.points) == ("confirmed", 0, 600)
    assert await letters(market.ann) == ["order_paid"]
    assert await books() == []


async def test_a_customer_has_no_more_of_a_gift_than_each_may_have_over_all_her_orders(market: Market) -> None:
    gift = await stocked("gift", price=0, points_price=70, gift_limit=3)
    await given(market.ann, 1000)
    await given(market.bob, 1000)
    returned = await placed(await drafted(market.ann, gift, quantity=2), "points")
    await payments.credit(
        order_id=returned.id, pieces={returned.lines[0].id: 2}, key="back", actor="desk", cause="changed her mind"
    )
    await placed(await drafted(market.ann, gift, quantity=2), "points")

    with pytest.raises(orders.EnoughGifts) as refused:
        await placed(await drafted(market.ann, gift, quantity=2), "points")
    last = await placed(await drafted(market.ann, gift), "points")
    hers = await placed(await drafted(market.bob, gift, quantity=3), "points")

    assert refused.value.facts["n"] == 3
    assert [last.state, hers.state] == ["confirmed"] * 2
    assert await books() == []


async def test_of_ten_orders_for_a_gift_at_once_as_many_are_placed_as_one_may_have(market: Market) -> None:
    gift = await stocked("gift", price=0, points_price=10, gift_limit=2)
    await given(market.ann, 1000)
    drafts = [await drafted(market.ann, gift) for _ in range(10)]

    told = await asyncio.gather(*(placed(draft, "points") for draft in drafts), return_exceptions=True)

    assert sum(isinstance(one, orders.EnoughGifts) for one in told) == 8
    assert (await left(gift), await books()) == (8, [])


async def test_a_gift_that_she_cannot_afford_is_refused_and_nothing_is_held(market: Market) -> None:
    await given(market.ann, 500)
    gift = await stocked("gift", price=0, points_price=600)
    draft = await drafted(market.ann, gift)

    with pytest.raises(points.NotEnoughPoints) as refused:
        await placed(draft, "points")

    assert refused.value.facts["n"] == 500
    assert (await left(gift), await orders.mine(person_id=market.ann, page=1)) == (10, ([], 1))
    assert await books() == []


async def test_money_that_is_due_is_never_taken_for_points(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))

    with pytest.raises(cart.StaleCheckout):
        await placed(draft, "points")


async def test_the_same_wish_twice_is_one_order(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))

    first, second = await placed(draft), await placed(draft)

    assert first.id == second.id
    assert await letters(market.ann) == []


async def test_another_persons_draft_cannot_be_ordered_nor_her_order_be_seen(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    wish = {"person_id": market.bob, "checkout_id": draft.id, "revision": draft.revision}

    for _ in ("before it is placed", "after"):
        with pytest.raises(NotFound):
            await orders.place(**wish, provider="demo", policy=POLICY, hold_ms=HOLD_MS)
        await placed(draft)

    order = await placed(draft)
    for looking in (
        orders.get(person_id=market.bob, order_id=order.id),
        orders.cancel(person_id=market.bob, order_id=order.id),
        orders.reorder(person_id=market.bob, order_id=order.id, key="k"),
        orders.request_tax_invoice(person_id=market.bob, order_id=order.id, title="Bob", tax_number="1"),
    ):
        with pytest.raises(NotFound):
            await looking


async def test_a_price_that_rose_after_the_summary_is_never_reserved_unseen(market: Market) -> None:
    rice = await stocked("rice")
    draft = await drafted(market.ann, rice)
    await stocked("rice", price=9999)

    with pytest.raises(cart.StaleCheckout):
        await placed(draft, "branch")

    assert await left(rice) == 10


async def test_points_that_ended_after_the_summary_are_not_replaced_by_money_unseen(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    with clock.driven() as time:
        at = clock.now() + clock.HOUR
        await points.grant(person_id=market.ann, points=2000, cause="a test", key="soon", expires_at=at)
        draft = await drafted(market.ann, rice, use=2000)
        time.forward(2 * clock.HOUR)

        with pytest.raises(cart.StaleCheckout):
            await placed(draft, "branch")


async def test_a_thing_that_was_withdrawn_is_not_left_out_of_the_order_unseen(market: Market) -> None:
    rice, tea = await stocked("rice"), await stocked("tea")
    for variant_id in (rice, tea):
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=1, key=f"{variant_id}")
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    await db.execute("UPDATE variant SET withdrawn_at = 1 WHERE id = ?", tea)

    with pytest.raises(cart.StaleCheckout):
        await placed(draft, "branch")


async def test_one_customer_holds_goods_with_five_unpaid_orders_at_most(market: Market) -> None:
    rice = await stocked("rice", pieces=20)
    unpaid = [await placed(await drafted(market.ann, rice)) for _ in range(5)]
    sixth = await drafted(market.ann, rice)

    with pytest.raises(orders.TooManyUnpaid):
        await placed(sixth)

    await orders.cancel(person_id=market.ann, order_id=unpaid[0].id)
    assert (await placed(sixth)).state == "placed"
    assert (await placed(await drafted(market.bob, rice))).state == "placed"


async def test_without_a_place_to_go_there_is_no_order(market: Market) -> None:
    rice = await stocked("rice")
    await db.execute("UPDATE place SET closed_at = 1 WHERE kind = 'branch'")
    nowhere = await drafted(market.ann, rice)

    assert not nowhere.complete
    with pytest.raises(orders.NoWay):
        await placed(nowhere)


async def test_what_is_sent_home_is_not_paid_at_a_branch(market: Market) -> None:
    with pytest.raises(orders.NoWay):
        await placed(await sent_home(market, await stocked("rice")), "branch")


async def test_a_cancelled_order_gives_everything_back_and_says_so_once(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2310)
    order = await placed(await drafted(market.ann, rice, use=2000))

    for _ in ("pressed", "pressed again"):
        assert (await orders.cancel(person_id=market.ann, order_id=order.id)).state == "cancelled"

    assert (await left(rice), (await points.balance(market.ann)).available) == (10, 2310)
    assert await letters(market.ann) == ["order_cancelled"]
    assert await books() == []


async def test_a_paid_order_is_not_cancelled_by_a_tap(market: Market) -> None:
    order = await bought(await drafted(market.ann, await stocked("rice")))

    with pytest.raises(orders.NotCancellable):
        await orders.cancel(person_id=market.ann, order_id=order.id)


async def test_an_unpaid_order_lapses_on_time_gives_everything_back_and_says_so(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2310)
    with clock.driven() as time:
        order = await placed(await drafted(market.ann, rice, use=2000))

        time.forward(HOLD_MS - 1)
        assert await orders.lapse() == 0
        time.forward(1)
        assert [await orders.lapse(), await orders.lapse()] == [1, 0]

    assert (await orders.find(order.id)).state == "expired"
    assert (await left(rice), (await points.balance(market.ann)).available) == (10, 2310)
    assert await letters(market.ann) == ["order_expired"]
    assert await books() == []


async def test_who_is_paying_right_now_gets_the_time_to_do_so(market: Market) -> None:
    with clock.driven() as time:
        draft = await drafted(market.ann, await stocked("rice"))
        await asked(draft)
        time.forward(HOLD_MS - clock.MINUTE)
        await asked(draft)
        time.forward(2 * clock.MINUTE)

        assert await orders.lapse() == 0
        await charged(draft)
        time.forward(clock.HOUR)
        assert await orders.lapse() == 1


async def test_an_order_that_cannot_lapse_holds_up_no_other(market: Market) -> None:
    rice = await stocked("rice")
    with clock.driven() as time:
        broken = await placed(await drafted(market.ann, rice))
        await placed(await drafted(market.bob, rice))
        await db.execute("UPDATE stock_move SET quantity = 999 WHERE order_id = ?", broken.id)
        time.forward(HOLD_MS)

        assert await orders.lapse() == 1

        await db.execute("UPDATE stock_move SET quantity = 1 WHERE order_id = ?", broken.id)
        assert await orders.lapse() == 1
    assert await books() == []


async def test_an_order_goes_its_way_and_money_is_earned_when_it_is_completed(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2000)
    order = await bought(await drafted(market.ann, rice, 2, use=2000))

    went = [
        await orders.step(order_id=order.id, to_state=state, actor="clerk", cause="a test")
        for state in ("ready", "shipped", "delivered", "delivered", "completed", "ready")
    ]

    assert went == [True, False, True, False, True, False]
    assert await letters(market.ann) == ["order_paid", "order_ready", "order_delivered"]
    assert await ledger.balance(ledger.revenue("CNY")) == 2 * 4690 - 2000
    assert await ledger.balance(ledger.points_redeemed()) == 2000
    assert (await db.rows("SELECT SUM(on_hand) AS n, SUM(held) AS h FROM stock"))[0] == {"n": 8, "h": 0}
    assert await books() == []


async def test_an_order_cannot_skip_being_paid(market: Market) -> None:
    order = await placed(await drafted(market.ann, await stocked("rice")))

    for state in ("ready", "shipped", "delivered", "completed", "confirmed", "paid"):
        assert not await orders.step(order_id=order.id, to_state=state, actor="clerk", cause="a test")


async def test_the_address_changes_until_the_parcel_has_left(market: Market) -> None:
    draft = await sent_home(market, await stocked("rice", weight_g=5000))
    order = await bought(draft)
    work = await home_of(market.ann, line="2 Office Road")

    moved = await orders.change_address(person_id=market.ann, order_id=order.id, address_id=work)
    await orders.step(order_id=order.id, to_state="shipped", actor="clerk", cause="a test")

    assert moved.address is not None
    assert moved.address.id == work
    assert moved.events[-1].cause == "address changed"
    assert await letters(market.ann) == ["order_paid", "order_shipped"]
    with pytest.raises(orders.AddressFixed):
        await orders.change_address(person_id=market.ann, order_id=order.id, address_id=work)


async def test_an_address_where_bringing_costs_something_else_is_refused_with_the_fee(market: Market) -> None:
    order = await placed(await sent_home(market, await stocked("rice", weight_g=1000)))
    far, bobs = await home_of(market.ann, region="beijing"), await home_of(market.bob)

    with pytest.raises(orders.FeeDiffers) as refused:
        await orders.change_address(person_id=market.ann, order_id=order.id, address_id=far)
    with pytest.raises(NotFound):
        await orders.change_address(person_id=market.ann, order_id=order.id, address_id=bobs)

    assert refused.value.facts["fee"] == Money(1400, "CNY")


async def test_within_a_region_the_address_changes_though_fees_went_up_or_the_thing_is_gone(market: Market) -> None:
    rice = await stocked("rice")
    order = await placed(await sent_home(market, rice))
    await set_fees(currency="CNY", rules=[FeeRule("*", 9900)])
    await db.execute("UPDATE variant SET withdrawn_at = 1 WHERE id = ?", rice)
    work = await home_of(market.ann, line="2 Office Road")

    moved = await orders.change_address(person_id=market.ann, order_id=order.id, address_id=work)

    assert (moved.address and moved.address.id, moved.shipping.minor) == (work, 600)


async def test_what_is_picked_up_has_no_address_to_change(market: Market) -> None:
    order = await placed(await drafted(market.ann, await stocked("rice")))

    with pytest.raises(orders.AddressFixed):
        await orders.change_address(person_id=market.ann, order_id=order.id, address_id=await home_of(market.ann))


async def test_the_same_again_is_what_is_still_there_and_says_what_is_not(market: Market) -> None:
    rice, tea, vase = await stocked("rice"), await stocked("tea", pieces=6), await stocked("vase", pieces=1)
    for variant_id, quantity in ((rice, 2), (tea, 4), (vase, 1)):
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=quantity, key=f"{variant_id}")
    order = await bought(await cart.draft(person_id=market.ann, policy=POLICY))

    told = [await orders.reorder(person_id=market.ann, order_id=order.id, key="press") for _ in ("once", "twice")]

    for done in told:
        assert (done.added, done.fewer, done.missing) == (2, [({"en": "tea"}, 2)], [{"en": "vase"}])
    assert {line.variant.sku: line.quantity for line in await cart.lines(market.ann)} == {"rice": 2, "tea": 2}


async def test_a_tax_invoice_is_for_paid_orders_and_the_last_wish_counts(market: Market) -> None:
    rice = await stocked("rice")
    unpaid, paid = await placed(await drafted(market.ann, rice)), await bought(await drafted(market.ann, rice))

    with pytest.raises(orders.NotPaid):
        await orders.request_tax_invoice(person_id=market.ann, order_id=unpaid.id, title="Ann", tax_number="1")
    for title in ("Ann", "Ann's Noodles"):
        await orders.request_tax_invoice(person_id=market.ann, order_id=paid.id, title=title, tax_number="91510100")

    assert (await orders.find(paid.id)).tax_title == "Ann's Noodles"


async def test_my_orders_are_mine_newest_first_and_a_page_that_is_not_there_is_the_nearest(market: Market) -> None:
    rice = await stocked("rice", pieces=99)
    made = [await bought(await drafted(market.ann, rice), f"c{n}") for n in range(7)]
    await placed(await drafted(market.bob, rice))

    first, pages = await orders.mine(person_id=market.ann, page=1)
    last, _ = await orders.mine(person_id=market.ann, page=99)

    assert pages == 2
    assert [order.id for order in (*first, *last)] == [order.id for order in reversed(made)]
    assert await orders.mine(person_id=market.bob, page=-1) == await orders.mine(person_id=market.bob, page=1)


async def test_orders_points_cart_and_habits_follow_a_joined_account(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.bob, 2310)
    unpaid = await drafted(market.bob, rice, use=2000)
    await asked(unpaid)
    await charged(unpaid)
    code = await people.link_code(person_id=market.ann)

    await people.join(person_id=market.bob, code=code)

    assert await payments.advance() == 1
    mine, _ = await orders.mine(person_id=market.ann, page=1)
    assert [order.state for order in mine] == ["confirmed"]
    assert (await points.balance(market.ann)).available == 310
    assert (await drafted(market.ann, rice)).price.points == 310
    assert await books() == []


async def test_an_order_survives_its_item_being_withdrawn(market: Market) -> None:
    rice = await stocked("rice")
    order = await bought(await drafted(market.ann, rice))
    await db.execute("UPDATE variant SET withdrawn_at = 1 WHERE id = ?", rice)

    (line,) = (await orders.get(person_id=market.ann, order_id=order.id)).lines

    assert line.names == {"en": "rice"}
    with pytest.raises(NotFound):
        await catalog.variant(rice)


async def test_an_order_is_found_by_its_number_and_its_pick_up_code_by_whoever_it_belongs_to(market: Market) -> None:
    rice = await stocked("rice")
    order = await bought(await drafted(market.ann, rice))
    code = str(order.pickup_code)

    for person_id, found in ((market.ann, order.id), (market.bob, None)):
        by_number = await orders.called(person_id=person_id, number=order.number)
        by_code = await orders.to_pick_up(person_id=person_id, code=code)
        assert [one.id if one else None for one in (by_number, by_code)] == [found, found]

    await orders.step(order_id=order.id, to_state="delivered", actor="staff:1", cause="handed over")
    assert await orders.to_pick_up(person_id=market.ann, code=code) is None
    assert await orders.called(person_id=market.ann, number="A-1") is None
