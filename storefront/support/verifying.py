"""Cases recomputed from what was given back for them; every difference named."""

from collections.abc import AsyncIterator

from storefront.kernel import db

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


async def findings() -> AsyncIterator[str]:
    """Each decided case that gave back other pieces than it was about, or that nobody decided, in a sentence."""
    for row in await db.browse(_UNEVEN, _MOST):
        yield (
            f"case {row['id']} is about {row['quantity']} pieces of line {row['order_line_id']},"
            f" {row['given'] or 0} came back"
        )
    for row in await db.browse(_SILENT, _MOST):
        yield f"case {row['id']} is decided, nobody decided it"
