"""Goods that are to come back before money does: a code for the parcel or the branch, and by when."""

from dataclasses import dataclass

from storefront.kernel import clock, db, ids
from storefront.support import reaching, rules, stepping, talking
from storefront.support.queries import Case, Decision

CODE_LENGTH = 8


@dataclass(frozen=True)
class Return:
    """Pieces on their way back: the code they bear, by when they are expected and what is known of them (epoch ms)."""

    decision_id: int
    code: str
    tracking: str | None
    sent_at: int | None
    arrived_at: int | None
    until: int


async def return_of(decision_id: int) -> Return | None:
    """How the goods of a decision come back, when they do."""
    found = await db.rows("SELECT * FROM support_return WHERE decision_id = ?", decision_id)
    if not found:
        return None
    row = found[0]
    until = (row["sent_at"] or row["at"]) + rules.RETURN_MS
    return Return(decision_id, row["code"], row["tracking"], row["sent_at"], row["arrived_at"], until)


async def expect(of: Case, made: Decision, actor: str) -> None:
    """Have the pieces of a decision come back first: a code for them, and she is told."""
    await db.execute("UPDATE support_decision SET state = 'returning' WHERE id = ?", made.id)
    await db.execute(
        "INSERT INTO support_return (decision_id, code, at) VALUES (?, ?, ?)",
        *(made.id, ids.code(CODE_LENGTH), clock.now()),
    )
    told = {"asked_at": None, "answered_at": of.answered_at or clock.now(), "snoozed_until": None}
    await stepping.move(of, "returning", actor=actor, cause="goods are to come back", **told)
    message_id, _ = await talking.write_for_shop(of, "", f"expect:{made.id}")
    await reaching.reach(of, message_id, letter="case_return")
