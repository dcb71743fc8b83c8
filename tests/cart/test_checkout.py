"""The draft of an order: it remembers what was chosen last, and only what its summary shows can be ordered."""

from typing import Any

import pytest

from storefront import cart, catalog, orders, people
from storefront.delivery import NoDelivery
from storefront.kernel.errors import NotFound
from tests.support.market import POLICY, Market, drafted, given, placed, stocked


async def change(draft: cart.Checkout, **changes: Any) -> cart.Checkout:
    return await cart.change(person_id=draft.person_id, checkout_id=draft.id, policy=POLICY, **changes)


async def moved_in(person_id: int, region: str = "chengdu", line: str = "1 Market Street") -> int:
    address = await people.save_address(
        person_id=person_id, recipient="Ann", phone="+8613800138000", region=region, line=line
    )
    return address.id


async def test_the_first_order_is_picked_up_at_the_first_branch_without_points(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2310)

    draft = await drafted(market.ann, rice)

    assert (draft.delivery, draft.place and draft.place.id) == ("pickup", market.south)
    assert (draft.price.points, draft.total.minor, draft.complete) == (0, 4690, True)


async def test_the_next_order_begins_with_what_was_chosen_last(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 4310)
    first = await change(await drafted(market.ann, rice), place_id=market.north, points_wanted=2000)
    await placed(first)

    again = await drafted(market.ann, rice)

    assert again.place is not None
    assert (again.place.id, again.price.points, again.total.minor) == (market.north, 2000, 2690)
    assert await cart.has_habit(market.ann)
    assert not await cart.has_habit(market.bob)


async def test_who_used_all_points_she_could_uses_all_she_can_again(market: Market) -> None:
    rice, tea = await stocked("rice", points_cap=2000), await stocked("tea", price=3000, points_cap=3000)
    await given(market.ann, 5000)
    await placed(await drafted(market.ann, rice, use=2000))

    again = await drafted(market.ann, tea)

    assert again.price.points == again.price.points_most == 1500


async def test_the_last_address_is_the_next_ones_and_a_removed_one_is_forgotten(market: Market) -> None:
    rice, home = await stocked("rice", weight_g=5000), await moved_in(market.ann)
    await placed(await change(await drafted(market.ann, rice), address_id=home))

    again = await drafted(market.ann, rice)
    await people.remove_address(person_id=market.ann, address_id=home)
    after = await drafted(market.ann, rice)

    assert (again.delivery, again.address and again.address.id, again.price.shipping_minor) == ("ship", home, 600)
    assert (after.delivery, after.address) == ("pickup", None)


async def test_a_draft_whose_address_is_removed_asks_where_it_goes_and_is_not_ordered_until_it_knows(
    market: Market,
) -> None:
    rice, home = await stocked("rice"), await moved_in(market.ann)
    draft = await change(await drafted(market.ann, rice), address_id=home)

    await people.remove_address(person_id=market.ann, address_id=home)

    seen = await cart.find(person_id=market.ann, checkout_id=draft.id, policy=POLICY)
    assert (seen.delivery, seen.address, seen.complete) == ("ship", None, False)
    with pytest.raises(cart.StaleCheckout):
        await placed(draft)
    with pytest.raises(orders.NoWay):
        await placed(await change(draft))


async def test_delivery_costs_what_its_region_and_weight_cost(market: Market) -> None:
    rice = await stocked("rice", weight_g=5000)
    far = await moved_in(market.ann, region="beijing")

    draft = await change(await drafted(market.ann, rice, quantity=2), address_id=far)

    assert (draft.price.shipping_minor, draft.total.minor) == (1200 + 10 * 200, 2 * 4690 + 3200)


async def test_every_change_makes_the_buttons_before_it_stale(market: Market) -> None:
    rice = await stocked("rice")
    draft = await drafted(market.ann, rice)

    changed = await change(draft, quantity=2)

    assert changed.revision == draft.revision + 1
    with pytest.raises(cart.StaleCheckout):
        await placed(draft)


async def test_points_are_lowered_when_the_order_gets_smaller(market: Market) -> None:
    rice = await stocked("rice", points_cap=1000)
    await given(market.ann, 5000)
    draft = await drafted(market.ann, rice, quantity=3, use=3000)

    smaller = await change(draft, quantity=1)
    larger = await change(smaller, quantity=3)

    assert [it.price.points for it in (draft, smaller, larger)] == [3000, 1000, 1000]


async def test_a_quantity_is_at_least_one_and_at_most_what_there_is(market: Market) -> None:
    rice, tea = await stocked("rice", pieces=500), await stocked("tea", pieces=3)
    draft = await drafted(market.ann, rice)

    assert (await change(draft, quantity=-5)).lines[0].quantity == 1
    with pytest.raises(cart.TooManyPieces):
        await change(draft, quantity=100)
    with pytest.raises(cart.TooManyPieces):
        await drafted(market.ann, rice, quantity=10**12)
    with pytest.raises(catalog.OutOfStock):
        await drafted(market.ann, tea, quantity=4)


