"""Two accounts that may be one person, for the office to look at: until it says that they are two, neither gains by the other."""

from dataclasses import dataclass

from storefront import people, points
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound


@dataclass(frozen=True)
class Flag:
    """Two accounts with the same phone or address; `cleared_by` said that they are two people."""

    id: int
    person_id: int
    person: str
    other_id: int
    other: str
    what: str
    at: int
    cleared_by: str | None


@db.transaction
async def flag(*, person_id: int) -> None:
    """Flag whoever has a phone or an address in common with this customer; pending points between the two are taken back."""
    for other_id, what in await people.alike(person_id):
        first, second = sorted((person_id, other_id))
        flagged = await db.execute(
            "INSERT INTO account_flag (person_id, other_id, what, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(first, second, what, clock.now()),
        )
        if flagged:
            await points.revoke(person_id=first, of_person_id=second)
            await points.revoke(person_id=second, of_person_id=first)


@db.transaction
async def clear(*, flag_id: int, by: str) -> None:
    """The office says that these are two people: from now on they are rewarded. Done twice, it is done once. Raises NotFound."""
    cleared = await db.execute(
        "UPDATE account_flag SET cleared_at = COALESCE(cleared_at, ?), cleared_by = COALESCE(cleared_by, ?) WHERE id = ?",
        *(clock.now(), by[:60], flag_id),
    )
    if not cleared:
        raise NotFound


async def flags(*, limit: int = 1000) -> list[Flag]:
    """What the office has to look at, the newest first, then what it has decided."""
    return [
        Flag(**row)
        for row in await db.rows(
            "SELECT f.id, f.person_id, p.name AS person, f.other_id, o.name AS other, f.what, f.at, f.cleared_by"
            " FROM account_flag f JOIN person p ON p.id = f.person_id JOIN person o ON o.id = f.other_id"
            " ORDER BY CASE WHEN f.cleared_at IS NULL THEN 0 ELSE 1 END, f.id DESC LIMIT ?",
            limit,
        )
    ]


async def flagged(one_id: int, other_id: int) -> bool:
    """Whether these two may be one person, as far as the office has not said otherwise."""
    return bool(
        await db.rows(
            "SELECT 1 FROM account_flag WHERE person_id = ? AND other_id = ? AND cleared_at IS NULL LIMIT 1",
            *sorted((one_id, other_id)),
        )
    )


async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person, as nobody doubts any more: what the first had in common with others the second has."""
    for row in await db.rows("SELECT * FROM account_flag WHERE ? IN (person_id, other_id)", from_person_id):
        other_id = row["other_id"] if row["person_id"] == from_person_id else row["person_id"]
        if other_id != to_person_id:
            await db.execute(
                "INSERT INTO account_flag (person_id, other_id, what, at, cleared_at, cleared_by)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                *(*sorted((to_person_id, other_id)), row["what"], row["at"], row["cleared_at"], row["cleared_by"]),
            )
    await db.execute("DELETE FROM account_flag WHERE ? IN (person_id, other_id)", from_person_id)
