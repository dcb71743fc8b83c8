"""How a case goes from one state to the next: a row with who and why, and those told who care."""

from typing import Any

from storefront import audit, staff
from storefront.kernel import clock, db, events
from storefront.support import rules
from storefront.support.events import CaseEnded, CaseFact, CaseOpened, CasePaused, CaseTaken
from storefront.support.queries import Case, case

CHANGED = "cases"
_FACTS: dict[str, type[CaseFact]] = {
    "open": CaseOpened,
    "waiting": CasePaused,
    "returning": CasePaused,
    **dict.fromkeys(rules.ENDED, CaseEnded),
}


async def move(of: Case, to_state: str, *, actor: str, cause: str, **columns: Any) -> None:
    """Let a case, which is locked, be in this state, with these columns changed too; those told who care."""
    await change(of.id, state=to_state, **columns)
    await note(of.id, of.state, to_state, actor, cause)
    await tell(_FACTS[to_state](of.id, of.person_id))


async def change(case_id: int, **columns: Any) -> None:
    """Change columns of a case, which is locked."""
    places = ", ".join(f"{name} = ?" for name in columns)
    await db.execute(f"UPDATE support_case SET {places} WHERE id = ?", *columns.values(), case_id)  # noqa: S608


async def note(case_id: int, from_state: str, to_state: str, actor: str, cause: str) -> None:
    """Keep on record who did what and why."""
    await db.execute(
        "INSERT INTO support_case_event (case_id, from_state, to_state, actor, cause, at) VALUES (?, ?, ?, ?, ?, ?)",
        *(case_id, from_state, to_state, actor, cause[:300], clock.now()),
    )
    await audit.note(actor=actor, action="case.step", subject=f"case:{case_id}", state=to_state, cause=cause[:300])


async def tell(fact: CaseFact) -> None:
    """Announce a fact, and have open pages look again."""
    await events.announce(fact)
    await db.wake(CHANGED)


async def drop_open(case_id: int) -> None:
    """What was proposed and not done is not to be done any more, and what is to come back is not waited for."""
    await db.execute(
        "UPDATE support_return SET ended_at = ? WHERE ended_at IS NULL"
        " AND decision_id IN (SELECT id FROM support_decision WHERE case_id = ?)",
        *(clock.now(), case_id),
    )
    await db.execute(
        "UPDATE support_decision SET state = 'declined', done_at = ? WHERE case_id = ? AND state IN ('proposed', 'returning')",
        *(clock.now(), case_id),
    )


async def end(of: Case, to_state: str, *, actor: str, cause: str) -> None:
    """The case, which is locked, has come to its end: nobody waits for anything, and nothing else is decided about it."""
    await drop_open(of.id)
    at = clock.now()
    opened = {} if of.opened_at is not None else {"opened_at": at}
    await move(of, to_state, actor=actor, cause=cause, ended_at=at, asked_at=None, snoozed_until=None, **opened)


async def escalate(of: Case, *, actor: str, cause: str) -> None:
    """Have a lead settle a case, which is locked; whoever had it has it no more, unless she leads."""
    if of.level == "lead":
        return
    keeps = of.staff_id is not None and (await staff.find(of.staff_id)).leads
    await change(of.id, level="lead", **({} if keeps else {"staff_id": None, "claimed_at": None}))
    await note(of.id, of.state, of.state, actor, cause)
    await tell(CaseTaken(of.id, of.person_id))


async def held(staff_id: int, case_id: int) -> tuple[staff.Staff, Case]:
    """The case, locked, in the hands of this agent; what nobody has, she takes. Raises NotFound, Taken, ForLead, Ended."""
    who = await staff.find(staff_id)
    found = await case(case_id, locked=True)
    if found.state not in rules.OPEN:
        raise rules.Ended
    if found.level == "lead" and not who.leads:
        raise rules.ForLead
    if found.staff_id is None:
        await change(case_id, staff_id=who.id, claimed_at=clock.now())
        await note(case_id, found.state, found.state, who.actor, "claimed")
        return who, await case(case_id)
    if found.staff_id != who.id:
        raise rules.Taken(name=await staff.name_of(found.staff_id))
    return who, found
