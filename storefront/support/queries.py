"""Reads of cases, always through the person whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from storefront import orders, payments
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.orders import Order


@dataclass(frozen=True)
class Case:
    """What a customer wants back: how many pieces of which lines (line id -> pieces), and why.

    `points` and `money` are what would come back for them now; of a decided case, what did.
    """

    id: int
    order: Order
    state: str
    reason: str | None
    pieces: Mapping[int, int]
    points: int
    money: Money


async def find(*, person_id: int, case_id: int, locked: bool = False) -> Case:
    """A case of this customer. Raises NotFound, also for somebody else's.

    `locked` keeps everybody else from deciding it, and from moving and crediting its order, until the transaction ends.
    """
    lock = " FOR UPDATE" if locked and db.dialect() == "postgres" else ""
    found = await db.rows(f"SELECT * FROM support_case WHERE id = ? AND person_id = ?{lock}", case_id, person_id)  # noqa: S608
    if not found:
        raise NotFound
    row = found[0]
    order = await orders.find(row["order_id"], locked=locked)
    pieces = await _pieces(case_id)
    points, money = await _back(case_id, order, pieces)
    return Case(case_id, order, row["state"], row["reason"], pieces, points, money)


async def _pieces(case_id: int) -> dict[int, int]:
    sql = "SELECT order_line_id, quantity FROM support_case_line WHERE case_id = ? ORDER BY order_line_id"
    return {row["order_line_id"]: int(row["quantity"]) for row in await db.rows(sql, case_id)}


async def _back(case_id: int, order: Order, pieces: Mapping[int, int]) -> tuple[int, Money]:
    done = await db.rows(
        "SELECT COUNT(*) AS n, COALESCE(SUM(c.points), 0) AS points, COALESCE(SUM(c.money_minor), 0) AS money"
        " FROM support_decision d JOIN credit_note c ON c.id = d.note_id WHERE d.case_id = ?",
        case_id,
    )
    if done[0]["n"]:
        return int(done[0]["points"]), Money(int(done[0]["money"]), order.total.currency)
    if not pieces:
        return 0, Money(0, order.total.currency)
    return await payments.quote(order_id=order.id, pieces=pieces)
