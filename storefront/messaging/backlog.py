"""How far we are behind: what waits to be handled and to be said, for how long, and what is dead."""

from dataclasses import dataclass

from storefront.kernel import clock, db
from storefront.messaging.outbox import BROADCAST


@dataclass(frozen=True)
class Waiting:
    """So many rows of a bot wait; the one that waits longest for nothing but us does so for `late_ms`."""

    count: int
    late_ms: int


async def inbox_waiting(bot_id: int) -> Waiting:
    """The updates of a bot that are to be handled; one that is to be tried again counts from when it came."""
    found = await db.rows(
        "SELECT COUNT(*) AS n, MIN(received_at) AS since FROM inbox WHERE state = 'pending' AND bot_id = ?", bot_id
    )
    return _waiting(found[0]["n"], found[0]["since"])


async def outbox_waiting(bot_id: int) -> Waiting:
    """What a bot is to say.

    Late is what could leave and does not: neither who waits behind another message of her chat, nor what a channel told us
    to hold back, nor broadcasts, which take their time.
    """
    found = await db.rows("SELECT COUNT(*) AS n FROM outbox WHERE state = 'pending' AND bot_id = ?", bot_id)
    late = await db.rows(
        "SELECT MIN(CASE WHEN o.not_before > o.created_at THEN o.not_before ELSE o.created_at END) AS since FROM outbox o"
        " WHERE o.state = 'pending' AND o.bot_id = ? AND o.priority < ? AND NOT EXISTS (SELECT 1 FROM outbox e"
        " WHERE e.bot_id = o.bot_id AND e.chat_id = o.chat_id AND e.state = 'pending' AND e.id < o.id)",
        *(bot_id, BROADCAST),
    )
    return _waiting(found[0]["n"], late[0]["since"])


async def dead_counts() -> tuple[int, int]:
    """How many updates were put aside and how many letters are dead, and wait for the office."""
    found = await db.rows(
        "SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'dead' AND dropped_at IS NULL) AS updates,"
        " (SELECT COUNT(*) FROM outbox WHERE state = 'dead' AND dropped_at IS NULL) AS letters"
    )
    return int(found[0]["updates"]), int(found[0]["letters"])


def _waiting(count: int, since: int | None) -> Waiting:
    return Waiting(int(count), 0 if since is None else max(0, clock.now() - int(since)))
