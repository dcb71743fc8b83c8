"""What `pindan verify` recomputes of promotions: no coupon used, and no flash piece taken, that no order has."""

from storefront.kernel.checks import Checks, Findings, every, queries

_CHECKS = {
    "coupon {what}: used {told} times, orders have {found}": """
        SELECT c.code AS what, c.used AS told, COUNT(u.id) AS found FROM coupon c
        LEFT JOIN coupon_use u ON u.coupon_id = c.id AND u.state = 'active' GROUP BY c.id, c.code, c.used
        HAVING c.used <> COUNT(u.id) ORDER BY c.id LIMIT ?
    """,
    "coupon {code} of person {what}: used {told} times, orders have {found}": """
        SELECT h.person_id AS what, c.code, h.used AS told, COUNT(u.id) AS found FROM coupon_holder h
        JOIN coupon c ON c.id = h.coupon_id LEFT JOIN coupon_use u ON u.coupon_id = h.coupon_id
        AND u.person_id = h.person_id AND u.state = 'active' GROUP BY h.id, h.person_id, c.code, h.used
        HAVING h.used <> COUNT(u.id) ORDER BY h.id LIMIT ?
    """,
    "flash sale {what}: {told} pieces taken, orders have {found}": """
        SELECT s.code AS what, s.taken AS told, COALESCE(SUM(u.quantity), 0) AS found FROM flash_sale s
        LEFT JOIN flash_use u ON u.sale_id = s.id AND u.state = 'active' GROUP BY s.id, s.code, s.taken
        HAVING s.taken <> COALESCE(SUM(u.quantity), 0) ORDER BY s.id LIMIT ?
    """,
    "flash sale {code} of person {what}: {told} pieces taken, orders have {found}": """
        SELECT b.person_id AS what, s.code, b.taken AS told, COALESCE(SUM(u.quantity), 0) AS found FROM flash_buyer b
        JOIN flash_sale s ON s.id = b.sale_id LEFT JOIN flash_use u ON u.sale_id = b.sale_id
        AND u.person_id = b.person_id AND u.state = 'active' GROUP BY b.id, b.person_id, s.code, b.taken
        HAVING b.taken <> COALESCE(SUM(u.quantity), 0) ORDER BY b.id LIMIT ?
    """,
    "flash sale {what}: {told} pieces offered, {found} customers are offered one": """
        SELECT s.code AS what, s.offered AS told, COUNT(w.id) AS found FROM flash_sale s
        LEFT JOIN flash_waiter w ON w.sale_id = s.id AND w.state = 'offered' GROUP BY s.id, s.code, s.offered
        HAVING s.offered <> COUNT(w.id) ORDER BY s.id LIMIT ?
    """,
}


CHECKS: Checks = {
    "coupons are used as often as orders say": queries(
        *((t, sql) for t, sql in _CHECKS.items() if t.startswith("coupon"))
    ),
    "flash sales are taken as orders say": queries(*((t, sql) for t, sql in _CHECKS.items() if t.startswith("flash"))),
}


def findings() -> Findings:
    """Every difference between the counters of promotions and the orders that they count, as a sentence."""
    return every(CHECKS)
