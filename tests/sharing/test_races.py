"""Links at the same instant: each race with its twin without the guard."""

import asyncio

from storefront import sharing
from storefront.kernel import db
from tests.sharing.friends import shared
from tests.support.market import Market, bought, customer, drafted, stocked


async def test_a_newcomer_who_opens_two_links_at_once_was_brought_by_one(market: Market) -> None:
    newcomers = [await customer(f"Kim {number}", 10 + number) for number in range(20)]
    codes = await shared(market.ann), await shared(market.bob)

    told = await asyncio.gather(
        *(sharing.touched(code=code, person_id=person_id) for person_id in newcomers for code in codes)
    )

    assert sum(sharer is not None for sharer in told) == 20
    assert await db.rows("SELECT COUNT(*) AS n FROM invite") == [{"n": 20}]


async def test_without_the_guard_both_sharers_have_brought_the_newcomer(database: str) -> None:
    await db.execute("CREATE TABLE loose_invite (inviter_id BIGINT NOT NULL)")
    both_have_looked = asyncio.Barrier(2)

    async def come(inviter_id: int) -> None:
        brought = await db.rows("SELECT inviter_id FROM loose_invite")
        await both_have_looked.wait()
        if not brought:
            await db.execute("INSERT INTO loose_invite (inviter_id) VALUES (?)", inviter_id)

    await asyncio.gather(come(1), come(2))

    assert len(await db.rows("SELECT inviter_id FROM loose_invite")) == 2


async def test_an_order_that_is_told_to_be_paid_by_many_at_once_came_by_one_link(market: Market) -> None:
    await sharing.touched(code=await shared(market.ann), person_id=market.bob)
    order = await bought(await drafted(market.bob, await stocked("rice")))
    await sharing.touched(code=await shared(await customer("Mei", 3)), person_id=market.bob)

    await asyncio.gather(*(sharing.note_paid(order_id=order.id, person_id=market.bob, joined=False) for _ in range(5)))

    found = await db.rows("SELECT l.person_id FROM share_order o JOIN share_link l ON l.id = o.link_id")
    assert found == [{"person_id": market.ann}]
