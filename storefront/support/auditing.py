"""Cases as auditors are given them, who let what be given back, and who might."""

from bisect import bisect_right

from storefront import payments, staff
from storefront.kernel import db
from storefront.kernel.auditing import ASIDE, ASIDE_TOO, NO_LIMIT_MINOR, Rows, batches, found_by
from storefront.support import hours
from storefront.support.terms import TermsTold

_DECISIONS = (
    "SELECT d.note_id, d.actor, d.approver, c.person_id FROM support_decision d JOIN support_case c ON c.id = d.case_id"
    " WHERE d.note_id IN ({places})"
)
_CASES = """
    SELECT c.id, c.order_id, c.person_id AS customer, c.state, COALESCE(c.opened_at, c.at) AS opened_at,
    c.answered_at AS first_reply_at, f.minutes, f.at AS since, f.due_at, f.breached_at,
    (SELECT MAX(d.kind) FROM support_decision d WHERE d.case_id = c.id AND d.state = 'done' AND d.kind <> 'refuse') AS kind,
    EXISTS (SELECT 1 FROM support_case_event v WHERE v.case_id = c.id AND v.to_state = 'closed' AND v.actor LIKE 'person:%')
    AS withdrawn
    FROM support_case c LEFT JOIN support_deadline f ON f.id = (SELECT MIN(e.id) FROM support_deadline e WHERE e.case_id = c.id
    AND e.kind = 'first') WHERE c.state <> 'draft' AND c.merged_into IS NULL ORDER BY c.id
"""
_TIMERS = f"""
    SELECT {ASIDE_TOO} + id AS id, 'case ' || kind AS kind, 'case:' || case_id AS subject,
    COALESCE(due_at, breached_at, met_at, at) AS due_at, CASE WHEN breached_at IS NOT NULL THEN 'fired'
    WHEN due_at IS NOT NULL THEN 'armed' ELSE 'cancelled' END AS state, breached_at AS fired_at,
    CASE WHEN breached_at IS NULL THEN 0 ELSE 1 END AS effects FROM support_deadline ORDER BY id
"""  # noqa: S608  (a number of ours)
_OUTCOMES = {"refund": "refunded", "sum": "refunded", "replace": "replaced"}


def audited() -> dict[str, Rows]:
    """Cases, refunds with who asked and who agreed, staff with their limits, and what is promised."""
    return {"ticket": _tickets(), "refund": _refunds(), "staff": _staff(), "timer": db.stream(_TIMERS)}


async def _refunds() -> Rows:
    async for batch in batches(payments.audited_refunds()):
        made = await found_by(_DECISIONS, "note_id", [row["note_id"] for row in batch if row["note_id"] is not None])
        for row in batch:
            yield {**row, **_by_whom(row, made.get(row["note_id"] or 0))}


def _by_whom(refund: db.Row, decision: db.Row | None) -> db.Row:
    """Who asked and who agreed: whoever works here agrees to what a customer asks for, or a second one to what one proposes."""
    actor = _number((decision or refund)["actor"])
    customer = refund["customer"] if decision is None else decision["person_id"]
    if decision is not None and decision["approver"] is not None:
        return {"requested_by": actor or customer, "approved_by": _number(decision["approver"]), "auto": 0}
    return {"requested_by": customer, "approved_by": actor, "auto": int(actor is None)}


def _number(actor: str) -> int | None:
    """Who of the staff that is, by the number that auditors are given."""
    what, _, number = actor.partition(":")
    return ASIDE + int(number) if what == "staff" else None


async def _staff() -> Rows:
    told = [terms for _, terms in await _terms()]
    async for row in staff.audited_staff():
        # The most that her role was ever allowed: what was decided is measured by the terms of its day in `pindan verify`.
        limits = [terms.limits.get(row["role"]) for terms in told] or [None]
        none = not row["may_refund"]
        cash = 0 if none else max(NO_LIMIT_MINOR if one is None else one.decision_minor for one in limits)
        worth = max((terms.point_minor for terms in told), default=1)
        points = cash if cash == NO_LIMIT_MINOR else cash // worth
        yield {**row, "refund_limit_cash": cash, "refund_limit_points": points}


async def _tickets() -> Rows:
    known = await _terms()
    async for row in db.stream(_CASES):
        state = (
            row["state"]
            if row["state"] in {"open", "waiting"}
            else "waiting"
            if row["state"] == "returning"
            else "closed"
        )
        yield {**row, "state": state, "outcome": _outcome(row), "sla_due_at": _due(row, known)}


def _outcome(case: db.Row) -> str | None:
    """How a case ended; None when nothing came of it, or it goes on."""
    if case["state"] == "decided":
        return _OUTCOMES.get(case["kind"] or "")
    if case["state"] == "closed" and case["withdrawn"]:
        return "withdrawn"
    return "refused" if case["state"] == "refused" else None


def _due(case: db.Row, known: list[tuple[int, TermsTold]]) -> int:
    """When she was to be answered first; it is not kept once she was."""
    if case["due_at"] is not None:
        return int(case["due_at"])
    since = int(case["since"] or case["opened_at"])
    told = known[bisect_right(known, since, key=lambda one: one[0]) - 1][1]
    return hours.add(told.hours.calendar(), since, case["minutes"] or told.deadlines.first)


async def _terms() -> list[tuple[int, TermsTold]]:
    """What counted, each from when on (epoch ms); at first what counts without a file."""
    found = await db.look("SELECT at, told FROM support_terms ORDER BY id")
    return [
        (0, TermsTold.model_validate({})),
        *((row["at"], TermsTold.model_validate_json(row["told"])) for row in found),
    ]
