"""Numbers without gaps and a hash chain over the entries, right after they are booked: nobody changes the past unseen."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from storefront.kernel import db

GENESIS = "0" * 64
_BATCH = 500

# (account id, amount) of an entry, in their order
Moved = Sequence[tuple[int, int]]


async def seal(*, limit: int = 20_000) -> int:
    """Number and chain what was booked since; returns how many entries. Two at once never use a number twice.

    The order is that of sealing: an entry of a slow transaction may come after a younger one.
    """
    sealed = 0
    while sealed < limit:
        batch = await _seal_batch(min(_BATCH, limit - sealed))
        sealed += batch
        if batch < _BATCH:
            break
    return sealed


@db.transaction
async def _seal_batch(limit: int) -> int:
    last = await db.rows("SELECT seq, hash FROM ledger_seal ORDER BY seq DESC LIMIT 1")
    seq, before = (int(last[0]["seq"]), str(last[0]["hash"])) if last else (0, GENESIS)
    waiting = await db.rows(
        "SELECT e.* FROM ledger_unsealed u JOIN ledger_entry e ON e.id = u.entry_id ORDER BY e.id LIMIT ?", limit
    )
    if not waiting:
        return 0
    moved = await _moved([int(entry["id"]) for entry in waiting])
    seals = []
    # As their postings were written: an entry that waited for another one to move a balance comes after it.
    rank = {entry_id: number for number, entry_id in enumerate(moved)}
    for entry in sorted(waiting, key=lambda entry: rank.get(entry["id"], len(rank))):
        seq += 1
        own = chained(before, seq, entry, moved.get(entry["id"], ()))
        seals.append((seq, entry["id"], before, own))
        before = own
    statement = "INSERT INTO ledger_seal (seq, entry_id, prev_hash, hash) VALUES (?, ?, ?, ?)"
    if not await db.execute(f"{statement} ON CONFLICT DO NOTHING", *seals[0]):
        # Another one seals these at this moment.
        return 0
    await db.many(statement, seals[1:])
    await db.many("DELETE FROM ledger_unsealed WHERE entry_id = ?", [(entry["id"],) for entry in waiting])
    return len(waiting)


def chained(before: str, seq: int, entry: Mapping[str, Any], moved: Moved) -> str:
    """The hash of an entry upon the one before: ids and numbers only, so that a person can be erased."""
    order_id = "null" if entry["order_id"] is None else entry["order_id"]
    # What json.dumps would say, written by hand: a million of them are verified in a minute.
    pairs = ",".join([f"[{account_id},{amount}]" for account_id, amount in moved])
    told = f"{seq},{entry['id']},{_quoted(entry['kind'])},{_quoted(entry['key'])},{order_id},{entry['at']},[{pairs}]"
    return sha256(f"{before}[{told}]".encode()).hexdigest()


def by_entry(postings: Sequence[Mapping[str, Any]]) -> dict[int, list[tuple[int, int]]]:
    """(account id, amount) of each entry."""
    moved: dict[int, list[tuple[int, int]]] = {}
    for row in postings:
        moved.setdefault(int(row["entry_id"]), []).append((int(row["account_id"]), int(row["amount"])))
    return moved


async def _moved(entry_ids: Sequence[int]) -> Mapping[int, Moved]:
    places = ", ".join("?" * len(entry_ids))
    sql = f"SELECT entry_id, account_id, amount FROM ledger_posting WHERE entry_id IN ({places}) ORDER BY id"  # noqa: S608
    return by_entry(await db.rows(sql, *entry_ids))
