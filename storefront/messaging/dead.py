"""Dead letters and updates put aside: the office sees them, has them tried again, or drops them and says why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storefront import audit
from storefront.kernel import clock, db
from storefront.kernel.errors import N_, NotFound, Refusal

_DEAD = "state = 'dead' AND dropped_at IS NULL"
_WHY_MAX = 200


class NothingLeft(Refusal):
    """What is dead would do nothing any more, or undo something newer."""

    text = N_(
        "Nothing of it is left to be done: a newer message took its place, or its customer was erased."
        " It can only be dropped."
    )


@dataclass(frozen=True)
class DeadLetter:
    """What reached nobody, without its words; `chat` is `private`, `group` or `posted` (in some other chat), `at` in epoch ms."""

    id: int
    bot_id: int
    chat: str
    kind: str
    error: str
    attempts: int
    at: int
    request: str | None


@dataclass(frozen=True)
class PutAside:
    """An update that crashed each time, without its words.

    `kind` is the Bot API's; `reference` was told to the customer and stands in the log, beside why.
    """

    id: int
    bot_id: int
    update_id: int
    kind: str
    reference: str
    attempts: int
    at: int


async def dead_letters(*, limit: int = 100) -> Sequence[DeadLetter]:
    """What reached nobody and waits for the office, the newest first."""
    found = await db.rows(
        "SELECT id, bot_id, chat_id, kind, error, attempts, done_at, request FROM outbox"  # noqa: S608  (ours)
        f" WHERE {_DEAD} ORDER BY id DESC LIMIT ?",
        limit,
    )
    return [
        DeadLetter(
            id=row["id"],
            bot_id=row["bot_id"],
            chat=_chat(row["chat_id"]),
            kind=row["kind"],
            error=row["error"] or "",
            attempts=row["attempts"],
            at=row["done_at"],
            request=row["request"],
        )
        for row in found
    ]


@db.transaction
async def retry_letter(*, letter_id: int, actor: str) -> None:
    """Let a dead letter leave again, with all its tries. Raises NotFound, NothingLeft."""
    letter = await _dead("outbox", letter_id)
    newer = await db.rows("SELECT 1 FROM outbox WHERE card_id = ? AND id > ? LIMIT 1", letter["card_id"], letter_id)
    if newer or letter["payload"] == "{}":
        raise NothingLeft
    await db.execute(
        "UPDATE outbox SET state = 'pending', attempts = 0, not_before = 0, done_at = NULL, version = version + 1 WHERE id = ?",
        letter_id,
    )
    await audit.note(actor=actor, action="letter.retry", subject=f"letter:{letter_id}")
    await db.wake(f"outbox:{letter['bot_id']}")


@db.transaction
async def drop_letter(*, letter_id: int, actor: str, why: str) -> None:
    """Take a dead letter off the list for good; it stays said once. Raises NotFound."""
    await _drop("outbox", letter_id)
    await audit.note(actor=actor, action="letter.drop", subject=f"letter:{letter_id}", why=why[:_WHY_MAX])


async def put_aside(*, limit: int = 100) -> Sequence[PutAside]:
    """The updates that nobody could handle and that wait for the office, the newest first."""
    found = await db.rows(
        "SELECT id, bot_id, update_id, payload, reference, attempts, done_at FROM inbox"  # noqa: S608  (ours)
        f" WHERE {_DEAD} ORDER BY id DESC LIMIT ?",
        limit,
    )
    return [
        PutAside(
            id=row["id"],
            bot_id=row["bot_id"],
            update_id=row["update_id"],
            kind=next((name for name in json.loads(row["payload"]) if name != "update_id"), "erased"),
            reference=row["reference"] or "",
            attempts=row["attempts"],
            at=row["done_at"],
        )
        for row in found
    ]


@db.transaction
async def retry_update(*, inbox_id: int, actor: str) -> None:
    """Let an update be handled again, with all its tries. Raises NotFound, NothingLeft."""
    if (await _dead("inbox", inbox_id))["payload"] == "{}":
        raise NothingLeft
    await db.execute(
        "UPDATE inbox SET state = 'pending', attempts = 0, not_before = 0, done_at = NULL WHERE id = ?", inbox_id
    )
    await audit.note(actor=actor, action="update.retry", subject=f"update:{inbox_id}")
    await db.wake("inbox")


@db.transaction
async def drop_update(*, inbox_id: int, actor: str, why: str) -> None:
    """Take an update off the list for good; what it asked for is not done. Raises NotFound."""
    await _drop("inbox", inbox_id)
    await audit.note(actor=actor, action="update.drop", subject=f"update:{inbox_id}", why=why[:_WHY_MAX])


async def _dead(table: str, number: int) -> dict[str, Any]:
    locked = " FOR UPDATE" if db.dialect() == "postgres" else ""
    found = await db.rows(f"SELECT * FROM {table} WHERE id = ? AND {_DEAD}{locked}", number)  # noqa: S608  (ours)
    if not found:
        raise NotFound
    return dict(found[0])


async def _drop(table: str, number: int) -> None:
    if not await db.execute(f"UPDATE {table} SET dropped_at = ? WHERE id = ? AND {_DEAD}", clock.now(), number):  # noqa: S608
        raise NotFound


def _chat(chat_id: int) -> str:
    if chat_id == 0:
        return "posted"
    return "private" if chat_id > 0 else "group"
