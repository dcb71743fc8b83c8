"""Verbs of points. Each books its ledger entry; the lots always sum to the customer's balance."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront import ledger
from storefront.kernel import clock, db
from storefront.ledger import PTS, Posting
from storefront.points import rules


@dataclass(frozen=True)
class Balance:
    """What a customer has: free to spend, held by unpaid orders, and the part that ends next (points, epoch ms)."""

    available: int
    held: int
    ends_next: tuple[int, int] | None


@dataclass(frozen=True)
class Line:
    """One line of a statement: so many points more or fewer, why, when."""

    kind: str
    cause: str
    points: int
    at: int
    order_id: int | None


@db.transaction
async def grant(
    *, person_id: int, points: int, cause: str, key: str, actor: str = "shop", expires_at: int | None = None
) -> None:
    """Give a customer points, once per key; they end at `expires_at` (epoch ms) or never."""
    assert points > 0
    made = await db.execute(
        "INSERT INTO point_lot (person_id, granted, remaining, expires_at, cause, key, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        *(person_id, points, points, expires_at, cause, key, clock.now()),
    )
    if made:
        await _book(
            "grant", f"grant:{key}", cause, actor, ledger.points_issued(), ledger.customer_points(person_id), points
        )


async def balance(person_id: int) -> Balance:
    """What a customer has now."""
    ends = await db.rows(
        "SELECT expires_at, SUM(remaining) AS points FROM point_lot WHERE person_id = ? AND remaining > 0"
        " AND expires_at IS NOT NULL GROUP BY expires_at ORDER BY expires_at LIMIT 1",
        person_id,
    )
    return Balance(
        available=await ledger.balance(ledger.customer_points(person_id)),
        held=await ledger.balance(ledger.points_held(person_id)),
        ends_next=(int(ends[0]["points"]), int(ends[0]["expires_at"])) if ends else None,
    )


@db.transaction
async def hold(*, person_id: int, order_id: int, points: int) -> None:
    """Set points aside for an order, the soonest-ending first. Raises NotEnoughPoints."""
    assert points > 0
    lots = await db.rows(
        "SELECT id, remaining, expires_at FROM point_lot WHERE person_id = ? AND remaining > 0"
        " AND (expires_at IS NULL OR expires_at > ?)" + (" FOR UPDATE" if db.dialect() == "postgres" else ""),
        *(person_id, clock.now()),
    )
    shares = rules.spend([rules.Lot(row["id"], row["remaining"], row["expires_at"]) for row in lots], points)
    for lot_id, share in shares:
        taken = await db.execute(
            "UPDATE point_lot SET remaining = remaining - ? WHERE id = ? AND remaining >= ?", share, lot_id, share
        )
        if not taken:
            raise rules.NotEnoughPoints(n=await ledger.balance(ledger.customer_points(person_id)))
    await db.many(
        "INSERT INTO point_use (lot_id, order_id, amount) VALUES (?, ?, ?)",
        [(lot_id, order_id, share) for lot_id, share in shares],
    )
    here, there = ledger.customer_points(person_id), ledger.points_held(person_id)
    await _book("hold", f"hold:order:{order_id}", "order placed", f"person:{person_id}", here, there, points, order_id)


@db.transaction
async def release(*, person_id: int, order_id: int, cause: str) -> None:
    """Give back what an order held: to the lots it came from, with a grace when they have ended."""
    uses = await db.rows(
        "SELECT u.lot_id, u.amount, l.expires_at FROM point_use u JOIN point_lot l ON l.id = u.lot_id"
        " WHERE u.order_id = ? AND u.returned = 0 ORDER BY u.lot_id",
        order_id,
    )
    points = 0
    for use in uses:
        given = await db.execute(
            "UPDATE point_use SET returned = amount WHERE order_id = ? AND lot_id = ? AND returned = 0",
            *(order_id, use["lot_id"]),
        )
        if given:
            await db.execute(
                "UPDATE point_lot SET remaining = remaining + ?, expires_at = ? WHERE id = ?",
                *(use["amount"], rules.end_after_return(use["expires_at"], clock.now()), use["lot_id"]),
            )
            points += use["amount"]
    if points:
        here, there = ledger.points_held(person_id), ledger.customer_points(person_id)
        await _book("release", f"release:order:{order_id}", cause, "shop", here, there, points, order_id)


@db.transaction
async def capture(*, person_id: int, order_id: int) -> None:
    """The order is paid: its points leave the customer."""
    points = await _used(order_id)
    if points:
        here, there = ledger.points_held(person_id), ledger.order_hold(order_id, PTS)
        await _book("capture", f"capture:order:{order_id}:points", "order paid", "shop", here, there, points, order_id)


@db.transaction
async def settle(*, order_id: int) -> None:
    """The order is completed: its points are redeemed for good."""
    points = await _used(order_id)
    if points:
        here, there = ledger.order_hold(order_id, PTS), ledger.points_redeemed()
        await _book(
            "settle", f"settle:order:{order_id}:points", "order completed", "shop", here, there, points, order_id
        )


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the points of the first are the second's."""
    for here, there, name in (
        (ledger.customer_points(from_person_id), ledger.customer_points(to_person_id), "free"),
        (ledger.points_held(from_person_id), ledger.points_held(to_person_id), "held"),
    ):
        points = await ledger.balance(here)
        if points:
            key = f"follow:{from_person_id}:{to_person_id}:{name}"
            await _book("follow", key, "accounts joined", f"person:{to_person_id}", here, there, points)
    await db.execute("UPDATE point_lot SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


@db.transaction
async def expire(*, limit: int = 200) -> int:
    """Book out what ended; returns how many lots."""
    ended = await db.rows(
        "SELECT id, person_id, remaining FROM point_lot WHERE remaining > 0 AND expires_at <= ? ORDER BY id LIMIT ?",
        *(clock.now(), limit),
    )
    for lot in ended:
        gone = await db.execute(
            "UPDATE point_lot SET remaining = 0 WHERE id = ? AND remaining = ?", lot["id"], lot["remaining"]
        )
        if gone:
            here, there = ledger.customer_points(lot["person_id"]), ledger.points_expired()
            key = f"expire:lot:{lot['id']}:{clock.now()}"
            await _book("expire", key, "points ended", "shop", here, there, lot["remaining"])
    return len(ended)


async def history(person_id: int, *, before_at: int | None = None, limit: int = 8) -> Sequence[Line]:
    """The latest movements of a customer's points, newest first."""
    found = await db.rows(
        "SELECT e.kind, e.cause, e.at, e.order_id, p.amount FROM ledger_posting p"
        " JOIN ledger_entry e ON e.id = p.entry_id JOIN ledger_account a ON a.id = p.account_id"
        " WHERE a.kind = 'customer_points' AND a.owner = ? AND e.at < ? ORDER BY p.id DESC LIMIT ?",
        *(person_id, before_at or 2**62, limit),
    )
    return [Line(row["kind"], row["cause"], row["amount"], row["at"], row["order_id"]) for row in found]


async def _used(order_id: int) -> int:
    found = await db.rows("SELECT COALESCE(SUM(amount), 0) AS n FROM point_use WHERE order_id = ?", order_id)
    return int(found[0]["n"])


async def _book(
    kind: str,
    key: str,
    cause: str,
    actor: str,
    here: ledger.Account,
    there: ledger.Account,
    points: int,
    order_id: int | None = None,
) -> None:
    await ledger.book(
        kind=kind,
        key=key,
        cause=cause,
        actor=actor,
        postings=[Posting(here, -points), Posting(there, points)],
        order_id=order_id,
    )
