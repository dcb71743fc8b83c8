"""Reads of cases, always through the person whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    points, money = await _back(row, order, pieces)
    return Case(case_id, order, row["state"], row["reason"], pieces, points, money)


async def _pieces(case_id: int) -> dict[int, int]:
    sql = "SELECT order_line_id, quantity FROM support_case_line WHERE case_id = ? ORDER BY order_line_id"
    return {row["order_line_id"]: int(row["quantity"]) for row in await db.rows(sql, case_id)}


async def _back(row: Mapping[str, Any], order: Order, pieces: Mapping[int, int]) -> tuple[int, Money]:
    if row["note_id"] is not None:
        note = next(note for note in await payments.credit_notes(order.id) if note.id == row["note_id"])
        return note.points, note.money
    if not pieces:
        return 0, Money(0, order.total.currency)
    return await payments.quote(order_id=order.id, pieces=pieces)
