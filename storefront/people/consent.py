"""What a customer lets us use what we know of her for: she says so, and takes it back, whenever she likes."""

from storefront.kernel import clock, db, events
from storefront.people.events import ConsentWithdrawn

SUGGESTIONS = "suggestions"


@db.transaction
async def agree(*, person_id: int, purpose: str) -> None:
    """She lets us."""
    await db.execute(
        "INSERT INTO consent (person_id, purpose, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        *(person_id, purpose, clock.now()),
    )


@db.transaction
async def withdraw(*, person_id: int, purpose: str) -> None:
    """She does not let us any more: what was kept for it goes."""
    if await db.execute("DELETE FROM consent WHERE person_id = ? AND purpose = ?", person_id, purpose):
        await events.announce(ConsentWithdrawn(person_id, purpose))


async def agreed(*, person_id: int, purpose: str) -> bool:
    """Whether she lets us."""
    return bool(await db.rows("SELECT 1 FROM consent WHERE person_id = ? AND purpose = ?", person_id, purpose))
