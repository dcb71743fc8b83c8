"""How those who work here share the cases: taken by one, handed over, put off, put together, opened again."""

from storefront import staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import opening, rules, stepping
from storefront.support.events import CasePaused, CaseTaken
from storefront.support.queries import Case, case

_NOBODY = {"staff_id": None, "claimed_at": None}


@db.transaction
async def claim(*, staff_id: int, case_id: int) -> Case:
    """Take a case that nobody has; of two at once one has it. Raises NotFound, Taken, ForLead, Ended."""
    _, found = await stepping.held(staff_id, case_id)
    await stepping.tell(CaseTaken(found.id, found.person_id))
    return await case(case_id)


@db.transaction
async def release(*, staff_id: int, case_id: int) -> Case:
    """Give one's case back to all. Raises NotFound, Taken, ForLead, Ended."""
    who, found = await stepping.held(staff_id, case_id)
    return await _give(found, None, who, "released")


@db.transaction
async def hand_over(*, staff_id: int, case_id: int, to_staff_id: int) -> Case:
    """Give one's case to somebody else; a lead gives away anybody's. Raises NotFound, Taken, ForLead, Ended."""
    who, to = await staff.find(staff_id), await staff.find(to_staff_id)
    found = await case(case_id, locked=True)
    if found.state not in rules.OPEN:
        raise rules.Ended
    if found.level == "lead" and not to.leads:
        raise rules.ForLead
    if found.staff_id not in {None, who.id} and not who.leads:
        raise rules.Taken(name=await staff.name_of(found.staff_id))
    return await _give(found, to, who, f"handed to {to.actor}")


@db.transaction
async def escalate(*, case_id: int, actor: str, cause: str) -> Case:
    """Have a lead settle it from now on; whoever had it has it no more, unless she leads. Raises NotFound, Ended."""
    found = await case(case_id, locked=True)
    if found.state not in rules.OPEN:
        raise rules.Ended
    await stepping.escalate(found, actor=actor, cause=cause)
    return await case(case_id)


@db.transaction
async def snooze(*, staff_id: int, case_id: int, until: int | None) -> Case:
    """Put one's case off until then (epoch ms), or, None, until she writes or something happens to the order.

    Raises NotFound, Taken, ForLead, Ended.
    """
    who, found = await stepping.held(staff_id, case_id)
    moment = rules.UNTIL_SOMETHING_HAPPENS if until is None else max(until, clock.now())
    await stepping.change(case_id, snoozed_until=moment)
    await stepping.note(case_id, found.state, found.state, who.actor, "snoozed")
    await stepping.tell(CasePaused(found.id, found.person_id))
    return await case(case_id)


@db.transaction
async def wake(*, order_id: int) -> None:
    """Something happened to an order: its case is not put off any more."""
    woken = await db.execute(
        "UPDATE support_case SET snoozed_until = NULL WHERE order_id = ? AND snoozed_until IS NOT NULL"
        " AND state IN ('open', 'waiting', 'returning')",
        order_id,
    )
    if woken:
        await db.wake(stepping.CHANGED)


@db.transaction
async def merge(*, staff_id: int, case_id: int, into_id: int) -> Case:
    """Two cases of one customer are one: what was said in the first is said in the second.

    Raises NotFound, also for cases of two people, Taken, ForLead, Ended.
    """
    for number in sorted((case_id, into_id)):
        await case(number, locked=True)
    who, found = await stepping.held(staff_id, case_id)
    _, into = await stepping.held(staff_id, into_id)
    if into.person_id != found.person_id or case_id == into_id:
        raise NotFound
    await db.execute("UPDATE support_message SET case_id = ? WHERE case_id = ?", into_id, case_id)
    await stepping.change(case_id, merged_into=into_id)
    await stepping.end(found, "closed", actor=who.actor, cause=f"merged into {into_id}")
    first = [at for at in (found.asked_at, into.asked_at) if at is not None]
    await stepping.change(into_id, asked_at=min(first, default=None))
    await stepping.note(into_id, into.state, into.state, who.actor, f"took in {case_id}")
    await db.wake(stepping.CHANGED)
    return await case(into_id)


@db.transaction
async def reopen(*, staff_id: int, case_id: int) -> Case:
    """Go on with what had come to its end; what is open about its order already is what one gets. Raises NotFound, ForLead."""
    who, found = await staff.find(staff_id), await case(case_id, locked=True)
    if found.merged_into is not None:
        return await reopen(staff_id=staff_id, case_id=found.merged_into)
    if found.state not in rules.ENDED:
        return found
    if found.level == "lead" and not who.leads:
        raise rules.ForLead
    if found.about is not None:
        other = await opening.open_of(person_id=found.person_id, order_id=found.about.id)
        if other is not None:
            return await case(other)
    own = {"staff_id": who.id, "claimed_at": clock.now(), "ended_at": None}
    await stepping.move(found, "open", actor=who.actor, cause="reopened", **own)
    return await case(case_id)


async def assign(*, limit: int = 50) -> int:
    """Give the cases that nobody has to those who are here, in turn: who speaks the language, may, and has room.

    Returns how many were given; the others wait in the queue.
    """
    waiting = await db.rows(
        "SELECT c.id, c.level, c.wanted, p.language FROM support_case c JOIN person p ON p.id = c.person_id"
        " WHERE c.state = 'open' AND c.staff_id IS NULL AND (c.snoozed_until IS NULL OR c.snoozed_until <= ?)"
        " ORDER BY c.due_at, c.id LIMIT ?",
        *(clock.now(), limit),
    )
    return sum([await _assign(row["id"], row["level"], row["language"], row["wanted"]) for row in waiting])


@db.transaction
async def _assign(case_id: int, level: str, language: str, wanted: str | None) -> bool:
    here = await staff.present()
    if wanted != "answer":
        # Who may give back comes first; among equals it goes in turn.
        here = sorted(here, key=lambda who: not who.may_refund)
    for who in here:
        if not who.speaks(language) or (level == "lead" and not who.leads):
            continue
        # Her row is locked until the end: of two at once, each sees what the other gave her.
        if not await staff.take_turn(who.id):
            continue
        load = await db.rows("SELECT COUNT(*) AS n FROM support_case WHERE staff_id = ? AND state = 'open'", who.id)
        if load[0]["n"] >= who.capacity:
            continue
        found = await case(case_id, locked=True)
        if found.state != "open" or found.staff_id is not None:
            return False
        await _give(found, who, None, f"given to {who.actor}")
        return True
    return False


@db.transaction
async def let_go(*, staff_id: int) -> int:
    """Who has left has no cases any more; returns how many are for all again."""
    had = await db.rows(
        "SELECT id FROM support_case WHERE staff_id = ? AND state IN ('open', 'waiting', 'returning') ORDER BY id",
        staff_id,
    )
    for row in had:
        await _give(await case(row["id"], locked=True), None, None, f"staff:{staff_id} has left")
    return len(had)


async def _give(of: Case, to: staff.Staff | None, by: staff.Staff | None, cause: str) -> Case:
    await stepping.change(of.id, **({"staff_id": to.id, "claimed_at": clock.now()} if to is not None else _NOBODY))
    await stepping.note(of.id, of.state, of.state, by.actor if by is not None else "shop", cause)
    await stepping.tell(CaseTaken(of.id, of.person_id))
    return await case(of.id)
