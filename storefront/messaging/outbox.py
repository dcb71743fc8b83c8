"""What the shop says, as rows: written with the effect they tell of, delivered after the commit.

A *card* is one message of ours in one chat. A row says how its card shall look; whether that is a new message or an edit
is known only when the row leaves. A row that has not left yet is replaced by the next one for its card.
A card that a customer *posted* in some other chat can only be changed, by its `inline_message_id`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from storefront.kernel import clock, db, requests
from storefront.messaging.channels import channels_of

ANSWER, NEWS, BROADCAST = 0, 1, 2
# Where posted cards stand is not told, and a limit that one of them meets holds for all: they leave one after the other.
_ELSEWHERE = 0


@dataclass(frozen=True)
class Said:
    """A row that is due: what one card shall look like."""

    id: int
    version: int
    bot_id: int
    chat_id: int
    card_id: int
    person_id: int | None
    kind: str
    payload: dict[str, Any]
    attempts: int
    message_id: int | None
    pictured: bool
    inline_message_id: str | None = None
    request: str | None = None

    @property
    def there(self) -> bool:
        """Whether the card is a message already."""
        return self.message_id is not None or self.inline_message_id is not None


@db.transaction
async def say(
    *, bot_id: int, chat_id: int, person_id: int | None, kind: str, payload: Mapping[str, Any], key: str | None = None
) -> int | None:
    """Put a new message on its way; returns its card, or None when one with this key was said before."""
    return await _put(bot_id, chat_id, person_id, kind, payload, ANSWER, key)


@db.transaction
async def change(
    *, card_id: int, bot_id: int, chat_id: int, person_id: int | None, kind: str, payload: Mapping[str, Any]
) -> None:
    """Let a card look like this from now on."""
    await _change(card_id, bot_id, chat_id, person_id, kind, payload, ANSWER)


@db.transaction
async def post(
    *, bot_id: int, inline_message_id: str, person_id: int, kind: str, payload: Mapping[str, Any]
) -> int | None:
    """Take up a card that a person posted in some other chat, and let it look like this; None when it was taken up before."""
    made = await db.rows(
        "INSERT INTO card (bot_id, chat_id, inline_message_id, made_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        *(bot_id, _ELSEWHERE, inline_message_id, clock.now()),
    )
    if not made:
        return None
    card_id = int(made[0]["id"])
    await _change(card_id, bot_id, _ELSEWHERE, person_id, kind, payload, NEWS)
    return card_id


@db.transaction
async def refresh(*, card_id: int, kinds: Collection[str], kind: str, payload: Mapping[str, Any]) -> bool:
    """Let a card look like this as news; False when it shows none of these kinds any more, or was posted and is gone."""
    found = await db.rows(
        "SELECT o.bot_id, o.chat_id, o.person_id, o.kind, o.state, o.payload, c.inline_message_id"
        " FROM outbox o JOIN card c ON c.id = o.card_id WHERE o.card_id = ? ORDER BY o.id DESC LIMIT 1",
        card_id,
    )
    if not found or found[0]["kind"] not in kinds:
        return False
    last = found[0]
    if last["state"] == "dead" and last["inline_message_id"] is not None:
        return False
    if last["state"] == "pending" and "letter" in orjson.loads(last["payload"]):
        # It is written when it leaves.
        return True
    await _change(card_id, last["bot_id"], last["chat_id"], last["person_id"], kind, payload, NEWS)
    return True


@db.transaction
async def tell(*, person_id: int, letter: str, facts: Mapping[str, Any], key: str) -> int | None:
    """Write a person a letter, once per key, to where she was last seen; returns its card.

    A person nowhere to be reached gets none, and one that was written before is not written again.
    """
    reachable = [channel for channel in await channels_of(person_id) if not channel.blocked]
    if reachable:
        where, content = reachable[0], {"letter": letter, "facts": dict(facts)}
        return await _put(where.bot_id, where.user_id, person_id, letter, content, NEWS, key)
    return None


async def card_of(*, bot_id: int, chat_id: int, message_id: int) -> int | None:
    """The card that a channel's message number belongs to."""
    found = await db.rows(
        "SELECT id FROM card WHERE bot_id = ? AND chat_id = ? AND message_id = ?", bot_id, chat_id, message_id
    )
    return int(found[0]["id"]) if found else None


async def due(*, bot_id: int, busy: Collection[int], limit: int) -> list[Said]:
    """The next row of each chat that has one and is not busy, answers before news, oldest first."""
    found = await db.rows(
        "SELECT o.*, c.message_id, c.pictured, c.inline_message_id FROM outbox o JOIN card c ON c.id = o.card_id"
        " WHERE o.bot_id = ? AND o.state = 'pending' AND o.not_before <= ? AND NOT EXISTS (SELECT 1 FROM outbox e"
        " WHERE e.bot_id = o.bot_id AND e.chat_id = o.chat_id AND e.state = 'pending' AND e.id < o.id)"
        " ORDER BY o.priority, o.id LIMIT ?",
        *(bot_id, clock.now(), limit + len(busy)),
    )
    return [_said(row) for row in found if row["chat_id"] not in busy][:limit]


