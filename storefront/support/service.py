"""Verbs of support. A wish is a draft first: its row is the key, so that whatever is pressed twice gives back once."""

from storefront import orders, payments
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.orders import Order
from storefront.support import rules
from storefront.support.queries import Case, find


@db.transaction
async def begin(*, person_id: int, order_id: int) -> Case:
    """She does not want an order any more: all that is left of it, until she chooses less.

    Raises NotFound, and what the rule refuses.
    """
    order = await orders.get(person_id=person_id, order_id=order_id)
    _must_come_back(order)
    made = await db.rows(
        "INSERT INTO support_case (order_id, person_id, at) VALUES (?, ?, ?)"
        " ON CONFLICT (order_id) WHERE state = 'draft' DO UPDATE SET reason = NULL, at = excluded.at RETURNING id",
        *(order.id, person_id, clock.now()),
    )
    case_id = int(made[0]["id"])
    await db.execute("DELETE FROM support_case_line WHERE case_id = ?", case_id)
    await db.many(
        "INSERT INTO support_case_line (case_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(case_id, line.id, line.quantity - line.credited) for line in order.lines if line.quantity > line.credited],
    )
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def choose(*, person_id: int, case_id: int, line_id: int, quantity: int) -> Case:
    """So many pieces of this line; none leaves it out, and no more than are left of it count. Raises NotFound."""
    case = await find(person_id=person_id, case_id=case_id)
    if case.state != "draft":
        raise NotFound
    left = {line.id: line.quantity - line.credited for line in case.order.lines}
    if line_id not in left:
        raise NotFound
    wanted = max(0, min(quantity, left[line_id]))
    await db.execute("DELETE FROM support_case_line WHERE case_id = ? AND order_line_id = ?", case_id, line_id)
    if wanted:
        await db.execute(
            "INSERT INTO support_case_line (case_id, order_line_id, quantity) VALUES (?, ?, ?)",
            *(case_id, line_id, wanted),
        )
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def explain(*, person_id: int, case_id: int, reason: str) -> Case:
    """Why, one of `REASONS`. Raises NotFound."""
    if reason not in rules.REASONS:
        raise NotFound
    told = await db.execute(
        "UPDATE support_case SET reason = ? WHERE id = ? AND person_id = ? AND state = 'draft'",
        *(reason, case_id, person_id),
    )
    if not told:
        raise NotFound
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def settle(*, person_id: int, case_id: int) -> Case:
    """She means it: what the rule gives back is given back now, once, points at once and money the way it came.

    With the last piece the order is cancelled. Raises NotFound, NothingChosen, MoreThanBought, and what the rule refuses.
    """
    # Whoever ships it, and whoever gives something of it back, comes before this or after it.
    case = await find(person_id=person_id, case_id=case_id, locked=True)
    if case.state == "decided":
        return case
    _must_come_back(case.order)
    if not case.pieces:
        raise rules.NothingChosen
    if case.reason is None:
        raise NotFound
    await _decide(case, f"person:{person_id}", f"not shipped: {case.reason}")
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the cases of the first are the second's."""
    await db.execute("UPDATE support_case SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


def _must_come_back(order: Order) -> None:
    if (refusal := rules.why_not(order)) is not None:
        raise refusal


async def _decide(case: Case, actor: str, cause: str) -> None:
    order, at = case.order, clock.now()
    key = f"case:{case.id}"
    note = await payments.credit(order_id=order.id, pieces=case.pieces, key=key, actor=actor, cause=cause)
    made = await db.rows(
        "INSERT INTO support_decision (case_id, kind, state, points, money_minor, actor, cause, key, note_id, at, done_at)"
        " VALUES (?, 'refund', 'done', ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        *(case.id, note.points, note.money.minor, actor, cause, key, note.id, at, at),
    )
    await db.many(
        "INSERT INTO support_decision_line (decision_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(made[0]["id"], line_id, quantity) for line_id, quantity in case.pieces.items()],
    )
    await db.execute(
        "UPDATE support_case SET state = 'decided', wanted = 'refund', opened_at = ?, ended_at = ? WHERE id = ?",
        *(at, at, case.id),
    )
    await db.execute(
        "INSERT INTO support_case_event (case_id, from_state, to_state, actor, cause, at)"
        " VALUES (?, 'draft', 'decided', ?, ?, ?)",
        *(case.id, actor, cause, at),
    )
    if all(line.credited + case.pieces.get(line.id, 0) == line.quantity for line in order.lines):
        await orders.call_off(order_id=order.id, actor=actor, cause=cause)
