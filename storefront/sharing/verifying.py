"""What `pindan verify` says of sharing: every order came by somebody else's link, every reward is for such an order, once."""

from storefront.kernel.checks import Checks, Findings, every, queries

# What is still worth something; what was taken back as a whole is nobody's reward.
_STANDS = "e.returned < e.quantity"

_CHECKS = {
    "order {number} came by its own customer's link": """
        SELECT o.number FROM share_order s JOIN share_link l ON l.id = s.link_id JOIN orders o ON o.id = s.order_id
        WHERE l.person_id = s.person_id OR l.person_id = o.person_id LIMIT ?
    """,
    "order {number} came by a link, and was not paid": """
        SELECT o.number FROM share_order s JOIN orders o ON o.id = s.order_id WHERE o.state IN ('placed', 'expired') LIMIT ?
    """,
    "order {number} came by a link, and is said to be of person {told} instead of {found}": """
        SELECT o.number, s.person_id AS told, o.person_id AS found FROM share_order s JOIN orders o ON o.id = s.order_id
        WHERE s.person_id <> o.person_id LIMIT ?
    """,
    "person {person} brought herself": "SELECT person_id AS person FROM invite WHERE inviter_id = person_id LIMIT ?",
    "reward {key}: order {number} did not come by a link of person {person}": f"""
        SELECT e.key, o.number, e.person_id AS person FROM earning e LEFT JOIN orders o ON o.id = e.order_id
        WHERE e.kind = 'share' AND {_STANDS} AND NOT EXISTS (SELECT 1 FROM share_order s JOIN share_link l ON l.id = s.link_id
        WHERE s.order_id = e.order_id AND l.person_id = e.person_id) LIMIT ?
    """,  # noqa: S608  (a constant)
    "reward {key}: nobody of person {person}'s bought for the first time": f"""
        SELECT e.key, e.person_id AS person FROM earning e WHERE e.kind = 'friend' AND {_STANDS} AND NOT EXISTS
        (SELECT 1 FROM invite i WHERE i.person_id = e.of_person_id AND i.inviter_id = e.person_id) LIMIT ?
    """,  # noqa: S608  (a constant)
    "reward {key}: person {person} has it for herself": f"""
        SELECT e.key, e.person_id AS person FROM earning e WHERE e.of_person_id = e.person_id AND {_STANDS} LIMIT ?
    """,  # noqa: S608  (a constant)
    "order line {line}: {count} rewards for sharing it": """
        SELECT e.order_line_id AS line, COUNT(*) AS count FROM earning e WHERE e.kind = 'share'
        GROUP BY e.order_line_id HAVING COUNT(*) > 1 LIMIT ?
    """,
    "reward {key}: the ledger has no entry for it": """
        SELECT e.key FROM earning e WHERE e.kind IN ('share', 'friend', 'leader') AND NOT EXISTS (SELECT 1 FROM ledger_entry n
        WHERE n.kind = 'earn' AND n.key = 'earn:' || e.key AND n.order_id = e.order_id) LIMIT ?
    """,
    "reward {key}: it waits although persons {one} and {other} may be one": f"""
        SELECT e.key, f.person_id AS one, f.other_id AS other FROM earning e JOIN account_flag f ON f.cleared_at IS NULL
        AND ((f.person_id = e.person_id AND f.other_id = e.of_person_id)
        OR (f.person_id = e.of_person_id AND f.other_id = e.person_id)) WHERE e.ready_at IS NULL AND {_STANDS} LIMIT ?
    """,  # noqa: S608  (a constant)
}


CHECKS: Checks = {"sharing rewards others, once": queries(*_CHECKS.items())}


def findings() -> Findings:
    """Each order or reward of sharing that is not as it must be, in a sentence; nothing when all is well."""
    return every(CHECKS)
