"""Cases recomputed from what was given back for them; every difference named."""

from collections import Counter
from collections.abc import AsyncIterator

from storefront.kernel import db
from storefront.support.terms import LimitTold, TermsTold, day_of, history

_MOST = 1000
_UNEVEN = (
    "SELECT d.case_id AS id, l.order_line_id, l.quantity, n.quantity AS given FROM support_decision d"
    " JOIN support_decision_line l ON l.decision_id = d.id"
    " LEFT JOIN credit_line n ON n.note_id = d.note_id AND n.order_line_id = l.order_line_id"
    " WHERE d.kind = 'refund' AND d.state = 'done' AND COALESCE(n.quantity, 0) <> l.quantity ORDER BY d.id LIMIT ?"
)
_SILENT = (
    "SELECT c.id FROM support_case c WHERE c.state = 'decided' AND NOT EXISTS"
    " (SELECT 1 FROM support_case_event e WHERE e.case_id = c.id AND e.to_state = 'decided') ORDER BY c.id LIMIT ?"
)

# She waits, and nothing is promised.
_FORGOTTEN = (
    "SELECT c.id FROM support_case c WHERE c.state IN ('open', 'waiting', 'returning') AND c.asked_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM support_deadline d WHERE d.case_id = c.id AND d.kind IN ('first', 'next')"
    " AND d.due_at IS NOT NULL) ORDER BY c.id LIMIT ?"
)
_ALONE = "SELECT id, case_id FROM support_decision WHERE approver IS NOT NULL AND approver = actor ORDER BY id LIMIT ?"

# What rules, and the staff by themselves, decided to give back.
_GIVEN = (
    "SELECT d.id, d.case_id, d.actor, d.worth_minor, d.at, d.terms_id, s.role FROM support_decision d"
    " LEFT JOIN staff s ON d.actor = 'staff:' || s.id WHERE d.id > ? AND d.kind <> 'refuse' AND d.state IN ('done', 'returning')"
    " AND (s.id IS NOT NULL OR d.actor LIKE 'rule:%') AND d.approver IS NULL AND d.terms_id IS NOT NULL"
    " ORDER BY d.id LIMIT ?"
)


async def findings() -> AsyncIterator[str]:
    """Each decided case that gave back other pieces than it was about, or that nobody decided, in a sentence."""
    for row in await db.browse(_UNEVEN, _MOST):
        yield (
            f"case {row['id']} is about {row['quantity']} pieces of line {row['order_line_id']},"
            f" {row['given'] or 0} came back"
        )
    for row in await db.browse(_SILENT, _MOST):
        yield f"case {row['id']} is decided, nobody decided it"
    for row in await db.browse(_FORGOTTEN, _MOST):
        yield f"the customer of case {row['id']} waits, and nothing is promised to her"
    for row in await db.browse(_ALONE, _MOST):
        yield f"decision {row['id']} of case {row['case_id']} was agreed to by whoever proposed it"
    async for found in _beyond_limits():
        yield found


async def _beyond_limits() -> AsyncIterator[str]:
    every = await history()
    given: Counter[tuple[str, str]] = Counter()
    mosts: dict[tuple[str, str], int] = {}
    after = 0
    while found := await db.browse(_GIVEN, after, _MOST):
        for row in found:
            after = int(row["id"])
            told = every[row["terms_id"]]
            if (limit := _limit(told, row["role"])) is None:
                continue
            if row["worth_minor"] > limit.decision_minor:
                yield f"decision {row['id']} of case {row['case_id']} is above the limit of {row['actor']}, nobody agreed to it"
            by = "rules" if row["role"] is None else str(row["actor"])
            day = by, day_of(int(row["at"]), told.hours.timezone)
            given[day] += int(row["worth_minor"])
            mosts[day] = max(mosts.get(day, 0), limit.daily_minor)
    for (by, of), worth in given.items():
        if worth > mosts[by, of]:
            yield f"{by} gave back {worth} on {of}, above the {mosts[by, of]} of a day"


def _limit(told: TermsTold, role: str | None) -> LimitTold | None:
    """What is most for a role or, without one, for the rules; None: there is no limit."""
    if role is None:
        return LimitTold(decision_minor=told.automatic.daily_minor, daily_minor=told.automatic.daily_minor)
    return told.limits.get(role)  # type: ignore[call-overload, no-any-return]
