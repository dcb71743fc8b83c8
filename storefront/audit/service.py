"""Writing the log down, chaining it, reading it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from storefront.kernel import clock, db, once

GENESIS = "0" * 64
_BATCH = 500


@dataclass(frozen=True)
class Entry:
    """Who (`staff:3`, `person:7`, `rule:small`, `shop`) did what (`case.refund`) to what (`case:12`), when (epoch ms)."""

    actor: str
    action: str
    subject: str
    facts: Mapping[str, Any]
    at: int


@db.transaction
async def note(*, actor: str, action: str, subject: str, **facts: int | str | None) -> None:
    """Keep on record what somebody did, in the transaction in which it was done.

    `facts` are numbers and names of things, never of people, so that a person can be erased and the chain holds.
    """
    made = await db.rows(
        "INSERT INTO audit_entry (actor, action, subject, facts, at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        *(actor, action, subject, json.dumps(facts, sort_keys=True), clock.now()),
    )
    await db.execute("INSERT INTO audit_unsealed (entry_id) VALUES (?)", made[0]["id"])


@db.transaction
async def seen(*, actor: str, subject: str) -> None:
    """Keep on record that somebody looked at a person's data: once an hour."""
    hour = clock.now() // clock.HOUR
    if await once.first_time("seen", f"{actor}:{subject}:{hour}"):
        await note(actor=actor, action="seen", subject=subject)


async def of(subject: str, *, limit: int = 100) -> Sequence[Entry]:
    """What was done to something, the newest first."""
    found = await db.rows("SELECT * FROM audit_entry WHERE subject = ? ORDER BY id DESC LIMIT ?", subject, limit)
    return [Entry(row["actor"], row["action"], row["subject"], json.loads(row["facts"]), row["at"]) for row in found]


async def seal(*, limit: int = 20_000) -> int:
    """Number and chain what was noted since; returns how many. Two at once never use a number twice."""
    sealed = 0
    while sealed < limit:
        batch = await _seal_batch()
        sealed += batch
        if batch < _BATCH:
            break
    return sealed


def chained(before: str, seq: int, entry: Mapping[str, Any]) -> str:
    """The hash of an entry upon the one before."""
    told = [seq, entry["id"], entry["actor"], entry["action"], entry["subject"], entry["facts"], entry["at"]]
    return sha256(f"{before}{json.dumps(told)}".encode()).hexdigest()


@db.transaction
async def _seal_batch() -> int:
    last = await db.rows("SELECT seq, hash FROM audit_seal ORDER BY seq DESC LIMIT 1")
    seq, before = (int(last[0]["seq"]), str(last[0]["hash"])) if last else (0, GENESIS)
    waiting = await db.rows(
        "SELECT e.* FROM audit_unsealed u JOIN audit_entry e ON e.id = u.entry_id ORDER BY e.id LIMIT ?", _BATCH
    )
    for entry in waiting:
        seq += 1
        own = chained(before, seq, entry)
        if not await db.execute(
            "INSERT INTO audit_seal (seq, entry_id, prev_hash, hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(seq, entry["id"], before, own),
        ):
            # Another one seals these at this moment.
            return 0
        before = own
    await db.many("DELETE FROM audit_unsealed WHERE entry_id = ?", [(entry["id"],) for entry in waiting])
    return len(waiting)
