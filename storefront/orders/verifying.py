"""Orders recomputed from their lines, and their points from the lots and the ledger; every difference named."""

from collections.abc import AsyncIterator

from storefront import ledger, points
from storefront.kernel import db
from storefront.ledger import PTS
from storefront.orders.rules import PAID_IN

_BATCH = 1000
_MOST = 1000
_UNEVEN = (
    "SELECT o.number, o.points, o.points_minor, o.shipping_minor, COALESCE(l.points, 0) AS line_points,"
    " COALESCE(l.points_minor, 0) AS line_points_minor, COALESCE(l.shipping_minor, 0) AS line_shipping"
    " FROM orders o LEFT JOIN (SELECT order_id, SUM(points) AS points, SUM(points_minor) AS points_minor,"
    "  SUM(shipping_minor) AS shipping_minor FROM order_line GROUP BY order_id) l ON l.order_id = o.id"
    " WHERE o.points <> COALESCE(l.points, 0) OR o.points_minor <> COALESCE(l.points_minor, 0)"
    " OR o.shipping_minor <> COALESCE(l.shipping_minor, 0) LIMIT ?"
)
_UNPAID_FOR = (
    "SELECT o.number, o.total_minor, COALESCE(SUM(l.money_minor), 0) + o.shipping_minor AS due FROM orders o"
    " LEFT JOIN order_line l ON l.order_id = o.id GROUP BY o.id, o.number, o.total_minor, o.shipping_minor"
    " HAVING o.total_minor < COALESCE(SUM(l.money_minor), 0) + o.shipping_minor LIMIT ?"
)


async def findings() -> AsyncIterator[str]:
    """Each order whose lines do not make it up, or whose points are not where they should be, in a sentence."""
    for row in await db.browse(_UNEVEN, _MOST):
        yield (
            "order {number} is of {points} points worth {points_minor} and {shipping_minor} for delivery,"
            " its lines sum to {line_points}, {line_points_minor} and {line_shipping}".format(**row)
        )
    for row in await db.browse(_UNPAID_FOR, _MOST):
        yield "order {number} comes to {total_minor}, its lines to {due}".format(**row)
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
