"""Opening, joining and leaving a group. A seat is taken when its order is placed, and counts as paid when that is paid."""

from collections.abc import Sequence
from typing import Any

from storefront import cart, catalog, orders, payments, promotions
from storefront.cart import Deal, Offer
from storefront.groupbuy import queries, rules
from storefront.groupbuy.events import SeatPaid
from storefront.groupbuy.queries import Campaign, Group
from storefront.groupbuy.rules import Step
from storefront.kernel import clock, db, events, ids

CHANGED = "groups"
_CODE_LENGTH = 12


@db.transaction
async def start(*, person_id: int, campaign_id: int, policy: cart.Policy) -> cart.Checkout:
    """The summary of an order that opens a group. Raises CampaignOver, PiecesGone, EnoughGroups, and what a draft refuses."""
    campaign = await queries.campaign(campaign_id)
    await _refuse_many(campaign, person_id)
    return await _draft(person_id, f"open:{campaign.id}", campaign, campaign.steps, policy)


@db.transaction
async def join(*, person_id: int, code: str, policy: cart.Policy) -> cart.Checkout:
    """The summary of an order that joins a group.

    Raises NotFound, AlreadyIn, GroupEnded, GroupFull, ForNewcomers, PiecesGone, EnoughGroups, and what a draft refuses.
    """
    group = await queries.by_code(code)
    if await queries.seat_of(person_id=person_id, group_id=group.id) is not None:
        raise rules.AlreadyIn
    _must_take(group)
    await _refuse_old(group.campaign, person_id)
    await _refuse_many(group.campaign, person_id)
    return await _draft(person_id, f"join:{group.id}", group.campaign, group.steps, policy)


@db.transaction
async def take_seat(*, order_id: int) -> None:
    """A placed order takes its seat, in a group that it opens or joins, or it is not placed.

    Raises what `start` and `join` refuse, and StaleCheckout when the price is not the summary's any more.
    """
    order = await orders.find(order_id)
    assert order.deal is not None
    verb, _, number = order.deal.partition(":")
    if verb == "open":
        campaign = await queries.campaign(int(number))
        _must_cost(order, campaign.steps)
        group_id = await _open(campaign, order.person_id)
        await _sit(group_id, campaign, order, newcomer=False)
        return
    group = await queries.find(int(number))
    _must_cost(order, group.steps)
    await _refuse_old(group.campaign, order.person_id)
    await _sit(group.id, group.campaign, order, newcomer=group.campaign.newcomers)
    # The row that everybody wants is touched last.
    taken = await db.execute(
        "UPDATE group_buy SET taken = taken + 1 WHERE id = ? AND state = 'open' AND taken < size AND ends_at > ?",
        *(group.id, clock.now()),
    )
    if not taken:
        _must_take(await queries.find(group.id))
        raise rules.GroupFull


@db.transaction
async def note_paid(*, order_id: int) -> None:
    """The order of a seat is paid: the last one makes the group succeed; one whose group has ended is late."""
    paid = await db.rows(
        "UPDATE group_seat SET state = 'paid' WHERE order_id = ? AND state = 'taken' RETURNING group_id, person_id",
        order_id,
    )
    if not paid:
        return
    seat = paid[0]
    counted = await db.execute(
        "UPDATE group_buy SET paid = paid + 1, state = CASE WHEN paid + 1 = size THEN 'succeeded' ELSE state END,"
        " closed_at = CASE WHEN paid + 1 = size THEN ? ELSE closed_at END WHERE id = ? AND state = 'open'",
        *(clock.now(), seat["group_id"]),
    )
    if counted:
        await events.announce(SeatPaid(seat["group_id"], seat["person_id"], order_id))
    else:
        await db.execute("UPDATE group_seat SET state = 'late' WHERE order_id = ? AND state = 'paid'", order_id)
    await db.wake(CHANGED)


@db.transaction
async def free_seat(*, order_id: int) -> None:
    """An order that was not paid is over: its seat is somebody else's. Its hold on the stock was let go of before."""
    lost = await db.rows(
        "UPDATE group_seat SET state = 'lost' WHERE order_id = ? AND state = 'taken' RETURNING *", order_id
    )
    if not lost:
        return
    await give_pieces_back(lost[0])
    await db.execute("UPDATE group_buy SET taken = taken - 1 WHERE id = ?", lost[0]["group_id"])
    await _after_going(lost[0]["group_id"])


