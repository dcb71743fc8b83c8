"""Stock as auditors are given it: by variant, places summed."""

from storefront.kernel import db
from storefront.kernel.auditing import Rows


def audited() -> dict[str, Rows]:
    """How many pieces there are, and every move of them."""
    return {
        "stock": db.stream(
            "SELECT variant_id AS item_id, SUM(on_hand) AS on_hand, SUM(held) AS reserved, 1 AS tracked FROM stock"
            " GROUP BY variant_id ORDER BY variant_id"
        ),
        "stock_move": db.stream(
            "SELECT id, variant_id AS item_id, CASE WHEN kind = 'hold' THEN 'reserve' ELSE kind END AS kind, quantity AS qty,"
            " order_id, key AS idem_key FROM stock_move ORDER BY id"
        ),
    }
