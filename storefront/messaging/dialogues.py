"""A dialogue is a row: after a crash, or on another replica, it goes on where the customer left it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db

# What was typed last, kept for a moment: it asks for nothing, and any question may take its place.
HEARD = "understanding"


@dataclass(frozen=True)
class Dialogue:
    """What is being asked in a chat: the dialogue's name, its step, and what was answered so far."""

    name: str
    step: str
    data: dict[str, Any]


async def dialogue(*, bot_id: int, chat_id: int) -> Dialogue | None:
    """The question that waits for an answer in this chat."""
    found = await db.rows("SELECT name, step, data FROM dialogue WHERE bot_id = ? AND chat_id = ?", bot_id, chat_id)
    return _dialogue(found)


@db.transaction
async def ask(*, bot_id: int, chat_id: int, name: str, step: str, data: dict[str, Any]) -> None:
    """Wait for an answer; a new question takes the place of the one before."""
    await db.execute(
        "INSERT INTO dialogue (bot_id, chat_id, name, step, data, updated_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (bot_id, chat_id) DO UPDATE SET name = excluded.name, step = excluded.step,"
        " data = excluded.data, version = dialogue.version + 1, updated_at = excluded.updated_at",
        *(bot_id, chat_id, name, step, json.dumps(data, ensure_ascii=False), clock.now()),
    )


@db.transaction
async def end(*, bot_id: int, chat_id: int) -> Dialogue | None:
    """Nothing is asked any more; returns what was."""
    ended = await db.rows(
        "DELETE FROM dialogue WHERE bot_id = ? AND chat_id = ? RETURNING name, step, data", bot_id, chat_id
    )
    return _dialogue(ended)


def _dialogue(found: Sequence[Mapping[str, Any]]) -> Dialogue | None:
    return Dialogue(found[0]["name"], found[0]["step"], json.loads(found[0]["data"])) if found else None
