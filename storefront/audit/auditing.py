"""The log of who did what as auditors are given it: what has its number."""

from storefront.kernel import db
from storefront.kernel.auditing import Rows


def audited() -> dict[str, Rows]:
    """The log in the order of its chain."""
    return {
        "audit": db.stream(
            "SELECT s.seq, e.at, e.actor, e.action, e.subject AS object, s.prev_hash, s.hash"
            " FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id ORDER BY s.seq"
        )
    }
