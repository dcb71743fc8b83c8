"""What happens because time passed: on time, once however many replicas there are, and whatever breaks beside it."""

import asyncio
from collections.abc import Awaitable, Callable

from storefront import jobs, orders, payments
from storefront.jobs import JOBS, Job
from storefront.kernel import clock, db
from tests.support.market import Market, asked, charged, drafted, market, stocked

__all__ = ["market"]


class Counted:
    """A verb that counts how often it was run, and breaks when it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs, self.error = 0, error

    async def __call__(self) -> None:
        self.runs += 1
        if self.error is not None:
            raise self.error


async def soon(condition: Callable[[], Awaitable[bool]], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110  (rows tell nobody)
            await asyncio.sleep(0.01)


async def last_error(name: str) -> object:
    return (await db.rows("SELECT last_error FROM job WHERE name = ?", name))[0]["last_error"]


async def test_a_job_is_run_once_a_period_by_four_replicas(database: str) -> None:
    verb = Counted()
    job = Job("count", clock.MINUTE, verb)
    with clock.driven() as time:
        for _ in range(3):
            await asyncio.gather(*(jobs.run_due([job]) for _ in range(4)))
            time.forward(clock.MINUTE)

    assert verb.runs == 3


async def test_a_job_that_breaks_stops_nobody_and_says_why_until_it_works_again(database: str) -> None:
    broken, sound = Counted(RuntimeError("no paper")), Counted()
    both = [Job("broken", clock.SECOND, broken), Job("sound", clock.SECOND, sound)]
    with clock.driven() as time:
        await jobs.run_due(both)
        told = await last_error("broken")
        broken.error = None
        time.forward(clock.SECOND)
        await jobs.run_due(both)

    assert (told, sound.runs) == ("RuntimeError: no paper", 2)
    assert await last_error("broken") is None


async def test_a_slow_job_holds_up_no_other_and_all_end_with_the_shop(database: str) -> None:
    fast = Counted()

    async def slow() -> None:
        await asyncio.Event().wait()

    async def ran_twice() -> bool:
        return fast.runs >= 2

    running = asyncio.create_task(jobs.run([Job("slow", clock.SECOND, slow), Job("fast", 50, fast)]))
    await soon(ran_twice)
    running.cancel()
    await asyncio.wait([running], timeout=5)

    assert running.cancelled()


async def test_money_that_comes_in_is_taken_at_once_not_when_its_turn_comes(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await asked(draft)
    running = asyncio.create_task(jobs.run([Job("charges", clock.HOUR, payments.advance, wake="charges")]))
    await asyncio.sleep(0.1)

    async def confirmed() -> bool:
        return (await orders.find(order.id)).state == "confirmed"

    await charged(draft)
    await soon(confirmed)
    running.cancel()
    await asyncio.wait([running], timeout=5)


async def test_every_job_of_the_shop_runs_on_an_empty_one(market: Market) -> None:
    await jobs.run_due()

    assert {row["name"]: row["last_error"] for row in await db.rows("SELECT name, last_error FROM job")} == {
        job.name: None for job in JOBS
    }
