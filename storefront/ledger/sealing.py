"""Numbers and a hash chain over the entries, right after they are booked: nobody changes the past unseen."""

import json
from hashlib import sha256
from typing import Any

from storefront.kernel import db

GENESIS = "0" * 64


@db.transaction
async def seal(*, limit: int = 1000) -> int:
    """Seal the entries not yet sealed, oldest first; returns how many. Two at once never use a number twice.

    An entry of a slow transaction may be sealed after a younger one: the chain tells the order of sealing.
    """
    last = await db.rows("SELECT seq, hash FROM ledger_seal ORDER BY seq DESC LIMIT 1")
    seq, before = (int(last[0]["seq"]), str(last[0]["hash"])) if last else (0, GENESIS)
    waiting = await db.rows(
        "SELECT e.* FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_seal s WHERE s.entry_id = e.id)"
        " ORDER BY e.id LIMIT ?",
        limit,
    )
    for entry in waiting:
        seq += 1
        own = chained(before, seq, entry, await postings(entry["id"]))
        # A second sealer's number is taken: its INSERT fails and its transaction is done again later.
        await db.execute(
            "INSERT INTO ledger_seal (seq, entry_id, prev_hash, hash) VALUES (?, ?, ?, ?)",
            seq,
            entry["id"],
            before,
            own,
        )
        before = own
    return len(waiting)


async def postings(entry_id: int) -> list[tuple[int, int]]:
    """(account id, amount) of an entry, in their order."""
    found = await db.rows("SELECT account_id, amount FROM ledger_posting WHERE entry_id = ? ORDER BY id", entry_id)
    return [(int(row["account_id"]), int(row["amount"])) for row in found]


def chained(before: str, seq: int, entry: dict[str, Any], moved: list[tuple[int, int]]) -> str:
    """The hash of an entry upon the one before: ids and numbers only, so that a person can be erased."""
    told = [seq, entry["id"], entry["kind"], entry["key"], entry["order_id"], entry["at"], moved]
    return sha256((before + json.dumps(told, separators=(",", ":"))).encode()).hexdigest()
