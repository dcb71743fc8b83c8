"""Coupons: who may have and use which, and when they come back."""

import pytest

from storefront import cart, orders, payments, people, promotions
from storefront.kernel import clock, db
from tests.promotions.offers import coupon, lasting, load
from tests.support.market import HOLD_MS, POLICY, Market, books, bought, drafted, given, letters, placed, stocked


async def have(person_id: int, *codes: str) -> None:
    for code in codes:
        await promotions.collect(person_id=person_id, code=code)


async def codes(person_id: int) -> list[str]:
    return [held.coupon.code for held in await promotions.held(person_id)]


def used(draft: cart.Checkout) -> list[tuple[str, int]]:
    return [(taken.coupon.code, taken.minor) for taken in draft.price.coupons]


async def test_the_best_coupon_is_used_by_itself_and_stays_on_the_order(market: Market) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("TEN"), await coupon("FIVE", off_minor=500))

    draft = await drafted(market.ann, rice, 2)
    order = await placed(draft)

    assert (used(draft), draft.total.minor) == ([("TEN", 938)], 9380 - 938)
    assert [(code, amount.minor) for code, _, amount in order.coupons] == [("TEN", 938)]
    assert (order.lines[0].coupon.minor, order.lines[0].money.minor) == (938, 8442)
    assert await codes(market.ann) == ["FIVE"]


async def test_coupons_of_different_stacks_are_used_together(market: Market) -> None:
    rice = await stocked("rice", price=10_000)
    await have(market.ann, await coupon("TEN", stack=1), await coupon("LESS", off_minor=1000, stack=2))

    draft = await drafted(market.ann, rice)

    assert used(draft) == [("TEN", 1000), ("LESS", 1000)]


async def test_she_may_choose_another_coupon_none_or_the_best_again(market: Market) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("TEN"), await coupon("ONE", off_minor=100))
    draft = await drafted(market.ann, rice)
    one = next(held.coupon.id for held in draft.held if held.coupon.code == "ONE")

    async def change(**told: object) -> cart.Checkout:
        return await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, **told)  # type: ignore[arg-type]

    assert used(await change(coupon_ids=[one])) == [("ONE", 100)]
    assert used(await change(coupon_ids=[])) == []
    assert used(await change(best_coupons=True)) == [("TEN", 469)]


async def test_of_one_stack_only_one_coupon_is_used_whatever_is_chosen(market: Market) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("TEN"), await coupon("ONE", off_minor=100))
    draft = await drafted(market.ann, rice)
    both = [held.coupon.id for held in draft.held]

    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, coupon_ids=both)

    assert len(used(draft)) == 1


async def test_a_coupon_below_its_minimum_says_what_is_missing_and_is_not_used(market: Market) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("TEN", minimum_minor=5000))

    draft = await drafted(market.ann, rice)

    short = promotions.missing(draft.held[0].coupon, draft.goods, draft.currency)
    assert used(draft) == []
    assert short is not None
    assert short.minor == 310


async def test_a_coupon_for_a_category_takes_nothing_off_other_things(market: Market) -> None:
    rice, tea = await stocked("rice", category="food/rice"), await stocked("tea", category="foodstuff")
    await have(market.ann, await coupon("FOOD", category="food"))
    for variant_id in (rice, tea):
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=1, key=f"{variant_id}")

    draft = await cart.draft(person_id=market.ann, policy=POLICY)

    assert [share.coupon_minor for share in draft.price.shares] == [469, 0]


async def test_a_merchants_coupon_takes_nothing_off_the_things_of_others(market: Market) -> None:
    told = {"rice": "green-farm", "tea": "tea-hill", "mug": None, "jam": "green-farm"}
    shelves = {"jam": "pantry"}
    variants = [
        await stocked(sku, merchant=merchant, category=shelves.get(sku, "food")) for sku, merchant in told.items()
    ]
    await have(market.ann, await coupon("FARM", merchant="green-farm", category="food", minimum_minor=4690))
    for variant_id in variants:
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=1, key=f"{variant_id}")

    draft = await cart.draft(person_id=market.ann, policy=POLICY)

    assert [share.coupon_minor for share in draft.price.shares] == [469, 0, 0, 0]


