"""What customers search for and the shop does not have: counted for the office, and a shelf that comes close."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from storefront.kernel import clock, db
from storefront.search.reading import fold, read

_SHELVES_MAX = 5000
_LIKE_PERCENT = 75
# Numbers as long as these are of phones and cards.
_NUMBER = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Missed:
    """Words that were searched in vain, how often, and when last, in UTC epoch ms."""

    text: str
    count: int
    last_at: int


@db.transaction
async def miss(text: str) -> None:
    """Count a search that found nothing, or nothing with all its words; nobody's name stands beside it."""
    words = " ".join(word for word in read(text).words if not _NUMBER.search(word))[:400]
    if words:
        await db.execute(
            "INSERT INTO search_missed (text, last_at) VALUES (?, ?) ON CONFLICT (text)"
            " DO UPDATE SET count = search_missed.count + 1, last_at = excluded.last_at",
            *(words, clock.now()),
        )


async def missed(limit: int = 100) -> list[Missed]:
    """What was searched in vain, the most wanted first."""
    found = await db.rows(
        "SELECT text, count, last_at FROM search_missed ORDER BY count DESC, last_at DESC LIMIT ?", limit
    )
    return [Missed(row["text"], int(row["count"]), int(row["last_at"])) for row in found]


async def shelf_near(*, text: str, items: Sequence[int]) -> int | None:
    """The shelf where to look on: that of the best of the items that came close, or one that is called alike; else None."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  (a shop that idles needs none)

    if items:
        found = await db.rows("SELECT category_id FROM item WHERE id = ?", items[0])
        return int(found[0]["category_id"]) if found and found[0]["category_id"] is not None else None
    words = " ".join(read(text).words)
    if not words:
        return None
    rows = await db.rows("SELECT id, names FROM category ORDER BY id LIMIT ?", _SHELVES_MAX)
    named = [(int(row["id"]), fold(name)) for row in rows for name in orjson.loads(row["names"]).values()]
    best = process.extractOne(words, [name for _, name in named], scorer=fuzz.WRatio, score_cutoff=_LIKE_PERCENT)
    return named[best[2]][0] if best is not None else None
