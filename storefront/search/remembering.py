"""What was searched, kept so that a button can name it in a few bytes."""

from dataclasses import dataclass, field, fields

import orjson

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.search.reading import TEXT_MAX
from storefront.search.service import Filters


@dataclass(frozen=True)
class Searched:
    """What a person typed, and what she chose besides."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)


@db.transaction
async def remember(*, person_id: int, text: str, filters: Filters | None = None) -> int:
    """Keep a search; returns the number that leads back to it."""
    told = filters or Filters()
    chosen = {one.name: getattr(told, one.name) for one in fields(told) if getattr(told, one.name) != one.default}
    made = await db.rows(
        "INSERT INTO searched (person_id, text, filters, at) VALUES (?, ?, ?, ?) RETURNING id",
        *(person_id, text.replace("\x00", "")[:TEXT_MAX], orjson.dumps(chosen).decode(), clock.now()),
    )
    return int(made[0]["id"])


async def recall(*, person_id: int, searched_id: int) -> Searched:
    """What this person searched for under that number. Raises NotFound, also for somebody else's."""
    found = await db.rows("SELECT text, filters FROM searched WHERE id = ? AND person_id = ?", searched_id, person_id)
    if not found:
        raise NotFound
    return Searched(str(found[0]["text"]), Filters(**orjson.loads(found[0]["filters"])))
