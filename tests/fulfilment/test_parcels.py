"""Orders leave in parcels: no piece twice, each parcel told, and the order is there when all of them are."""

import asyncio
from typing import Any

import pytest

from storefront import fulfilment, orders, payments
from storefront.fulfilment import CarrierEvent
from storefront.fulfilment.rules import state_after
from storefront.kernel import db
from storefront.kernel.db.migrator import MIGRATIONS
from storefront.kernel.errors import NotFound
from tests.fulfilment.parcels import said, sent_home, ship, state
from tests.support.market import Market, asks_all_to_succeed, books, bought, drafted, left, letters, placed, stocked

COUNTERS = "SELECT shipped, returned FROM order_line ORDER BY id"


async def test_an_order_that_leaves_in_two_parcels_is_on_its_way_with_the_last_and_there_with_both(
    market: Market,
) -> None:
    order = await sent_home(market, rice=2, tea=1)

    first = await ship(order, line0=1)
    between = await orders.find(order.id)
    last = await ship(order, line0=1, line1=1)
    assert [await state(order), await said(first, "delivered"), await state(order)] == ["shipped", True, "shipped"]
    await said(last, "moving")
    await said(last, "delivered")

    assert (between.state, [(line.shipped, line.here) for line in between.lines]) == ("confirmed", [(1, 1), (0, 1)])
    assert [(one.number, one.partial, one.state) for one in await fulfilment.parcels(order.id)] == [
        (f"{order.number}-1", True, "delivered"),
        (f"{order.number}-2", False, "delivered"),
    ]
    assert await state(order) == "delivered"
    assert await letters(market.ann) == ["order_paid", "part_shipped", "order_shipped", "order_delivered"]
    assert (await db.rows("SELECT SUM(on_hand) AS n, SUM(held) AS held FROM stock"))[0] == {"n": 17, "held": 0}
    assert await books() == []


async def test_a_parcel_that_is_sent_twice_leaves_once(market: Market) -> None:
    order = await sent_home(market, rice=3)

    parcels = await asyncio.gather(*(ship(order, "press", line0=1) for _ in range(5)))

    assert len({parcel.id for parcel in parcels}) == 1
    assert (await orders.find(order.id)).lines[0].here == 2
    with pytest.raises(NotFound):
        await ship(await sent_home(market, tea=1), "press", line0=1)
    assert await books() == []


async def test_two_clerks_who_send_the_same_piece_at_once_send_it_once(market: Market) -> None:
    for _ in range(5):
        order = await sent_home(market, rice=2)

        done = await asyncio.gather(*(ship(order, line0=2) for _ in range(4)), return_exceptions=True)

        refused = [one for one in done if isinstance(one, Exception)]
        assert [type(one) for one in refused] == [orders.NotToShip] * 3
        assert (await orders.find(order.id)).lines[0].shipped == 2
    assert await books() == []


async def test_two_clerks_who_look_and_then_send_send_it_twice(market: Market) -> None:
    await db.execute("CREATE TABLE loose (quantity BIGINT, shipped BIGINT)")
    await db.execute("INSERT INTO loose (quantity, shipped) VALUES (2, 0)")
    looked = asyncio.Barrier(2)

    async def look_then_send() -> None:
        line = (await db.rows("SELECT quantity, shipped FROM loose"))[0]
        await looked.wait()
        if line["shipped"] + 2 <= line["quantity"]:
            await db.execute("UPDATE loose SET shipped = shipped + 2")

    await asyncio.gather(look_then_send(), look_then_send())

    assert await db.rows("SELECT shipped FROM loose") == [{"shipped": 4}]


async def test_no_more_leaves_than_is_here_and_not_before_it_is_paid_nor_after_it_was_given_back(
    market: Market,
) -> None:
    await asks_all_to_succeed()
    order = await sent_home(market, rice=3)
    line = order.lines[0].id
    await payments.credit(order_id=order.id, pieces={line: 1}, key="k", actor="staff:1", cause="torn", here=True)
    unpaid = await placed(await drafted(market.bob, await stocked("tea")))

    with pytest.raises(orders.MoreThanHere) as refused:
        await ship(order, line0=3)
    with pytest.raises(orders.NotToShip):
        await ship(unpaid, line0=1)
    with pytest.raises(NotFound):
        await fulfilment.ship(
            order_id=order.id, pieces={unpaid.lines[0].id: 1}, carrier="demo", tracking="", key="k", actor="staff:1"
        )
    with pytest.raises(fulfilment.NoCarrier):
        await fulfilment.ship(order_id=order.id, pieces={line: 1}, carrier=" \n", tracking="", key="k", actor="staff:1")
    await ship(order, line0=2)

    assert refused.value.facts["n"] == 2
    assert (await state(order), await fulfilment.parcels(unpaid.id)) == ("shipped", [])
    assert await books() == []


async def test_the_rest_that_is_handed_over_without_a_parcel_is_told_too(market: Market) -> None:
    order = await sent_home(market, rice=2)
    await ship(order, line0=1)

    await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="handed over")

    assert (await letters(market.ann))[-2:] == ["part_shipped", "order_shipped"]
    assert (await left(order.lines[0].variant_id), await books()) == (8, [])


