"""Stock recomputed from its moves, and every difference named."""

from storefront.kernel.checks import Checks, Findings, every, queries

# One look at one snapshot: a shop that is open is not accused of what is just happening.
_WRONG = (
    "SELECT v.id AS variant_id, v.sku, p.code, s.on_hand, s.held, COALESCE(m.on_hand, 0) AS moved_on_hand,"
    " COALESCE(m.held, 0) AS moved_held"
    " FROM stock s JOIN variant v ON v.id = s.variant_id JOIN place p ON p.id = s.place_id LEFT JOIN ("
    "  SELECT variant_id, place_id,"
    "   SUM(CASE WHEN kind IN ('receive', 'adjust', 'return') THEN quantity WHEN kind = 'sell' THEN -quantity ELSE 0 END)"
    "    AS on_hand,"
    "   SUM(CASE WHEN kind = 'hold' THEN quantity WHEN kind IN ('release', 'sell') THEN -quantity ELSE 0 END) AS held"
    "  FROM stock_move GROUP BY variant_id, place_id"
    " ) m ON m.variant_id = s.variant_id AND m.place_id = s.place_id"
    " WHERE s.on_hand <> COALESCE(m.on_hand, 0) OR s.held <> COALESCE(m.held, 0) LIMIT ?"
)


_TOLD = "of {sku} at {code} {on_hand} lie there and {held} are held, its moves say {moved_on_hand} and {moved_held}"

CHECKS: Checks = {"stock is what moved": queries((_TOLD, _WRONG))}


def findings() -> Findings:
    """Each place where a count of pieces is not what was received, sold, held and given back there, in a sentence."""
    return every(CHECKS)
