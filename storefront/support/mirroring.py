"""The agents' group: which case has which topic there, and what is still to be said in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storefront import staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import rules, stepping

BATCH = 20


@dataclass(frozen=True)
class Topic:
    """A case's topic; `thread_id` None: still to be made. `card_text`: what its card says now; `mode`: what it asks for."""

    case_id: int
    thread_id: int | None
    card_number: int | None
    card_text: str | None
    closed: bool
    mode: str | None
    seen_id: int
    changed_at: int


async def topics_to_look_at(*, limit: int = BATCH) -> Sequence[int]:
    """The cases whose topic may not be as they are, those that wait longest first."""
    found = await db.rows(
        "SELECT c.id FROM support_case c WHERE c.state IN ('open', 'waiting', 'returning') AND NOT EXISTS"
        " (SELECT 1 FROM support_topic t WHERE t.case_id = c.id AND t.thread_id IS NOT NULL)"
        " UNION SELECT t.case_id FROM support_topic t WHERE t.thread_id IS NOT NULL AND ("
        "  t.changed_at <= (SELECT MAX(e.at) FROM support_case_event e WHERE e.case_id = t.case_id)"
        "  OR t.seen_id < (SELECT MAX(m.id) FROM support_message m WHERE m.case_id = t.case_id)"
        "  OR EXISTS (SELECT 1 FROM support_message m JOIN support_post p ON p.message_id = m.id"
        "   WHERE m.case_id = t.case_id AND m.edited_at > COALESCE(p.edited_at, 0) AND p.own = 0))"
        " ORDER BY 1 LIMIT ?",
        limit,
    )
    return [int(row["id"]) for row in found]


@db.transaction
async def topic(case_id: int) -> Topic:
    """The topic of a case, intended when there is none."""
    await db.execute(
        "INSERT INTO support_topic (case_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", case_id, clock.now()
    )
    return _topic((await db.rows("SELECT * FROM support_topic WHERE case_id = ?", case_id))[0])


async def topic_of_thread(thread_id: int) -> Topic | None:
    """The case that is talked about in a thread of the group, if one is."""
    found = await db.rows("SELECT * FROM support_topic WHERE thread_id = ?", thread_id)
    return _topic(found[0]) if found else None


@db.transaction
async def made_topic(*, case_id: int, thread_id: int) -> bool:
    """The topic is there; False when another replica made one meanwhile."""
    made = await db.execute(
        "UPDATE support_topic SET thread_id = ?, closed = 0 WHERE case_id = ? AND thread_id IS NULL", thread_id, case_id
    )
    return made == 1


@db.transaction
async def lost_topic(*, case_id: int) -> None:
    """Somebody deleted the topic: it is made anew, with all that was said."""
    await db.execute(
        "UPDATE support_topic SET thread_id = NULL, card_number = NULL, card_text = NULL, seen_id = 0 WHERE case_id = ?",
        case_id,
    )
    await db.execute(
        "DELETE FROM support_post WHERE message_id IN (SELECT id FROM support_message WHERE case_id = ?)", case_id
    )


@db.transaction
async def carded(*, case_id: int, number: int, text: str) -> None:
    """The card stands in the topic by this number, and says this."""
    await db.execute("UPDATE support_topic SET card_number = ?, card_text = ? WHERE case_id = ?", number, text, case_id)


@db.transaction
async def posted(*, case_id: int, message_ids: Sequence[int], number: int) -> None:
    """What was said stands in this message of the group."""
    await db.many(
        "INSERT INTO support_post (message_id, group_number, edited_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(message_id, number, clock.now()) for message_id in message_ids],
    )
    await seen(case_id=case_id, message_id=max(message_ids))


@db.transaction
async def seen(*, case_id: int, message_id: int) -> None:
    """All that was said up to this stands in the topic."""
    await db.execute(
        "UPDATE support_topic SET seen_id = ? WHERE case_id = ? AND seen_id < ?", message_id, case_id, message_id
    )


@db.transaction
async def mirrored(*, of: Topic, closed: bool, at: int) -> None:
    """The topic is as the case was at this moment (epoch ms), unless something was asked on its card meanwhile."""
    await db.execute(
        "UPDATE support_topic SET closed = ?, changed_at = CASE WHEN changed_at = ? THEN ? ELSE changed_at END"
        " WHERE case_id = ?",
        *(int(closed), of.changed_at, at, of.case_id),
    )


@db.transaction
async def edited_posts(*, case_id: int) -> Sequence[tuple[int, Sequence[int]]]:
    """Messages of the group in which something was changed since, each with all that stands in it."""
    found = await db.rows(
        "SELECT DISTINCT p.group_number FROM support_post p JOIN support_message m ON m.id = p.message_id"
        " WHERE m.case_id = ? AND p.own = 0 AND m.edited_at > COALESCE(p.edited_at, 0) ORDER BY p.group_number",
        case_id,
    )
    changed = []
    for row in found:
        inside = await db.rows(
            "SELECT message_id FROM support_post WHERE group_number = ? ORDER BY message_id", row["group_number"]
        )
        changed.append((int(row["group_number"]), [int(one["message_id"]) for one in inside]))
    return changed


@db.transaction
async def reposted(*, number: int) -> None:
    """A message of the group says what was changed."""
    await db.execute("UPDATE support_post SET edited_at = ? WHERE group_number = ?", clock.now(), number)


@db.transaction
async def own_post(*, message_id: int, number: int) -> None:
    """An agent wrote this in the group herself."""
    await db.execute(
        "INSERT INTO support_post (message_id, group_number, own) VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
        *(message_id, number),
    )


async def is_own_post(message_id: int) -> bool:
    """Whether an agent wrote this in the group herself."""
    return bool(await db.rows("SELECT 1 FROM support_post WHERE message_id = ? AND own = 1", message_id))


async def message_of_post(number: int) -> tuple[int, str] | None:
    """What stands in a message of the group (its last part), and who said it."""
    found = await db.rows(
        "SELECT m.id, m.author FROM support_post p JOIN support_message m ON m.id = p.message_id WHERE p.group_number = ?"
        " ORDER BY m.id DESC LIMIT 1",
        number,
    )
    return (int(found[0]["id"]), str(found[0]["author"])) if found else None


@db.transaction
async def ask_on_card(*, case_id: int, mode: str | None) -> None:
    """Let the card ask for something: to confirm, or for words in a reply to it."""
    await db.execute(
        "UPDATE support_topic SET mode = ?, changed_at = -ABS(changed_at) - 1 WHERE case_id = ?", mode, case_id
    )
    await db.wake(stepping.CHANGED)


async def by_telegram(user_id: int) -> staff.Staff:
    """Who works here and has this number in Telegram. Raises NotYours."""
    try:
        return await staff.by_telegram(user_id)
    except NotFound:
        raise rules.NotYours from None


def _topic(row: dict[str, Any]) -> Topic:
    return Topic(
        case_id=row["case_id"],
        thread_id=row["thread_id"],
        card_number=row["card_number"],
        card_text=row["card_text"],
        closed=bool(row["closed"]),
        mode=row["mode"],
        seen_id=row["seen_id"],
        changed_at=row["changed_at"],
    )