@db.transaction
async def leave(*, person_id: int, group_id: int) -> None:
    """A paid member goes before the group is complete: she is paid back whole, and her seat is free.

    Done twice, it is done once. Raises NotFound, GroupEnded.
    """
    left = await db.rows(
        "UPDATE group_seat SET state = 'left', settled_at = ? WHERE group_id = ? AND person_id = ? AND state = 'paid'"
        " AND settled_at IS NULL RETURNING *",
        *(clock.now(), group_id, person_id),
    )
    if not left:
        await _was_in(person_id, group_id)
        return
    for seat in left:
        counted = await db.execute(
            "UPDATE group_buy SET paid = paid - 1, taken = taken - 1 WHERE id = ? AND state = 'open'", group_id
        )
        if not counted:
            raise rules.GroupEnded
        await pay_back(seat, actor=f"person:{person_id}", cause="left the group")
    await _after_going(group_id)


@db.transaction
async def pay_back(seat: dict[str, Any], *, actor: str, cause: str) -> None:
    """Give back all that was paid for a seat, points and money, and the seat's pieces; its order is called off. Once a seat."""
    order = await orders.find(seat["order_id"])
    pieces = {line.id: line.quantity - line.credited for line in order.lines if line.quantity > line.credited}
    if pieces:
        await payments.credit(
            order_id=order.id, pieces=pieces, key=f"group seat:{seat['id']}", actor=actor, cause=cause
        )
    await orders.call_off(order_id=order.id, actor=actor, cause=cause)
    await give_pieces_back(seat)


@db.transaction
async def give_pieces_back(seat: dict[str, Any]) -> None:
    """What a seat took of its campaign's pieces and of her limit is free again; the stock's hold was let go of before."""
    found = await db.rows(
        "SELECT c.id, c.variant_id, c.place_id FROM group_campaign c JOIN group_buy g ON g.campaign_id = c.id WHERE g.id = ?",
        seat["group_id"],
    )
    campaign = found[0]
    await db.execute(
        "UPDATE group_buyer SET taken = taken - 1 WHERE campaign_id = ? AND person_id = ?",
        *(campaign["id"], seat["person_id"]),
    )
    if campaign["place_id"] is None:
        return
    await db.execute("UPDATE group_campaign SET taken = taken - ? WHERE id = ?", seat["quantity"], campaign["id"])
    # The row is locked now: nobody closes the campaign meanwhile.
    if await db.rows("SELECT 1 FROM group_campaign WHERE id = ? AND closed_at IS NULL", campaign["id"]):
        await catalog.hold(
            variant_id=campaign["variant_id"],
            quantity=seat["quantity"],
            order_id=None,
            key=f"group seat:{seat['id']}:back",
            prefer_place_id=campaign["place_id"],
        )


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person, with one set of seats and limits; seats of both in one group stay both."""
    move = (to_person_id, from_person_id)
    await db.execute(
        "INSERT INTO group_buyer (campaign_id, person_id, taken, most)"
        " SELECT campaign_id, ?, taken, most FROM group_buyer WHERE person_id = ?"
        " ON CONFLICT (campaign_id, person_id) DO UPDATE SET taken = group_buyer.taken + excluded.taken,"
        " most = group_buyer.most + excluded.most",
        *move,
    )
    await db.execute("DELETE FROM group_buyer WHERE person_id = ?", from_person_id)
    await db.execute(
        "UPDATE group_seat SET twin = id WHERE person_id = ? AND EXISTS (SELECT 1 FROM group_seat e WHERE e.person_id = ?"
        " AND (e.group_id = group_seat.group_id OR (e.newcomer = 1 AND group_seat.newcomer = 1)))",
        *(from_person_id, to_person_id),
    )
    await db.execute("UPDATE group_seat SET person_id = ? WHERE person_id = ?", *move)
    await db.execute("UPDATE group_buy SET leader_id = ? WHERE leader_id = ?", *move)


async def _draft(
    person_id: int, name: str, campaign: Campaign, steps: Sequence[Step], policy: cart.Policy
) -> cart.Checkout:
    most = campaign.pieces if campaign.left is None else min(campaign.pieces, campaign.left)
    if most <= 0:
        raise rules.PiecesGone
    deal = Deal(name, Offer("group", steps[0].price_minor), most, campaign.place_id, campaign.points)
    return await cart.draft(person_id=person_id, policy=policy, variant_id=campaign.variant_id, deal=deal)


async def _open(campaign: Campaign, person_id: int) -> int:
    opened = await db.rows(
        "SELECT COUNT(*) AS n FROM group_buy WHERE leader_id = ? AND opened_at > ?", person_id, clock.now() - clock.DAY
    )
    if opened[0]["n"] >= rules.OPENED_A_DAY_MAX:
        raise rules.TooManyGroups(n=rules.OPENED_A_DAY_MAX)
    made = await db.rows(
        "INSERT INTO group_buy (code, campaign_id, leader_id, steps, needed, size, taken, opened_at, ends_at)"
        " SELECT ?, c.id, ?, c.steps, ?, ?, 1, ?, ? FROM group_campaign c WHERE c.id = ? RETURNING id",
        *(ids.code(_CODE_LENGTH), person_id, campaign.steps[0].people, campaign.steps[-1].people),
        *(clock.now(), clock.now() + campaign.minutes * clock.MINUTE, campaign.id),
    )
    return int(made[0]["id"])


async def _sit(group_id: int, campaign: Campaign, order: orders.Order, *, newcomer: bool) -> None:
    """The seat's row, her limit and the pieces set aside; each refuses by itself."""
    quantity = sum(line.quantity for line in order.lines)
    seated = await db.execute(
        "INSERT INTO group_seat (group_id, person_id, order_id, quantity, newcomer, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        *(group_id, order.person_id, order.id, quantity, int(newcomer), clock.now()),
    )
    if not seated:
        mine = await queries.seat_of(person_id=order.person_id, group_id=group_id)
        raise rules.AlreadyIn if mine is not None else rules.ForNewcomers
    limit = await db.rows("SELECT per_person FROM group_campaign WHERE id = ?", campaign.id)
    fits = await db.execute(
        "INSERT INTO group_buyer (campaign_id, person_id, taken, most) VALUES (?, ?, 1, ?)"
        " ON CONFLICT (campaign_id, person_id) DO UPDATE SET taken = group_buyer.taken + 1,"
        " most = CASE WHEN group_buyer.most > excluded.most THEN group_buyer.most ELSE excluded.most END"
        " WHERE group_buyer.taken < excluded.most",
        *(campaign.id, order.person_id, limit[0]["per_person"]),
    )
    if not fits:
        raise rules.EnoughGroups(n=limit[0]["per_person"])
    if campaign.place_id is None:
        return
    taken = await db.execute(
        "UPDATE group_campaign SET taken = taken + ? WHERE id = ? AND taken + ? <= quota AND closed_at IS NULL",
        *(quantity, campaign.id, quantity),
    )
    if not taken:
        raise rules.PiecesGone


