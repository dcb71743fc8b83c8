"""The ledger recomputed from its entries, and every difference named."""

from collections.abc import AsyncIterator

from storefront.kernel import db
from storefront.ledger.sealing import GENESIS, by_entry, chained

_MOST = 1000
_BATCH = 1000

_UNBALANCED = (
    "SELECT p.entry_id, a.unit, SUM(p.amount) AS amount FROM ledger_posting p"
    " JOIN ledger_account a ON a.id = p.account_id GROUP BY p.entry_id, a.unit HAVING SUM(p.amount) <> 0 LIMIT ?"
)
_EMPTY = (
    "SELECT e.id FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = e.id) LIMIT ?"
)
_WRONG = (
    "SELECT a.kind, a.owner, a.unit, COALESCE(b.amount, 0) AS amount, COALESCE(SUM(p.amount), 0) AS booked"
    " FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id"
    " LEFT JOIN ledger_posting p ON p.account_id = a.id WHERE a.may_go_negative = 0"
    " GROUP BY a.id, a.kind, a.owner, a.unit, b.amount"
    " HAVING COALESCE(b.amount, 0) <> COALESCE(SUM(p.amount), 0) LIMIT ?"
)
_BELOW_ZERO = (
    "SELECT a.kind, a.owner, a.unit, b.amount FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id"
    " WHERE b.amount < 0 LIMIT ?"
)
_UNMIRRORED = (
    "SELECT SUM(p.amount) AS amount FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id"
    " WHERE a.kind IN ('points_debt', 'points_receivable') HAVING SUM(p.amount) <> 0 LIMIT ?"
)
# Each looks at one snapshot of the database, so that a shop that is open is not accused of what is just happening.
_CHECKS = (
    (_UNBALANCED, "entry {entry_id} does not balance: {amount} {unit} too much"),
    (_EMPTY, "entry {id} moves nothing"),
    (_WRONG, "the balance of {kind} {owner} is {amount} {unit}, its entries say {booked}"),
    (_UNMIRRORED, "customers owe {amount} points more than the shop is owed"),
    (_BELOW_ZERO, "the balance of {kind} {owner} is below zero: {amount} {unit}"),
)


async def findings() -> AsyncIterator[str]:
    """Each thing that is wrong with the ledger, in a sentence; nothing when all is well. Reads in bounded memory."""
    for sql, told in _CHECKS:
        for row in await db.rows(sql, _MOST):
            yield told.format(**row)
    async for finding in _breaks():
        yield finding


async def _breaks() -> AsyncIterator[str]:
    seq, before = 0, GENESIS
    while True:
        sealed = await db.rows(
            "SELECT s.seq, s.prev_hash, s.hash, e.id, e.kind, e.key, e.order_id, e.at FROM ledger_seal s"
            " JOIN ledger_entry e ON e.id = s.entry_id WHERE s.seq > ? ORDER BY s.seq LIMIT ?",
            *(seq, _BATCH),
        )
        if not sealed:
            return
        moved = by_entry(
            await db.rows(
                "SELECT p.entry_id, p.account_id, p.amount FROM ledger_seal s JOIN ledger_posting p ON p.entry_id = s.entry_id"
                " WHERE s.seq BETWEEN ? AND ? ORDER BY p.id",
                *(sealed[0]["seq"], sealed[-1]["seq"]),
            )
        )
        for row in sealed:
            own = chained(before, seq + 1, row, moved.get(row["id"], ()))
            if (row["seq"], row["prev_hash"], row["hash"]) != (seq + 1, before, own):
                yield f"the chain breaks at number {row['seq']} (entry {row['id']})"
            seq, before = int(row["seq"]), str(row["hash"])
