"""What is made of a case: pieces given back, a sum for the trouble, or no. Money leaves only on a decision, once."""

from collections.abc import Mapping
from typing import Any

from storefront import audit, fulfilment, groupbuy, messaging, orders, payments, staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import deadlines, expecting, reaching, rules, stepping, talking, terms
from storefront.support.events import CaseOpened, DecisionProposed
from storefront.support.queries import Case, Decision, case, decision

# What was shown to whoever decides: points, and money in minor units of the order's currency.
Shown = tuple[int, int]
_CAUSE_MAX = 80


async def give_back_at_once(of: Case, *, actor: str, cause: str) -> None:
    """What the rule gives back is given back: the case, which is locked, is decided."""
    key = f"case:{of.id}"
    decided = await _write(of, "refund", key, actor, cause, (of.points, of.money.minor), of.pieces, here=True)
    await carry_out(of, decided, actor)


async def give_back_by_rule(of: Case, actor: str, cause: str, *, goods_first: bool) -> None:
    """A rule gives back what a case, which is locked, asks for, or has the goods come back first."""
    shown = of.points, of.money.minor
    made = await _write(of, "refund", f"rule:{of.id}", actor, cause, shown, of.pieces, goods_first=goods_first)
    await _go_on(of, made, actor)


async def refuse_by_rule(of: Case, actor: str, cause: str, text: str) -> None:
    """A rule says no to a case, which is locked, and why; she may object."""
    made = await _write(of, "refuse", f"rule:{of.id}", actor, cause, (0, 0), {})
    await _finish(made.id, None, 0, 0)
    message_id, _ = await talking.write_for_shop(of, text, f"rule:{of.id}")
    await stepping.end(of, "refused", actor=actor, cause=cause)
    await reaching.reach(of, message_id, letter="case_refused")


async def pass_on(of: Case, actor: str, cause: str) -> None:
    """A rule would have decided a case, and something stands against it: a person looks. Said once, however many photos come."""
    if not await db.rows("SELECT 1 FROM support_case_event WHERE case_id = ? AND cause = ? LIMIT 1", of.id, cause):
        await stepping.note(of.id, of.state, of.state, actor, cause)


@db.transaction
async def refund(
    *,
    staff_id: int,
    case_id: int,
    pieces: Mapping[int, int],
    key: str,
    shown: Shown,
    restock: bool = False,
    goods_first: bool = False,
    here: bool = False,
) -> Decision:
    """Give back what was paid for so many pieces of these lines (line id -> pieces), once per key.

    Those that have left the house come first: `restock`, they are on the shelf again; `goods_first`, nothing is paid before
    they are here. `here`: only those that have not left, which do not leave any more.
    Who may not give back proposes: a second person agrees.
    Raises NotFound, Taken, ForLead, Ended, NothingToGive, OtherThanShown, MoreThanBought, InGroup.
    """
    if (known := await _known(case_id, key)) is not None:
        return known
    who, found = await stepping.held(staff_id, case_id)
    order = _order_of(found, pieces)
    if not pieces:
        raise rules.NothingToGive
    points, money = await payments.quote(order_id=order.id, pieces=pieces)
    if (points, money.minor) != shown:
        raise rules.OtherThanShown
    how = {"restock": restock, "goods_first": goods_first, "here": here}
    return await _decide(who, found, "refund", key, shown, pieces, **how)


@db.transaction
async def replace(*, staff_id: int, case_id: int, pieces: Mapping[int, int], key: str) -> Decision:
    """Send other pieces for so many of these lines (line id -> pieces), which cost her nothing, once per key.

    Raises NotFound, Taken, ForLead, Ended, NothingToGive, MoreThanBought, SoldOut, OutOfStock.
    """
    if (known := await _known(case_id, key)) is not None:
        return known
    who, found = await stepping.held(staff_id, case_id)
    order = _order_of(found)
    if not pieces:
        raise rules.NothingToGive
    # What they are worth, for those who look at what an agent may give.
    points, money = await payments.quote(order_id=order.id, pieces=pieces)
    return await _decide(who, found, "replace", key, (points, money.minor), pieces)


@db.transaction
async def give_sum(*, staff_id: int, case_id: int, points: int, money_minor: int, key: str) -> Decision:
    """Give something of what was paid back for the trouble, and take no piece for it, once per key.

    What pieces may still bring back is the less for it. Raises as `refund`, and MoreThanPaid.
    """
    if (known := await _known(case_id, key)) is not None:
        return known
    who, found = await stepping.held(staff_id, case_id)
    order = _order_of(found)
    if points < 0 or money_minor < 0 or points + money_minor == 0:
        raise rules.NothingToGive
    left_points, left = await payments.left_of(order.id)
    if points > left_points or money_minor > left.minor:
        raise payments.MoreThanPaid(left=left, n=left_points, number=order.number)
    return await _decide(who, found, "sum", key, (points, money_minor), {})


