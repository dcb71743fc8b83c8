"""One of several replicas fetches and delivers for a bot; when it is killed, another one follows within 13 seconds."""

import asyncio
import secrets

import structlog

from storefront import messaging

log = structlog.get_logger()

_LEASE_MS = 10_000
_RENEWED_EVERY_S = 3.0


class Lease:
    """A lease in the database, renewed in the background whatever its holder waits for: `await lease.ours.wait()`."""

    def __init__(self, name: str) -> None:
        self.ours = asyncio.Event()
        self._name = name
        self._holder = secrets.token_hex(8)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take the lease as soon as nobody else holds it, and keep it."""
        self._task = asyncio.create_task(self._keep(), name=f"lease {self._name}")

    async def stop(self) -> None:
        """Let the next one begin at once."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await messaging.give_up(name=self._name, holder=self._holder)

    async def _keep(self) -> None:
        while True:
            try:
                held = await messaging.hold_lease(name=self._name, holder=self._holder, for_ms=_LEASE_MS)
            except Exception:
                log.exception("lease.crashed", lease=self._name)
                held = False
            if held:
                self.ours.set()
            else:
                self.ours.clear()
            await asyncio.sleep(_RENEWED_EVERY_S)