async def test_what_left_before_there_were_parcels_counts_as_its_stock_says(market: Market) -> None:
    await asks_all_to_succeed()
    order, waits = await sent_home(market, rice=5, tea=1), await sent_home(market, rice=2)
    back: dict[str, Any] = {"actor": "staff:1", "cause": "torn"}
    for of in (order, waits):
        await payments.credit(order_id=of.id, pieces={of.lines[0].id: 1}, key=f"here {of.id}", **back)
    await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="handed over")
    await payments.credit(order_id=order.id, pieces={order.lines[0].id: 1}, key="gone", **back)
    counted = await db.rows(COUNTERS)

    await db.execute("UPDATE order_line SET shipped = 0, returned = 0")
    migration = (MIGRATIONS / "0035_shipments.sql").read_text(encoding="utf-8")
    await db.execute(next(part for part in migration.split(";\n") if "\nUPDATE order_line" in part))

    told = [{"shipped": 4, "returned": 1}, {"shipped": 1, "returned": 0}, {"shipped": 0, "returned": 0}]
    assert (counted, await db.rows(COUNTERS)) == (told, told)
    assert await books() == []


async def test_an_order_that_leaves_whole_without_a_parcel_leaves_as_ever(market: Market) -> None:
    order = await sent_home(market, rice=2)

    assert await orders.step(order_id=order.id, to_state="shipped", actor="staff:1", cause="handed over")

    line = (await orders.find(order.id)).lines[0]
    assert ((line.shipped, line.here, line.gone), await fulfilment.parcels(order.id)) == ((2, 0, 2), [])
    assert (await letters(market.ann))[-1] == "order_shipped"
    assert await books() == []


async def test_what_goes_to_a_branch_waits_there_when_all_of_it_has_come(market: Market) -> None:
    order = await bought(await drafted(market.ann, await stocked("rice"), quantity=2))

    for _ in range(2):
        await said(await ship(order, line0=1), "delivered")

    assert (await state(order), (await letters(market.ann))[-1]) == ("ready", "order_ready")
    assert await orders.step(order_id=order.id, to_state="delivered", actor="staff:1", cause="code")
    assert (await left(order.lines[0].variant_id), await books()) == (8, [])


async def test_what_a_carrier_says_counts_once_in_whatever_order_it_comes(market: Market) -> None:
    order = await sent_home(market, rice=1)
    parcel = await ship(order, line0=1)

    told = await asyncio.gather(*(said(parcel, "delivered", "e", at=2) for _ in range(4)))
    late = await said(parcel, "moving", "before", at=1)

    now = await fulfilment.parcel(parcel.id)
    assert (sorted(told), late, now.state) == ([False, False, False, True], True, "delivered")
    assert [(event.kind, event.at) for event in now.events] == [("moving", 1), ("delivered", 2)]
    assert (await letters(market.ann)).count("order_delivered") == 1


@pytest.mark.parametrize(
    ("state", "heard_at", "kind", "at", "then"),
    [
        ("left", None, "moving", 5, "moving"),
        ("out", 5, "moving", 4, "out"),
        ("out", 5, "moving", 6, "moving"),
        ("out", 5, "delivered", 4, "delivered"),
        ("lost", 5, "moving", 6, "moving"),
        ("lost", 5, "moving", 4, "lost"),
        ("delivered", 5, "moving", 9, "delivered"),
        ("returned", 5, "delivered", 9, "returned"),
    ],
)
def test_a_parcels_state_is_what_was_heard_last_and_what_is_over_is_over(
    state: str, heard_at: int | None, kind: str, at: int, then: str
) -> None:
    assert state_after(state, heard_at, kind, at) == then


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE order_line SET shipped = 0", "of line 1 of order A-10001 0 pieces left, its parcels hold 1"),
        ("UPDATE order_line SET shipped = 2", "of line 1 of order A-10001 2 pieces left, the stock says 1"),
        ("UPDATE orders SET state = 'cancelled'", "parcel A-10001-1 left, its order A-10001 is cancelled"),
        ("UPDATE orders SET state = 'shipped'", "order A-10001 has left, and some of it is here still"),
    ],
)
async def test_verify_names_what_left_and_is_not_accounted_for(market: Market, damage: str, told: str) -> None:
    order = await sent_home(market, rice=2)
    await ship(order, line0=1)
    before = await books()

    await db.execute(damage)

    assert before == []
    assert told in [finding async for finding in fulfilment.findings()]


async def test_the_table_itself_lets_no_piece_leave_and_be_given_back_here(market: Market) -> None:
    order = await sent_home(market, rice=2)
    await ship(order, line0=1)

    for change in ("shipped = 3", "credited = 2", "returned = 1", "shipped = 2, credited = 1"):
        with pytest.raises(Exception, match=r"(?i)check"):
            await db.execute(f"UPDATE order_line SET {change}")


async def test_a_carrier_that_is_away_holds_up_no_other(market: Market) -> None:
    class Away:
        every_ms = 0

        async def track(self, parcel: fulfilment.Tracked) -> list[CarrierEvent]:
            raise fulfilment.CarrierAway("no answer")

    order = await sent_home(market, rice=2)
    away = await fulfilment.ship(
        order_id=order.id, pieces={order.lines[0].id: 1}, carrier="away", tracking="1", key="a", actor="staff:1"
    )
    moves = await ship(order, line0=1)
    fulfilment.use_carriers({"away": Away(), "demo": fulfilment.DemoCarrier(step_ms=1)})
    try:
        await asyncio.sleep(0.01)
        await fulfilment.track()
    finally:
        fulfilment.use_carriers({})

    assert [(await fulfilment.parcel(one.id)).state for one in (away, moves)] == ["left", "delivered"]
