"""What the shop sees by itself: an order that should have left, a parcel that does not arrive. She is told, and has a case."""

from collections.abc import Mapping

from storefront import fulfilment, messaging, orders
from storefront.kernel import clock, db
from storefront.support import opening, rules, ruling, stepping, talking
from storefront.support.events import CaseOpened
from storefront.support.queries import Case, case


@db.transaction
async def order_late(*, order_id: int, person_id: int) -> None:
    """What is here still of an order should have left by now: somebody here answers for it. She still decides what comes back."""
    pieces = rules.here(await orders.find(order_id))
    case_id, fresh = await _notice(order_id, person_id, "late", "answer", pieces, "order late", f"late:{order_id}")
    if fresh:
        await _tell(person_id, "order_late", {"order_id": order_id, "case_id": case_id}, f"order_late:{order_id}")


@db.transaction
async def parcel_missing(*, shipment_id: int, person_id: int) -> None:
    """A parcel is lost, comes back or is silent: somebody here, or a rule, settles it; what is lost is given back by rule."""
    parcel = await fulfilment.parcel(shipment_id)
    order, what = await orders.find(parcel.order_id), "silent" if parcel.on_the_way else parcel.state
    wanted = "answer" if what == "silent" else "refund"
    gone = rules.gone(order)
    pieces = {line_id: min(n, gone[line_id]) for line_id, n in parcel.pieces.items() if line_id in gone}
    case_id, fresh = await _notice(
        order.id, person_id, "missing", wanted, pieces, f"parcel {what}", f"{what}:{shipment_id}"
    )
    if fresh:
        facts = {"order_id": order.id, "case_id": case_id, "shipment_id": shipment_id, "what": what}
        await _tell(person_id, "parcel_missing", facts, f"parcel_missing:{what}:{shipment_id}")
        if wanted == "refund":
            await ruling.rule(case_id=case_id)


async def _notice(
    order_id: int, person_id: int, reason: str, wanted: str, pieces: Mapping[int, int], text: str, key: str
) -> tuple[int, bool]:
    """The case that it belongs to, a new one when none is open about the order; and whether it was not noticed before."""
    case_id = await opening.open_of(person_id=person_id, order_id=order_id)
    if case_id is None:
        case_id = await opening.by_shop(
            person_id=person_id, order_id=order_id, reason=reason, wanted=wanted, pieces=pieces
        )
    of = await case(case_id, locked=True)
    _, fresh = await talking.write_for_shop(of, text, key)
    if fresh:
        await _take_up(of, text)
    return case_id, fresh


async def _take_up(of: Case, cause: str) -> None:
    """She waits for us now, whatever was waited for."""
    waits = {"asked_at": of.asked_at or clock.now(), "snoozed_until": None}
    if of.state == "waiting":
        await stepping.move(of, "open", actor="shop", cause=cause, **waits)
    else:
        await stepping.change(of.id, **waits)
        await stepping.tell(CaseOpened(of.id, of.person_id))


async def _tell(person_id: int, letter: str, facts: Mapping[str, object], key: str) -> None:
    await messaging.tell(person_id=person_id, letter=letter, facts=facts, key=key)
