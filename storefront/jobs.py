"""What happens because time passed: a name, a period, a verb. Several replicas run each job once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from storefront import ledger, orders, payments, points
from storefront.kernel import clock, db

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """A verb for time, run every so many milliseconds, and sooner when `jobs` is woken if it is `urgent`."""

    name: str
    every_ms: int
    verb: Callable[[], Awaitable[Any]]
    urgent: bool = False


JOBS: Sequence[Job] = (
    Job("charges advance", 5 * clock.SECOND, payments.advance, urgent=True),
    Job("refunds leave", 10 * clock.SECOND, payments.refund_due, urgent=True),
    Job("unpaid orders lapse", 10 * clock.SECOND, orders.lapse),
    Job("the ledger is sealed", 5 * clock.SECOND, ledger.seal),
    Job("points end", clock.HOUR, points.expire),
)


async def run(jobs: Sequence[Job] = JOBS) -> None:
    """Run jobs when they are due, until cancelled."""
    while True:
        await run_due(jobs)
        await db.wait("jobs", 1.0)
        for job in jobs:
            if job.urgent:
                await _run(job)


async def run_due(jobs: Sequence[Job] = JOBS) -> None:
    """Run each job whose time has come; a bad one stops nobody."""
    for job in jobs:
        if await _claim(job):
            await _run(job)


async def _claim(job: Job) -> bool:
    at = clock.now()
    await db.execute("INSERT INTO job (name, next_at) VALUES (?, 0) ON CONFLICT DO NOTHING", job.name)
    claimed = await db.execute(
        "UPDATE job SET next_at = ?, last_at = ? WHERE name = ? AND next_at <= ?", at + job.every_ms, at, job.name, at
    )
    return claimed == 1


async def _run(job: Job) -> None:
    try:
        await job.verb()
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.exception("job.crashed", job=job.name)
        await db.execute("UPDATE job SET last_error = ? WHERE name = ?", f"{type(error).__name__}: {error}", job.name)
