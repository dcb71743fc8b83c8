"""Cases recomputed from what was given back for them; every difference named."""

from collections.abc import AsyncIterator

from storefront.kernel import db
from storefront.support.terms import TermsTold

_MOST = 1000
_UNEVEN = (
    "SELECT d.case_id AS id, l.order_line_id, l.quantity, n.quantity AS given FROM support_decision d"
    " JOIN support_decision_line l ON l.decision_id = d.id"
    " LEFT JOIN credit_line n ON n.note_id = d.note_id AND n.order_line_id = l.order_line_id"
    " WHERE d.kind = 'refund' AND d.state = 'done' AND COALESCE(n.quantity, 0) <> l.quantity ORDER BY d.id LIMIT ?"
)
_SILENT = (
    "SELECT c.id FROM support_case c WHERE c.state = 'decided' AND NOT EXISTS"
    " (SELECT 1 FROM support_case_event e WHERE e.case_id = c.id AND e.to_state = 'decided') ORDER BY c.id LIMIT ?"
)

# She waits, and nothing is promised.
_FORGOTTEN = (
    "SELECT c.id FROM support_case c WHERE c.state IN ('open', 'waiting', 'returning') AND c.asked_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM support_deadline d WHERE d.case_id = c.id AND d.kind IN ('first', 'next')"
    " AND d.due_at IS NOT NULL) ORDER BY c.id LIMIT ?"
)
_ALONE = "SELECT id, case_id FROM support_decision WHERE approver IS NOT NULL AND approver = actor ORDER BY id LIMIT ?"

# Decisions of the staff by themselves, with what they were worth, and the terms that counted then.
_ALLOWED = (
    "SELECT d.id, d.case_id, d.actor, d.worth_minor, s.role, (SELECT t.told FROM support_terms t WHERE t.at <= d.at"
    " ORDER BY t.id DESC LIMIT 1) AS told FROM support_decision d JOIN staff s ON d.actor = 'staff:' || s.id"
    " WHERE d.approver IS NULL AND d.state IN ('done', 'returning') AND d.kind <> 'refuse' AND s.role <> 'admin'"
    " AND EXISTS (SELECT 1 FROM support_terms) ORDER BY d.id LIMIT ?"
)
_OVERSPENT = (
    "SELECT SUM(d.worth_minor) AS worth, (SELECT COALESCE(SUM(s.amount), 0) FROM support_spent s WHERE s.what = 'automatic')"
    " AS taken FROM support_decision d WHERE d.actor LIKE 'rule:%' AND d.kind = 'refund' AND d.state = 'done'"
)


async def findings() -> AsyncIterator[str]:
    """Each decided case that gave back other pieces than it was about, or that nobody decided, in a sentence."""
    for row in await db.browse(_UNEVEN, _MOST):
        yield (
            f"case {row['id']} is about {row['quantity']} pieces of line {row['order_line_id']},"
            f" {row['given'] or 0} came back"
        )
    for row in await db.browse(_SILENT, _MOST):
        yield f"case {row['id']} is decided, nobody decided it"
    for row in await db.browse(_FORGOTTEN, _MOST):
        yield f"the customer of case {row['id']} waits, and nothing is promised to her"
    for row in await db.browse(_ALONE, _MOST):
        yield f"decision {row['id']} of case {row['case_id']} was agreed to by whoever proposed it"
    for row in await db.browse(_ALLOWED, _MOST):
        limit = TermsTold.model_validate_json(row["told"]).limits.get(row["role"]) if row["told"] else None
        if limit is not None and row["worth_minor"] > limit.decision_minor:
            yield f"decision {row['id']} of case {row['case_id']} is above the limit of {row['actor']}, nobody agreed to it"
    for row in await db.browse(_OVERSPENT):
        if (row["worth"] or 0) > row["taken"]:
            yield f"rules gave back {row['worth']}, {row['taken']} was taken for them"
