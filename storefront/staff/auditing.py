"""Who works here as auditors are given it; what each may give back is the desk's to say."""

from storefront.kernel import db
from storefront.kernel.auditing import ASIDE, Rows


def audited_staff() -> Rows:
    """Everybody who works or worked here; numbers begin at `ASIDE`, so that nobody is taken for a customer."""
    return db.stream(
        f"SELECT {ASIDE} + id AS id, role, may_refund, CASE WHEN left_at IS NULL THEN 1 ELSE 0 END AS active"  # noqa: S608
        " FROM staff ORDER BY id"
    )
