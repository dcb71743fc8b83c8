"""Telegram's own limits: 30 calls a second overall, one message a second to a chat after a short burst."""

import asyncio
import time

_ALL_PER_SECOND = 28.0
_CHAT_PER_SECOND = 1.0
_CHAT_BURST = 3.0
_CHATS_KEPT = 10_000
# A group hears 20 messages a minute; a few at once after a pause.
_GROUP_PER_SECOND, _GROUP_BURST = 19 / 60, 5.0


class _Bucket:
    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level, self._at = burst, time.monotonic()

    def take(self) -> float:
        """Take one; returns how many seconds to wait before using it."""
        now = time.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate) - 1
        self._at = now
        return max(0.0, -self._level / self._rate)


class Pace:
    """Holds a message back until it may leave; one slow chat holds nobody else back."""

    def __init__(self, *, limits: bool) -> None:
        self._limits = limits
        self._all = _Bucket(_ALL_PER_SECOND, _ALL_PER_SECOND)
        self._chats: dict[int, _Bucket] = {}

    async def send(self, chat_id: int) -> None:
        """Wait until a new message may go to this chat."""
        if not self._limits:
            return
        if len(self._chats) > _CHATS_KEPT:
            self._chats.clear()
        chat = self._chats.setdefault(chat_id, _Bucket(_CHAT_PER_SECOND, _CHAT_BURST))
        await _pass(chat.take())
        await _pass(self._all.take())

    async def edit(self) -> None:
        """Wait until an edit may go."""
        if self._limits:
            await _pass(self._all.take())


class GroupPace:
    """Holds back what goes to one group until it may."""

    def __init__(self, *, limits: bool) -> None:
        self._bucket = _Bucket(_GROUP_PER_SECOND, _GROUP_BURST) if limits else None

    async def take(self) -> None:
        """Wait until the group may hear something."""
        if self._bucket is not None:
            await _pass(self._bucket.take())


async def _pass(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)
