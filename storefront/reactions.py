"""What happens because something happened: from a fact to its consequences, top to bottom in the order they run.

They run inside the transaction of the fact, so they only write rows; what must reach the world is a letter.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from storefront import (
    cart,
    catalog,
    fulfilment,
    groupbuy,
    messaging,
    orders,
    partners,
    payments,
    people,
    points,
    promotions,
    search,
    sharing,
    support,
)
from storefront.fulfilment.events import ShipmentFact
from storefront.groupbuy.events import GroupFact
from storefront.kernel.events import Reaction
from storefront.orders.events import OrderFact
from storefront.payments.events import ChargeUnused, OrderCredited, RefundFact
from storefront.points.events import FriendRewarded, GiftFact, PointsEnding
from storefront.promotions.events import FlashFact
from storefront.search.events import WishCame
from storefront.sharing.events import FriendCame
from storefront.support.events import CaseFact


async def _tell_order(letter: str, fact: OrderFact) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter=letter,
        facts={"order_id": fact.order_id},
        key=f"{letter}:{fact.order_id}",
    )


async def _tell_confirmed(fact: OrderFact) -> None:
    await _tell_order("order_paid" if fact.deal is None else "group_complete", fact)


async def _tell_shipped(fact: OrderFact) -> None:
    order, sent = await orders.find(fact.order_id), await fulfilment.parcels(fact.order_id)
    told = sum(sum(parcel.pieces.values()) for parcel in sent)
    # Where the rest was given back, all that there is had left before, and she was told.
    if not (sent and sent[-1].partial and told == sum(line.shipped for line in order.lines)):
        await _tell_order("order_shipped", fact)


async def _tell_part(fact: ShipmentFact) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter="part_shipped",
        facts={"order_id": fact.order_id, "shipment_id": fact.shipment_id},
        key=f"part_shipped:{fact.shipment_id}",
    )


async def _tell_expired(fact: OrderFact) -> None:
    await _tell_order("order_expired" if fact.deal is None else "seat_lost", fact)


def _of_deal(verb: Callable[..., Awaitable[None]]) -> Reaction:
    async def run(fact: OrderFact) -> None:
        if fact.deal is not None:
            await verb(order_id=fact.order_id)

    return run


async def _tell_group(letter: str, fact: GroupFact) -> None:
    group = await groupbuy.find(fact.group_id)
    card_id = await messaging.tell(
        person_id=fact.person_id,
        letter=letter,
        facts={"group_id": fact.group_id, "order_id": fact.order_id},
        key=f"{letter}:{fact.order_id}:{group.nudged}",
    )
    if card_id is not None and letter == "group_joined":
        await groupbuy.watch(card_id=card_id, group=group)


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
    order = await orders.find(fact.order_id)
    if order.deal is not None and order.state == "paid":
        # What it is part of tells her, in one message with the reason.
        return
    await messaging.tell(
        person_id=fact.person_id,
        letter="order_credited",
        facts={"order_id": fact.order_id, "note_id": fact.note_id},
        key=f"order_credited:{fact.note_id}",
    )


async def _earn(fact: OrderFact) -> None:
    order = await orders.find(fact.order_id)
    credit = await sharing.confirm(order_id=order.id, person_id=order.person_id)
    standings = await catalog.standings([line.variant_id for line in order.lines])
    await points.earn(
        person_id=order.person_id,
        order_id=order.id,
        lines=[
            points.EarnLine(line.id, standing.category, line.money.minor, line.quantity, standing.merchant)
            for line, standing in ((line, standings[line.variant_id]) for line in order.lines)
        ],
        first=await orders.is_first(order),
        inviter_id=credit.inviter_id,
        sharer_id=credit.sharer_id,
    )
    # An order that waited for its group may have been credited before it earned.
    if order.deal is not None and await payments.credit_notes(order.id):
        await _unearn(fact)


async def _note_shared(fact: OrderFact) -> None:
    group = await groupbuy.of_order(fact.order_id) if fact.deal is not None else None
    joined = group is not None and group.leader_id != fact.person_id
    await sharing.note_paid(order_id=fact.order_id, person_id=fact.person_id, joined=joined)


async def _mature(fact: OrderFact) -> None:
    await points.mature(order_id=fact.order_id)


async def _unearn(fact: OrderCredited | OrderFact) -> None:
    order = await orders.find(fact.order_id)
    await points.unearn(
        order_id=order.id,
        returned={line.id: line.credited for line in order.lines},
        compensated=await payments.compensated(order.id),
    )


async def _share_out(fact: OrderFact) -> None:
    await payments.share_out(order_id=fact.order_id, key=f"commission:order:{fact.order_id}")


async def _share_out_again(fact: OrderCredited) -> None:
    await payments.share_out(order_id=fact.order_id, key=f"commission:credit:{fact.note_id}")


async def _tell_ends(fact: PointsEnding) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter="points_ending",
        facts={"ends": [list(end) for end in fact.ends]},
        key=f"points_ending:{fact.person_id}:{fact.ends[0][1]}",
    )


async def _tell_gift(letter: str, fact: GiftFact) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter=letter,
        facts={"points": fact.points, "friend_id": fact.taker_id},
        key=f"{letter}:{fact.gift_id}",
    )


async def _tell_friend_came(fact: FriendCame) -> None:
    await messaging.tell(
        person_id=fact.inviter_id,
        letter="friend_came",
        facts={"points": fact.points, "friend_id": fact.person_id},
        key=f"friend_came:{fact.person_id}",
    )


async def _tell_friend_rewarded(fact: FriendRewarded) -> None:
    order = await orders.find(fact.order_id)
    await messaging.tell(
        person_id=fact.inviter_id,
        letter="friend_rewarded",
        facts={"points": fact.points, "friend_id": order.person_id},
        key=f"friend_rewarded:{fact.order_id}",
    )


async def _tell_flash(letter: str, fact: FlashFact) -> None:
    await messaging.tell(
        person_id=fact.person_id, letter=letter, facts={"sale_id": fact.sale_id}, key=f"{letter}:{fact.wait_id}"
    )


async def _tell_wish(fact: WishCame) -> None:
    await messaging.tell(
        person_id=fact.person_id,
        letter="wish_came",
        facts={"text": fact.text, "item_ids": list(fact.item_ids)},
        key=f"wish_came:{fact.wish_id}",
    )


async def _note_buyer(fact: OrderFact) -> None:
    await promotions.note_buyer(person_id=fact.person_id)


async def _note_bought(fact: OrderFact) -> None:
    order = await orders.find(fact.order_id)
    standings = await catalog.standings([line.variant_id for line in order.lines])
    items = {standing.item_id for standing in standings.values()}
    await search.note_ordered(item_ids=sorted(items))
    if await people.agreed(person_id=fact.person_id, purpose=people.SUGGESTIONS):
        await search.note_bought(person_id=fact.person_id, item_ids=sorted(items), deal=order.deal)


async def _forget_bought(fact: people.events.ConsentWithdrawn) -> None:
    await search.forget_bought(person_id=fact.person_id)


async def _flag(fact: people.events.ContactKept) -> None:
    await sharing.flag(person_id=fact.person_id)


async def _follow(fact: people.events.PersonsJoined) -> None:
    # Partners first: whoever grants points holds a link before a balance.
    followers = (partners, messaging, search, points, promotions, cart, orders, sharing, groupbuy, support)
    for noun in followers:
        await noun.follow(from_person_id=fact.from_person_id, to_person_id=fact.to_person_id)


async def _tell_case_taken(fact: CaseFact) -> None:
    case = await support.case(fact.case_id)
    if case.staff_id is not None and case.answered_at is None:
        await messaging.tell(
            person_id=fact.person_id,
            letter="case_taken",
            facts={"case_id": case.id},
            key=f"case_taken:{case.id}:{case.staff_id}",
        )


async def _ask_for_stars(fact: CaseFact) -> None:
    case = await support.case(fact.case_id)
    # Settled by a rule, or given up by herself, it was nobody's work.
    if case.staff_id is not None and case.merged_into is None and case.stars is None:
        await messaging.tell(
            person_id=fact.person_id, letter="case_stars", facts={"case_id": case.id}, key=f"case_stars:{case.id}"
        )


async def _follow_case(fact: CaseFact) -> None:
    await support.follow_case(case_id=fact.case_id)


async def _find_somebody(fact: CaseFact) -> None:
    await support.find_somebody(case_id=fact.case_id)


async def _money_left(fact: RefundFact) -> None:
    note_id = await payments.note_of_refund(fact.refund_id)
    if note_id is not None:
        await support.money_left(note_id=note_id)


async def _rule(fact: CaseFact) -> None:
    await support.rule(case_id=fact.case_id)


async def _money_stuck(fact: RefundFact) -> None:
    order_id = await payments.order_of_refund(fact.refund_id)
    await support.money_stuck(refund_id=fact.refund_id, order_id=order_id, person_id=fact.person_id)


async def _order_late(fact: ShipmentFact) -> None:
    await support.order_late(order_id=fact.order_id, person_id=fact.person_id)


async def _parcel_missing(fact: ShipmentFact) -> None:
    assert fact.shipment_id is not None, "a parcel is missing"
    await support.parcel_missing(shipment_id=fact.shipment_id, person_id=fact.person_id)


async def _make_good(fact: CaseFact) -> None:
    case = await support.case(fact.case_id)
    if case.state == "decided" and case.about is not None:
        await fulfilment.make_good(order_id=case.about.id)


async def _wake_case(fact: OrderFact | ShipmentFact) -> None:
    await support.wake(order_id=fact.order_id)


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
        people.events.ContactKept: [_flag],
        people.events.PersonsJoined: [_follow],
        people.events.ConsentWithdrawn: [_forget_bought],
        points.events.PointsRedeemed: [partners.note_redeemed],
        points.events.PointsGivenBack: [partners.note_given_back],
        points.events.PointsEnded: [partners.note_ended],
        orders.events.OrderPlaced: [_of_deal(groupbuy.take_seat)],
        orders.events.OrderReserved: [partial(_tell_order, "order_reserved")],
        orders.events.OrderPaid: [_note_shared, _of_deal(groupbuy.note_paid)],
        orders.events.OrderConfirmed: [_note_buyer, _note_bought, _earn, _tell_confirmed],
        orders.events.OrderSentAgain: [partial(_tell_order, "order_sent_again")],
        orders.events.OrderShipped: [_tell_shipped, _wake_case],
        orders.events.OrderReady: [partial(_tell_order, "order_ready"), _wake_case],
        orders.events.OrderDelivered: [_mature, partial(_tell_order, "order_delivered"), _wake_case],
        orders.events.OrderCompleted: [_mature, _share_out],
        orders.events.OrderCancelled: [_of_deal(groupbuy.free_seat), partial(_tell_order, "order_cancelled")],
        orders.events.OrderExpired: [_of_deal(groupbuy.free_seat), _tell_expired],
        support.events.CaseOpened: [_find_somebody, _follow_case],
        support.events.CustomerSaid: [_find_somebody, _follow_case],
        support.events.CaseAnswered: [_follow_case],
        support.events.CasePaused: [_follow_case],
        support.events.PhotoCame: [_rule],
        support.events.CaseTaken: [_tell_case_taken],
        support.events.CaseEnded: [_follow_case, _ask_for_stars, _make_good],
        fulfilment.events.PartShipped: [_tell_part, _wake_case],
        fulfilment.events.OrderLate: [_order_late],
        fulfilment.events.ParcelMissing: [_parcel_missing],
        payments.events.ChargeUnused: [_tell_charge],
        payments.events.OrderCredited: [_unearn, _share_out_again, _tell_credit],
        payments.events.RefundDone: [_money_left, partial(_tell_refund, "refund_done")],
        payments.events.RefundAtDesk: [partial(_tell_refund, "refund_at_desk"), _money_stuck],
        points.events.PointsEnding: [_tell_ends],
        points.events.GiftTaken: [partial(_tell_gift, "points_taken")],
        points.events.GiftReturned: [partial(_tell_gift, "points_returned")],
        points.events.FriendRewarded: [_tell_friend_rewarded],
        sharing.events.FriendCame: [_tell_friend_came],
        search.events.WishCame: [_tell_wish],
        promotions.events.FlashSoon: [partial(_tell_flash, "flash_soon")],
        promotions.events.FlashOffered: [partial(_tell_flash, "flash_offered")],
        promotions.events.FlashMissed: [partial(_tell_flash, "flash_missed")],
        promotions.events.FlashEnded: [partial(_tell_flash, "flash_over")],
        groupbuy.events.SeatPaid: [partial(_tell_group, "group_joined")],
        groupbuy.events.GroupNudged: [partial(_tell_group, "group_nudge")],
        groupbuy.events.GroupFailed: [partial(_tell_group, "group_failed")],
    }
