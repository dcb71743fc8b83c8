"""One of several replicas does what only one may do: fetch a bot's updates, deliver its messages."""

from storefront.kernel import clock, db


@db.transaction
async def hold_lease(*, name: str, holder: str, for_ms: int) -> bool:
    """Take the lease, or keep it; False while somebody else holds it. It ends by itself after `for_ms`.

    One that would last a minute longer than that was taken by a clock that went ahead and has been put right: it is nobody's.
    """
    at = clock.now()
    taken = await db.execute(
        "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until"
        " WHERE lease.holder = excluded.holder OR lease.until < ? OR lease.until > ?",
        *(name, holder, at + for_ms, at, at + for_ms + clock.MINUTE),
    )
    return taken == 1


@db.transaction
async def give_up(*, name: str, holder: str) -> None:
    """Let the next one begin at once."""
    await db.execute("DELETE FROM lease WHERE name = ? AND holder = ?", name, holder)
