"""Money that no machine can give back: a lead is told, and pays it by hand."""

from storefront import audit, payments, staff
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.support import deadlines, opening, rules, stepping, talking
from storefront.support.queries import case

# What the shop says in a case, to those who work here: the desk translates it.
STUCK = "refund stuck"


@db.transaction
async def money_stuck(*, refund_id: int, order_id: int | None, person_id: int) -> None:
    """The provider refuses a refund, or has no way for it: the order's case is a lead's, and its money is promised."""
    case_id = await opening.open_of(person_id=person_id, order_id=order_id)
    if case_id is None:
        case_id = await opening.question(person_id=person_id, order_id=order_id)
    of = await case(case_id, locked=True)
    _, fresh = await talking.write_for_shop(of, STUCK, f"refund:{refund_id}")
    if fresh:
        await stepping.escalate(of, actor="shop", cause="a refund is stuck")
        await deadlines.promise_money(of.id)


@db.transaction
async def paid_by_hand(*, staff_id: int, case_id: int, refund_id: int, reference: str) -> bool:
    """A lead has paid a refund of the case's order, and says by which reference; once. Raises NotFound, NotYours, NothingSaid."""
    who, of = await staff.find(staff_id), await case(case_id, locked=True)
    if not who.leads:
        raise rules.NotYours
    if not reference.strip():
        raise rules.NothingSaid
    if of.about is None or refund_id not in {refund.id for refund in await payments.at_desk(of.about.id)}:
        raise NotFound
    done = await payments.paid_by_hand(refund_id=refund_id, actor=who.actor, reference=reference.strip())
    if done:
        await audit.note(actor=who.actor, action="refund.by_hand", subject=f"case:{of.id}", refund=refund_id)
        await deadlines.meet_paid(of.id)
        await db.wake(stepping.CHANGED)
    return done
