"""Photos that customers send: fetched from their channel after what they said is kept, and kept by us."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront import files
from storefront.kernel import clock, db
from storefront.support import stepping
from storefront.support.events import PhotoCame

WANTED = "photos"
TRIES_MAX = 8
_PAUSE_MS = 2 * clock.SECOND


@dataclass(frozen=True)
class Wanted:
    """A photo that is not here yet, and its number at the channel of its bot."""

    id: int
    file_id: str
    attempts: int


async def wanted(*, bot_id: int, limit: int = 8) -> Sequence[Wanted]:
    """Which photos this bot is to fetch now, the oldest first."""
    found = await db.rows(
        "SELECT p.id, p.file_id, p.attempts FROM support_photo p JOIN support_message m ON m.id = p.message_id"
        " WHERE p.file_hash IS NULL AND p.error IS NULL AND p.not_before <= ? AND m.bot_id = ? ORDER BY p.id LIMIT ?",
        *(clock.now(), bot_id, limit),
    )
    return [Wanted(row["id"], row["file_id"], row["attempts"]) for row in found]


async def is_evidence(name: str) -> bool:
    """Whether a kept file, by its hash, is a photo of a case."""
    return bool(await db.rows("SELECT 1 FROM support_photo WHERE file_hash = ? LIMIT 1", name))


@db.transaction
async def fetched(*, photo_id: int, photo: bytes) -> None:
    """Keep a photo that was fetched and cleaned, for those who work here."""
    name = await files.keep(content=photo, mime="image/jpeg", private=True)
    await db.execute("UPDATE support_photo SET file_hash = ? WHERE id = ? AND file_hash IS NULL", name, photo_id)
    of = await db.rows(
        "SELECT m.case_id, c.person_id FROM support_photo p JOIN support_message m ON m.id = p.message_id"
        " JOIN support_case c ON c.id = m.case_id WHERE p.id = ?",
        photo_id,
    )
    await stepping.tell(PhotoCame(of[0]["case_id"], of[0]["person_id"]))


@db.transaction
async def unfetched(*, photo: Wanted, error: str, again: bool = True) -> None:
    """Try it again later; after some tries, or when it cannot be read, those who work here see that it is missing."""
    last = not again or photo.attempts + 1 >= TRIES_MAX
    await db.execute(
        "UPDATE support_photo SET attempts = attempts + 1, not_before = ?, error = ? WHERE id = ? AND file_hash IS NULL",
        *(clock.now() + _PAUSE_MS * 2**photo.attempts, error[:300] if last else None, photo.id),
    )
    if last:
        await db.wake(stepping.CHANGED)
