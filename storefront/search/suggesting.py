"""What goes with a thing: what others bought with it, what those who joined a group with her bought, and what is like it.

Only what customers who let us have bought is kept and counted, and only what several of them bought is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from storefront.kernel import clock, db
from storefront.search.service import Filters, find

# So many different customers, that nobody's purchase can be read off what another one is shown.
_PEOPLE_LEAST = 2
# The newest buyers of a thing speak for all of them.
_BUYERS_MOST = 500


class Why(StrEnum):
    """Why a thing is suggested."""

    TOGETHER = "together"
    GROUP = "group"
    ALIKE = "alike"


@dataclass(frozen=True)
class Suggestion:
    """A thing, and why it is shown."""

    item_id: int
    why: Why


@db.transaction
async def note_bought(*, person_id: int, item_ids: Sequence[int], deal: str | None) -> None:
    """Remember what a customer who lets us has bought; `deal`: with whom."""
    await db.many(
        "INSERT INTO bought (person_id, item_id, deal, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id, item_id, deal) DO UPDATE SET at = excluded.at",
        [(person_id, item_id, deal or "", clock.now()) for item_id in item_ids],
    )


@db.transaction
async def forget_bought(*, person_id: int) -> None:
    """What she has bought is counted for nothing any more."""
    await db.execute("DELETE FROM bought WHERE person_id = ?", person_id)


async def follow_bought(from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: what the first bought counts on when the second lets us."""
    await db.execute(
        "INSERT INTO bought (person_id, item_id, deal, at) SELECT ?, item_id, deal, at FROM bought WHERE person_id = ?"
        " AND EXISTS (SELECT 1 FROM consent WHERE person_id = ? AND purpose = 'suggestions') ON CONFLICT DO NOTHING",
        *(to_person_id, from_person_id, to_person_id),
    )
    await db.execute("DELETE FROM bought WHERE person_id = ?", from_person_id)


async def suggest(
    *, item_id: int, text: str, category_id: int | None, person_id: int | None, limit: int = 6
) -> list[Suggestion]:
    """What goes with an item that is called `text`, each thing once, the surest reason first.

    `person_id`: who looks, when she lets us use what she bought; without her only what needs to know nobody.
    """
    found: dict[int, Why] = {}
    if person_id is not None:
        for why, items in ((Why.TOGETHER, await _together(item_id)), (Why.GROUP, await _with_her(person_id))):
            found |= {one: why for one in items if one not in found}
    alike = await find(text=text, filters=Filters(category_id=category_id, in_stock=True), per_page=limit + 1)
    found |= {one: Why.ALIKE for one in alike.items if one not in found}
    return [Suggestion(one, why) for one, why in found.items() if one != item_id][:limit]


async def _together(item_id: int) -> list[int]:
    found = await db.browse(
        "SELECT o.item_id FROM (SELECT DISTINCT person_id FROM (SELECT person_id FROM bought WHERE item_id = ?"
        " ORDER BY at DESC LIMIT ?) newest) b JOIN bought o ON o.person_id = b.person_id JOIN item i ON i.id = o.item_id"
        " WHERE o.item_id <> ? AND i.withdrawn_at IS NULL GROUP BY o.item_id HAVING COUNT(DISTINCT o.person_id) >= ?"
        " ORDER BY COUNT(DISTINCT o.person_id) DESC, o.item_id LIMIT 3",
        *(item_id, _BUYERS_MOST, item_id, _PEOPLE_LEAST),
    )
    return [int(row["item_id"]) for row in found]


async def _with_her(person_id: int) -> list[int]:
    found = await db.browse(
        "SELECT o.item_id FROM (SELECT DISTINCT g.person_id FROM bought m JOIN bought g ON g.deal = m.deal"
        " WHERE m.person_id = ? AND m.deal <> '' AND g.person_id <> ? LIMIT ?) w JOIN bought o ON o.person_id = w.person_id"
        " JOIN item i ON i.id = o.item_id WHERE i.withdrawn_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM bought h WHERE h.person_id = ? AND h.item_id = o.item_id)"
        " GROUP BY o.item_id HAVING COUNT(DISTINCT o.person_id) >= ?"
        " ORDER BY COUNT(DISTINCT o.person_id) DESC, o.item_id LIMIT 3",
        *(person_id, person_id, _BUYERS_MOST, person_id, _PEOPLE_LEAST),
    )
    return [int(row["item_id"]) for row in found]
