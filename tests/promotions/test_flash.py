"""Flash sales: pieces set aside at a price of their own, and the line for those that come back."""

import pytest

from storefront import cart, catalog, orders, people, promotions
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from tests.promotions.offers import counted, flash, lasting
from tests.support.market import HOLD_MS, Market, books, bought, customer, drafted, left, letters, placed, stocked


async def test_what_is_set_aside_is_not_sold_at_the_price_of_the_list(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    await flash("rice", quota=8)

    with pytest.raises(catalog.OutOfStock) as refused:
        await drafted(market.ann, rice, 3)

    assert await left(rice) == 2
    assert refused.value.facts["n"] == 2


async def test_a_piece_is_sold_at_the_flash_price_and_comes_out_of_the_quota(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    sale = await flash("rice", quota=8, per_person=2)

    order = await bought(await drafted(market.ann, rice, 2))

    assert (order.total.minor, order.lines[0].unit.minor, order.lines[0].listed.minor) == (2000, 1000, 4690)
    assert (await counted(sale), await left(rice)) == ((2, 0), 2)
    assert await books() == []


async def test_all_pieces_can_be_set_aside_and_are_sold_still(market: Market) -> None:
    rice = await stocked("rice", pieces=2)
    await flash("rice", quota=2)

    await cart.add(person_id=market.ann, variant_id=rice, quantity=1, key="k")
    order = await placed(await cart.draft(person_id=market.ann, policy=cart.Policy()))

    assert (await left(rice), order.total.minor) == (0, 1000)


async def test_more_than_one_customer_gets_costs_the_price_of_the_list(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    await flash("rice", quota=5, per_person=1)

    await placed(await drafted(market.ann, rice))
    again, three = await drafted(market.ann, rice), await drafted(market.bob, rice, 3)

    assert (again.total.minor, three.total.minor) == (4690, 3 * 4690)


async def test_before_it_starts_and_after_it_ends_the_list_counts(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    with clock.driven() as time:
        await flash("rice", **lasting(2, begins_in=clock.DAY))

        before = await drafted(market.ann, rice)
        time.forward(clock.DAY)
        within = await drafted(market.ann, rice)
        time.forward(clock.DAY)
        await promotions.turn()
        after = await drafted(market.ann, rice)

    assert [draft.total.minor for draft in (before, within, after)] == [4690, 1000, 4690]
    assert await left(rice) == 10
    assert await books() == []


async def test_an_order_for_the_flash_price_that_is_late_is_shown_the_new_price(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    with clock.driven() as time:
        await flash("rice")
        draft = await drafted(market.ann, rice)
        time.forward(clock.DAY)

        with pytest.raises(cart.StaleCheckout):
            await placed(draft)


async def test_an_order_that_was_placed_in_time_keeps_its_price_after_the_end(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    with clock.driven() as time:
        sale = await flash("rice", quota=3, **lasting(1 / 1440))
        order = await placed(await drafted(market.ann, rice))
        time.forward(2 * clock.MINUTE)
        await promotions.turn()
        kept = await left(rice)
        time.forward(HOLD_MS)
        await orders.lapse()

    assert (order.total.minor, kept, await left(rice), await counted(sale)) == (1000, 9, 10, (0, 0))
    assert await books() == []


async def sold_out(market: Market, people_waiting: int = 2) -> tuple[int, int, orders.Order, list[int]]:
    rice = await stocked("rice", pieces=1)
    sale = await flash("rice", quota=1, offer_minutes=10)
    order = await placed(await drafted(market.ann, rice))
    waiting = [market.bob, *[await customer(f"Friend {n}", 10 + n) for n in range(people_waiting - 1)]]
    for person_id in waiting:
        await promotions.wait(person_id=person_id, sale_id=sale)
    return rice, sale, order, waiting


async def test_a_piece_that_comes_back_is_offered_to_the_first_who_waits(market: Market) -> None:
    rice, sale, order, (bob, mei) = await sold_out(market)

    await orders.cancel(person_id=market.ann, order_id=order.id)

    assert (await letters(bob), await letters(mei)) == (["flash_offered"], [])
    with pytest.raises(catalog.SoldOut):
        await drafted(mei, rice)
    got = await placed(await drafted(bob, rice))
    assert (got.total.minor, await counted(sale)) == (1000, (1, 0))
    assert await books() == []


async def test_who_does_not_take_it_in_time_loses_it_to_the_next(market: Market) -> None:
    with clock.driven() as time:
        rice, sale, order, (bob, mei) = await sold_out(market)
        await orders.cancel(person_id=market.ann, order_id=order.id)

        time.forward(10 * clock.MINUTE)
        await promotions.turn()

        assert (await letters(bob), await letters(mei)) == (["flash_offered", "flash_missed"], ["flash_offered"])
        with pytest.raises(catalog.SoldOut):
            await drafted(bob, rice)
        assert (await placed(await drafted(mei, rice))).total.minor == 1000
        assert await counted(sale) == (1, 0)


async def test_an_order_that_lapses_is_offered_too_and_nobody_new_gets_before(market: Market) -> None:
    with clock.driven() as time:
        rice, sale, _, (bob, _) = await sold_out(market)
        newcomer = await customer("Newcomer", 99)

        time.forward(HOLD_MS)
        await orders.lapse()

        assert await counted(sale) == (0, 1)
        with pytest.raises(catalog.SoldOut):
            await drafted(newcomer, rice)
        assert (await promotions.sale(person_id=bob, sale_id=sale)).mine == 1


async def test_who_waits_at_the_end_is_told_and_the_piece_costs_what_the_list_says(market: Market) -> None:
    with clock.driven() as time:
        rice, sale, order, (bob, mei) = await sold_out(market)
        await orders.cancel(person_id=market.ann, order_id=order.id)

        time.forward(clock.DAY)
        await promotions.turn()
        await promotions.turn()

        assert (await letters(bob))[-1] == (await letters(mei))[-1] == "flash_over"
        assert (await letters(bob)).count("flash_over") == 1
        assert (await left(rice), await counted(sale)) == (1, (0, 0))
        assert (await drafted(mei, rice)).total.minor == 4690
        assert await books() == []


async def test_there_is_nothing_to_wait_for_while_pieces_are_there_or_for_who_had_hers(market: Market) -> None:
    rice = await stocked("rice", pieces=5)
    sale = await flash("rice", quota=2)
    await placed(await drafted(market.ann, rice))

    with pytest.raises(promotions.FlashHasPieces):
        await promotions.wait(person_id=market.bob, sale_id=sale)
    with pytest.raises(promotions.FlashHad):
        await promotions.wait(person_id=market.ann, sale_id=sale)


async def test_who_asked_is_told_ten_minutes_before_it_starts_once(market: Market) -> None:
    await stocked("rice", pieces=5)
    with clock.driven() as time:
        sale = await flash("rice", **lasting(2, begins_in=clock.HOUR))
        for _ in range(2):
            await promotions.alarm(person_id=market.ann, sale_id=sale)
        time.forward(49 * clock.MINUTE)
        await promotions.turn()
        early = await letters(market.ann)
        time.forward(clock.MINUTE)
        await promotions.turn()
        await promotions.turn()

    assert (early, await letters(market.ann)) == ([], ["flash_soon"])


async def test_nobody_is_alarmed_about_what_is_over(market: Market) -> None:
    await stocked("rice", pieces=5)
    with clock.driven() as time:
        sale = await flash("rice")
        time.forward(clock.DAY)

        with pytest.raises(NotFound):
            await promotions.alarm(person_id=market.ann, sale_id=sale)
        with pytest.raises(NotFound):
            await promotions.wait(person_id=market.ann, sale_id=sale)


async def test_the_lower_of_flash_and_member_price_counts(market: Market) -> None:
    rice = await stocked("rice", pieces=10, member_price_minor=900)
    sale = await flash("rice")
    await people.set_member(person_id=market.ann, until=clock.now() + clock.DAY)

    order = await placed(await drafted(market.ann, rice))

    assert (order.total.minor, await counted(sale)) == (900, (0, 0))


async def test_two_accounts_of_one_person_have_one_limit_and_one_place_in_the_line(market: Market) -> None:
    rice, sale, order, (bob, mei) = await sold_out(market)

    await promotions.follow(from_person_id=bob, to_person_id=mei)
    await promotions.follow(from_person_id=market.ann, to_person_id=mei)
    await orders.follow(from_person_id=market.ann, to_person_id=mei)
    await orders.cancel(person_id=mei, order_id=order.id)

    assert await letters(mei) == ["order_cancelled", "flash_offered"]
    assert (await placed(await drafted(mei, rice))).total.minor == 1000
    assert await db.rows("SELECT person_id, taken FROM flash_buyer WHERE sale_id = ?", sale) == [
        {"person_id": mei, "taken": 1}
    ]
