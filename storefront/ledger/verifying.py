"""The ledger recomputed from its entries, and every difference named."""

from storefront.kernel import db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries
from storefront.ledger.sealing import GENESIS, by_entry, chained

_BATCH = 1000

_UNBALANCED = (
    "SELECT p.entry_id, a.unit, SUM(p.amount) AS amount FROM ledger_posting p"
    " JOIN ledger_account a ON a.id = p.account_id GROUP BY p.entry_id, a.unit HAVING SUM(p.amount) <> 0 LIMIT ?"
)
_EMPTY = (
    "SELECT e.id FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = e.id) LIMIT ?"
)
_WRONG = (
    "SELECT a.id, a.kind, a.owner, a.unit, COALESCE(b.amount, 0) AS amount, COALESCE(SUM(p.amount), 0) AS booked"
    " FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id"
    " LEFT JOIN ledger_posting p ON p.account_id = a.id WHERE a.may_go_negative = 0"
    " GROUP BY a.id, a.kind, a.owner, a.unit, b.amount"
    " HAVING COALESCE(b.amount, 0) <> COALESCE(SUM(p.amount), 0) LIMIT ?"
)
_BELOW_ZERO = (
    "SELECT a.id, a.kind, a.owner, a.unit, b.amount FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id"
    " WHERE b.amount < 0 LIMIT ?"
)
_UNMIRRORED = (
    "SELECT SUM(p.amount) AS amount FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id"
    " WHERE a.kind IN ('points_debt', 'points_receivable') HAVING SUM(p.amount) <> 0 LIMIT ?"
)
# Postings of a guarded account are numbered in the order in which they happened: whoever moves it holds its lock.
_WAS_BELOW_ZERO = (
    "SELECT a.id, a.kind, a.owner, a.unit, r.entry_id, r.running AS amount FROM (SELECT p.account_id, p.entry_id,"
    " SUM(p.amount) OVER (PARTITION BY p.account_id ORDER BY p.id) AS running FROM ledger_account g"
    " JOIN ledger_posting p ON p.account_id = g.id WHERE g.may_go_negative = 0) r"
    " JOIN ledger_account a ON a.id = r.account_id WHERE r.running < 0 LIMIT ?"
)
_UNNUMBERED = (
    "SELECT e.id FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_seal s WHERE s.entry_id = e.id)"
    " AND NOT EXISTS (SELECT 1 FROM ledger_unsealed u WHERE u.entry_id = e.id) LIMIT ?"
)


def findings() -> Findings:
    """Each thing that is wrong with the ledger, in a sentence; nothing when all is well. Reads in bounded memory."""
    return every(CHECKS)


async def _chain() -> Findings:
    async for finding in queries(("entry {id} has no number, and waits for none", _UNNUMBERED))():
        yield finding
    async for finding in _breaks():
        yield finding


async def _breaks() -> Findings:
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
                yield Finding("the chain breaks at number {seq} (entry {id})", seq=row["seq"], id=row["id"])
            seq, before = int(row["seq"]), str(row["hash"])


CHECKS: Checks = {
    "entries balance": queries(
        ("entry {entry_id} does not balance: {amount} {unit} too much", _UNBALANCED),
        ("entry {id} moves nothing", _EMPTY),
    ),
    "balances are the sum of their entries": queries(
        ("the balance of {kind} {owner} is {amount} {unit}, its entries say {booked}", _WRONG),
        ("customers owe {amount} points more than the shop is owed", _UNMIRRORED),
    ),
    "no balance was ever below zero": queries(
        ("the balance of {kind} {owner} is below zero: {amount} {unit}", _BELOW_ZERO),
        ("the balance of {kind} {owner} was below zero after entry {entry_id}: {amount} {unit}", _WAS_BELOW_ZERO),
    ),
    "the ledger's chain": _chain,
}