async def test_a_draft_is_nobody_elses(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))

    for wish in (
        cart.find(person_id=market.bob, checkout_id=draft.id, policy=POLICY),
        cart.change(person_id=market.bob, checkout_id=draft.id, policy=POLICY, quantity=2),
    ):
        with pytest.raises(NotFound):
            await wish


async def test_it_does_not_go_to_a_strangers_address_a_removed_one_or_no_branch(market: Market) -> None:
    rice, bobs = await stocked("rice"), await moved_in(market.bob)
    removed = await moved_in(market.ann)
    await people.remove_address(person_id=market.ann, address_id=removed)
    draft = await drafted(market.ann, rice)

    for wrong in ({"address_id": bobs}, {"address_id": removed}, {"place_id": 4711}):
        with pytest.raises(NotFound):
            await change(draft, **wrong)


async def test_where_nobody_brings_anything_it_does_not_go(market: Market) -> None:
    dollars = await stocked("import", currency="USD")
    draft, home = await drafted(market.ann, dollars), await moved_in(market.ann)

    with pytest.raises(NoDelivery):
        await change(draft, address_id=home)

    assert (await cart.find(person_id=market.ann, checkout_id=draft.id, policy=POLICY)).delivery == "pickup"


async def test_digital_things_go_nowhere(market: Market) -> None:
    topup = await stocked("topup", kind="digital")

    draft = await drafted(market.ann, topup)

    assert (draft.delivery, draft.place, draft.complete) == ("digital", None, True)


async def test_the_cart_is_ordered_as_far_as_it_is_there(market: Market) -> None:
    rice, tea, gone = await stocked("rice"), await stocked("tea", pieces=5), await stocked("gone")
    for variant_id, quantity in ((rice, 2), (tea, 5), (gone, 1)):
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=quantity, key=f"{variant_id}")
    await stocked("tea", pieces=3)
    await stocked("gone", pieces=0)

    draft = await cart.draft(person_id=market.ann, policy=POLICY)

    assert [(line.variant.sku, line.quantity) for line in draft.lines] == [("rice", 2), ("tea", 3)]


async def test_an_empty_cart_is_nothing_to_buy_and_a_sold_out_one_says_what_is_sold_out(market: Market) -> None:
    tea = await stocked("tea", pieces=1)
    await cart.add(person_id=market.ann, variant_id=tea, quantity=1, key="k")
    await stocked("tea", pieces=0)

    with pytest.raises(cart.NothingToBuy):
        await cart.draft(person_id=market.bob, policy=POLICY)
    with pytest.raises(catalog.SoldOut):
        await cart.draft(person_id=market.ann, policy=POLICY)


async def test_things_in_two_currencies_are_ordered_one_after_the_other(market: Market) -> None:
    for sku, currency in (("rice", "CNY"), ("import", "USD")):
        variant_id = await stocked(sku, currency=currency)
        await cart.add(person_id=market.ann, variant_id=variant_id, quantity=1, key=sku)

    with pytest.raises(cart.MixedCurrencies):
        await cart.draft(person_id=market.ann, policy=POLICY)


async def test_a_price_that_changed_is_shown_before_it_is_paid(market: Market) -> None:
    rice = await stocked("rice")
    draft = await drafted(market.ann, rice)
    await stocked("rice", price=5690)

    found = await cart.find(person_id=market.ann, checkout_id=draft.id, policy=POLICY)
    shown = await change(draft)

    assert (draft.changed, found.changed, shown.changed) == (False, True, False)
    assert (found.total.minor, shown.total.minor, shown.revision) == (5690, 5690, draft.revision + 1)


async def test_what_is_ordered_leaves_the_cart_and_what_came_after_stays(market: Market) -> None:
    rice, tea, vase = await stocked("rice"), await stocked("tea"), await stocked("vase")
    await cart.add(person_id=market.ann, variant_id=rice, quantity=2, key="1")
    await cart.add(person_id=market.ann, variant_id=vase, quantity=1, key="2")
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    await cart.add(person_id=market.ann, variant_id=rice, quantity=1, key="3")
    await cart.add(person_id=market.ann, variant_id=tea, quantity=1, key="4")

    await placed(draft)

    assert {line.variant.sku: line.quantity for line in await cart.lines(market.ann)} == {"rice": 1, "tea": 1}


async def test_buying_one_thing_leaves_the_cart_alone(market: Market) -> None:
    rice = await stocked("rice")
    await cart.add(person_id=market.ann, variant_id=rice, quantity=2, key="1")

    await placed(await drafted(market.ann, rice))

    assert [line.quantity for line in await cart.lines(market.ann)] == [2]


async def test_what_was_ordered_cannot_be_changed(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    await placed(draft)

    with pytest.raises(cart.StaleCheckout):
        await change(draft, quantity=2)
