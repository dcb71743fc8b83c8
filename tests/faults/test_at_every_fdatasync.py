"""Killed at each moment at which something reaches the disk: done again, a checkout, a join and a refund are done once.

strace kills the process as it enters its n-th fdatasync, for each n until it lives to its end. On SQLite, whose file the
process itself writes; on PostgreSQL it is the server that does.
"""

import asyncio
import itertools
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storefront import groupbuy, orders, payments
from storefront.kernel import clock, db, events
from storefront.reactions import reactions
from tests.faults.dying import NOT_TRACED, pays, takes_back
from tests.groupbuy.groups import campaign, joining, opened, wrong
from tests.support import tools
from tests.support.market import Market, bought, drafted, given, letters, market, stocked

__all__ = ["market"]
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
ROOT = Path(__file__).parents[2]


async def test_a_checkout_is_one_order_wherever_it_was_killed(market: Market, url: str, tmp_path: Path) -> None:
    await given(market.ann, 1000)
    draft = await drafted(market.ann, await stocked("rice", points_cap=1000), use=1000)

    async for _ in _killed_each_time(url, tmp_path, "pays", market.ann, draft.id):
        await pays(draft)

        assert await db.rows("SELECT state, points FROM orders") == [{"state": "confirmed", "points": 1000}]
        assert await db.rows("SELECT state FROM charge") == [{"state": "applied"}]
        assert await letters(market.ann) == ["order_paid"]
        assert await wrong() == []


async def test_a_join_is_one_seat_wherever_it_was_killed(market: Market, url: str, tmp_path: Path) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign(size=2))
    draft = await joining(market.bob, group)

    async for _ in _killed_each_time(url, tmp_path, "pays", market.bob, draft.id):
        await pays(draft)

        assert (await groupbuy.find(group.id)).state == "succeeded"
        seats = await db.rows("SELECT person_id, state FROM group_seat ORDER BY id")
        assert [(row["person_id"], row["state"]) for row in seats] == [(market.ann, "paid"), (market.bob, "paid")]
        assert await wrong() == []


async def test_a_refund_is_given_once_wherever_it_was_killed(market: Market, url: str, tmp_path: Path) -> None:
    await given(market.ann, 1000)
    draft = await drafted(market.ann, await stocked("rice", points_cap=1000), use=1000)
    order = await bought(draft)

    async for folder in _killed_each_time(url, tmp_path, "takes_back", market.ann, order.id):
        # What was on its way to the provider is asked for again after a while.
        with clock.driven() as time:
            time.forward(clock.HOUR)
            await takes_back(order.id, folder)

        asked = [json.loads(line) for line in (folder / "bank.jsonl").read_text().splitlines()]
        assert {(one["minor"]) for one in asked} == {order.total.minor}
        assert len({one["key"] for one in asked}) == 1, "the provider knows a wish by its key"
        assert await db.rows("SELECT state FROM refund") == [{"state": "done"}]
        assert [note.points for note in await payments.credit_notes(order.id)] == [1000]
        assert (await orders.find(order.id)).lines[0].credited == 1
        assert await wrong() == []


async def _killed_each_time(url: str, folder: Path, what: str, person_id: int, number: int) -> AsyncIterator[Path]:
    """For each fdatasync of this work: the shop as it was left when the work was killed there, open; its folder."""
    if shutil.which("strace") is None:
        tools.missing("strace", "install Debian's `strace`")
    await db.disconnect()
    killed = 0
    async with _lives() as live:
        for when in itertools.count(1):
            place = folder / str(when)
            place.mkdir()
            copied = f"sqlite:///{shutil.copy(url.removeprefix('sqlite:///'), place)}"
            code = await live(when, what, copied, str(place), person_id, number)
            if code == NOT_TRACED:
                tools.missing("leave to trace processes", "let strace attach (ptrace)")
            events.listen(reactions(welcome_points=0))
            await db.connect(copied)
            yield place
            await db.disconnect()
            if code != -signal.SIGKILL:
                break
            killed += 1
    assert code == 0, "it lived to its end"
    assert killed >= 3, "each of its transactions reaches the disk"


@asynccontextmanager
async def _lives() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.dying"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asks, tells = process.stdin, process.stdout

    async def live(when: int, *life: object) -> int:
        asks.write(json.dumps([when, life]).encode() + b"\n")
        return int(await asyncio.wait_for(tells.readline(), 60))

    try:
        yield live
    finally:
        asks.close()
        await process.wait()
