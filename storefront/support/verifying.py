"""Cases recomputed from what was given back for them; every difference named."""

from collections import Counter

from storefront.kernel import db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries
from storefront.support.terms import LimitTold, TermsTold, day_of, history

_MOST = 1000
_UNEVEN = (
    "SELECT d.case_id AS id, l.order_line_id, l.quantity, COALESCE(n.quantity, 0) AS given FROM support_decision d"
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


_STRANGERS = (
    "SELECT d.id, d.case_id, d.actor, d.approver FROM support_decision d WHERE (d.actor LIKE 'staff:%'"
    " AND NOT EXISTS (SELECT 1 FROM staff s WHERE d.actor = 'staff:' || s.id)) OR (d.approver IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM staff s WHERE d.approver = 'staff:' || s.id)) ORDER BY d.id LIMIT ?"
)
_AGREED = (
    "SELECT d.id, d.case_id, d.approver, d.worth_minor, d.terms_id, s.role FROM support_decision d"
    " JOIN staff s ON d.approver = 'staff:' || s.id WHERE d.id > ? AND d.kind <> 'refuse' AND d.state IN ('done', 'returning')"
    " AND d.terms_id IS NOT NULL ORDER BY d.id LIMIT ?"
)


def findings() -> Findings:
    """Each decided case that gave back other pieces than it was about, or that nobody decided, or who may not, in a sentence."""
    return every(CHECKS)


async def _by_who_may() -> Findings:
    of_two = queries(
        ("decision {id} of case {case_id} was agreed to by whoever proposed it", _ALONE),
        ("decision {id} of case {case_id} is of somebody who never worked here", _STRANGERS),
    )
    for found in (of_two, _beyond_limits, _agreed_beyond_limits):
        async for finding in found():
            yield finding


async def _agreed_beyond_limits() -> Findings:
    every_terms = await history()
    after = 0
    while found := await db.browse(_AGREED, after, _MOST):
        for row in found:
            limit = _limit(every_terms[row["terms_id"]], row["role"])
            if limit is not None and row["worth_minor"] > limit.decision_minor:
                told = "decision {id} of case {case_id} is above the limit of {approver}, who agreed to it"
                yield Finding(told, **{name: row[name] for name in ("id", "case_id", "approver", "worth_minor")})
        after = int(found[-1]["id"])


async def _beyond_limits() -> Findings:
    every_terms = await history()
    given: Counter[tuple[str, str]] = Counter()
    mosts: dict[tuple[str, str], int] = {}
    after = 0
    while found := await db.browse(_GIVEN, after, _MOST):
        for row in found:
            after = int(row["id"])
            terms = every_terms[row["terms_id"]]
            if (limit := _limit(terms, row["role"])) is None:
                continue
            if row["worth_minor"] > limit.decision_minor:
                told = "decision {id} of case {case_id} is above the limit of {actor}, nobody agreed to it"
                yield Finding(told, **{name: row[name] for name in ("id", "case_id", "actor", "worth_minor")})
            by = "rules" if row["role"] is None else str(row["actor"])
            day = by, day_of(int(row["at"]), terms.hours.timezone)
            given[day] += int(row["worth_minor"])
            mosts[day] = max(mosts.get(day, 0), limit.daily_minor)
    for (by, of), worth in given.items():
        if worth > mosts[by, of]:
            yield Finding(
                "{by} gave back {worth} on {of}, above the {most} of a day",
                by=by,
                worth=worth,
                of=of,
                most=mosts[by, of],
            )


def _limit(told: TermsTold, role: str | None) -> LimitTold | None:
    """What is most for a role or, without one, for the rules; None: there is no limit."""
    if role is None:
        return LimitTold(decision_minor=told.automatic.daily_minor, daily_minor=told.automatic.daily_minor)
    return told.limits.get(role)  # type: ignore[call-overload, no-any-return]


CHECKS: Checks = {
    "cases end as they were decided": queries(
        ("case {id} is about {quantity} pieces of line {order_line_id}, {given} came back", _UNEVEN),
        ("case {id} is decided, nobody decided it", _SILENT),
    ),
    "nobody waits without a promise": queries(
        ("the customer of case {id} waits, and nothing is promised to her", _FORGOTTEN)
    ),
    "refunds are decided by who may": _by_who_may,
}
