"""Customers bring customers: a link of her own, and whoever is new and comes by it is her friend, once."""

from storefront import people
from storefront.kernel import clock, db, events, ids
from storefront.points import earning, rules
from storefront.points.events import FriendCame


@db.transaction
async def invite_code(*, person_id: int) -> str:
    """The code of a customer's own invitation link, always the same."""
    await db.execute(
        "INSERT INTO invite_code (person_id, code) VALUES (?, ?) ON CONFLICT (person_id) DO NOTHING",
        *(person_id, ids.key()),
    )
    found = await db.rows("SELECT code FROM invite_code WHERE person_id = ?", person_id)
    return str(found[0]["code"])


@db.transaction
async def accept_invitation(*, person_id: int, code: str) -> people.Person | None:
    """Somebody came by a link: its owner, when that counts; None for an unknown code, one's own, or who is not new."""
    found = await db.rows("SELECT person_id FROM invite_code WHERE code = ?", code)
    if not found:
        return None
    inviter = await people.find(int(found[0]["person_id"]))
    if inviter.id == person_id or clock.now() - await people.since(person_id) > rules.NEW_DAYS * clock.DAY:
        return None
    came = await db.execute(
        "INSERT INTO invite (person_id, inviter_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        *(person_id, inviter.id, clock.now()),
    )
    if not came:
        return None
    rule = rules.reward("friend", await earning.earn_rules(), clock.now())
    await events.announce(FriendCame(inviter.id, person_id, rule.points or 0 if rule else 0))
    return inviter


async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: whom the first invited the second did, and nobody invites herself."""
    both = (from_person_id, to_person_id)
    await db.execute("DELETE FROM invite WHERE person_id IN (?, ?) AND inviter_id IN (?, ?)", *both, *both)
    await db.execute("UPDATE invite SET inviter_id = ? WHERE inviter_id = ?", to_person_id, from_person_id)
    await db.execute(
        "UPDATE invite SET person_id = ? WHERE person_id = ? AND NOT EXISTS (SELECT 1 FROM invite WHERE person_id = ?)",
        *(to_person_id, from_person_id, to_person_id),
    )
