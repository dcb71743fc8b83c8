"""Work that waits in rows: done one after the other whenever there is some, for as long as the shop is open."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from storefront.kernel import db

T = TypeVar("T")

log = structlog.get_logger()

_IDLE_S = 5.0


class Errands(Generic[T]):
    """Does what is `due` of one bot; looks again when it is woken, and now and then. What fails is due still, by its row."""

    def __init__(
        self,
        kind: str,
        bot_id: int,
        *,
        due: Callable[[], Awaitable[Sequence[T]]],
        do: Callable[[T], Awaitable[None]],
        wake: str,
    ) -> None:
        self._kind, self._bot_id, self._crashed = kind, bot_id, f"{kind}.crashed"
        self._due, self._do, self._wake = due, do, wake
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=f"{self._kind} {self._bot_id}")

    async def stop(self) -> None:
        """Leave; what is still due is done after the next start."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                due = await self._due()
                for one in due:
                    await self._do(one)
                if not due:
                    await db.wait(self._wake, _IDLE_S)
            except Exception:
                log.exception(self._crashed, bot=self._bot_id)
                await asyncio.sleep(1)
