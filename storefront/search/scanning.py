"""Photos in which a code is looked for: fetched after the update that brought them, so that nothing waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.kernel import clock, db

PHOTOS = "search photos"
TRIES_MAX = 3
WAITING_MAX = 5
_PAUSE_MS = 2 * clock.SECOND


@dataclass(frozen=True)
class Scan:
    """A photo of one person, and the card that tells her what came of it."""

    id: int
    bot_id: int
    chat_id: int
    person_id: int
    card_id: int
    file_id: str
    attempts: int


@db.transaction
async def scan(*, bot_id: int, chat_id: int, person_id: int, card_id: int, file_id: str) -> None:
    """Have a photo looked at; of one person at most a few at a time, what she sends beyond that is not."""
    waiting = await db.rows("SELECT COUNT(*) AS n FROM search_photo WHERE person_id = ?", person_id)
    if waiting[0]["n"] >= WAITING_MAX:
        return
    await db.execute(
        "INSERT INTO search_photo (bot_id, chat_id, person_id, card_id, file_id, not_before, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(bot_id, chat_id, person_id, card_id, file_id[:300], clock.now(), clock.now()),
    )
    await db.wake(PHOTOS)


async def scans(*, bot_id: int, limit: int = 8) -> Sequence[Scan]:
    """Which photos are to be looked at now, the oldest first."""
    found = await db.rows(
        "SELECT id, bot_id, chat_id, person_id, card_id, file_id, attempts FROM search_photo"
        " WHERE bot_id = ? AND not_before <= ? ORDER BY id LIMIT ?",
        *(bot_id, clock.now(), limit),
    )
    return [Scan(**row) for row in found]


@db.transaction
async def scanned(scan_id: int) -> bool:
    """It was looked at; False when somebody else was first."""
    return await db.execute("DELETE FROM search_photo WHERE id = ?", scan_id) == 1


@db.transaction
async def unscanned(scan: Scan) -> None:
    """It could not be fetched: later again, a few times."""
    if scan.attempts + 1 >= TRIES_MAX:
        await db.execute("DELETE FROM search_photo WHERE id = ?", scan.id)
        return
    await db.execute(
        "UPDATE search_photo SET attempts = attempts + 1, not_before = ? WHERE id = ?",
        *(clock.now() + _PAUSE_MS * 2**scan.attempts, scan.id),
    )
