"""Orders recomputed from their lines, their points from the lots and the ledger, their coupons; every difference named."""

from storefront import ledger, points, promotions
from storefront.kernel import clock, db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries
from storefront.ledger import PTS
from storefront.orders.queries import find
from storefront.orders.rules import ENDED, PAID_IN

_BATCH = 1000
_MOST = 1000
# What an order is made of: its column, what its lines sum to, what it is called.
_SUMS = (
    ("points", "points", "points"),
    ("points_minor", "points_minor", "minor units paid with points"),
    ("coupon_minor", "coupon_minor", "minor units of coupons"),
    ("shipping_minor", "shipping_minor", "minor units of delivery"),
    ("tax_minor", "tax_minor", "minor units of tax"),
    ("total_minor", "money_minor + shipping_minor", "minor units of money"),
)
_UNEVEN = (
    "SELECT o.id, o.number, "  # noqa: S608
    f"{', '.join(f'o.{name}, COALESCE(l.{name}, 0) AS lines_{name}' for name, _, _ in _SUMS)} FROM orders o"
    f" LEFT JOIN (SELECT order_id, {', '.join(f'SUM({part}) AS {name}' for name, part, _ in _SUMS)}"
    "  FROM order_line GROUP BY order_id) l ON l.order_id = o.id"
    f" WHERE {' OR '.join(f'o.{name} <> COALESCE(l.{name}, 0)' for name, _, _ in _SUMS)} LIMIT ?"
)


_STEPS = (
    "SELECT o.id, o.number, e.to_state, COUNT(*) AS times FROM order_event e JOIN orders o ON o.id = e.order_id"
    " WHERE e.from_state IS NULL OR e.from_state <> e.to_state GROUP BY o.id, o.number, e.to_state HAVING COUNT(*) > 1 LIMIT ?"
)
_LAST_STEP = (
    "SELECT o.id, o.number, o.state, e.to_state FROM orders o JOIN order_event e"
    " ON e.id = (SELECT MAX(l.id) FROM order_event l WHERE l.order_id = o.id) WHERE e.to_state <> o.state LIMIT ?"
)
# The job is looked at, not the clock: a shop that is closed is late with nothing.
_LATE = (
    "SELECT o.id, o.number, o.expires_at FROM orders o JOIN job j ON j.name = 'unpaid orders lapse'"
    " WHERE o.state = 'placed' AND o.expires_at < j.last_at - {patience}"
    " AND o.expires_at < {now} - {patience} LIMIT ?"
)
_EARLY = (
    "SELECT o.id, o.number, e.at, o.expires_at FROM order_event e JOIN orders o ON o.id = e.order_id"
    " WHERE e.to_state = 'expired' AND e.cause = 'not paid in time' AND e.at < o.expires_at LIMIT ?"
)
_PATIENCE_MS = 10 * clock.MINUTE


def findings() -> Findings:
    """Each order that its lines do not make up, or whose points, coupons, steps or time are not as they should be."""
    return every(CHECKS)


async def _sums() -> Findings:
    for row in await db.browse(_UNEVEN, _MOST):
        for name, _, called in _SUMS:
            if row[name] != row[f"lines_{name}"]:
                yield Finding(
                    "order {number} is of {said} {called}, its lines sum to {found}",
                    id=row["id"],
                    number=row["number"],
                    called=called,
                    said=row[name],
                    found=row[f"lines_{name}"],
                )


async def _points_and_coupons() -> Findings:
    after = 0
    while batch := await db.browse("SELECT id FROM orders WHERE id > ? ORDER BY id LIMIT ?", after, _BATCH):
        last = int(batch[-1]["id"])
        for number in await _off(after, last):
            # Read one after the other: it may just have been paid.
            async with db.tx():
                await find(number, locked=True)
                wrong = (await _off(number - 1, number)).get(number, [])
            for told in wrong:
                yield told
        after = last


async def _off(after: int, last: int) -> dict[int, list[Finding]]:
    orders = await db.rows(
        "SELECT o.id, o.number, o.state, o.points, (SELECT SUM(l.quantity - l.credited) FROM order_line l"
        " WHERE l.order_id = o.id) AS kept FROM orders o WHERE o.id > ? AND o.id <= ?",
        *(after, last),
    )
    uses = await points.of_orders(after, last)
    booked = await ledger.balances("order_hold", PTS, after_owner=after, limit=_BATCH)
    coupons = await promotions.orders_with_coupons(after, last)
    wrong: dict[int, list[Finding]] = {}
    for order in orders:
        taken, left = uses.get(order["id"], (0, 0))
        there, held = booked.get(order["id"], 0), left if order["state"] in PAID_IN - {"completed"} else 0
        ended = order["state"] in ENDED or not order["kept"]
        told = (
            (taken != order["points"], f"is of {order['points']} points, its lots gave {taken}"),
            (there != held, f"has {held} points to its name, the ledger says {there}"),
            (ended and coupons.get(order["id"], False), "ended in whole, its coupons count as used"),
            (not ended and not coupons.get(order["id"], True), "stands, its coupons do not count as used"),
        )
        if found := [_about(order, words) for so, words in told if so]:
            wrong[order["id"]] = found
    return wrong


def _about(order: db.Row, words: str) -> Finding:
    return Finding("order {number} {words}", id=order["id"], number=order["number"], words=words)


CHECKS: Checks = {
    "orders are the sum of their lines": _sums,
    "points and coupons of orders": _points_and_coupons,
    "orders go step by step": queries(
        ("order {number} came to be {to_state} {times} times", _STEPS),
        ("order {number} is {state}, its last step led to {to_state}", _LAST_STEP),
    ),
    "unpaid orders lapse in time": queries(
        ("order {number} is not paid and has not lapsed", _LATE),
        ("order {number} lapsed before its time", _EARLY),
        patience=lambda: _PATIENCE_MS,
        now=clock.now,
    ),
}
