"""Payments as auditors are given them: what pays an order is a payment in money, one in points, or both.

A charge that its order did not take is a payment too, and goes back whole; one that names no order of ours is in review, and its
entries are called `unapplied` and `returned`.
"""

from storefront import ledger, orders
from storefront.kernel import db
from storefront.kernel.auditing import ASIDE, ASIDE_TOO, Rows, batches, found_by

_PAYMENTS = f"""
    SELECT p.id, p.order_id, 'cash' AS tender, p.amount_minor AS amount, p.state, p.provider,
    (SELECT MIN(c.charge_id) FROM charge c WHERE c.order_id = p.order_id AND c.state = 'applied') AS provider_txn
    FROM payment p WHERE p.amount_minor > 0
    UNION ALL SELECT {ASIDE} + p.id, p.order_id, 'points', o.points, p.state, 'points', NULL
    FROM payment p JOIN orders o ON o.id = p.order_id WHERE o.points > 0
    UNION ALL SELECT {ASIDE_TOO} + c.id, c.order_id, 'cash', c.amount_minor, 'captured', c.provider, c.charge_id
    FROM charge c WHERE c.state = 'to_refund' AND c.order_id IS NOT NULL ORDER BY 1
"""  # noqa: S608  (numbers of ours)
_EVENTS = f"""
    SELECT c.id, c.provider, c.charge_id AS event_id, 'captured' AS kind, c.amount_minor AS amount, c.times_seen,
    1 AS signature_ok, CASE WHEN c.state IN ('applied', 'to_refund') AND c.order_id IS NOT NULL THEN 'applied' ELSE 'review' END
    AS state, CASE WHEN c.order_id IS NULL THEN NULL WHEN c.state = 'applied' THEN p.id WHEN c.state = 'to_refund'
    THEN {ASIDE_TOO} + c.id END AS payment_id FROM charge c LEFT JOIN payment p ON p.order_id = c.order_id ORDER BY c.id
"""  # noqa: S608  (numbers of ours)
_REFUNDS = f"""
    SELECT r.id, r.order_id, CASE WHEN c.state = 'to_refund' THEN {ASIDE_TOO} + c.id ELSE p.id END AS payment_id,
    'cash' AS tender, r.amount_minor AS amount, r.state, r.key AS idem_key, n.id AS note_id,
    COALESCE(n.actor, 'shop') AS actor, o.person_id AS customer
    FROM refund r JOIN charge c ON c.id = r.charge_id JOIN orders o ON o.id = r.order_id JOIN payment p ON p.order_id = o.id
    LEFT JOIN credit_note n ON r.key = 'credit:' || n.id
    UNION ALL SELECT {ASIDE} + n.id, n.order_id, {ASIDE} + p.id, 'points', n.points, 'done', n.key || ':points', n.id,
    n.actor, o.person_id FROM credit_note n JOIN orders o ON o.id = n.order_id JOIN payment p ON p.order_id = o.id
    WHERE n.points > 0 ORDER BY 1
"""  # noqa: S608  (numbers of ours)
_GIVEN = (
    "SELECT order_id, SUM(points) AS points, SUM(money_minor) AS minor, MAX(at) AS at FROM credit_note"
    " WHERE order_id IN ({places}) GROUP BY order_id"
)
_WHOLLY = """
    SELECT o.id, g.at AS given_at, e.to_state, e.at AS stepped_at FROM orders o JOIN
    (SELECT order_id, SUM(points) AS points, SUM(money_minor) AS minor, MAX(at) AS at FROM credit_note GROUP BY order_id) g
    ON g.order_id = o.id AND g.points = o.points AND g.minor = o.total_minor
    JOIN order_event e ON e.id = (SELECT MAX(l.id) FROM order_event l WHERE l.order_id = o.id) ORDER BY o.id
"""
_STATES = {"cancelled": "failed", "intended": "approved", "desk": "approved"}
_POINTS_BACK = ("refund:credit:", ":points")


def audited() -> dict[str, Rows]:
    """What was due, what providers told, and the ledger's entries with the refunds that they are of."""
    return {
        "payment": _named(_PAYMENTS),
        "payment_event": db.stream(_EVENTS),
        "entry": _entries(),
        "order_event": _ends(),
    }


async def audited_orders() -> Rows:
    """The orders, of which those are refunded that all was given back of."""
    async for batch in batches(orders.audited_orders()):
        given = await found_by(_GIVEN, "order_id", [row["id"] for row in batch])
        for row in batch:
            yield {**row, "state": "refunded"} if _wholly(row, given.get(row["id"])) else row


def audited_refunds() -> Rows:
    """What was or is to be given back; the desk says who asked for it and who agreed."""
    return _named(_REFUNDS)


async def _named(sql: str) -> Rows:
    async for row in db.stream(sql):
        yield {**row, "state": _STATES.get(row["state"], row["state"])}


async def _entries() -> Rows:
    begins, ends = _POINTS_BACK
    async for row in ledger.audited_entries():
        key = str(row["idem_key"])
        if row["kind"] == "refund" and key.startswith(begins) and key.endswith(ends):
            row["refund_id"] = ASIDE + int(key.removeprefix(begins).removesuffix(ends))
        elif row["kind"] == "refund" and row["order_id"] is None:
            row.update(kind="returned", refund_id=None)
        elif row["kind"] == "capture" and row["order_id"] is None:
            row["kind"] = "unapplied"
        yield row


async def _ends() -> Rows:
    """The last step of each order that all was given back of."""
    async for row in db.stream(_WHOLLY):
        before = orders.AUDITED_STATES[row["to_state"]]
        at = max(row["given_at"], row["stepped_at"])
        told = {"order_id": row["id"], "from_state": before, "to_state": "refunded", "cause": "all was given back"}
        yield {"id": ASIDE + row["id"], **told, "at": at}


def _wholly(order: db.Row, given: db.Row | None) -> bool:
    return given is not None and (given["minor"], given["points"]) == (order["total_cash"], order["total_points"])
