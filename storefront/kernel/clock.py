"""The shop's one clock: everything that asks the time asks here, so that tests can drive it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_read: Callable[[], int] = lambda: time.time_ns() // 1_000_000  # noqa: E731


def now() -> int:
    """The present moment, in UTC epoch milliseconds."""
    return _read()


class DrivenClock:
    """A clock that stands still until it is moved; what tests of deadlines hold in their hand."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def forward(self, milliseconds: int) -> None:
        """Let that much time pass."""
        self.at += milliseconds


@contextmanager
def driven(at: int | None = None) -> Iterator[DrivenClock]:
    """Run the shop by a driven clock, from `at` (epoch ms) or from the present moment."""
    global _read
    before, clock = _read, DrivenClock(now() if at is None else at)
    _read = clock
    try:
        yield clock
    finally:
        _read = before
