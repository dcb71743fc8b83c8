"""Several processes of the shop on one PostgreSQL database, behind a proxy that sends a browser to any of them."""

import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support import process, proxy
from tests.support.visitor import Visitor, text_of

pytestmark = pytest.mark.parametrize("url", ["postgres"], indirect=True)  # several processes are PostgreSQL's part


async def test_ann_buys_in_the_process_that_does_not_carry_the_bots_messages(
    tmp_path: Path, stocked: dict[str, Any]
) -> None:
    async with (
        process.opened(tmp_path, **stocked) as first,
        process.opened(tmp_path, **stocked) as second,
        Visitor(second.address) as ann,
    ):
        await _buy(ann)
        paid = await ann.sees("Paid. Order")
        await ann.opens(first.address)

        assert text_of(paid) in [text_of(message) for message in await ann.history()]
        assert [(await shop.end()).code for shop in (first, second)] == [0, 0]


async def test_ann_buys_through_a_proxy_from_two_replicas_and_again_after_one_of_them_was_killed(
    tmp_path: Path, stocked: dict[str, Any]
) -> None:
    async with (
        process.opened(tmp_path, **stocked) as first,
        process.opened(tmp_path, ROLES="web,bot,jobs", **stocked) as second,
        proxy.opened(first.address, second.address) as front,
        Visitor(front.address) as ann,
        Visitor(front.address) as bob,
    ):
        await _buy(ann)
        await ann.sees("Paid. Order")
        before = dict(front.answered)
        asked = await bob.say("rice", wait=False)
        killed = await first.end(signal.SIGKILL)
        # As her browser does when it has lost its socket.
        await ann.opens(front.address)
        await bob.opens(front.address)
        await bob.answer_to(asked, seconds=30)
        await _buy(ann)
        await _buy(bob, found=True)
        paid = [await ann.sees("A-10002", seconds=30), await bob.sees("A-10003", seconds=30)]
        left = await second.end()
    verified = await process.run(tmp_path, "verify", **stocked)

    assert set(before) == {first.address, second.address}
    assert [killed.code, left.code] == [-signal.SIGKILL, 0]
    assert all("Paid" in text_of(message) for message in paid)
    assert verified.code == 0, verified.out


async def test_a_process_does_what_its_roles_are_and_what_is_asked_waits_for_the_one_that_answers(
    tmp_path: Path, stocked: dict[str, Any]
) -> None:
    async with (
        process.opened(tmp_path, ROLES="web", **stocked) as pages,
        Visitor(pages.address) as ann,
    ):
        asked = await ann.say("rice", wait=False)
        with pytest.raises(AssertionError, match="no answer"):
            await ann.answer_to(asked, seconds=1)

        async with process.opened(tmp_path, ROLES="bot, jobs", **stocked) as worker:
            found = await ann.answer_to(asked)
            await _buy(ann, found=True)
            await ann.sees("Paid. Order")
            statuses = await _statuses(worker.address, "/", "/chat/", "/desk", "/healthz", "/metrics")
            codes = [(await shop.end()).code for shop in (worker, pages)]

    assert "rice" in text_of(found).lower()
    assert statuses == {"/": 404, "/chat/": 404, "/desk": 404, "/healthz": 200, "/metrics": 200}
    assert "bot,jobs" in worker.greeting
    assert codes == [0, 0]


async def _buy(ann: Visitor, *, found: bool = False) -> None:
    if not found:
        await ann.say("rice")
    await ann.press("1")
    await ann.press("Buy")
    status, told = await ann.pay("✅ Pay")
    assert (status, told["ok"]) == (200, True)


async def _statuses(address: str, *paths: str) -> dict[str, int]:
    async with aiohttp.ClientSession() as session:
        answers = {}
        for path in paths:
            async with session.get(f"{address}{path}") as answer:
                answers[path] = answer.status
    return answers
