"""Nothing a customer said is lost: an update is a row before it is acknowledged, and stays one until it is handled."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import cards, clock, db, requests

TRIES_MAX = 5
_PAUSE_MS = 50


@dataclass(frozen=True)
class Received:
    """An update to handle; `attempts` counts the tries that failed."""

    id: int
    bot_id: int
    update_id: int
    payload: dict[str, Any]
    attempts: int

    @property
    def request(self) -> str:
        """What this update is called in the log, and in the rows of what is said of it."""
        return requests.of_update(self.bot_id, self.update_id)


@db.transaction
async def receive(*, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
    """Keep updates as they came, but for cards' numbers, which are masked; one that comes again is the same row."""
    at = clock.now()
    await db.many(
        "INSERT INTO inbox (bot_id, update_id, chat_id, user_id, payload, received_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [
            # In ASCII: half a surrogate pair, which JSON may carry, is no text that a database takes.
            (bot_id, update["update_id"], *_chat_and_user(update), json.dumps(_without_cards(update)), at)
            for update in updates
        ],
    )
    await db.wake("inbox")


async def next_update(bots: Collection[int]) -> Received | None:
    """Claim the oldest waiting update of these bots, until the end of the transaction it is called in.

    One that has an older waiting one of the same chat or the same person is left: what a person says is heard in order.
    """
    found = await db.rows(
        # `+`: by number, that is in order; by bot, all that wait would be sorted for each claim.
        "SELECT i.id, i.bot_id, i.update_id, i.payload, i.attempts FROM inbox i"  # noqa: S608
        " WHERE i.state = 'pending' AND i.not_before <= ?"
        f" AND +i.bot_id IN ({', '.join('?' * len(bots))})"
        " AND NOT EXISTS (SELECT 1 FROM inbox e WHERE e.state = 'pending' AND e.bot_id = i.bot_id"
        " AND e.chat_id = i.chat_id AND e.id < i.id)"
        " AND NOT EXISTS (SELECT 1 FROM inbox e WHERE e.state = 'pending' AND e.bot_id = i.bot_id"
        " AND e.user_id = i.user_id AND e.id < i.id)"
        " ORDER BY i.id LIMIT 1" + (" FOR UPDATE OF i SKIP LOCKED" if db.dialect() == "postgres" else ""),
        *(clock.now(), *bots),
    )
    if not found:
        return None
    row = found[0]
    return Received(row["id"], row["bot_id"], row["update_id"], json.loads(row["payload"]), row["attempts"])


async def done(received: Received) -> bool:
    """The update had its effect, in this very transaction; False when another worker was there before."""
    marked = await db.execute(
        "UPDATE inbox SET state = 'done', done_at = ? WHERE id = ? AND state = 'pending'", clock.now(), received.id
    )
    return marked == 1


@db.transaction
async def failed(*, received: Received, reference: str) -> bool:
    """Note a try that crashed; True when it was the last one and the update was put aside.

    The crash let go of the update before this: of two workers whose tries crashed meanwhile, one is counted.
    """
    last = received.attempts + 1 >= TRIES_MAX
    noted = await db.execute(
        "UPDATE inbox SET attempts = attempts + 1, state = ?, not_before = ?, reference = ?, done_at = ?"
        " WHERE id = ? AND state = 'pending' AND attempts = ?",
        "dead" if last else "pending",
        clock.now() + _PAUSE_MS * 2**received.attempts,
        reference,
        clock.now() if last else None,
        received.id,
        received.attempts,
    )
    return last and noted == 1


def _without_cards(update: dict[str, Any]) -> dict[str, Any]:
    # What a person wrote stands in texts and captions, also of what she answers to; masked, they are as long as before.
    kept = dict(update)
    waiting: list[Any] = [kept]
    while waiting:
        part = waiting.pop()
        for name, value in list(part.items() if isinstance(part, dict) else enumerate(part)):
            if isinstance(value, dict | list):
                part[name] = value.copy()
                waiting.append(part[name])
            elif name in ("text", "caption") and isinstance(value, str):
                part[name] = cards.masked(value)
    return kept


def _chat_and_user(update: dict[str, Any]) -> tuple[int | None, int | None]:
    for name, body in update.items():
        if name == "update_id" or not isinstance(body, dict):
            continue
        message = body.get("message") if name == "callback_query" else body
        return _number(message, "chat"), _number(body, "from")
    return None, None


def _number(body: Any, whose: str) -> int | None:
    other = body.get(whose) if isinstance(body, dict) else None
    number = other.get("id") if isinstance(other, dict) else None
    return number if isinstance(number, int) and abs(number) < 2**63 else None
