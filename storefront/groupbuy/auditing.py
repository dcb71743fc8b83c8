"""Groups as auditors are given them: their seats, and which order is of which group."""

from storefront import payments
from storefront.kernel import db
from storefront.kernel.auditing import ASIDE, Rows, batches, found_by

_GROUPS = """
    SELECT g.id, c.variant_id AS item_id, g.size, CASE WHEN g.state = 'succeeded' THEN 'success' WHEN g.state = 'open' THEN 'open'
    WHEN g.cause = 'late' THEN 'expired' ELSE 'cancelled' END AS state, g.leader_id AS opened_by, g.ends_at AS expires_at,
    g.closed_at FROM group_buy g JOIN group_campaign c ON c.id = g.campaign_id ORDER BY g.id
"""
# What is to be given back is held until it is.
_SEATS = """
    SELECT s.id, s.group_id, s.person_id AS customer, s.order_id, s.at AS joined_at, CASE WHEN s.state = 'left' THEN 'refunded'
    WHEN s.state = 'lost' THEN CASE WHEN o.state = 'cancelled' THEN 'cancelled' ELSE 'expired' END
    WHEN s.state = 'paid' AND g.state = 'succeeded' THEN 'confirmed' WHEN s.settled_at IS NOT NULL THEN 'refunded'
    ELSE 'held' END AS state FROM group_seat s JOIN group_buy g ON g.id = s.group_id JOIN orders o ON o.id = s.order_id
    ORDER BY s.id
"""
_TIMERS = f"""
    SELECT {ASIDE} + id AS id, 'group' AS kind, 'group:' || id AS subject, ends_at AS due_at,
    CASE WHEN state = 'open' THEN 'armed' WHEN closed_at >= ends_at THEN 'fired' ELSE 'cancelled' END AS state,
    CASE WHEN closed_at >= ends_at THEN closed_at END AS fired_at, CASE WHEN closed_at >= ends_at THEN 1 ELSE 0 END AS effects
    FROM group_buy ORDER BY id
"""  # noqa: S608  (a number of ours)


def audited() -> dict[str, Rows]:
    """Groups, who is in them, when they end, and all orders."""
    return {
        "orders": _orders(),
        "grp": db.stream(_GROUPS),
        "grp_member": db.stream(_SEATS),
        "timer": db.stream(_TIMERS),
    }


async def _orders() -> Rows:
    async for batch in batches(payments.audited_orders()):
        seats = await found_by(
            "SELECT order_id, group_id FROM group_seat WHERE order_id IN ({places})",
            "order_id",
            [row["id"] for row in batch],
        )
        for row in batch:
            yield {**row, "group_id": seats[row["id"]]["group_id"] if row["id"] in seats else None}
