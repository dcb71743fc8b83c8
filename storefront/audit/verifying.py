"""The chain of the log recomputed; every break named."""

from collections.abc import AsyncIterator

from storefront.audit.service import GENESIS, chained
from storefront.kernel import db

_BATCH = 1000


async def findings() -> AsyncIterator[str]:
    """Each place where the log was changed after the fact, in a sentence."""
    seq, before = 0, GENESIS
    while sealed := await db.browse(
        "SELECT s.seq, s.prev_hash, s.hash, e.* FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id"
        " WHERE s.seq > ? ORDER BY s.seq LIMIT ?",
        *(seq, _BATCH),
    ):
        for row in sealed:
            if (row["seq"], row["prev_hash"], row["hash"]) != (seq + 1, before, chained(before, seq + 1, row)):
                yield f"the audit log's chain breaks at number {row['seq']} (entry {row['id']})"
            seq, before = int(row["seq"]), str(row["hash"])
