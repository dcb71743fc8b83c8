"""The ledger recomputed from its entries, and every difference named."""

from collections.abc import AsyncIterator

from storefront.kernel import db
from storefront.ledger.sealing import GENESIS, chained, postings

_BATCH = 1000


async def findings() -> AsyncIterator[str]:
    """Each thing that is wrong with the ledger, in a sentence; nothing when all is well. Reads in bounded memory."""
    for row in await db.rows(
        "SELECT p.entry_id, a.unit, SUM(p.amount) AS amount FROM ledger_posting p"
        " JOIN ledger_account a ON a.id = p.account_id GROUP BY p.entry_id, a.unit HAVING SUM(p.amount) <> 0 LIMIT 1000"
    ):
        yield f"entry {row['entry_id']} does not balance: {row['amount']} {row['unit']} too much"
    for row in await db.rows(
        "SELECT b.account_id, b.amount, COALESCE(SUM(p.amount), 0) AS booked FROM ledger_balance b"
        " LEFT JOIN ledger_posting p ON p.account_id = b.account_id GROUP BY b.account_id, b.amount"
        " HAVING b.amount <> COALESCE(SUM(p.amount), 0) LIMIT 1000"
    ):
        yield f"account {row['account_id']} says {row['amount']}, its entries say {row['booked']}"
    async for finding in _chain():
        yield finding


async def _chain() -> AsyncIterator[str]:
    seq, before = 0, GENESIS
    while True:
        sealed = await db.rows(
            "SELECT s.seq, s.prev_hash, s.hash, e.* FROM ledger_seal s JOIN ledger_entry e ON e.id = s.entry_id"
            " WHERE s.seq > ? ORDER BY s.seq LIMIT ?",
            *(seq, _BATCH),
        )
        if not sealed:
            return
        for row in sealed:
            own = chained(before, seq + 1, row, await postings(row["id"]))
            if (row["seq"], row["prev_hash"], row["hash"]) != (seq + 1, before, own):
                yield f"the chain breaks at number {row['seq']} (entry {row['id']})"
            seq, before = int(row["seq"]), str(row["hash"])
