"""What was searched, kept so that a button can name it in a few bytes."""

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.search.reading import TEXT_MAX


@db.transaction
async def remember(*, person_id: int, text: str) -> int:
    """Keep a search; returns the number that leads back to it."""
    made = await db.rows(
        "INSERT INTO searched (person_id, text, at) VALUES (?, ?, ?) RETURNING id",
        *(person_id, text.replace("\x00", "")[:TEXT_MAX], clock.now()),
    )
    return int(made[0]["id"])


async def recall(*, person_id: int, searched_id: int) -> str:
    """What this person searched for under that number. Raises NotFound, also for somebody else's."""
    found = await db.rows("SELECT text FROM searched WHERE id = ? AND person_id = ?", searched_id, person_id)
    if not found:
        raise NotFound
    return str(found[0]["text"])