@db.transaction
async def refuse(*, staff_id: int, case_id: int, text: str, key: str) -> Decision:
    """Say no, and why, once per key; she may object once. Raises NotFound, NothingSaid, Taken, ForLead, Ended."""
    if (known := await _known(case_id, key)) is not None:
        return known
    who, found = await stepping.held(staff_id, case_id)
    made = await _write(found, "refuse", key, who.actor, "refused", (0, 0), {})
    await _finish(made.id, None, 0, 0)
    await say_and_end(found, "refused", who, text, key)
    return await decision(made.id)


@db.transaction
async def close(*, staff_id: int, case_id: int, text: str, key: str) -> Case:
    """Nothing is left to do, and nothing comes back; a word to her, when there is one.

    Raises NotFound, Taken, ForLead, Ended.
    """
    who, found = await stepping.held(staff_id, case_id)
    if text.strip():
        await say_and_end(found, "closed", who, text, key)
    else:
        await stepping.end(found, "closed", actor=who.actor, cause="closed")
    return await case(case_id)


@db.transaction
async def approve(*, staff_id: int, decision_id: int) -> Decision:
    """Agree to what somebody else proposed: it is done now, once. Raises NotFound, SamePerson, NotYours, ForLead."""
    who, made, found = await _proposed(staff_id, decision_id)
    if made.state != "proposed":
        return made
    if made.actor == who.actor:
        raise rules.SamePerson
    if not await _within_limits(who, made.worth_minor):
        raise rules.NotYours
    await db.execute("UPDATE support_decision SET approver = ? WHERE id = ?", who.actor, made.id)
    await audit.note(actor=who.actor, action="case.approve", subject=f"case:{found.id}", decision=made.id)
    await _go_on(found, made, made.actor)
    return await decision(made.id)


@db.transaction
async def decline(*, staff_id: int, decision_id: int, text: str, key: str) -> Decision:
    """Do not agree to what was proposed, and tell the proposer why; the case is open still. Raises as `approve`."""
    who, made, found = await _proposed(staff_id, decision_id)
    if made.state != "proposed":
        return made
    if made.actor == who.actor:
        raise rules.SamePerson
    await db.execute(
        "UPDATE support_decision SET state = 'declined', approver = ?, done_at = ? WHERE id = ?",
        *(who.actor, clock.now(), made.id),
    )
    await audit.note(actor=who.actor, action="case.decline", subject=f"case:{found.id}", decision=made.id)
    await talking.note(staff_id=who.id, case_id=found.id, text=text, key=key)
    await stepping.tell(CaseOpened(found.id, found.person_id))
    return await decision(made.id)


async def _within_limits(who: staff.Staff, worth_minor: int) -> bool:
    """Whether she decides that by herself; what she does is counted for the day."""
    if not who.may_refund:
        return False
    _, told = await terms.current()
    limit = told.limits.get(who.role) if who.role != "admin" else None  # type: ignore[call-overload]
    if limit is None:
        return True
    if worth_minor > limit.decision_minor:
        return False
    return await terms.take(what=who.actor, amount=worth_minor, most=limit.daily_minor, zone=told.hours.timezone)


async def _decide(
    who: staff.Staff,
    of: Case,
    kind: str,
    key: str,
    shown: Shown,
    pieces: Mapping[int, int],
    **how: bool,
) -> Decision:
    cause = f"{of.reason}: decided"
    made = await _write(of, kind, key, who.actor, cause, shown, pieces, **how)
    if not await _within_limits(who, made.worth_minor):
        await stepping.note(of.id, of.state, of.state, who.actor, f"proposed decision {made.id}")
        await stepping.tell(DecisionProposed(of.id, of.person_id))
    else:
        await _go_on(of, made, who.actor)
    return await decision(made.id)


async def _go_on(of: Case, made: Decision, actor: str) -> None:
    await (expecting.expect if made.goods_first else carry_out)(of, made, actor)


