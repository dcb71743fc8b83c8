"""What is not there today may come: who asked for it is told, once."""

from storefront.kernel import clock, db
from storefront.kernel.errors import N_, NotFound, Refusal
from storefront.kernel.events import announce
from storefront.search import popularity, suggesting
from storefront.search.events import WishCame
from storefront.search.reading import read
from storefront.search.remembering import recall
from storefront.search.service import find

WISHES_MAX = 20
_SHOWN = 3
_DAYS = 180


class TooManyWishes(Refusal):
    """More is looked for than anybody remembers having asked for."""

    text = N_(
        "You wait for %(limit)s things already. We write to you when one of them comes; then you can ask for another."
    )


@db.transaction
async def wish(*, person_id: int, searched_id: int, currency: str) -> str:
    """Have a customer told when what she searched for comes; returns her words. Raises NotFound, TooManyWishes.

    Wished twice, it is told once. `currency` is what the limits in her words are in.
    """
    text = (await recall(person_id=person_id, searched_id=searched_id)).text
    words = " ".join(read(text).words)
    if not words:
        raise NotFound
    waiting = await db.rows("SELECT text FROM search_wish WHERE person_id = ? AND told_at IS NULL", person_id)
    if text not in {row["text"] for row in waiting} and len(waiting) >= WISHES_MAX:
        raise TooManyWishes(limit=WISHES_MAX)
    await db.execute(
        "INSERT INTO search_wish (person_id, text, words, currency, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(person_id, text, words[:400], currency, clock.now()),
    )
    return text


async def fulfil(*, limit: int = 50) -> int:
    """Look, once for each catalog that got new items, for what customers wait for; returns how many were told."""
    if await db.rows("SELECT 1 FROM search_pending LIMIT 1"):
        # What has just come cannot be found yet: it would be looked for in vain, and not again.
        return 0
    newest = (await db.rows("SELECT COALESCE(MAX(id), 0) AS id FROM item"))[0]["id"]
    due = await db.rows(
        "SELECT id, text, currency FROM search_wish WHERE told_at IS NULL AND seen_item_id < ?"
        " ORDER BY seen_item_id, id LIMIT ?",
        *(newest, limit),
    )
    told = 0
    for row in due:
        found = await find(text=row["text"], currency=row["currency"], per_page=_SHOWN)
        came = list(found.items[: found.whole])
        told += await _looked(row["id"], newest, came)
    return told


@db.transaction
async def forget() -> None:
    """What nobody waits for any more, and what nobody searched for long, is not kept."""
    before = clock.now() - _DAYS * clock.DAY
    await db.execute("DELETE FROM search_wish WHERE at < ? OR told_at < ?", before, before)
    await db.execute("DELETE FROM search_missed WHERE last_at < ?", before)
    await db.execute("DELETE FROM search_photo WHERE at < ?", clock.now() - clock.HOUR)
    await popularity.forget_ordered()


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: her searches, what she waits for and what she bought are of one."""
    await db.execute("UPDATE searched SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)
    await db.execute(
        "DELETE FROM search_wish WHERE person_id = ? AND told_at IS NULL"
        " AND text IN (SELECT text FROM search_wish WHERE person_id = ? AND told_at IS NULL)",
        *(from_person_id, to_person_id),
    )
    await db.execute("UPDATE search_wish SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)
    await db.execute("DELETE FROM search_reworded WHERE person_id = ?", from_person_id)
    await suggesting.follow_bought(from_person_id, to_person_id)


@db.transaction
async def _looked(wish_id: int, newest: int, came: list[int]) -> bool:
    await db.execute("UPDATE search_wish SET seen_item_id = ? WHERE id = ?", newest, wish_id)
    if not came:
        return False
    told = await db.rows(
        "UPDATE search_wish SET told_at = ? WHERE id = ? AND told_at IS NULL RETURNING person_id, text",
        *(clock.now(), wish_id),
    )
    for row in told:
        await announce(WishCame(wish_id, int(row["person_id"]), row["text"], came))
    return bool(told)
