"""The machine's clock goes ahead by a day and is put right: nothing stands still for that day, and the books are right."""

from storefront import jobs, messaging, orders, payments
from storefront.jobs import Job
from storefront.kernel import clock, db
from tests.support.market import Market, asked, books, bought, charge_states, charged, drafted, market, stocked

__all__ = ["market"]


async def test_a_job_does_not_wait_for_the_day_that_the_clock_was_ahead(database: str) -> None:
    runs: list[int] = []

    async def verb() -> None:
        runs.append(clock.now())

    with clock.driven() as time:
        time.forward(clock.DAY)
        await jobs.run_due([Job("count", clock.MINUTE, verb)])
        time.forward(-clock.DAY)
        await jobs.run_due([Job("count", clock.MINUTE, verb)])
        await jobs.run_due([Job("count", clock.MINUTE, verb)])

    assert len(runs) == 2


async def test_a_dead_holders_lease_ends_although_its_clock_was_ahead(database: str) -> None:
    with clock.driven() as time:
        time.forward(clock.DAY)
        await messaging.hold_lease(name="poll:1", holder="dead", for_ms=10_000)
        time.forward(-clock.DAY)

        assert await messaging.hold_lease(name="poll:1", holder="second", for_ms=10_000)
        assert not await messaging.hold_lease(name="poll:1", holder="third", for_ms=10_000)


async def test_replicas_whose_clocks_differ_by_seconds_take_no_lease_from_each_other(database: str) -> None:
    with clock.driven() as time:
        time.forward(9_000)
        await messaging.hold_lease(name="poll:1", holder="ahead", for_ms=10_000)
        time.forward(-9_000)

        assert not await messaging.hold_lease(name="poll:1", holder="right", for_ms=10_000)


async def test_who_pays_while_the_clock_is_ahead_is_sold_to_or_paid_back(market: Market) -> None:
    rice = await stocked("rice")
    with clock.driven() as time:
        waiting = await drafted(market.ann, rice)
        order = await asked(waiting)
        time.forward(clock.DAY)
        await orders.lapse()
        ahead = await bought(await drafted(market.bob, rice), "c1")
        time.forward(-2 * clock.DAY)
        behind = await bought(await drafted(market.bob, rice), "c2")
        await charged(waiting, "c3")
        await payments.advance()

    assert [(await orders.find(one.id)).state for one in (order, ahead, behind)] == [
        "expired",
        "confirmed",
        "confirmed",
    ]
    assert await charge_states() == ["applied", "applied", "to_refund"]
    assert await db.rows("SELECT SUM(amount) AS sum FROM ledger_posting") == [{"sum": 0}]
    assert await books() == []
