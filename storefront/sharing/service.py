"""Links of customers, and who came by them. Whatever is unknown or forged counts for nothing and stops nobody."""

from dataclasses import dataclass

from storefront import people, points
from storefront.kernel import clock, db, events, ids
from storefront.sharing import matching, rules
from storefront.sharing.events import FriendCame


@dataclass(frozen=True)
class Link:
    """A customer's own link to something; `to` is the start payload that it leads to, empty for the shop."""

    id: int
    code: str
    person_id: int
    to: str

    @property
    def payload(self) -> str:
        """What follows `?start=` in it, at most 64 characters."""
        return rules.payload(self.to, self.code)


async def link(*, person_id: int, to: str) -> Link:
    """A customer's own link to an item, a group (`item(id)`, `group(code)`) or the shop (`SHOP`), always the same."""
    assert len(rules.payload(to, "0" * 10)) <= 64, to
    # Cards are shown far more often than links are made: who has one waits for no writer.
    return await _own(person_id, to) or await _make(person_id, to)


@db.transaction
async def opened(*, code: str, visitor: str) -> None:
    """A browser, known by a name of its own, opened the page of a link: counted once, and of a link so many a day."""
    await db.execute(
        "INSERT INTO share_click (link_id, visitor, at) SELECT l.id, ?, ? FROM share_link l WHERE l.code = ?"
        " AND (SELECT COUNT(*) FROM share_click c WHERE c.link_id = l.id AND c.at > ?) < ? ON CONFLICT DO NOTHING",
        *(visitor[:40], clock.now(), code, clock.now() - clock.DAY, rules.CLICKS_A_DAY_MAX),
    )


@db.transaction
async def touched(*, code: str, person_id: int) -> people.Person | None:
    """A customer came into the chat by a link: its sharer is the last one who touched her, from now on.

    Returns the sharer when she brought somebody new; None otherwise. An unknown code, her own link, and that of somebody
    whom she brought herself count for nothing.
    """
    found = await db.rows("SELECT id, person_id FROM share_link WHERE code = ?", code)
    if not found:
        return None
    sharer_id, now = int(found[0]["person_id"]), clock.now()
    if sharer_id == person_id or await _brought(by=person_id, person_id=sharer_id):
        return None
    await db.execute(
        "INSERT INTO share_start (link_id, person_id, at, last_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (link_id, person_id) DO UPDATE SET last_at = excluded.last_at",
        *(found[0]["id"], person_id, now, now),
    )
    return await _bring(sharer_id, person_id)


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: whom the first brought the second did, and nobody brings herself."""
    move, both = (to_person_id, from_person_id), (from_person_id, to_person_id)
    await db.execute(
        "UPDATE share_link SET twin = id WHERE person_id = ? AND EXISTS"
        " (SELECT 1 FROM share_link e WHERE e.person_id = ? AND e.leads_to = share_link.leads_to)",
        *(from_person_id, to_person_id),
    )
    await db.execute("UPDATE share_link SET person_id = ? WHERE person_id = ?", *move)
    await db.execute(
        "INSERT INTO share_start (link_id, person_id, at, last_at)"
        " SELECT link_id, ?, at, last_at FROM share_start WHERE person_id = ?"
        " ON CONFLICT (link_id, person_id) DO UPDATE SET"
        " last_at = CASE WHEN excluded.last_at > share_start.last_at THEN excluded.last_at ELSE share_start.last_at END",
        *move,
    )
    await db.execute("DELETE FROM share_start WHERE person_id = ?", from_person_id)
    await db.execute("UPDATE share_order SET person_id = ? WHERE person_id = ?", *move)
    for table in ("share_start", "share_order"):
        await db.execute(
            f"DELETE FROM {table} WHERE person_id = ? AND link_id IN (SELECT id FROM share_link WHERE person_id = ?)",  # noqa: S608
            *(to_person_id, to_person_id),
        )
    await db.execute("DELETE FROM invite WHERE person_id IN (?, ?) AND inviter_id IN (?, ?)", *both, *both)
    await db.execute("UPDATE invite SET inviter_id = ? WHERE inviter_id = ?", *move)
    await db.execute(
        "UPDATE invite SET person_id = ? WHERE person_id = ? AND NOT EXISTS (SELECT 1 FROM invite WHERE person_id = ?)",
        *(to_person_id, from_person_id, to_person_id),
    )
    await matching.follow(from_person_id=from_person_id, to_person_id=to_person_id)


async def _own(person_id: int, to: str) -> Link | None:
    found = await db.rows(
        "SELECT id, code FROM share_link WHERE person_id = ? AND leads_to = ? ORDER BY twin LIMIT 1", person_id, to
    )
    return Link(found[0]["id"], found[0]["code"], person_id, to) if found else None


@db.transaction
async def _make(person_id: int, to: str) -> Link:
    await db.execute(
        "INSERT INTO share_link (code, person_id, leads_to, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id, leads_to, twin) DO NOTHING",
        *(ids.key(), person_id, to, clock.now()),
    )
    made = await _own(person_id, to)
    assert made is not None
    return made


async def _brought(*, by: int, person_id: int) -> bool:
    """Whether the one brought the other, herself or through others whom she brought: then it counts in no other direction."""
    found = await db.rows(
        "WITH RECURSIVE above (id) AS (SELECT inviter_id FROM invite WHERE person_id = ?"
        " UNION SELECT i.inviter_id FROM invite i JOIN above a ON i.person_id = a.id)"
        " SELECT 1 FROM above WHERE id = ? UNION ALL"
        " SELECT 1 FROM share_start s JOIN share_link l ON l.id = s.link_id WHERE s.person_id = ? AND l.person_id = ?",
        *(person_id, by, person_id, by),
    )
    return bool(found)


async def _bring(sharer_id: int, person_id: int) -> people.Person | None:
    if clock.now() - await people.since(person_id) > rules.NEW_DAYS * clock.DAY:
        return None
    brought = await db.execute(
        "INSERT INTO invite (person_id, inviter_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        *(person_id, sharer_id, clock.now()),
    )
    if not brought:
        return None
    promised = 0 if await matching.flagged(sharer_id, person_id) else await points.reward_of("friend")
    await events.announce(FriendCame(sharer_id, person_id, promised))
    return await people.find(sharer_id)
