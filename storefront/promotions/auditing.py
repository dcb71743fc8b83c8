"""Coupons and flash sales as auditors are given them. A limit per customer is the widest that she was ever allowed."""

from storefront.kernel import db
from storefront.kernel.auditing import NO_LIMIT_MINOR, NO_LIMIT_UNITS, Rows


def audited() -> dict[str, Rows]:
    """What was offered, how often, and who used it."""
    return {
        "coupon": db.stream(
            f"SELECT c.id, COALESCE(c.total, {NO_LIMIT_UNITS}) AS max_uses, {NO_LIMIT_MINOR} AS budget_cash,"  # noqa: S608
            " CASE WHEN h.most > c.per_person THEN h.most ELSE c.per_person END AS per_customer FROM coupon c LEFT JOIN"
            " (SELECT coupon_id, MAX(most) AS most FROM coupon_holder GROUP BY coupon_id) h ON h.coupon_id = c.id ORDER BY c.id"
        ),
        "coupon_use": db.stream(
            "SELECT u.id, u.coupon_id, u.order_id, u.person_id AS customer, u.amount_minor AS amount_cash,"
            " CASE WHEN u.state = 'given_back' THEN 'returned' ELSE u.state END AS state FROM coupon_use u ORDER BY u.id"
        ),
        "flash": db.stream(
            "SELECT s.id, s.variant_id AS item_id, s.quota AS cap, s.starts_at, s.ends_at,"
            " CASE WHEN b.most > s.per_person THEN b.most ELSE s.per_person END AS per_customer FROM flash_sale s LEFT JOIN"
            " (SELECT sale_id, MAX(most) AS most FROM flash_buyer GROUP BY sale_id) b ON b.sale_id = s.id ORDER BY s.id"
        ),
        "flash_use": db.stream(
            "SELECT u.id, u.sale_id AS flash_id, u.order_id, u.person_id AS customer, u.quantity AS qty, u.at,"
            " CASE WHEN u.state = 'given_back' THEN 'returned' ELSE u.state END AS state FROM flash_use u ORDER BY u.id"
        ),
    }
