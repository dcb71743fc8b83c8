"""Points to a friend: they leave the sender at once and wait for whoever opens the link first; unopened they go back."""

from dataclasses import dataclass

import structlog

from storefront import ledger
from storefront.kernel import clock, db, events, ids, texts
from storefront.ledger import Account, Posting
from storefront.points import lots, rules
from storefront.points.events import GiftReturned, GiftTaken
from storefront.points.rules import Lot
from storefront.points.terms import terms

log = structlog.get_logger()

_CODE_LENGTH = 20


@dataclass(frozen=True)
class Gift:
    """Points that were sent; who opens the link with `code` first has them. `code` is None when it was told before."""

    points: int
    code: str | None
    expires_at: int


@db.transaction
async def send(*, person_id: int, points: int, key: str) -> Gift:
    """Set points aside for a friend, once per key, within what the operator lets be sent a day.

    Raises NotSent, NotEnoughPoints, OverSendLimit.
    """
    assert points > 0, "nothing to send"
    if not terms().send_daily:
        raise rules.NotSent
    if known := await db.rows("SELECT points, expires_at FROM point_gift WHERE key = ?", key):
        return Gift(int(known[0]["points"]), None, int(known[0]["expires_at"]))
    await lots.locked_balance(person_id)
    today = texts.day(clock.now())
    await _within_limit(person_id, points, today)
    code, expires_at = ids.code(_CODE_LENGTH), clock.now() + rules.GIFT_DAYS * clock.DAY
    shares = await lots.spend(person_id, points)
    made = await db.rows(
        "INSERT INTO point_gift (person_id, points, code_hash, key, day, expires_at, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        *(person_id, points, ids.digest(code), key, today, expires_at, clock.now()),
    )
    gift_id = int(made[0]["id"])
    await db.many(
        "INSERT INTO point_gift_part (gift_id, lot_id, amount) VALUES (?, ?, ?)",
        [(gift_id, lot.id, share) for lot, share in shares],
    )
    here, there = ledger.customer_points(person_id), ledger.points_held(person_id)
    await _book("send", gift_id, f"person:{person_id}", here, there, points)
    return Gift(points, code, expires_at)


async def sendable(person_id: int) -> int:
    """How many points a customer may still send today."""
    return max(0, terms().send_daily - await _sent(person_id, texts.day(clock.now())))


@db.transaction
async def take(*, person_id: int, code: str) -> tuple[int, int]:
    """Whoever opens the link first has the points, with the ends that they had; returns (points, who sent them).

    Raises OwnGift, GiftGone.
    """
    found = await db.rows("SELECT * FROM point_gift WHERE code_hash = ?", ids.digest(code))
    if not found:
        raise rules.GiftGone
    if found[0]["state"] == "open" and found[0]["person_id"] == person_id:
        raise rules.OwnGift
    taken = await db.rows(
        "UPDATE point_gift SET state = 'taken', taker_id = ?, done_at = ?"
        " WHERE id = ? AND state = 'open' AND expires_at > ? AND person_id <> ? RETURNING id, person_id, points",
        *(person_id, clock.now(), found[0]["id"], clock.now(), person_id),
    )
    if not taken:
        raise rules.GiftGone
    gift = taken[0]
    here, there = ledger.points_held(gift["person_id"]), ledger.customer_points(person_id)
    await _book("take", gift["id"], f"person:{person_id}", here, there, gift["points"])
    for lot, share in await _parts(gift["id"]):
        end = rules.end_after_return(lot.expires_at, clock.now(), terms())
        key = f"gift:{gift['id']}:{lot.id}"
        await lots.add(person_id=person_id, points=share, expires_at=end, cause="from a friend", key=key)
    await events.announce(GiftTaken(gift["id"], gift["person_id"], gift["points"], person_id))
    return int(gift["points"]), int(gift["person_id"])


async def return_gifts(*, limit: int = 1000) -> int:
    """Give back what nobody opened in time, each in a transaction of its own; returns how many."""
    late = await db.rows(
        "SELECT id FROM point_gift WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
        *(clock.now(), limit),
    )
    count = 0
    for row in late:
        try:
            count += await _return(gift_id=row["id"])
        except Exception:
            # The next run tries again; the points of others are not held up.
            log.exception("gift.not_returned", gift=row["id"])
    return count


async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: what the first sent the second did."""
    await db.execute("UPDATE point_gift SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)
    await db.execute("UPDATE point_gift SET taker_id = ? WHERE taker_id = ?", to_person_id, from_person_id)


@db.transaction
async def _return(*, gift_id: int) -> bool:
    back = await db.rows(
        "UPDATE point_gift SET state = 'returned', done_at = ? WHERE id = ? AND state = 'open' AND expires_at <= ?"
        " RETURNING person_id, points",
        *(clock.now(), gift_id, clock.now()),
    )
    if not back:
        return False
    person_id, points = int(back[0]["person_id"]), int(back[0]["points"])
    await _book("send_back", gift_id, "shop", ledger.points_held(person_id), ledger.customer_points(person_id), points)
    await lots.fill(person_id, await _parts(gift_id))
    await events.announce(GiftReturned(gift_id, person_id, points, None))
    return True


async def _within_limit(person_id: int, points: int, today: int) -> None:
    left = max(0, terms().send_daily - await _sent(person_id, today))
    if points > left:
        raise rules.OverSendLimit(n=left)


async def _sent(person_id: int, day: int) -> int:
    found = await db.rows(
        "SELECT COALESCE(SUM(points), 0) AS n FROM point_gift WHERE person_id = ? AND day = ? AND state <> 'returned'",
        *(person_id, day),
    )
    return int(found[0]["n"])


async def _parts(gift_id: int) -> lots.Shares:
    found = await db.rows(
        "SELECT l.id, l.remaining, l.expires_at, p.amount FROM point_gift_part p JOIN point_lot l ON l.id = p.lot_id"
        " WHERE p.gift_id = ? ORDER BY p.id",
        gift_id,
    )
    return [(Lot(row["id"], row["remaining"], row["expires_at"]), row["amount"]) for row in found]


async def _book(kind: str, gift_id: int, actor: str, here: Account, there: Account, points: int) -> None:
    await ledger.book(
        kind=kind,
        key=f"{kind}:gift:{gift_id}",
        cause="points to a friend",
        actor=actor,
        postings=[Posting(here, -points), Posting(there, points)],
    )
