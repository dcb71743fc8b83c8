"""What nobody asks for any more: codes long ended, and events that their partner has taken."""

from storefront.kernel import clock, db
from storefront.partners import rules


async def forget(*, limit: int = 5000) -> int:
    """Delete codes a day after their end, and taken events after 90 days, so many of each; returns how many rows.

    Grants, links, and what a partner has not taken stay for ever.
    """
    codes = await db.execute(
        "DELETE FROM customer_link_code WHERE id IN (SELECT id FROM customer_link_code WHERE expires_at < ? LIMIT ?)",
        *(clock.now() - rules.CODES_KEPT_MS, limit),
    )
    events = await db.execute(
        "DELETE FROM partner_event WHERE id IN"
        " (SELECT id FROM partner_event WHERE state = 'done' AND done_at < ? ORDER BY id LIMIT ?)",
        *(clock.now() - rules.TAKEN_EVENTS_KEPT_MS, limit),
    )
    return codes + events
