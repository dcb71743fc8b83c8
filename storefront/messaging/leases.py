"""One of several replicas does what only one may do: fetch a bot's updates, deliver its messages."""

from storefront.kernel import clock, db


@db.transaction
async def hold_lease(*, name: str, holder: str, for_ms: int) -> bool:
    """Take the lease, or keep it; False while somebody else holds it. It ends by itself after `for_ms`."""
    at = clock.now()
    taken = await db.execute(
        "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until WHERE lease.holder = excluded.holder OR lease.until < ?",
        *(name, holder, at + for_ms, at),
    )
    return taken == 1


@db.transaction
async def give_up(*, name: str, holder: str) -> None:
    """Let the next one begin at once."""
    await db.execute("DELETE FROM lease WHERE name = ? AND holder = ?", name, holder)
