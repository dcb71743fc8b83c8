"""The agents' group: which case has which topic there, and what is still to be said in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from storefront import staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import rules, stepping
from storefront.support.queries import Message, messages

BATCH = 20
_PAUSE_MS, _PAUSES_MAX = 5 * clock.SECOND, 10
# Photos that are not in the topic of this case yet; of what an agent wrote there herself, only those that could not be fetched.
_UNPOSTED = (
    "SELECT f.id, f.file_hash, m.id AS message_id FROM support_topic s"
    " JOIN support_message m ON m.case_id = s.case_id AND m.id <= s.seen_id JOIN support_photo f ON f.message_id = m.id"
    " WHERE NOT EXISTS (SELECT 1 FROM support_photo_post x WHERE x.photo_id = f.id)"
    " AND (f.error IS NOT NULL OR (f.file_hash IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM support_post o WHERE o.message_id = m.id AND o.own = 1))) AND s.case_id ="
)


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
    found = await db.browse(
        "SELECT c.id FROM support_case c WHERE c.state IN ('open', 'waiting', 'returning') AND NOT EXISTS"  # noqa: S608  (constants)
        " (SELECT 1 FROM support_topic t WHERE t.case_id = c.id AND (t.thread_id IS NOT NULL OR t.not_before > ?))"
        " UNION SELECT t.case_id FROM support_topic t WHERE t.thread_id IS NOT NULL AND t.not_before <= ? AND ("
        "  t.changed_at <= (SELECT MAX(e.at) FROM support_case_event e WHERE e.case_id = t.case_id)"
        "  OR t.seen_id < (SELECT MAX(m.id) FROM support_message m WHERE m.case_id = t.case_id)"
        "  OR EXISTS (SELECT 1 FROM support_message m JOIN support_post p ON p.message_id = m.id"
        "   WHERE m.case_id = t.case_id AND m.edited_at <> COALESCE(p.edited_at, 0) AND p.own = 0)"
        f"  OR EXISTS ({_UNPOSTED} t.case_id))"
        " ORDER BY 1 LIMIT ?",
        *(clock.now(), clock.now(), limit),
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
    await db.execute(
        "DELETE FROM support_photo_post WHERE photo_id IN (SELECT f.id FROM support_photo f"
        " JOIN support_message m ON m.id = f.message_id WHERE m.case_id = ?)",
        case_id,
    )


@db.transaction
async def unkept(*, case_id: int, error: str) -> None:
    """Telegram would not have this topic as its case is: it is tried again later and later, and a lead sees why."""
    known = (await db.rows("SELECT failures FROM support_topic WHERE case_id = ?", case_id))[0]["failures"]
    await db.execute(
        "UPDATE support_topic SET error = ?, failures = failures + 1, not_before = ? WHERE case_id = ?",
        *(error[:300], clock.now() + _PAUSE_MS * 2 ** min(known, _PAUSES_MAX), case_id),
    )


async def group_trouble() -> str | None:
    """Why the agents' group does not follow, in Telegram's words; None when it does."""
    found = await db.rows("SELECT error FROM support_topic WHERE error IS NOT NULL ORDER BY not_before DESC LIMIT 1")
    return str(found[0]["error"]) if found else None


@db.transaction
async def carded(*, case_id: int, number: int, text: str) -> None:
    """The card stands in the topic by this number, and says this."""
    await db.execute("UPDATE support_topic SET card_number = ?, card_text = ? WHERE case_id = ?", number, text, case_id)


@db.transaction
async def posted(*, case_id: int, said: Sequence[Message], number: int) -> None:
    """What was said, as it was when it was read, stands in this message of the group now."""
    await db.many(
        "INSERT INTO support_post (message_id, group_number, edited_at) VALUES (?, ?, ?) ON CONFLICT (message_id)"
        " DO UPDATE SET group_number = excluded.group_number, edited_at = excluded.edited_at",
        [(one.id, number, one.edited_at) for one in said],
    )
    await seen(case_id=case_id, message_id=max(one.id for one in said))


@db.transaction
async def seen(*, case_id: int, message_id: int) -> None:
    """All that was said up to this stands in the topic."""
    await db.execute(
        "UPDATE support_topic SET seen_id = ? WHERE case_id = ? AND seen_id < ?", message_id, case_id, message_id
    )


async def photos_to_post(case_id: int) -> Sequence[tuple[int, int, str | None]]:
    """Photos that belong into a topic and are not there: their numbers, their messages', and the kept files.

    Without a file: it could not be fetched.
    """
    found = await db.rows(f"{_UNPOSTED} ? ORDER BY f.id", case_id)
    return [(row["id"], row["message_id"], row["file_hash"]) for row in found]


@db.transaction
async def photo_posted(*, photo_id: int, number: int) -> None:
    """A photo stands in this message of the group."""
    await db.execute(
        "INSERT INTO support_photo_post (photo_id, group_number) VALUES (?, ?) ON CONFLICT DO NOTHING", photo_id, number
    )


@db.transaction
async def mirrored(*, of: Topic, closed: bool, at: int) -> None:
    """The topic is as the case was at this moment (epoch ms), unless something was asked on its card meanwhile."""
    await db.execute(
        "UPDATE support_topic SET closed = ?, error = NULL, failures = 0, not_before = 0,"
        " changed_at = CASE WHEN changed_at = ? THEN ? ELSE changed_at END WHERE case_id = ?",
        *(int(closed), of.changed_at, at, of.case_id),
    )


async def edited_posts(*, case_id: int) -> Sequence[tuple[int, Sequence[Message]]]:
    """Messages of the group in which something was changed since, each with all that stands in it as it is now."""
    stands = await db.rows(
        "SELECT p.group_number, p.message_id FROM support_post p JOIN support_message m ON m.id = p.message_id"
        " WHERE m.case_id = ? AND p.own = 0 AND p.group_number IN (SELECT x.group_number FROM support_post x"
        " JOIN support_message y ON y.id = x.message_id WHERE y.case_id = ? AND y.edited_at <> COALESCE(x.edited_at, 0))"
        " ORDER BY p.group_number, p.message_id",
        *(case_id, case_id),
    )
    said = {one.id: one for one in await messages(case_id)} if stands else {}
    posts = groupby(stands, key=lambda row: int(row["group_number"]))
    return [(number, [said[row["message_id"]] for row in rows]) for number, rows in posts]


@db.transaction
async def own_post(*, message_id: int, number: int) -> None:
    """An agent wrote this in the group herself."""
    await db.execute(
        "INSERT INTO support_post (message_id, group_number, own) VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
        *(message_id, number),
    )


async def own_posts(case_id: int) -> frozenset[int]:
    """Which messages of a case agents wrote in the group themselves."""
    found = await db.rows(
        "SELECT p.message_id FROM support_post p JOIN support_message m ON m.id = p.message_id"
        " WHERE m.case_id = ? AND p.own = 1",
        case_id,
    )
    return frozenset(int(row["message_id"]) for row in found)


async def message_of_post(number: int) -> tuple[int, str] | None:
    """What stands in a message of the group (its last part), and who said it."""
    found = await db.rows(
        "SELECT m.id, m.author FROM support_message m WHERE m.id IN ("
        "SELECT p.message_id FROM support_post p WHERE p.group_number = ? UNION ALL"
        " SELECT f.message_id FROM support_photo_post p JOIN support_photo f ON f.id = p.photo_id WHERE p.group_number = ?)"
        " ORDER BY m.id DESC LIMIT 1",
        *(number, number),
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