async def _refuse_many(campaign: Campaign, person_id: int) -> None:
    found = await db.rows(
        "SELECT c.per_person FROM group_buyer b JOIN group_campaign c ON c.id = b.campaign_id"
        " WHERE b.campaign_id = ? AND b.person_id = ? AND b.taken >= c.per_person",
        *(campaign.id, person_id),
    )
    if found:
        raise rules.EnoughGroups(n=found[0]["per_person"])


async def _refuse_old(campaign: Campaign, person_id: int) -> None:
    if campaign.newcomers and not await promotions.is_new(person_id):
        raise rules.ForNewcomers


def _must_take(group: Group) -> None:
    if not group.open:
        raise rules.GroupEnded
    if not group.free:
        raise rules.GroupFull


def _must_cost(order: orders.Order, steps: Sequence[Step]) -> None:
    line = order.lines[0]
    if line.unit.minor != min(steps[0].price_minor, line.listed.minor):
        raise cart.StaleCheckout


async def _after_going(group_id: int) -> None:
    """Whoever came next leads; a group that nobody is in any more is over."""
    await db.execute(
        "UPDATE group_buy SET leader_id = COALESCE((SELECT s.person_id FROM group_seat s WHERE s.group_id = group_buy.id"
        " AND s.state IN ('taken', 'paid') ORDER BY s.id LIMIT 1), leader_id) WHERE id = ?",
        group_id,
    )
    await db.execute(
        "UPDATE group_buy SET state = 'failed', cause = 'empty', closed_at = ? WHERE id = ? AND state = 'open' AND taken = 0",
        *(clock.now(), group_id),
    )


async def _was_in(person_id: int, group_id: int) -> None:
    """Whether there is nothing to leave because she left already; else why she cannot."""
    found = await db.rows(
        "SELECT state FROM group_seat WHERE person_id = ? AND group_id = ? ORDER BY id DESC LIMIT 1",
        person_id,
        group_id,
    )
    if found and found[0]["state"] == "left":
        return
    await queries.find(group_id)
    raise rules.GroupEnded
