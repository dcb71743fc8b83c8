"""Reads of points: what a customer has, will have and owes, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storefront import ledger
from storefront.kernel import clock, db
from storefront.kernel.texts import local
from storefront.points import rules

_WORTH = "points, returned, quantity, compensated_minor, of_minor"


@dataclass(frozen=True)
class Balance:
    """What a customer has: free to spend, held by unpaid orders, and the part that ends next (points, epoch ms)."""

    available: int
    held: int
    ends_next: tuple[int, int] | None


@dataclass(frozen=True)
class Pending:
    """Points earned and not yet to be spent: of which order, from when on (epoch ms; None: not known yet)."""

    points: int
    kind: str
    order_id: int
    due_at: int | None


@dataclass(frozen=True)
class Statement:
    """All that a customer's points are: what she has, what is coming, what she owes, and what ends when (points, epoch ms)."""

    balance: Balance
    pending: Sequence[Pending]
    debt: int
    ends: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Line:
    """One line of a statement: so many points more or fewer, why, when (epoch ms); its id begins the next page."""

    id: int
    kind: str
    cause: str
    points: int
    at: int
    order_id: int | None


async def balance(person_id: int) -> Balance:
    """What a customer has now; what has ended does not count, whether it was booked out yet or not."""
    lots = await db.rows(
        "SELECT expires_at, SUM(remaining) AS points FROM point_lot WHERE person_id = ? AND remaining > 0"
        " AND (expires_at IS NULL OR expires_at > ?) GROUP BY expires_at",
        *(person_id, clock.now()),
    )
    ends = [(int(lot["expires_at"]), int(lot["points"])) for lot in lots if lot["expires_at"] is not None]
    at, points = min(ends, default=(0, 0))
    return Balance(
        available=sum(int(lot["points"]) for lot in lots),
        held=await ledger.balance(ledger.points_held(person_id)),
        ends_next=(points, at) if ends else None,
    )


async def history(person_id: int, *, before_id: int | None = None, limit: int = 8) -> Sequence[Line]:
    """The latest movements of a customer's points, newest first; `before_id` is the last line of the page before."""
    account = ledger.customer_points(person_id)
    return [
        Line(line.id, line.kind, line.cause, line.amount, line.at, line.order_id)
        for line in await ledger.statement(account, before_id=before_id, limit=limit)
    ]


async def statement(person_id: int) -> Statement:
    """A customer's points in full; the ends are the next ones that she could still do something about."""
    rows = await db.rows(
        f"SELECT order_id, kind, due_at, {_WORTH} FROM earning WHERE person_id = ? AND ready_at IS NULL"  # noqa: S608
        " ORDER BY order_id, kind, id",
        person_id,
    )
    pending: dict[tuple[int, str, int | None], int] = {}
    for row in rows:
        which = (int(row["order_id"]), str(row["kind"]), row["due_at"])
        pending[which] = pending.get(which, 0) + rules.still_worth(*(row[name] for name in _WORTH.split(", ")))
    ends = await db.rows(
        "SELECT expires_at, SUM(remaining) AS points FROM point_lot WHERE person_id = ? AND remaining > 0"
        " AND expires_at > ? GROUP BY expires_at ORDER BY expires_at",
        *(person_id, clock.now()),
    )
    return Statement(
        balance=await balance(person_id),
        pending=[Pending(points, kind, order, due) for (order, kind, due), points in pending.items() if points],
        debt=await ledger.balance(ledger.points_debt(person_id)),
        ends=[(int(row["points"]), int(row["expires_at"])) for row in ends],
    )


async def earned_by(*, person_id: int, order_id: int) -> int:
    """What an order earned this customer, as far as it did not come back."""
    rows = await db.rows(
        f"SELECT {_WORTH} FROM earning WHERE person_id = ? AND order_id = ?",  # noqa: S608  (a constant)
        *(person_id, order_id),
    )
    return sum(rules.still_worth(*(row[name] for name in _WORTH.split(", "))) for row in rows)


async def earned_as(person_id: int, kinds: Sequence[str]) -> tuple[int, int]:
    """What rules of these kinds brought a customer, as far as it did not come back: usable, and pending."""
    places = ", ".join("?" * len(kinds))
    rows = await db.rows(
        f"SELECT ready_at, {_WORTH} FROM earning WHERE person_id = ? AND kind IN ({places})",  # noqa: S608  (constants)
        *(person_id, *kinds),
    )
    worth = [(row["ready_at"], rules.still_worth(*(row[name] for name in _WORTH.split(", ")))) for row in rows]
    return sum(points for ready, points in worth if ready), sum(points for ready, points in worth if not ready)


async def of_orders(after: int, last: int) -> dict[int, tuple[int, int]]:
    """What the orders after this id up to that one took out of lots, and what of it has not come back."""
    found = await db.rows(
        "SELECT order_id, SUM(amount) AS taken, SUM(amount - returned) AS points FROM point_use"
        " WHERE order_id > ? AND order_id <= ? GROUP BY order_id",
        *(after, last),
    )
    return {int(row["order_id"]): (int(row["taken"]), int(row["points"])) for row in found}


async def by_month(person_id: int, *, months: int = 6) -> Sequence[tuple[int, int, int]]:
    """(begin in epoch ms, earned, used) of each of the last months, by the shop's calendar, this one last."""
    today = local(clock.now())
    counted = today.year * 12 + today.month - 1
    begins = [
        int(datetime(month // 12, month % 12 + 1, 1, tzinfo=today.tzinfo).timestamp() * clock.SECOND)
        for month in range(counted - months + 1, counted + 1)
    ]
    totals = await ledger.totals(ledger.customer_points(person_id), begins=begins)
    return [(begin, earned, used) for begin, (earned, used) in zip(begins, rules.kept_by_month(totals), strict=True)]
