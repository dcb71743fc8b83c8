"""Orders as auditors are given them. Every line's pieces sum to what was paid for it, in money and points."""

from storefront.kernel import db
from storefront.kernel.auditing import ASIDE, Rows

# What each state of ours is called there.
AUDITED_STATES = {
    "placed": "pending",
    "paid": "paid",
    "confirmed": "confirmed",
    "ready": "confirmed",
    "shipped": "fulfilled",
    "delivered": "fulfilled",
    "completed": "completed",
    "cancelled": "cancelled",
    "expired": "expired",
}


def audited() -> dict[str, Rows]:
    """What was bought, each step of it, and until when it was to be paid."""
    return {"order_line": _lines(), "order_event": _events(), "timer": _timers()}


async def audited_orders() -> Rows:
    """The orders by number; payments and groups know more of each."""
    async for row in db.stream(
        "SELECT id, person_id AS customer, state, total_minor AS total_cash, points AS total_points, shipping_minor AS ship_cash,"
        " placed_at, expires_at, key AS idem_key FROM orders ORDER BY id"
    ):
        yield {**row, "state": AUDITED_STATES[row["state"]]}


async def _events() -> Rows:
    """The steps, as far as they are steps there."""
    async for row in db.stream("SELECT id, order_id, from_state, to_state, cause, at FROM order_event ORDER BY id"):
        before, after = AUDITED_STATES.get(row["from_state"] or ""), AUDITED_STATES[row["to_state"]]
        if before != after:
            yield {**row, "from_state": before, "to_state": after}


async def _lines() -> Rows:
    async for row in db.stream(
        "SELECT id, order_id, variant_id AS item_id, quantity, unit_minor AS unit_cash, points, money_minor FROM order_line"
        " ORDER BY id"
    ):
        quantity, off = int(row["quantity"]), row["quantity"] * row["unit_cash"] - row["money_minor"]
        each, more = divmod(row["points"], quantity)
        # Points that pieces do not share evenly: those that paid one more are a row of their own.
        dearer_off = off * more // quantity
        for number, qty, points, discount in (
            (row["id"], quantity - more, each, off - dearer_off),
            (ASIDE + row["id"], more, each + 1, dearer_off),
        ):
            if qty:
                yield {**row, "id": number, "qty": qty, "unit_points": points, "discount_cash": discount}


async def _timers() -> Rows:
    async for row in db.stream(
        "SELECT 'order:' || o.id AS subject, o.expires_at AS due_at, o.state, MIN(e.at) AS fired_at, COUNT(e.id) AS effects"
        " FROM orders o LEFT JOIN order_event e ON e.order_id = o.id AND e.to_state = 'expired' AND e.at >= o.expires_at"
        " GROUP BY o.id, o.expires_at, o.state ORDER BY o.id"
    ):
        state = "fired" if row["effects"] else "armed" if row["state"] == "placed" else "cancelled"
        yield {**row, "kind": "unpaid order", "state": state}
