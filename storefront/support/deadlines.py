"""Nobody waits in silence: what is promised about a case runs in open hours, and what is late is raised and apologised for.

first, next: until she is answered; resolution: until it is settled, stopped while she or goods are waited for; paid: until
the money of a decision has left.
"""

from storefront import messaging, people, points, staff
from storefront.kernel import clock, db
from storefront.support import hours, rules, stepping, terms
from storefront.support.queries import Case, case

# The place in the queue of what waits for nobody here.


@db.transaction
async def follow_case(*, case_id: int) -> None:
    """Something happened to a case: let its deadlines be what that makes them, whatever they were."""
    of = await case(case_id, locked=True)
    _, told = await terms.current()
    calendar = told.hours.calendar()
    awaited = of.state in {"waiting", "returning"}
    if of.state in rules.ENDED or of.state == "draft":
        for kind in ("first", "next", "resolution"):
            await _meet(case_id, kind)
    else:
        kind, other = ("first", "next") if of.answered_at is None else ("next", "first")
        await _meet(case_id, other)
        if of.asked_at is not None:
            await _run(case_id, kind, getattr(told.deadlines, kind), of.asked_at, calendar)
        else:
            await _meet(case_id, kind)
        if awaited:
            await _pause(case_id, "resolution", calendar)
        else:
            await _run(case_id, "resolution", told.deadlines.resolution, clock.now(), calendar)
    await _place(case_id)


async def promise_money(case_id: int) -> None:
    """A decision gives money back: it is to leave in time."""
    _, told = await terms.current()
    await _run(case_id, "paid", told.deadlines.paid, clock.now(), told.hours.calendar())


@db.transaction
async def money_left(*, note_id: int) -> None:
    """The money of what was given back has left."""
    for row in await db.rows("SELECT case_id FROM support_decision WHERE note_id = ?", note_id):
        await _meet(row["case_id"], "paid")


async def meet_paid(case_id: int) -> None:
    """The money of a case has left, by whatever way."""
    await _meet(case_id, "paid")


async def watch(*, limit: int = 100) -> int:
    """Warn of what will be late soon, raise what is late and apologise for it, each once; returns how many."""
    _, told = await terms.current()
    warned = [await _warn(row["id"]) for row in await _soon(told.deadlines.warning, limit)]
    late = await db.rows(
        "SELECT id FROM support_deadline WHERE due_at <= ? AND breached_at IS NULL ORDER BY due_at LIMIT ?",
        *(clock.now(), limit),
    )
    return sum(warned) + sum([await _breach(row["id"]) for row in late])


async def _soon(minutes: int, limit: int) -> list[dict[str, int]]:
    return await db.rows(
        "SELECT id FROM support_deadline WHERE due_at > ? AND due_at <= ? AND warned_at IS NULL AND breached_at IS NULL"
        " ORDER BY due_at LIMIT ?",
        *(clock.now(), clock.now() + minutes * clock.MINUTE, limit),
    )


@db.transaction
async def _warn(deadline_id: int) -> bool:
    warned = await db.rows(
        "UPDATE support_deadline SET warned_at = ? WHERE id = ? AND warned_at IS NULL AND due_at IS NOT NULL"
        " RETURNING case_id, kind",
        *(clock.now(), deadline_id),
    )
    if warned:
        of = await case(warned[0]["case_id"])
        await stepping.note(of.id, of.state, of.state, "shop", f"due soon: {warned[0]['kind']}")
        await db.wake(stepping.CHANGED)
    return bool(warned)


@db.transaction
async def _breach(deadline_id: int) -> bool:
    found = await db.rows("SELECT case_id, kind FROM support_deadline WHERE id = ?", deadline_id)
    of = await case(found[0]["case_id"], locked=True)
    # Asked again now that nobody else is at the case: it may just have been met.
    late = await db.execute(
        "UPDATE support_deadline SET breached_at = ? WHERE id = ? AND breached_at IS NULL AND due_at <= ?",
        *(clock.now(), deadline_id, clock.now()),
    )
    if not late:
        return False
    await stepping.note(of.id, of.state, of.state, "shop", f"late: {found[0]['kind']}")
    if of.state in rules.OPEN:
        await stepping.escalate(of, actor="shop", cause=f"late: {found[0]['kind']}")
    await _apologise(of)
    await db.wake(stepping.CHANGED)
    return True


