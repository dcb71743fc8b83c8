"""Telegram's rate limits: about 1 message a second to a chat with a short burst, 30 a second overall, 20 a minute to a group."""

from collections import deque
from collections.abc import Callable, Hashable

from webchat.errors import too_many

_ALL_IN_SECOND = 30
_CHAT_IN_TEN_SECONDS = 12
_GROUP_IN_MINUTE = 20
_KEPT = 20_000


class Limits:
    """Counts messages per window and refuses with 429 and `retry_after`."""

    def __init__(self, now_ms: Callable[[], int], *, on: bool) -> None:
        self._now_ms, self._on = now_ms, on
        self._all: deque[int] = deque()
        self._chats: dict[int, deque[int]] = {}

    def sends(self, chat: int, count: int = 1) -> None:
        """Count messages to a chat. Raises ApiError 429."""
        if not self._on:
            return
        now = self._now_ms()
        if len(self._chats) > _KEPT:
            self._chats.clear()
        own = self._chats.setdefault(chat, deque())
        most, window = (_CHAT_IN_TEN_SECONDS, 10_000) if chat > 0 else (_GROUP_IN_MINUTE, 60_000)
        _refuse_over(own, count, most, window, now)
        _refuse_over(self._all, count, _ALL_IN_SECOND, 1000, now)
        own.extend([now] * count)
        self._all.extend([now] * count)


class Pace:
    """At most so many in a while, for each who asks."""

    def __init__(self, now_ms: Callable[[], int], most: int, window_ms: int) -> None:
        self._now_ms, self._most, self._window_ms = now_ms, most, window_ms
        self._times: dict[Hashable, deque[int]] = {}

    def allows(self, who: Hashable) -> bool:
        """Count one more, unless there are too many."""
        if len(self._times) > _KEPT:
            self._times.clear()
        now, times = self._now_ms(), self._times.setdefault(who, deque())
        while times and times[0] <= now - self._window_ms:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        return True


def _refuse_over(times: deque[int], count: int, most: int, window_ms: int, now: int) -> None:
    while times and times[0] <= now - window_ms:
        times.popleft()
    if times and len(times) + count > most:
        free_at = times[min(len(times) - 1, len(times) + count - most - 1)] + window_ms
        raise too_many(max(1, -(-(free_at - now) // 1000)))
