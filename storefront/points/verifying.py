"""Points recomputed: the rows that say whose they are against the ledger, and every difference named.

All is read in bounded memory and while the shop is open: who seems to differ is looked at again, locked, before she is named.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from storefront import ledger
from storefront.kernel import db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries
from storefront.ledger import PTS, Account
from storefront.points import lots
from storefront.points.queries import of_orders

_BATCH = 1000
_FAR = 2**62
_USING = ("hold", "release", "refund")

_UNEVEN_GIFTS = (
    "SELECT g.id, g.points, COALESCE(SUM(p.amount), 0) AS amount FROM point_gift g"
    " LEFT JOIN point_gift_part p ON p.gift_id = g.id GROUP BY g.id, g.points"
    " HAVING g.points <> COALESCE(SUM(p.amount), 0) LIMIT ?"
)
_OVERDRAWN_LOTS = (
    "SELECT l.id, l.granted - l.remaining AS gone, COALESCE(u.used, 0) AS used FROM point_lot l"
    " JOIN (SELECT lot_id, SUM(amount - returned) AS used FROM point_use GROUP BY lot_id) u ON u.lot_id = l.id"
    " WHERE u.used > l.granted - l.remaining LIMIT ?"
)

# By person or order: what the ledger says of the next so many after a number; what the rows say after it up to another.
Booked = Callable[[int, int], Awaitable[dict[int, int]]]
Sums = Callable[[int, int], Awaitable[dict[int, int]]]


def findings() -> Findings:
    """Each thing that is wrong with points, in a sentence; nothing when all is well."""
    return every(CHECKS)


async def _of_people() -> Findings:
    kinds: tuple[tuple[str, Callable[[int], Account], Sums, str], ...] = (
        ("customer_points", ledger.customer_points, _in_lots, "the lots of person {person} hold {rows} points"),
        ("points_pending", ledger.points_pending, _pending, "person {person} has earned {rows} pending points"),
    )
    for kind, account, sums, told in kinds:
        async for person_id in _differing(partial(_balances, kind), sums):
            async with db.tx():
                await lots.locked_balance(person_id)
                booked = await ledger.balance(account(person_id), locked=True)
                rows = (await sums(person_id - 1, person_id)).get(person_id, 0)
            if booked != rows:
                yield Finding(f"{told}, the ledger says {{booked}}", person=person_id, rows=rows, booked=booked)


async def _of_orders() -> Findings:
    async for order_id in _differing(_moved, _uses):
        async with db.tx():
            for row in await db.rows(
                "SELECT DISTINCT l.person_id FROM point_use u JOIN point_lot l ON l.id = u.lot_id WHERE u.order_id = ?",
                order_id,
            ):
                await lots.locked_balance(row["person_id"])
            booked = (await _moved(order_id - 1, 1)).get(order_id, 0)
            rows = (await _uses(order_id - 1, order_id)).get(order_id, 0)
        if booked != rows:
            told = "order {order_id} has {rows} points of lots, the ledger says {booked}"
            yield Finding(told, order_id=order_id, rows=rows, booked=booked)


async def _differing(booked: Booked, sums: Sums) -> AsyncIterator[int]:
    after = -1
    while True:
        told = await booked(after, _BATCH)
        last = max(told) if len(told) == _BATCH else _FAR
        rows = await sums(after, last)
        for number in sorted(told.keys() | rows.keys()):
            if told.get(number, 0) != rows.get(number, 0):
                yield number
        if last == _FAR:
            return
        after = last


async def _balances(kind: str, after: int, limit: int) -> dict[int, int]:
    return await ledger.balances(kind, PTS, after_owner=after, limit=limit)


async def _moved(after: int, limit: int) -> dict[int, int]:
    moved = await ledger.by_order("customer_points", _USING, after_order=after, limit=limit)
    return {order_id: -amount for order_id, amount in moved.items()}


async def _uses(after: int, last: int) -> dict[int, int]:
    return {order_id: left for order_id, (_, left) in (await of_orders(after, last)).items()}


async def _in_lots(after: int, last: int) -> dict[int, int]:
    found = await db.rows(
        "SELECT person_id, SUM(remaining) AS points FROM point_lot WHERE person_id > ? AND person_id <= ?"
        " GROUP BY person_id",
        *(after, last),
    )
    return {int(row["person_id"]): int(row["points"]) for row in found}


async def _pending(after: int, last: int) -> dict[int, int]:
    found = await db.rows(
        "SELECT person_id, SUM(worth - worth * compensated_minor / of_minor) AS points FROM"
        " (SELECT person_id, points - points * returned / quantity AS worth, compensated_minor, of_minor FROM earning"
        "  WHERE person_id > ? AND person_id <= ? AND ready_at IS NULL) AS waiting GROUP BY person_id",
        *(after, last),
    )
    return {int(row["person_id"]): int(row["points"]) for row in found}


CHECKS: Checks = {
    "points of customers lie in lots": _of_people,
    "points of orders come from lots": _of_orders,
    "gifts and lots lose what others get": queries(
        ("gift {id} is of {points} points, its parts sum to {amount}", _UNEVEN_GIFTS),
        ("orders have {used} points of lot {id}, which lost only {gone}", _OVERDRAWN_LOTS),
    ),
}
