"""Goods that came back, or did not: a look at what came, then the money."""

from collections.abc import Mapping

from storefront import payments, staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import deciding, expecting, reaching, rules, stepping, talking
from storefront.support.queries import Case, Decision, case, decision, find


@db.transaction
async def sent_back(*, person_id: int, case_id: int, tracking: str) -> Case:
    """She has sent the goods, and says by which parcel; said again, the last counts. Raises NotFound."""
    found = await find(person_id=person_id, case_id=case_id, locked=True)
    told = await db.execute(
        "UPDATE support_return SET tracking = ?, sent_at = COALESCE(sent_at, ?) WHERE ended_at IS NULL"
        " AND decision_id IN (SELECT id FROM support_decision WHERE case_id = ? AND state = 'returning')",
        *(" ".join(tracking.split())[:60] or None, clock.now(), found.id),
    )
    if not told:
        raise NotFound
    await stepping.note(found.id, found.state, found.state, f"person:{person_id}", "goods sent")
    await db.wake(stepping.CHANGED)
    return found


@db.transaction
async def arrived(*, staff_id: int, code: str) -> Case:
    """The goods with this code are here: somebody looks at them now; said twice, it is once. Raises NotFound."""
    who = await staff.find(staff_id)
    found = await db.rows(
        "SELECT d.id, d.case_id FROM support_return r JOIN support_decision d ON d.id = r.decision_id"
        " WHERE r.code = ? AND r.ended_at IS NULL",
        clean_code(code),
    )
    if not found:
        raise NotFound
    of = await case(found[0]["case_id"], locked=True)
    came = await db.execute(
        "UPDATE support_return SET arrived_at = ? WHERE decision_id = ? AND arrived_at IS NULL",
        *(clock.now(), found[0]["id"]),
    )
    if came:
        # She waits for us again: somebody has to look.
        await stepping.move(of, "open", actor=who.actor, cause="goods are here", asked_at=of.asked_at or clock.now())
    return await case(of.id)


@db.transaction
async def inspected(
    *, staff_id: int, decision_id: int, pieces: Mapping[int, int], restock: bool, text: str, key: str
) -> Decision:
    """What came was looked at: what was paid for so many pieces of it goes back now, once; `restock` puts them on the shelf.

    For fewer pieces than were awaited, or none, `text` tells her why. Raises NotFound, NothingSaid, MoreThanBought, Taken,
    ForLead, Ended.
    """
    await case((await decision(decision_id)).case_id, locked=True)
    made = await decision(decision_id)
    if made.state != "returning":
        return made
    who, found = await stepping.held(staff_id, made.case_id)
    kept = {line_id: n for line_id, n in pieces.items() if n > 0}
    if any(n > made.pieces.get(line_id, 0) for line_id, n in kept.items()):
        raise NotFound
    if kept != dict(made.pieces) and not text.strip():
        raise rules.NothingSaid
    await _end(decision_id)
    if not kept:
        await db.execute(
            "UPDATE support_decision SET state = 'declined', done_at = ? WHERE id = ?", clock.now(), decision_id
        )
        await deciding.say_and_end(found, "refused", who, text, key)
        return await decision(decision_id)
    await _accept(decision_id, kept, restock)
    if text.strip():
        message_id, _ = await talking.write_for_shop(found, text, f"inspected:{key}", by=who)
        await reaching.reach(found, message_id)
    await deciding.carry_out(found, await decision(decision_id), made.actor)
    return await decision(decision_id)


@db.transaction
async def lapse(*, limit: int = 50) -> int:
    """End what was to come back and did not come in time; she may write again. Returns how many."""
    due = await db.rows(
        "SELECT d.id, d.case_id FROM support_return r JOIN support_decision d ON d.id = r.decision_id"
        " WHERE r.ended_at IS NULL AND r.arrived_at IS NULL AND COALESCE(r.sent_at, r.at) <= ? ORDER BY r.id LIMIT ?",
        *(clock.now() - rules.RETURN_MS, limit),
    )
    for row in due:
        of = await case(row["case_id"], locked=True)
        await stepping.drop_open(of.id)
        if of.state == "returning":
            await stepping.end(of, "closed", actor="shop", cause="goods did not come")
            message_id, _ = await talking.write_for_shop(of, "", f"return:{row['id']}")
            await reaching.reach(of, message_id, letter="case_lapsed")
    return len(due)


def clean_code(text: str) -> str:
    """A code as it was made, however it was typed."""
    return "".join(character for character in text.upper() if character.isalnum())[: expecting.CODE_LENGTH]


async def _end(decision_id: int) -> None:
    await db.execute(
        "UPDATE support_return SET ended_at = ?, arrived_at = COALESCE(arrived_at, ?) WHERE decision_id = ?",
        *(clock.now(), clock.now(), decision_id),
    )


async def _accept(decision_id: int, kept: Mapping[int, int], restock: bool) -> None:
    of = await decision(decision_id)
    points, money = await payments.quote(order_id=(await case(of.case_id)).order.id, pieces=kept)
    await db.execute("DELETE FROM support_decision_line WHERE decision_id = ?", decision_id)
    await db.many(
        "INSERT INTO support_decision_line (decision_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(decision_id, line_id, quantity) for line_id, quantity in kept.items()],
    )
    await db.execute(
        "UPDATE support_decision SET points = ?, money_minor = ?, restock = ? WHERE id = ?",
        *(points, money.minor, int(restock), decision_id),
    )
