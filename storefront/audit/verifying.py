"""The chain of the log recomputed; every break named."""

from storefront.audit.service import GENESIS, chained
from storefront.kernel import db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries

_BATCH = 1000
_UNNUMBERED = (
    "SELECT e.id FROM audit_entry e WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.entry_id = e.id)"
    " AND NOT EXISTS (SELECT 1 FROM audit_unsealed u WHERE u.entry_id = e.id) LIMIT ?"
)


def findings() -> Findings:
    """Each place where the log was changed after the fact, in a sentence."""
    return every(CHECKS)


async def _chain() -> Findings:
    async for finding in queries(("entry {id} of the audit log has no number, and waits for none", _UNNUMBERED))():
        yield finding
    seq, before = 0, GENESIS
    while sealed := await db.browse(
        "SELECT s.seq, s.prev_hash, s.hash, e.* FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id"
        " WHERE s.seq > ? ORDER BY s.seq LIMIT ?",
        *(seq, _BATCH),
    ):
        for row in sealed:
            if (row["seq"], row["prev_hash"], row["hash"]) != (seq + 1, before, chained(before, seq + 1, row)):
                yield Finding("the audit log's chain breaks at number {seq} (entry {id})", seq=row["seq"], id=row["id"])
            seq, before = int(row["seq"]), str(row["hash"])


CHECKS: Checks = {"the audit log's chain": _chain}
