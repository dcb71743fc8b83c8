"""What partners asked for with a key, as auditors are given it."""

from storefront.kernel import db
from storefront.kernel.auditing import ASIDE, Rows


def audited() -> dict[str, Rows]:
    """Each grant of points is a wish that was done once."""
    return {
        "command": db.stream(
            f"SELECT {ASIDE} + id AS id, 'partner:' || partner_id AS scope, key AS idem_key, '' AS request_hash,"  # noqa: S608
            " 'grant:' || id AS effect, NULL AS update_id FROM partner_grant ORDER BY id"
        )
    }
