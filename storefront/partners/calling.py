"""How often a key may call: a bucket a key, which empties evenly and holds a minute's worth of calls; all replicas share it."""

from storefront.kernel import clock, db

_MINUTE_US = 60_000_000


@db.transaction
async def take_calls(*, key_id: int, per_minute: int, calls: int) -> int:
    """Let a key make so many calls, at most a minute's; returns 0 when it may, else in how many milliseconds it may."""
    assert 0 < calls <= per_minute, "a bucket holds a minute's worth"
    now_us, cost_us = clock.now() * 1000, calls * _MINUTE_US // per_minute
    taken = await db.execute(
        "UPDATE partner_key SET called_until = CASE WHEN called_until > ? THEN called_until ELSE ? END + ?"
        " WHERE id = ? AND called_until + ? <= ?",
        *(now_us, now_us, cost_us, key_id, cost_us, now_us + _MINUTE_US),
    )
    if taken:
        return 0
    row = (await db.rows("SELECT called_until FROM partner_key WHERE id = ?", key_id))[0]
    return max(1, -(-(int(row["called_until"]) + cost_us - now_us - _MINUTE_US) // 1000))
