"""How often a key may call: a bucket a key that fills evenly and holds a minute's worth of calls.

Kept in this process: a row would cost every call a write. With several replicas each one counts for itself.
"""

from dataclasses import dataclass

from storefront.kernel import clock


@dataclass
class _Bucket:
    calls: float
    at: int


class Limiter:
    """Counts the calls of each key."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[int, _Bucket] = {}

    def wait_s(self, key_id: int) -> int:
        """0 when the key may call now, which is counted; else in how many seconds it may."""
        now = clock.now()
        bucket = self._buckets.setdefault(key_id, _Bucket(self._per_minute, now))
        filled = (now - bucket.at) * self._per_minute / clock.MINUTE
        bucket.calls, bucket.at = min(self._per_minute, bucket.calls + filled), now
        if bucket.calls >= 1:
            bucket.calls -= 1
            return 0
        return int((1 - bucket.calls) * 60 / self._per_minute) + 1
