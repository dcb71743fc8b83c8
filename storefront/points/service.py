"""Verbs of points. Each books its ledger entry first: that locks the customer's balance, so that her lots hold still."""

import structlog

from storefront import ledger
from storefront.kernel import clock, db, events
from storefront.ledger import PTS, Entry, Posting
from storefront.points import earning, lots, rules, sending, spending
from storefront.points.events import PointsGivenBack, PointsRedeemed
from storefront.points.rules import Lot, Use

log = structlog.get_logger()


@db.transaction
async def grant(
    *, person_id: int, points: int, cause: str, key: str, actor: str = "shop", expires_at: int | None = None
) -> None:
    """Give a customer points, once per key, less what she owes; they end at `expires_at` (epoch ms), else by the terms."""
    assert points > 0, "points are given, not taken"
    await earning.make_usable(
        person_id=person_id,
        points=points,
        here=ledger.points_issued(),
        entry="grant",
        cause=cause,
        key=f"grant:{key}",
        actor=actor,
        expires_at=expires_at,
    )


@db.transaction
async def hold(*, person_id: int, order_id: int, points: int, for_money: int = 0) -> None:
    """Set points aside for an order, once, the soonest-ending first.

    `for_money` are those of them that are used in place of money. Raises NotEnoughPoints, OverSpendLimit.
    """
    assert points > 0, "nothing to hold"
    here, there = ledger.customer_points(person_id), ledger.points_held(person_id)
    actor = f"person:{person_id}"
    try:
        booked = await _book("hold", f"hold:order:{order_id}", "order placed", actor, here, there, points, order_id)
    except ledger.Insufficient:
        raise rules.NotEnoughPoints(n=sum(lot.remaining for lot in await lots.live(person_id))) from None
    if not booked.fresh:
        return
    if for_money:
        await spending.count(person_id=person_id, order_id=order_id, points=for_money)
    shares = await lots.spend(person_id, points)
    await db.many(
        "INSERT INTO point_use (lot_id, order_id, amount) VALUES (?, ?, ?)",
        [(lot.id, order_id, share) for lot, share in shares],
    )


@db.transaction
async def release(*, person_id: int, order_id: int, cause: str) -> None:
    """Give back all that an unpaid order held, once: to the lots it came from, with a grace when they have ended."""
    points = await _used(order_id)
    if not points:
        return
    here, there = ledger.points_held(person_id), ledger.customer_points(person_id)
    if (await _book("release", f"release:order:{order_id}", cause, "shop", here, there, points, order_id)).fresh:
        await _put_back(person_id, order_id, points)
        await spending.uncount(order_id=order_id)


@db.transaction
async def capture(*, person_id: int, order_id: int) -> None:
    """The order is paid: its points leave the customer. Done twice, it is done once."""
    points = await _used(order_id)
    if points:
        here, there = ledger.points_held(person_id), ledger.order_hold(order_id, PTS)
        key = f"capture:order:{order_id}:points"
        if (await _book("capture", key, "order paid", "shop", here, there, points, order_id)).fresh:
            await events.announce(PointsRedeemed(person_id, order_id, points))


@db.transaction
async def settle(*, order_id: int) -> None:
    """The order is completed: what it has of points is redeemed for good. Done twice, it is done once."""
    points = await _used(order_id)
    if points:
        here, there = ledger.order_hold(order_id, PTS), ledger.points_redeemed()
        await _book(
            "settle", f"settle:order:{order_id}:points", "order completed", "shop", here, there, points, order_id
        )


@db.transaction
async def give_back(*, person_id: int, order_id: int, points: int, key: str, actor: str, cause: str) -> None:
    """Refund points of a paid order, once per key: to the lots they came from, the latest-ending first.

    Raises ValueError for more points than the order still has.
    """
    assert points > 0, "nothing to give back"
    hold = ledger.order_hold(order_id, PTS)
    here = hold if await ledger.balance(hold, locked=True) >= points else ledger.points_redeemed()
    there = ledger.customer_points(person_id)
    if (await _book("refund", f"refund:{key}:points", cause, actor, here, there, points, order_id)).fresh:
        await _put_back(person_id, order_id, points)
        await events.announce(PointsGivenBack(person_id, order_id, points, key))


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the points of the first are the second's, earned, owed and sent ones too."""
    for here, there, name in (
        (ledger.customer_points(from_person_id), ledger.customer_points(to_person_id), "free"),
        (ledger.points_held(from_person_id), ledger.points_held(to_person_id), "held"),
    ):
        points = await ledger.balance(here, locked=True)
        if points:
            key = f"follow:{from_person_id}:{to_person_id}:{name}"
            await _book("follow", key, "accounts joined", f"person:{to_person_id}", here, there, points)
    await db.execute("UPDATE point_lot SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)
    for verb in (sending.follow, spending.follow, earning.follow):
        await verb(from_person_id=from_person_id, to_person_id=to_person_id)


async def expire(*, limit: int = 10_000) -> int:
    """Book out what ended, each lot in a transaction of its own; returns how many lots."""
    ended = await db.rows(
        "SELECT id, person_id FROM point_lot WHERE remaining > 0 AND expires_at <= ? ORDER BY id LIMIT ?",
        *(clock.now(), limit),
    )
    booked = 0
    for row in ended:
        try:
            booked += await _expire(lot_id=row["id"], person_id=row["person_id"])
        except Exception:
            # The next run tries again; the lots of others are not held up.
            log.exception("lot.not_ended", lot=row["id"])
    return booked


@db.transaction
async def _expire(*, lot_id: int, person_id: int) -> bool:
    await lots.locked_balance(person_id)
    found = await db.rows(
        "SELECT id, remaining, expires_at FROM point_lot WHERE id = ? AND person_id = ?", lot_id, person_id
    )
    if not found or not rules.ended(found[0]["expires_at"], clock.now()):
        return False
    return await lots.book_end(person_id, Lot(**found[0]))


async def _used(order_id: int) -> int:
    found = await db.rows("SELECT COALESCE(SUM(amount - returned), 0) AS n FROM point_use WHERE order_id = ?", order_id)
    return int(found[0]["n"])


async def _put_back(person_id: int, order_id: int, points: int) -> None:
    found = await db.rows(
        "SELECT l.id, l.remaining, l.expires_at, u.amount - u.returned AS points FROM point_use u"
        " JOIN point_lot l ON l.id = u.lot_id WHERE u.order_id = ? AND u.returned < u.amount",
        order_id,
    )
    uses = [Use(Lot(row["id"], row["remaining"], row["expires_at"]), row["points"]) for row in found]
    shares = rules.give_back(uses, points)
    await lots.fill(person_id, shares)
    await db.many(
        "UPDATE point_use SET returned = returned + ? WHERE order_id = ? AND lot_id = ?",
        [(share, order_id, lot.id) for lot, share in shares],
    )


async def _book(
    kind: str,
    key: str,
    cause: str,
    actor: str,
    here: ledger.Account,
    there: ledger.Account,
    points: int,
    order_id: int | None = None,
) -> Entry:
    return await ledger.book(
        kind=kind,
        key=key,
        cause=cause,
        actor=actor,
        postings=[Posting(here, -points), Posting(there, points)],
        order_id=order_id,
    )