async def test_gifts_are_untouched_by_coupons(market: Market) -> None:
    gift = await stocked("gift", price=0, points_price=70)
    await given(market.ann, 100)
    await have(market.ann, await coupon("TEN"))

    order = await placed(await drafted(market.ann, gift), "points")

    assert (order.points, order.coupons, order.lines[0].coupon.minor) == (70, [], 0)
    assert await codes(market.ann) == ["TEN"]


async def test_free_delivery_leaves_the_goods_alone_and_the_fee_is_known_still(market: Market) -> None:
    rice = await stocked("rice", weight_g=1000)
    await have(market.ann, await coupon("SHIP", free_shipping=True))
    address = await people.save_address(
        person_id=market.ann, recipient="Ann", phone="+8613800138000", region="chengdu", line="1 Market Street"
    )
    draft = await drafted(market.ann, rice)
    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, address_id=address.id)

    order = await placed(draft)
    moved = await orders.change_address(person_id=market.ann, order_id=order.id, address_id=address.id)

    assert used(draft) == [("SHIP", 600)]
    assert (order.total.minor, order.shipping.minor, order.shipping_coupon.minor) == (4690, 0, 600)
    assert moved.address == order.address


@pytest.mark.parametrize("way", ["cancelled", "lapsed"])
async def test_an_order_that_ends_in_whole_gives_its_coupon_back_once(market: Market, way: str) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("TEN", total=1))
    with clock.driven() as time:
        order = await placed(await drafted(market.ann, rice))
        before = await codes(market.ann)

        if way == "cancelled":
            await orders.cancel(person_id=market.ann, order_id=order.id)
        time.forward(HOLD_MS)
        await orders.lapse()
        await promotions.give_back(order_id=order.id)

    assert (before, await codes(market.ann)) == ([], ["TEN"])
    assert await db.rows("SELECT used FROM coupon") == [{"used": 0}]
    assert [use["state"] for use in await db.rows("SELECT state FROM coupon_use")] == ["given_back"]


async def test_an_order_that_comes_back_in_parts_gives_its_coupon_back_with_the_last_piece_once(market: Market) -> None:
    rice, tea = await stocked("rice"), await stocked("tea")
    await have(market.ann, await coupon("TEN", total=1))
    for variant_id, quantity in ((rice, 2), (tea, 1)):
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=quantity, key=f"{variant_id}")
    order = await bought(await cart.draft(person_id=market.ann, policy=POLICY))
    rices, teas = [line.id for line in order.lines]
    seen = []

    for key, part in (("1", {rices: 1}), ("2", {teas: 1}), ("3", {rices: 1}), ("3", {rices: 1})):
        await payments.credit(order_id=order.id, pieces=part, key=key, actor="staff:1", cause="torn")
        seen.append(await codes(market.ann))

    assert seen == [[], [], ["TEN"], ["TEN"]]
    assert await db.rows("SELECT used FROM coupon") == [{"used": 0}]
    assert await books() == []


async def test_money_for_the_trouble_leaves_the_coupon_used(market: Market) -> None:
    await have(market.ann, await coupon("TEN"))
    order = await bought(await drafted(market.ann, await stocked("rice")))

    await payments.compensate(order_id=order.id, amount_minor=4221, key="k", actor="staff:1", cause="late")

    assert await codes(market.ann) == []


async def test_a_coupon_is_used_as_often_as_one_person_may_and_no_more(market: Market) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("TEN", per_person=2))

    for _ in range(2):
        await placed(await drafted(market.ann, rice))

    assert used(await drafted(market.ann, rice)) == []
    with pytest.raises(promotions.CouponUsedUp):
        await have(market.ann, "TEN")