async def carry_out(of: Case, made: Decision, actor: str) -> None:
    """Do what was decided about a case, which is locked: it is decided from now on."""
    order, key, cause = of.order, f"decision:{made.id}", made.cause[:_CAUSE_MAX]
    common: dict[str, Any] = {"order_id": order.id, "key": key, "actor": actor, "cause": cause}
    if made.kind == "replace":
        sent = await orders.send_again(pieces=made.pieces, **common)
        await db.execute("UPDATE support_decision SET sent_order_id = ? WHERE id = ?", sent.id, made.id)
        await _finish(made.id, None, made.points, made.money_minor)
        await stepping.end(of, "decided", actor=actor, cause=made.cause)
        return
    if order.deal is not None and order.state == "paid":
        given = await _take_out_of_group(of)
    elif made.kind == "sum":
        given = await payments.compensate(points=made.points, amount_minor=made.money_minor, **common)
    else:
        given = await payments.credit(pieces=made.pieces, restock=made.restock, here=made.here, **common)
    await _finish(made.id, given.id, given.points, given.money.minor)
    if given.money.minor:
        await deadlines.promise_money(of.id)
    await stepping.end(of, "decided", actor=actor, cause=made.cause)
    await fulfilment.nothing_here(order_id=order.id, actor=actor, cause=cause)


async def _take_out_of_group(of: Case) -> payments.CreditNote:
    """She leaves her open group: everything comes back, her seat is free, and she is told."""
    order = of.order
    group = await groupbuy.of_order(order.id)
    assert group is not None, "a deal that is paid and not confirmed is a group that is open"
    await groupbuy.leave(person_id=of.person_id, group_id=group.id)
    note = (await payments.credit_notes(order.id))[-1]
    facts = {"order_id": order.id, "note_id": note.id}
    key = f"order_credited:{note.id}"
    await messaging.tell(person_id=of.person_id, letter="order_credited", facts=facts, key=key)
    return note


async def _write(
    of: Case,
    kind: str,
    key: str,
    actor: str,
    cause: str,
    shown: Shown,
    pieces: Mapping[int, int],
    *,
    restock: bool = False,
    goods_first: bool = False,
    here: bool = False,
) -> Decision:
    number, told = await terms.current()
    made = await db.rows(
        "INSERT INTO support_decision (case_id, kind, state, points, money_minor, worth_minor, restock, goods_first, here,"
        " actor, cause, key, terms_id, at) VALUES (?, ?, 'proposed', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        *(of.id, kind, *shown, shown[1] + shown[0] * told.point_minor, int(restock), int(goods_first), int(here)),
        *(actor, cause[:_CAUSE_MAX], key, number or None, clock.now()),
    )
    decision_id = int(made[0]["id"])
    sums = {"decision": decision_id, "points": shown[0], "money_minor": shown[1]}
    await audit.note(actor=actor, action=f"case.{kind}", subject=f"case:{of.id}", **sums)
    await db.many(
        "INSERT INTO support_decision_line (decision_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(decision_id, line_id, quantity) for line_id, quantity in pieces.items()],
    )
    return await decision(decision_id)


async def _finish(decision_id: int, note_id: int | None, points: int, money_minor: int) -> None:
    await db.execute(
        "UPDATE support_decision SET state = 'done', note_id = ?, points = ?, money_minor = ?, done_at = ? WHERE id = ?",
        *(note_id, points, money_minor, clock.now(), decision_id),
    )


async def _known(case_id: int, key: str) -> Decision | None:
    # The same wish may just be coming true: whoever is at the case comes first.
    await case(case_id, locked=True)
    found = await db.rows("SELECT id FROM support_decision WHERE key = ?", key)
    return await decision(found[0]["id"]) if found else None


async def _proposed(staff_id: int, decision_id: int) -> tuple[staff.Staff, Decision, Case]:
    who = await staff.find(staff_id)
    # The case first: whoever settles it otherwise comes before this or after it.
    found = await case((await decision(decision_id)).case_id, locked=True)
    if found.level == "lead" and not who.leads:
        raise rules.ForLead
    return who, await decision(decision_id), found


async def say_and_end(of: Case, state: str, who: staff.Staff, text: str, key: str) -> None:
    """Tell her how a case, which is locked, ends, and let it."""
    message_id, _ = await talking.write_for_shop(of, text, f"{state}:{key}", by=who)
    await stepping.end(of, state, actor=who.actor, cause=state)
    await reaching.reach(of, message_id, letter=f"case_{state}")


def _order_of(of: Case, pieces: Mapping[int, int] | None = None) -> orders.Order:
    if of.about is None:
        raise NotFound
    refusal = rules.why_no_case(of.about)
    # A member is taken out of an open group whole, as when she leaves it herself.
    if refusal is not None and not (isinstance(refusal, rules.InGroup) and pieces == rules.all_left(of.about)):
        raise refusal
    return of.about
