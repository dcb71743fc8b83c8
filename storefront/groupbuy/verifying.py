"""What `pindan verify` recomputes of groups: seats against counters, and whether each group's end reached each member."""

import json

from storefront.groupbuy import rules
from storefront.groupbuy.rules import Step
from storefront.kernel import clock, db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries

_MOST = 1000
_PATIENCE_MS = 10 * clock.MINUTE
_HAS = "s.state IN ('taken', 'paid', 'late') AND NOT (s.settled_at IS NOT NULL AND (g.state = 'failed' OR s.state = 'late'))"

_CHECKS = {
    "group {code}: {told} seats taken, members have {found}": """
        SELECT g.code, g.taken AS told, COUNT(s.id) AS found FROM group_buy g LEFT JOIN group_seat s ON s.group_id = g.id
        AND s.state IN ('taken', 'paid', 'late') GROUP BY g.id, g.code, g.taken HAVING g.taken <> COUNT(s.id) LIMIT ?
    """,
    "group {code}: {told} seats paid, members have {found}": """
        SELECT g.code, g.paid AS told, COUNT(s.id) AS found FROM group_buy g LEFT JOIN group_seat s ON s.group_id = g.id
        AND s.state = 'paid' GROUP BY g.id, g.code, g.paid HAVING g.paid <> COUNT(s.id) LIMIT ?
    """,
    "group {code}: of {size} seats {found} are taken": """
        SELECT g.code, g.size, COUNT(s.id) AS found FROM group_buy g JOIN group_seat s ON s.group_id = g.id
        AND s.state IN ('taken', 'paid', 'late') GROUP BY g.id, g.code, g.size HAVING COUNT(s.id) > g.size LIMIT ?
    """,
    "group {code}: it ended, order {number} was neither confirmed nor paid back": """
        SELECT g.code, o.number FROM group_seat s JOIN group_buy g ON g.id = s.group_id JOIN orders o ON o.id = s.order_id
        WHERE s.settled_at IS NULL AND s.state IN ('paid', 'late') AND g.closed_at <= {late} LIMIT ?
    """,
    "group {code}: order {number} of {total} {currency} and {points} points got back {minor} and {back}": """
        SELECT g.code, o.number, o.total_minor AS total, o.currency, o.points, COALESCE(SUM(n.money_minor), 0) AS minor,
        COALESCE(SUM(n.points), 0) AS back FROM group_seat s JOIN group_buy g ON g.id = s.group_id
        JOIN orders o ON o.id = s.order_id LEFT JOIN credit_note n ON n.order_id = o.id WHERE s.settled_at IS NOT NULL
        AND (s.state IN ('late', 'left') OR (s.state = 'paid' AND g.state = 'failed'))
        GROUP BY g.code, o.id, o.number, o.total_minor, o.currency, o.points
        HAVING COALESCE(SUM(n.money_minor), 0) <> o.total_minor OR COALESCE(SUM(n.points), 0) <> o.points LIMIT ?
    """,
    "group {code}: it succeeded, order {number} waits": """
        SELECT g.code, o.number FROM group_seat s JOIN group_buy g ON g.id = s.group_id JOIN orders o ON o.id = s.order_id
        WHERE s.settled_at IS NOT NULL AND s.state = 'paid' AND g.state = 'succeeded' AND o.state IN ('placed', 'paid') LIMIT ?
    """,
    "group {code}: its time is up, and it goes on": """
        SELECT g.id, g.code FROM group_buy g JOIN job j ON j.name = 'groups turn' WHERE g.state = 'open'
        AND g.ends_at < j.last_at - {patience} AND g.ends_at < {late} LIMIT ?
    """,
    "groups {code}: {told} pieces taken, orders have {found}": f"""
        SELECT c.code, c.taken AS told, COALESCE(SUM(x.quantity), 0) AS found FROM group_campaign c LEFT JOIN
        (SELECT g.campaign_id, s.quantity FROM group_seat s JOIN group_buy g ON g.id = s.group_id WHERE {_HAS}) x
        ON x.campaign_id = c.id WHERE c.quota IS NOT NULL GROUP BY c.id, c.code, c.taken
        HAVING c.taken <> COALESCE(SUM(x.quantity), 0) LIMIT ?
    """,  # noqa: S608  (a constant)
    "groups {code} of person {what}: {told} seats, orders have {found}": f"""
        SELECT c.code, b.person_id AS what, b.taken AS told, COUNT(x.person_id) AS found FROM group_buyer b
        JOIN group_campaign c ON c.id = b.campaign_id LEFT JOIN
        (SELECT g.campaign_id, s.person_id FROM group_seat s JOIN group_buy g ON g.id = s.group_id WHERE {_HAS}) x
        ON x.campaign_id = b.campaign_id AND x.person_id = b.person_id GROUP BY c.code, b.id, b.person_id, b.taken
        HAVING b.taken <> COUNT(x.person_id) LIMIT ?
    """,  # noqa: S608  (a constant)
}
_LADDERS = """
    SELECT s.id, g.code, g.steps, g.paid, o.number, s.back_minor, l.money_minor, l.unit_minor, COALESCE(n.money_minor, 0) AS given
    FROM group_seat s JOIN group_buy g ON g.id = s.group_id JOIN orders o ON o.id = s.order_id
    JOIN order_line l ON l.order_id = o.id LEFT JOIN credit_note n ON n.key = 'ladder:' || s.id
    WHERE g.state = 'succeeded' AND g.size > g.needed AND s.state = 'paid' AND s.settled_at IS NOT NULL AND s.id > ?
    ORDER BY s.id LIMIT ?
"""


def findings() -> Findings:
    """Every difference between groups, their counters and what became of their orders, as a sentence."""
    return every(CHECKS)


async def _ladders() -> Findings:
    after = 0
    while batch := await db.browse(_LADDERS, after, _MOST):
        for row in batch:
            step = rules.reached([Step(*step) for step in json.loads(row["steps"])], row["paid"])
            price = step.price_minor if step else row["unit_minor"]
            back = rules.back(money_minor=row["money_minor"], unit_minor=row["unit_minor"], reached_minor=price)
            if not back == row["back_minor"] == row["given"]:
                yield Finding(
                    "group {code}: order {number} gets {back} back for the ladder, it got {given}",
                    **{name: row[name] for name in ("code", "number", "given")},
                    back=back,
                )
        after = int(batch[-1]["id"])


CHECKS: Checks = {
    "groups hold as many as they may, and end for each": queries(
        *_CHECKS.items(), late=lambda: clock.now() - _PATIENCE_MS, patience=lambda: _PATIENCE_MS
    ),
    "ladders give back what they reach": _ladders,
}