async def test_the_last_coupon_that_another_used_meanwhile_is_never_charged_unseen(market: Market) -> None:
    rice = await stocked("rice")
    code = await coupon("TEN", total=1)
    await have(market.ann, code)
    await have(market.bob, code)
    draft = await drafted(market.ann, rice)
    await placed(await drafted(market.bob, rice))

    with pytest.raises(cart.StaleCheckout):
        await placed(draft)

    assert used(await drafted(market.ann, rice)) == []
    with pytest.raises(promotions.CouponUsedUp):
        await have(market.ann, code)


async def test_a_coupon_for_a_first_order_ends_with_the_first_paid_order(market: Market) -> None:
    rice = await stocked("rice")
    await have(market.ann, await coupon("HELLO", new_customers=True, per_person=5))
    first = await bought(await drafted(market.ann, rice))

    with pytest.raises(promotions.ForNewCustomers):
        await have(market.ann, "HELLO")

    assert [code for code, _, _ in first.coupons] == ["HELLO"]
    assert await codes(market.ann) == []
    assert await books() == []


async def test_a_coupon_counts_within_its_time_only(market: Market) -> None:
    rice = await stocked("rice")
    with clock.driven() as time:
        await have(market.ann, await coupon("SOON", **lasting(2, begins_in=clock.DAY)))

        before = used(await drafted(market.ann, rice))
        time.forward(clock.DAY)
        within = used(await drafted(market.ann, rice))
        time.forward(clock.DAY)
        after = used(await drafted(market.ann, rice))

        with pytest.raises(promotions.CouponOver):
            await have(market.bob, "SOON")

    assert (before, within, after) == ([], [("SOON", 469)], [])


async def test_codes_are_typed_in_any_case_and_unknown_ones_are_refused(market: Market) -> None:
    await coupon("Ten")

    await have(market.ann, " ten ")
    await have(market.ann, "TEN")

    assert await codes(market.ann) == ["TEN"]
    with pytest.raises(promotions.NoSuchCoupon):
        await have(market.ann, "ELEVEN")


async def test_only_collectable_coupons_are_offered_and_only_once(market: Market) -> None:
    await coupon("OPEN")
    await coupon("SECRET", collectable=False)

    before = [one.code for one in await promotions.offered(market.ann)]
    await have(market.ann, "OPEN", "SECRET")

    assert before == ["OPEN"]
    assert await promotions.offered(market.ann) == []
    assert await codes(market.ann) == ["OPEN", "SECRET"]


async def test_a_withdrawn_coupon_is_gone_and_loading_it_again_brings_it_back(market: Market) -> None:
    await have(market.ann, await coupon("TEN"))

    await load(withdrawn=["ten"])
    gone = await codes(market.ann)
    await coupon("TEN", percent=20)

    assert gone == []
    assert [(held.coupon.code, held.coupon.value) for held in await promotions.held(market.ann)] == [("TEN", 20)]


async def test_two_accounts_of_one_person_have_one_set_of_coupons(market: Market) -> None:
    rice = await stocked("rice")
    code = await coupon("TEN")
    await have(market.ann, code)
    await have(market.bob, code, await coupon("FIVE", off_minor=500))
    await placed(await drafted(market.ann, rice))

    await promotions.follow(from_person_id=market.ann, to_person_id=market.bob)

    assert await codes(market.ann) == []
    assert await codes(market.bob) == ["FIVE"]


async def test_members_pay_the_member_price_and_it_is_noted_on_the_line(market: Market) -> None:
    rice = await stocked("rice", member_price_minor=4000)
    await people.set_member(person_id=market.ann, until=clock.now() + clock.DAY)

    anns, bobs = await placed(await drafted(market.ann, rice)), await drafted(market.bob, rice)

    line = anns.lines[0]
    assert (line.listed.minor, line.unit.minor, anns.total.minor, bobs.total.minor) == (4690, 4000, 4000, 4690)
    assert await db.rows("SELECT price_kind FROM order_line") == [{"price_kind": "member"}]
    assert await letters(market.ann) == []
