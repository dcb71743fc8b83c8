"""What was said and not understood, kept of nobody in particular until the office says what it means."""

from dataclasses import dataclass

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound

UNLABELLED_MAX = 10_000


@dataclass(frozen=True)
class Unclear:
    """Words that were not understood: in which language, what was guessed, and how often they were said."""

    id: int
    text: str
    language: str
    guess: str
    times: int


@db.transaction
async def keep_unclear(*, text: str, language: str, guess: str) -> None:
    """Keep what was not understood; `text` is redacted already. Beyond 10,000 that wait to be labelled nothing new is kept."""
    known = await db.execute("UPDATE unclear SET times = times + 1, at = ? WHERE text = ?", clock.now(), text)
    if known:
        return
    waiting = await db.rows("SELECT COUNT(*) AS n FROM unclear WHERE intent IS NULL")
    if waiting[0]["n"] < UNLABELLED_MAX:
        await db.execute(
            "INSERT INTO unclear (text, language, guess, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (text) DO UPDATE SET times = unclear.times + 1",
            *(text, language, guess, clock.now()),
        )


async def unlabelled(limit: int) -> list[Unclear]:
    """What waits to be labelled, what was said most often first."""
    found = await db.rows(
        "SELECT id, text, language, guess, times FROM unclear WHERE intent IS NULL ORDER BY times DESC, id LIMIT ?",
        limit,
    )
    return [Unclear(**row) for row in found]


@db.transaction
async def label_unclear(*, unclear_id: int, intent: str) -> None:
    """Say what these words mean; said again, the last counts. Raises NotFound."""
    if not await db.execute("UPDATE unclear SET intent = ? WHERE id = ?", intent, unclear_id):
        raise NotFound


async def labelled() -> list[tuple[str, str]]:
    """(text, intent) of all that was labelled."""
    found = await db.rows("SELECT text, intent FROM unclear WHERE intent IS NOT NULL ORDER BY id")
    return [(row["text"], row["intent"]) for row in found]
