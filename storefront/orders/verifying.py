"""Orders recomputed from their lines, their points from the lots and the ledger, their coupons; every difference named."""

from collections.abc import AsyncIterator

from storefront import ledger, points, promotions
from storefront.kernel import db
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
    f"SELECT o.number, {', '.join(f'o.{name}, COALESCE(l.{name}, 0) AS lines_{name}' for name, _, _ in _SUMS)} FROM orders o"  # noqa: S608
    f" LEFT JOIN (SELECT order_id, {', '.join(f'SUM({part}) AS {name}' for name, part, _ in _SUMS)}"
    "  FROM order_line GROUP BY order_id) l ON l.order_id = o.id"
    f" WHERE {' OR '.join(f'o.{name} <> COALESCE(l.{name}, 0)' for name, _, _ in _SUMS)} LIMIT ?"
)


async def findings() -> AsyncIterator[str]:
    """Each order whose lines do not make it up, or whose points or coupons are not where they should be, in a sentence."""
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
                await find(number, locked=True)
                wrong = (await _off(number - 1, number)).get(number, [])
            for told in wrong:
                yield told
        after = last


async def _off(after: int, last: int) -> dict[int, list[str]]:
    orders = await db.rows(
        "SELECT o.id, o.number, o.state, o.points, (SELECT SUM(l.quantity - l.credited) FROM order_line l"
        " WHERE l.order_id = o.id) AS kept FROM orders o WHERE o.id > ? AND o.id <= ?",
        *(after, last),
    )
    uses = await points.of_orders(after, last)
    booked = await ledger.balances("order_hold", PTS, after_owner=after, limit=_BATCH)
    coupons = await promotions.orders_with_coupons(after, last)
    wrong: dict[int, list[str]] = {}
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
        if found := [f"order {order['number']} {words}" for so, words in told if so]:
            wrong[order["id"]] = found
    return wrong