@dataclass(frozen=True)
class Delivered:
    """What came of a row: the channel's message number (none where the card is posted), and whether it has a picture."""

    said: Said
    message_id: int | None
    pictured: bool


@db.transaction
async def delivered(results: Collection[Delivered]) -> None:
    """Note what arrived; a row that was replaced while it travelled stays, to be followed by an edit."""
    at = clock.now()
    new = [(r.message_id, int(r.pictured), r.said.card_id) for r in results if _changes_card(r)]
    await db.many("UPDATE card SET message_id = ?, pictured = ? WHERE id = ?", new)
    await db.many(
        "UPDATE outbox SET state = 'sent', done_at = ?, attempts = attempts + 1 WHERE id = ? AND version = ?",
        [(at, r.said.id, r.said.version) for r in results],
    )


@db.transaction
async def postponed(*, said: Said, for_ms: int, error: str) -> None:
    """Try this row again later; its chat waits with it, nobody else does."""
    await db.execute(
        "UPDATE outbox SET attempts = attempts + 1, not_before = ?, error = ? WHERE id = ? AND state = 'pending'",
        *(clock.now() + for_ms, error[:300], said.id),
    )


@db.transaction
async def dropped(*, said: Said, error: str) -> bool:
    """Give this row up, with the reason; what follows it in the chat goes on. False when it was replaced meanwhile."""
    given_up = await db.execute(
        "UPDATE outbox SET state = 'dead', attempts = attempts + 1, error = ?, done_at = ? WHERE id = ? AND version = ?",
        *(error[:300], clock.now(), said.id, said.version),
    )
    return given_up == 1


async def file_id(*, bot_id: int, name: str) -> str | None:
    """The number under which this bot's channel already has a picture; it means nothing to another bot."""
    found = await db.rows("SELECT file_id FROM sent_file WHERE bot_id = ? AND name = ?", bot_id, name)
    return str(found[0]["file_id"]) if found else None


@db.transaction
async def known_file(*, bot_id: int, name: str, file_id: str) -> None:
    """Remember a picture's number at this bot's channel, so that it is sent once."""
    await db.execute(
        "INSERT INTO sent_file (bot_id, name, file_id) VALUES (?, ?, ?)"
        " ON CONFLICT (bot_id, name) DO UPDATE SET file_id = excluded.file_id",
        *(bot_id, name, file_id),
    )


async def _put(
    bot_id: int,
    chat_id: int,
    person_id: int | None,
    kind: str,
    payload: Mapping[str, Any],
    priority: int,
    key: str | None,
) -> int | None:
    if key is not None and await db.rows("SELECT 1 FROM outbox WHERE key = ?", key):
        return None
    card = await db.rows(
        "INSERT INTO card (bot_id, chat_id, made_at) VALUES (?, ?, ?) RETURNING id", bot_id, chat_id, clock.now()
    )
    card_id = int(card[0]["id"])
    await _write(bot_id, chat_id, person_id, kind, _json(payload), priority, key, card_id)
    await db.wake(f"outbox:{bot_id}")
    return card_id


async def _change(
    card_id: int,
    bot_id: int,
    chat_id: int,
    person_id: int | None,
    kind: str,
    payload: Mapping[str, Any],
    priority: int,
) -> None:
    content = _json(payload)
    replaced = await db.execute(
        "UPDATE outbox SET payload = ?, kind = ?, request = ?, version = version + 1, attempts = 0"
        " WHERE card_id = ? AND state = 'pending'",
        *(content, kind, requests.current(), card_id),
    )
    if not replaced:
        await _write(bot_id, chat_id, person_id, kind, content, priority, None, card_id)
    await db.wake(f"outbox:{bot_id}")


async def _write(
    bot_id: int,
    chat_id: int,
    person_id: int | None,
    kind: str,
    content: str,
    priority: int,
    key: str | None,
    card_id: int,
) -> None:
    await db.execute(
        "INSERT INTO outbox (bot_id, chat_id, card_id, person_id, kind, payload, key, priority, request, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(bot_id, chat_id, card_id, person_id, kind, content, key, priority, requests.current(), clock.now()),
    )


def _changes_card(result: Delivered) -> bool:
    return result.message_id != result.said.message_id or result.pictured != result.said.pictured


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)


def _said(row: dict[str, Any]) -> Said:
    return Said(
        id=row["id"],
        version=row["version"],
        bot_id=row["bot_id"],
        chat_id=row["chat_id"],
        card_id=row["card_id"],
        person_id=row["person_id"],
        kind=row["kind"],
        payload=orjson.loads(row["payload"]),
        attempts=row["attempts"],
        message_id=row["message_id"],
        pictured=bool(row["pictured"]),
        inline_message_id=row["inline_message_id"],
        request=row["request"],
    )
