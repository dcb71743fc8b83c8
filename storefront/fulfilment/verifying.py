"""Parcels against the lines they hold pieces of; every difference named."""

from storefront.kernel.checks import Checks, Findings, every, queries

_MORE_THAN_BOUGHT = (
    "SELECT o.number, l.id AS line, l.quantity, l.shipped, l.credited - l.returned AS back FROM order_line l"
    " JOIN orders o ON o.id = l.order_id WHERE l.shipped + l.credited - l.returned > l.quantity LIMIT ?"
)
_PARCELS_DIFFER = (
    "SELECT o.number, l.id AS line, l.shipped, s.n FROM order_line l JOIN orders o ON o.id = l.order_id JOIN"
    " (SELECT order_line_id, SUM(quantity) AS n FROM shipment_line GROUP BY order_line_id) s ON s.order_line_id = l.id"
    " WHERE s.n > l.shipped OR (o.state = 'confirmed' AND s.n <> l.shipped) LIMIT ?"
)
_STOCK_DIFFERS = (
    "SELECT o.number, l.id AS line, l.shipped, COALESCE(m.n, 0) AS n FROM order_line l JOIN orders o ON o.id = l.order_id"
    " LEFT JOIN (SELECT order_id, variant_id, SUM(quantity) AS n FROM stock_move WHERE kind = 'sell'"
    " GROUP BY order_id, variant_id) m ON m.order_id = l.order_id AND m.variant_id = l.variant_id"
    " WHERE l.shipped <> COALESCE(m.n, 0) LIMIT ?"
)
_HERE_STILL = (
    "SELECT DISTINCT o.number FROM order_line l JOIN orders o ON o.id = l.order_id"
    " WHERE o.state IN ('shipped', 'delivered', 'completed')"
    " AND l.shipped + l.credited - l.returned < l.quantity LIMIT ?"
)
_DEAD = (
    "SELECT s.number, o.number AS of, o.state FROM shipment s JOIN orders o ON o.id = s.order_id"
    " WHERE o.state IN ('placed', 'paid', 'cancelled', 'expired')"
    # What was not fetched at its branch may be cancelled there.
    " AND NOT (o.state = 'cancelled' AND o.place_id IS NOT NULL AND s.state = 'delivered') LIMIT ?"
)
CHECKS: Checks = {
    "pieces leave once": queries(
        (
            "of line {line} of order {number} {shipped} pieces left and {back} were given back before, there were {quantity}",
            _MORE_THAN_BOUGHT,
        ),
        ("of line {line} of order {number} {shipped} pieces left, its parcels hold {n}", _PARCELS_DIFFER),
        ("of line {line} of order {number} {shipped} pieces left, the stock says {n}", _STOCK_DIFFERS),
        ("order {number} has left, and some of it is here still", _HERE_STILL),
        ("parcel {number} left, its order {of} is {state}", _DEAD),
    )
}


def findings() -> Findings:
    """Each line of which more left than there was, or than its parcels or its stock say, and each parcel of a dead order."""
    return every(CHECKS)
