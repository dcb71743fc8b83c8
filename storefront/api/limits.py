"""How often a key may call, on all replicas together."""

from storefront import partners


class Limiter:
    """Counts the calls of each key, so many a minute.

    A second's worth is taken out of the key's bucket at a time, so that not every call writes; what a process took and has
    not used is at most that.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute, self._at_once = per_minute, max(1, per_minute // 60)
        self._left: dict[int, int] = {}

    async def wait_s(self, key_id: int) -> int:
        """0 when the key may call now, which is counted; else in how many seconds it may."""
        if not self._left.get(key_id):
            wait_ms = await partners.take_calls(key_id=key_id, per_minute=self._per_minute, calls=self._at_once)
            if wait_ms:
                return -(-wait_ms // 1000)
            self._left[key_id] = self._left.get(key_id, 0) + self._at_once
        self._left[key_id] -= 1
        return 0
