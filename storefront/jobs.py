"""What happens because time passed: a name, a period, a verb. Several replicas run each job once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from storefront import (
    audit,
    fulfilment,
    groupbuy,
    ledger,
    orders,
    partners,
    payments,
    people,
    points,
    promotions,
    search,
    staff,
    support,
)
from storefront.kernel import clock, db, metrics, requests

log = structlog.get_logger()

_TROUBLE_S = 1.0


@dataclass(frozen=True)
class Job:
    """A verb for time, run every so many milliseconds on one of the replicas, and on each at once when `wake` is woken."""

    name: str
    every_ms: int
    verb: Callable[[], Awaitable[Any]]
    wake: str | None = None


JOBS: Sequence[Job] = (
    Job("charges advance", 5 * clock.SECOND, payments.advance, wake="charges"),
    Job("refunds leave", 10 * clock.SECOND, payments.refund_due, wake="refunds"),
    Job("unpaid orders lapse", 10 * clock.SECOND, orders.lapse),
    Job("flash sales turn", 10 * clock.SECOND, promotions.turn),
    Job("groups turn", 5 * clock.SECOND, groupbuy.turn, wake=groupbuy.CHANGED),
    Job("cases are given to agents", 10 * clock.SECOND, support.assign, wake=support.CHANGED),
    Job("what is late is raised", 10 * clock.SECOND, support.watch),
    Job("returns that did not come end", clock.HOUR, support.lapse),
    Job("carriers are asked for their parcels", 10 * clock.SECOND, fulfilment.track),
    Job("late orders and silent parcels are told", 10 * clock.MINUTE, fulfilment.watch),
    Job("the ledger is sealed", 5 * clock.SECOND, ledger.seal),
    Job("the audit log is sealed", 5 * clock.SECOND, audit.seal),
    Job("old sessions of staff are forgotten", clock.HOUR, staff.forget),
    Job("events reach partners", 5 * clock.SECOND, partners.deliver, wake=partners.EVENTS),
    Job("points end", clock.HOUR, points.expire),
    Job("earned points become usable", clock.MINUTE, points.ready),
    Job("points nobody took go back", clock.MINUTE, points.return_gifts),
    Job("customers hear of points that end", clock.HOUR, points.remind),
    Job("birthdays", clock.HOUR, points.birthdays),
    Job("link codes are forgotten", clock.HOUR, people.forget),
    Job("codes and taken events of partners are forgotten", clock.HOUR, partners.forget),
    Job("what a catalog brought is made findable", 5 * clock.SECOND, search.catch_up),
    Job("what customers wait for is looked for", 10 * clock.SECOND, search.fulfil),
    Job("words that mean the same are learned", clock.HOUR, search.learn),
    Job("old wishes and searches in vain are forgotten", clock.HOUR, search.forget),
    Job("days of check-ins are forgotten", clock.HOUR, points.forget),
)


async def run(jobs: Sequence[Job] = JOBS) -> None:
    """Run jobs when they are due, until cancelled; a slow one holds up no other."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_keep(job), name=f"job {job.name}")


async def run_due(jobs: Sequence[Job] = JOBS) -> None:
    """Run each job whose time has come; a bad one stops nobody."""
    for job in jobs:
        if await _claim(job):
            await _run(job)


@dataclass(frozen=True)
class Beat:
    """How a job does: when one of the replicas last began it (epoch ms, None: never), and how long it is overdue."""

    name: str
    last_at: int | None
    late_ms: int


async def heartbeat(jobs: Sequence[Job] = JOBS) -> Sequence[Beat]:
    """How each job does; one that has never run is not late, as each is run at the start."""
    found = {row["name"]: row for row in await db.rows("SELECT name, next_at, last_at FROM job")}
    at = clock.now()
    beats = []
    for job in jobs:
        row = found.get(job.name)
        beats.append(Beat(job.name, row["last_at"] if row else None, max(0, at - row["next_at"]) if row else 0))
    return beats


async def _keep(job: Job) -> None:
    while True:
        try:
            # Who may be woken does not wait for its turn: its verb takes each thing once, whoever else is at it.
            if await _claim(job) or job.wake is not None:
                await _run(job)
            await db.wait(job.wake or f"job {job.name}", await _time_left_s(job))
        except Exception:
            # The database may be away for a while: the next try is soon.
            log.exception("job.unclaimed", job=job.name)
            await asyncio.sleep(_TROUBLE_S)


async def _claim(job: Job) -> bool:
    # Looked at before it is written: who is woken for each order finds that it is not due nearly always.
    if await _time_left_s(job) > 0:
        return False
    at = clock.now()
    claimed = await db.execute(
        "UPDATE job SET next_at = ?, last_at = ? WHERE name = ? AND (next_at <= ? OR next_at > ?)",
        *(at + job.every_ms, at, job.name, at, at + 2 * job.every_ms),
    )
    if not claimed:
        claimed = await db.execute(
            "INSERT INTO job (name, next_at, last_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            *(job.name, at + job.every_ms, at),
        )
    return claimed == 1


async def _time_left_s(job: Job) -> float:
    found = await db.rows("SELECT next_at FROM job WHERE name = ?", job.name)
    left_ms = found[0]["next_at"] - clock.now() if found else 0
    # A turn that is further off than any turn can be was set by a clock that went ahead and has been put right since.
    return 0.0 if left_ms > 2 * job.every_ms else max(0.0, left_ms / clock.SECOND)


async def _run(job: Job) -> None:
    with requests.bound(requests.new()):
        error = await _do(job)
    known = await db.rows("SELECT last_error FROM job WHERE name = ?", job.name)
    if known and (known[0]["last_error"] or "") != error:
        await db.execute("UPDATE job SET last_error = ? WHERE name = ?", error or None, job.name)


async def _do(job: Job) -> str:
    """Do it; returns why it crashed, or nothing."""
    error, began = "", time.perf_counter()
    try:
        await job.verb()
    except Exception as crash:
        log.exception("job.crashed", job=job.name)
        error = f"{type(crash).__name__}: {crash}"[:500]
    metrics.JOB_RUNS.labels(job.name, "failed" if error else "done").inc()
    metrics.JOB_SECONDS.labels(job.name).set(time.perf_counter() - began)
    return error
