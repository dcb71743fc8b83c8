"""Words learned from customers: who searched in vain, and then opened a thing by another word, says that both mean the same.

What one customer did decides nothing: several must have come to the same thing the same way.
"""

from dataclasses import dataclass

from storefront.kernel import clock, db
from storefront.search.analysis import is_han
from storefront.search.reading import read
from storefront.search.thesaurus import WORDS_MAX, Key, key

_WITHIN = 5 * clock.MINUTE
_PEOPLE_LEAST = 3
_WEIGHT = 0.5
_DAYS = 30
_LEARNED_MAX = 1000
_EACH_MAX = 50
_LENGTH_MAX = 80


@dataclass(frozen=True)
class Learned:
    """That `term` means `other` too, in tokens."""

    id: int
    term: str
    other: str


@db.transaction
async def note_vain(*, person_id: int, searched_id: int) -> None:
    """Remember that this search of hers found nothing with all of its words."""
    await db.execute("UPDATE searched SET vain = TRUE WHERE id = ? AND person_id = ?", searched_id, person_id)


@db.transaction
async def note_opened(*, person_id: int, searched_id: int, item_id: int) -> None:
    """She opens a thing that she found: when she had searched in vain shortly before, the words may mean the same."""
    since = clock.now() - _WITHIN
    told = await db.rows(
        "SELECT v.text AS vain, s.text AS found, e.name FROM searched s JOIN searched v ON v.person_id = s.person_id"
        " JOIN search_entry e ON e.item_id = ? WHERE s.id = ? AND s.person_id = ? AND s.at >= ? AND NOT s.vain"
        " AND v.id < s.id AND v.at >= ? AND v.vain ORDER BY v.id DESC LIMIT 1",
        *(item_id, searched_id, person_id, since, since),
    )
    for row in told:
        term, other = _reworded(row["vain"], row["found"], row["name"])
        kept = await db.rows("SELECT COUNT(*) AS n FROM search_reworded WHERE person_id = ?", person_id)
        if term and other and kept[0]["n"] < _EACH_MAX:
            await db.execute(
                "INSERT INTO search_reworded (person_id, term, other, item_id, at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                *(person_id, " ".join(term), " ".join(other), item_id, clock.now()),
            )


@db.transaction
async def learn() -> None:
    """Have words mean the same, a little, that several customers came by to the same thing; forget who they were in time."""
    await db.execute("DELETE FROM search_reworded WHERE at < ?", clock.now() - _DAYS * clock.DAY)
    known = (await db.rows("SELECT COUNT(*) AS n FROM search_synonym WHERE learned"))[0]["n"]
    # What the office says of a pair stays.
    await db.execute(
        "INSERT INTO search_synonym (term, other, weight, learned)"  # noqa: S608
        f" SELECT term, other, {_WEIGHT}, TRUE FROM search_reworded WHERE at > 0 GROUP BY term, other, item_id"
        " HAVING COUNT(*) >= ? ORDER BY term, other LIMIT ? ON CONFLICT (term, other) DO NOTHING",
        *(_PEOPLE_LEAST, max(0, _LEARNED_MAX - known)),
    )


async def learned() -> list[Learned]:
    """What was learned, the newest first."""
    found = await db.rows("SELECT id, term, other FROM search_synonym WHERE learned ORDER BY id DESC")
    return [Learned(row["id"], row["term"], row["other"]) for row in found]


@db.transaction
async def forget_learned(synonym_id: int) -> bool:
    """Have a pair that was learned mean nothing, for good; whether there was one."""
    done = await db.rows(
        "UPDATE search_synonym SET weight = 0, learned = FALSE WHERE id = ? AND learned RETURNING id", synonym_id
    )
    return bool(done)


def _reworded(vain: str, found: str, name: str) -> tuple[Key, Key]:
    """What she said otherwise the second time, before and after; empty where the item is not called so, or was before."""
    before, after = read(vain).words, read(found).words
    old = [word for word in before if word not in after]
    new = [word for word in after if word not in before]
    term, other, called = key(" ".join(old)), key(" ".join(new)), set(name.split())
    if max(len(old), len(new)) > WORDS_MAX or max(len(" ".join(term)), len(" ".join(other))) > _LENGTH_MAX:
        return (), ()
    # A number is no word; and a single character is a part of too many other words.
    if any(map(str.isdigit, "".join(old))) or (len(other) == 1 and is_han(other[0])):
        return (), ()
    if not called.issuperset(other) or called.issuperset(term):
        return (), ()
    return term, other
