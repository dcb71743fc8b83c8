"""Orders recomputed from their lines, and their points from the lots and the ledger; every difference named."""

from collections.abc import AsyncIterator

from storefront import ledger, points
from storefront.kernel import db
from storefront.ledger import PTS
from storefront.orders.rules import PAID_IN

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
    f"SELECT o.number, {', '.join(f'o.{name}, COALESCE(l.{name}, 0) AS lines_{name}' for name, _, _ in _SUMS)} FROM orders o"  # noqa: S608
    f" LEFT JOIN (SELECT order_id, {', '.join(f'SUM({part}) AS {name}' for name, part, _ in _SUMS)}"
    "  FROM order_line GROUP BY order_id) l ON l.order_id = o.id"
    f" WHERE {' OR '.join(f'o.{name} <> COALESCE(l.{name}, 0)' for name, _, _ in _SUMS)} LIMIT ?"
)


async def findings() -> AsyncIterator[str]:
    """Each order whose lines do not make it up, or whose points are not where they should be, in a sentence."""
    for row in await db.browse(_UNEVEN, _MOST):
        for name, _, called in _SUMS:
            if row[name] != row[f"lines_{name}"]:
                yield f"order {row['number']} is of {row[name]} {called}, its lines sum to {row[f'lines_{name}']}"
    after = 0
    while batch := await db.browse("SELECT id FROM orders WHERE id > ? ORDER BY id LIMIT ?", after, _BATCH):
        last = int(batch[-1]["id"])
        for number in await _off(after, last):
            # Read one after the other: it may just have been paid.
            async with db.tx():
                await ledger.balance(ledger.order_hold(number, PTS), locked=True)
                told = (await _off(number - 1, number)).get(number)
            if told is not None:
                yield told
        after = last


async def _off(after: int, last: int) -> dict[int, str]:
    orders = await db.rows("SELECT id, number, state, points FROM orders WHERE id > ? AND id <= ?", after, last)
    uses = await points.of_orders(after, last)
    booked = await ledger.balances("order_hold", PTS, after_owner=after, limit=_BATCH)
    wrong = {}
    for order in orders:
        taken, left = uses.get(order["id"], (0, 0))
        held = left if order["state"] in PAID_IN - {"completed"} else 0
        if taken != order["points"]:
            wrong[order["id"]] = f"order {order['number']} is of {order['points']} points, its lots gave {taken}"
        elif booked.get(order["id"], 0) != held:
            there = booked.get(order["id"], 0)
            wrong[order["id"]] = f"order {order['number']} has {held} points to its name, the ledger says {there}"
    return wrong