async def _apologise(of: Case) -> None:
    at = clock.now()
    first = await db.execute(
        "INSERT INTO support_apology (case_id, points, at) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", of.id, at
    )
    if not first:
        return
    _, told = await terms.current()
    gift = told.goodwill.points
    if gift and await terms.take(what="goodwill", amount=gift, most=told.goodwill.daily, zone=told.hours.timezone):
        await db.execute("UPDATE support_apology SET points = ? WHERE case_id = ?", gift, of.id)
        who = (await people.find(of.person_id)).id
        await points.grant(person_id=who, points=gift, cause="sorry", key=f"sorry:{of.id}")
    await messaging.tell(person_id=of.person_id, letter="case_late", facts={"case_id": of.id}, key=f"case_late:{of.id}")


async def goodwill(case_id: int) -> int:
    """How many points came with our apology; none when there was none."""
    found = await db.rows("SELECT points FROM support_apology WHERE case_id = ?", case_id)
    return int(found[0]["points"]) if found else 0


@db.transaction
async def find_somebody(*, case_id: int) -> None:
    """What comes back to somebody who is not here is everybody's."""
    of = await case(case_id, locked=True)
    here = {who.id for who in await staff.present()}
    if of.state == "open" and of.asked_at is not None and of.staff_id is not None and of.staff_id not in here:
        await stepping.change(of.id, staff_id=None, claimed_at=None)
        await stepping.note(of.id, of.state, of.state, "shop", "its agent is not here")


async def _run(case_id: int, kind: str, minutes: int, since: int, calendar: hours.Calendar) -> None:
    await db.execute(
        "INSERT INTO support_deadline (case_id, kind, minutes, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(case_id, kind, minutes, since),
    )
    row = (
        await db.rows("SELECT * FROM support_deadline WHERE case_id = ? AND kind = ? AND met_at IS NULL", case_id, kind)
    )[0]
    if row["running_since"] is not None:
        return
    start = since if row["used_ms"] == 0 and row["at"] == since else clock.now()
    left = max(row["minutes"] - row["used_ms"] // clock.MINUTE, 1)
    await db.execute(
        "UPDATE support_deadline SET running_since = ?, due_at = ? WHERE id = ?",
        *(start, hours.add(calendar, start, left), row["id"]),
    )


async def _pause(case_id: int, kind: str, calendar: hours.Calendar) -> None:
    for row in await db.rows(
        "SELECT * FROM support_deadline WHERE case_id = ? AND kind = ? AND met_at IS NULL AND running_since IS NOT NULL",
        *(case_id, kind),
    ):
        used = row["used_ms"] + hours.elapsed(calendar, row["running_since"], clock.now())
        await db.execute(
            "UPDATE support_deadline SET used_ms = ?, running_since = NULL, due_at = NULL WHERE id = ?", used, row["id"]
        )


async def _meet(case_id: int, kind: str) -> None:
    await db.execute(
        "UPDATE support_deadline SET met_at = ?, running_since = NULL, due_at = NULL"
        " WHERE case_id = ? AND kind = ? AND met_at IS NULL",
        *(clock.now(), case_id, kind),
    )


async def _place(case_id: int) -> None:
    """The queue is ordered by what is due first."""
    found = await db.rows(
        "SELECT MIN(due_at) AS due FROM support_deadline WHERE case_id = ? AND kind <> 'paid' AND due_at IS NOT NULL",
        case_id,
    )
    due = found[0]["due"]
    await stepping.change(case_id, due_at=int(due) if due is not None else rules.NEVER)
