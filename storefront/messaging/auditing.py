"""What came and what was said as auditors are given it: numbers, states and times, never the words."""

import orjson

from storefront.kernel import db
from storefront.kernel.auditing import Rows


def audited() -> dict[str, Rows]:
    """Inbox, outbox, the last try of each message, and what is being asked in each chat."""
    return {
        "inbox": db.stream(
            "SELECT update_id, COALESCE(chat_id, 0) AS chat, received_at, state, attempts FROM inbox ORDER BY id"
        ),
        "outbox": _outbox(),
        "outbox_attempt": _attempts(),
        "conversation": db.stream(
            "SELECT d.chat_id AS chat, d.name || '/' || d.step AS state, d.version, NULL AS order_id FROM dialogue d"
            " WHERE NOT EXISTS (SELECT 1 FROM dialogue e WHERE e.chat_id = d.chat_id AND e.id > d.id) ORDER BY d.id"
        ),
    }


async def _outbox() -> Rows:
    chat, seq = None, 0
    async for row in db.stream(
        "SELECT id, chat_id AS chat, COALESCE(key, 'row:' || id) AS dedupe_key, created_at, state, kind, payload"
        " FROM outbox ORDER BY chat_id, id"
    ):
        seq = seq + 1 if row["chat"] == chat else 1
        chat = row["chat"]
        facts = orjson.loads(row.pop("payload")).get("facts") or {}
        yield {**row, "seq": seq, "order_id": facts.get("order_id")}


async def _attempts() -> Rows:
    # Of tries that were followed by another one only the number is kept.
    async for row in db.stream(
        "SELECT id AS outbox_id, done_at AS at, state, error FROM outbox WHERE done_at IS NOT NULL ORDER BY id"
    ):
        blocked = row["state"] == "dead" and "forbidden" in (row["error"] or "").lower()
        result = "ok" if row["state"] == "sent" else "blocked" if blocked else "error"
        yield {"outbox_id": row["outbox_id"], "at": row["at"], "result": result}
