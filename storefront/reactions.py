"""What happens because something happened: from a fact to its consequences, top to bottom in the order they run.

They run inside the transaction of the fact, so they only write rows; what must reach the world is a letter.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from storefront import cart, messaging, orders, payments, people, points
from storefront.kernel.events import Reaction
from storefront.orders.events import OrderFact
from storefront.payments.events import ChargeUnused, OrderCredited, RefundFact


async def _tell_order(letter: str, fact: OrderFact) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter=letter,
        facts={"order_id": fact.order_id},
        key=f"{letter}:{fact.order_id}",
    )


async def _tell_charge(fact: ChargeUnused) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter="charge_unused",
        facts={"amount_minor": fact.amount_minor, "currency": fact.currency},
        key=f"charge_unused:{fact.charge_id}",
    )


async def _tell_refund(letter: str, fact: RefundFact) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter=letter,
        facts={"amount_minor": fact.amount_minor, "currency": fact.currency},
        key=f"{letter}:{fact.refund_id}",
    )


async def _tell_credit(fact: OrderCredited) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter="order_credited",
        facts={"order_id": fact.order_id, "note_id": fact.note_id},
        key=f"order_credited:{fact.note_id}",
    )


async def _follow(fact: people.events.PersonsJoined) -> None:
    for verb in (messaging.follow, points.follow, cart.follow, orders.follow):
        await verb(from_person_id=fact.from_person_id, to_person_id=fact.to_person_id)


def _welcome(welcome_points: int) -> Reaction:
    async def welcome(fact: people.events.PersonWelcomed) -> None:
        if welcome_points:
            await points.grant(
                person_id=fact.person_id,
                points=welcome_points,
                cause="welcome",
                key=f"welcome:{fact.person_id}",
            )

    return welcome


def reactions(*, welcome_points: int) -> Mapping[type, Sequence[Reaction]]:
    """The table: who does what when something happens."""
    return {
        people.events.PersonWelcomed: [_welcome(welcome_points)],
        people.events.PersonsJoined: [_follow],
        orders.events.OrderReserved: [partial(_tell_order, "order_reserved")],
        orders.events.OrderConfirmed: [partial(_tell_order, "order_paid")],
        orders.events.OrderShipped: [partial(_tell_order, "order_shipped")],
        orders.events.OrderReady: [partial(_tell_order, "order_ready")],
        orders.events.OrderDelivered: [partial(_tell_order, "order_delivered")],
        orders.events.OrderCancelled: [partial(_tell_order, "order_cancelled")],
        orders.events.OrderExpired: [partial(_tell_order, "order_expired")],
        payments.events.ChargeUnused: [_tell_charge],
        payments.events.OrderCredited: [_tell_credit],
        payments.events.RefundDone: [partial(_tell_refund, "refund_done")],
        payments.events.RefundAtDesk: [partial(_tell_refund, "refund_at_desk")],
    }
