"""Cancelling a task at one exact step of what it awaits."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class CancelledAt:
    """Awaits `work`, and cancels the task that does so at the given suspension (1 for the first)."""

    def __init__(self, work: Coroutine[Any, Any, Any], step: int) -> None:
        self._work, self._step, self.reached = work, step, False

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._work.__await__()
        count, thrown = 0, None
        while True:
            try:
                awaited = inner.send(None) if thrown is None else inner.throw(thrown)
            except StopIteration as stop:
                return stop.value
            count, thrown = count + 1, None
            if count == self._step:
                self.reached = True
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield awaited
            except BaseException as error:
                thrown = error


async def cancelled_at(step: int, work: Coroutine[Any, Any, Any]) -> tuple[bool, bool]:
    """Run `work` as a task that is cancelled at that step; whether it got that far, and whether it was cancelled."""
    stepping = CancelledAt(work, step)

    async def run() -> None:
        await stepping

    task = asyncio.create_task(run())
    await asyncio.wait([task], timeout=20)
    assert task.done(), f"hung after being cancelled at step {step}"
    if not task.cancelled():
        task.result()
    return stepping.reached, task.cancelled()
