"""Photos that are sent in a chat: fetched from there after what was said is kept, and kept by us."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront import files
from storefront.kernel import clock, db
from storefront.support import reaching, rules, stepping
from storefront.support.events import PhotoCame
from storefront.support.queries import case, message

WANTED = "photos"
TRIES_MAX = 8
_PAUSE_MS = 2 * clock.SECOND


@dataclass(frozen=True)
class Wanted:
    """A photo that is not here yet, and its number at the channel of its bot."""

    id: int
    message_id: int
    file_id: str
    attempts: int


async def wanted(*, bot_id: int, limit: int = 8) -> Sequence[Wanted]:
    """Which photos this bot is to fetch now, the oldest first."""
    found = await db.rows(
        "SELECT p.id, p.message_id, p.file_id, p.attempts FROM support_photo p JOIN support_message m ON m.id = p.message_id"
        " WHERE p.file_hash IS NULL AND p.error IS NULL AND p.not_before <= ? AND m.bot_id = ? ORDER BY p.id LIMIT ?",
        *(clock.now(), bot_id, limit),
    )
    return [Wanted(row["id"], row["message_id"], row["file_id"], row["attempts"]) for row in found]


async def want(message_id: int, file_ids: Sequence[str]) -> None:
    """Have the photos of a message fetched, by their numbers at its channel: ten at most."""
    if not file_ids:
        return
    await db.many(
        "INSERT INTO support_photo (message_id, file_id) VALUES (?, ?)",
        [(message_id, file_id) for file_id in file_ids[: rules.PHOTOS_MAX]],
    )
    await db.wake(WANTED)


async def is_evidence(name: str) -> bool:
    """Whether a kept file, by its hash, is a photo of a case."""
    return bool(await db.rows("SELECT 1 FROM support_photo WHERE file_hash = ? LIMIT 1", name))


@db.transaction
async def fetched(*, photo: Wanted, content: bytes) -> None:
    """Keep a photo that was fetched and cleaned, for those who work here."""
    name = await files.keep(content=content, mime="image/jpeg", private=True)
    await db.execute("UPDATE support_photo SET file_hash = ? WHERE id = ? AND file_hash IS NULL", name, photo.id)
    await _settled(photo)


@db.transaction
async def unfetched(*, photo: Wanted, error: str, again: bool = True) -> None:
    """Try it again later; after some tries, or when it cannot be read, those who work here see that it is missing."""
    last = not again or photo.attempts + 1 >= TRIES_MAX
    await db.execute(
        "UPDATE support_photo SET attempts = attempts + 1, not_before = ?, error = ? WHERE id = ? AND file_hash IS NULL",
        *(clock.now() + _PAUSE_MS * 2**photo.attempts, error[:300] if last else None, photo.id),
    )
    if last:
        await _settled(photo)


async def _settled(photo: Wanted) -> None:
    """Nothing of the message is waited for: those who look see it, and what was said to a customer goes to her."""
    said = await message(photo.message_id)
    of = await case(said.case_id)
    if said.author == "customer":
        await stepping.tell(PhotoCame(of.id, of.person_id))
    else:
        await db.wake(stepping.CHANGED)
    if said.author == "staff" and not said.coming and (said.text or said.photos):
        await reaching.reach(of, said.id, text=said.text, photos=len(said.photos))
