"""Reads of orders, always through the person whose they are; the shop's own jobs use `find`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront import delivery, people, promotions
from storefront.delivery import Branch
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.orders.rules import PAID_IN, NotPayable, PaidAlready


@dataclass(frozen=True)
class OrderLine:
    """One line with its exact shares: points (gifts included), what of them stands for money, money, delivery, tax.

    Of its pieces so many are `credited` (given back), so many have left the house (`shipped`), and of these `returned` were
    given back.
    `unit` is what one piece was sold for, before coupons; `listed` what the list said.
    """

    id: int
    variant_id: int
    place_id: int
    names: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    quantity: int
    credited: int
    shipped: int
    returned: int
    listed: Money
    unit: Money
    coupon: Money
    tax: Money
    unit_points: int
    points: int
    points_minor: int
    money: Money
    shipping: Money

    @property
    def here(self) -> int:
        """How many pieces are in the house still, and not given back."""
        return self.quantity - self.shipped - (self.credited - self.returned)

    @property
    def gone(self) -> int:
        """How many pieces have left the house, and were not given back."""
        return self.shipped - self.returned

    def option(self, language: str) -> str:
        """The choice in the reader's language."""
        told = self.options.get(language) or self.options.get("en") or next(iter(self.options.values()), {})
        return ", ".join(told.values())


@dataclass(frozen=True)
class Event:
    """A step: from which state to which, who did it and why, when (epoch ms)."""

    to_state: str
    actor: str
    cause: str
    at: int


@dataclass(frozen=True)
class Order:
    """An order as its owner sees it. `goods` are before coupons, `shipping` after them; `coupons` are (code, names, amount).

    `tax` is in these amounts, or on top of them when `tax_added`. `due` is what the provider takes for `total`: the same, or
    its worth in Stars. `deal` is what it is part of, when it is: paid, it waits for that.
    """

    id: int
    number: str
    person_id: int
    state: str
    key: str
    goods: Money
    coupons: Sequence[tuple[str, Mapping[str, str], Money]]
    shipping: Money
    shipping_coupon: Money
    tax: Money
    tax_added: bool
    after_return: str
    points: int
    points_worth: Money
    total: Money
    due: Money
    delivery: str
    place: Branch | None
    address: people.Address | None
    pickup_code: str | None
    provider: str
    placed_at: int
    expires_at: int
    lines: Sequence[OrderLine]
    events: Sequence[Event]
    tax_title: str | None
    deal: str | None


async def get(*, person_id: int, order_id: int) -> Order:
    """One order of this person. Raises NotFound, also for somebody else's."""
    order = await find(order_id)
    if order.person_id != person_id:
        raise NotFound
    return order


async def find(order_id: int, *, locked: bool = False) -> Order:
    """One order, whoever's it is: for the shop's own work, never for a customer's wish. Raises NotFound.

    `locked` keeps everybody else from moving it, and from crediting its pieces, until the transaction ends.
    """
    lock = " FOR NO KEY UPDATE OF o" if locked and db.dialect() == "postgres" else ""
    found = await db.rows(
        "SELECT o.*, t.title AS tax_title,"  # noqa: S608  (a constant)
        " p.provider, p.currency AS due_currency, p.amount_minor AS due_minor"
        " FROM orders o JOIN payment p ON p.order_id = o.id LEFT JOIN tax_request t ON t.order_id = o.id"
        f" WHERE o.id = ?{lock}",
        order_id,
    )
    if not found:
        raise NotFound
    row = found[0]
    lines = await db.rows("SELECT * FROM order_line WHERE order_id = ? ORDER BY position", order_id)
    events = await db.rows("SELECT * FROM order_event WHERE order_id = ? ORDER BY id", order_id)
    coupons = await promotions.used_by(order_id) if row["coupon_minor"] or row["shipping_coupon_minor"] else []
    address_id, place_id = row["address_id"], row["place_id"]
    return Order(
        **_head(row),
        coupons=[(code, names, Money(minor, row["currency"])) for code, names, minor in coupons],
        place=await delivery.branch(place_id) if place_id is not None else None,
        address=(
            await people.address(person_id=row["person_id"], address_id=address_id) if address_id is not None else None
        ),
        lines=[_line(line, row["currency"]) for line in lines],
        events=[Event(event["to_state"], event["actor"], event["cause"], event["at"]) for event in events],
    )


def not_payable(order: Order) -> NotPayable:
    """Why no money is taken for an order any more."""
    return (PaidAlready if order.state in PAID_IN else NotPayable)(number=order.number)


async def mine(*, person_id: int, page: int, per_page: int = 5) -> tuple[list[Order], int]:
    """One page of a person's orders, the newest first, without lines' events; and how many pages there are."""
    total = int((await db.rows("SELECT COUNT(*) AS n FROM orders WHERE person_id = ?", person_id))[0]["n"])
    pages = max(1, -(-total // per_page))
    found = await db.rows(
        "SELECT id FROM orders WHERE person_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
        *(person_id, per_page, (min(max(page, 1), pages) - 1) * per_page),
    )
    return [await find(row["id"]) for row in found], pages


async def is_first(order: Order) -> bool:
    """Whether its owner has paid for no other order."""
    places = ", ".join("?" * len(PAID_IN))
    found = await db.rows(
        f"SELECT 1 FROM orders WHERE person_id = ? AND id <> ? AND state IN ({places}) LIMIT 1",  # noqa: S608
        *(order.person_id, order.id, *sorted(PAID_IN)),
    )
    return not found


async def numbers(*, person_id: int, order_ids: Sequence[int]) -> dict[int, str]:
    """What these of a person's orders are called, by their ids."""
    if not order_ids:
        return {}
    places = ", ".join("?" * len(order_ids))
    sql = f"SELECT id, number FROM orders WHERE person_id = ? AND id IN ({places})"  # noqa: S608  (places only)
    found = await db.rows(sql, person_id, *order_ids)
    return {int(row["id"]): str(row["number"]) for row in found}


async def called(*, person_id: int, number: str) -> Order | None:
    """The order of this person that has such a number, `A-10042`; None also for somebody else's."""
    found = await db.rows("SELECT id FROM orders WHERE person_id = ? AND number = ?", person_id, number)
    return await find(found[0]["id"]) if found else None


async def to_pick_up(*, person_id: int, code: str) -> Order | None:
    """This person's order that waits, or will wait, at a branch for whoever tells this code; the newest of several."""
    found = await db.rows(
        "SELECT id FROM orders WHERE person_id = ? AND pickup_code = ? AND state IN ('placed', 'paid', 'confirmed', 'ready')"
        " ORDER BY id DESC LIMIT 1",
        *(person_id, code),
    )
    return await find(found[0]["id"]) if found else None


async def by_number(number: str) -> Order | None:
    """The order that people call by this number, whoever's it is; None when there is none."""
    found = await db.rows("SELECT id FROM orders WHERE number = ?", number)
    return await find(found[0]["id"]) if found else None


async def to_ship(*, after: int, limit: int, confirmed_before: int | None = None) -> list[int]:
    """Orders (ids) after this one that wait to be sent or brought to their branch, whole or what is left of them.

    `confirmed_before`: only those that have waited since before then (epoch ms).
    """
    late = (
        " AND ? > (SELECT MIN(e.at) FROM order_event e WHERE e.order_id = o.id AND e.to_state = 'confirmed')"
        if confirmed_before is not None
        else ""
    )
    found = await db.rows(
        "SELECT o.id FROM orders o WHERE o.state = 'confirmed' AND o.delivery <> 'digital' AND o.id > ?"  # noqa: S608
        f"{late} ORDER BY o.id LIMIT ?",
        *(after, *([confirmed_before] if confirmed_before is not None else []), limit),
    )
    return [int(row["id"]) for row in found]


async def by_key(key: str) -> Order | None:
    """The order that a wish became, if it did."""
    found = await db.rows("SELECT id FROM orders WHERE key = ?", key)
    return await find(found[0]["id"]) if found else None


def _head(row: dict[str, Any]) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "id": row["id"],
        "number": row["number"],
        "person_id": row["person_id"],
        "state": row["state"],
        "key": row["key"],
        "goods": Money(row["goods_minor"], currency),
        "shipping": Money(row["shipping_minor"], currency),
        "shipping_coupon": Money(row["shipping_coupon_minor"], currency),
        "tax": Money(row["tax_minor"], currency),
        "tax_added": bool(row["tax_added"]),
        "after_return": row["after_return"],
        "points": row["points"],
        "points_worth": Money(row["points_minor"], currency),
        "total": Money(row["total_minor"], currency),
        "due": Money(row["due_minor"], row["due_currency"]),
        "delivery": row["delivery"],
        "pickup_code": row["pickup_code"],
        "provider": row["provider"],
        "placed_at": row["placed_at"],
        "expires_at": row["expires_at"],
        "tax_title": row["tax_title"],
        "deal": row["deal"],
    }


def _line(row: dict[str, Any], currency: str) -> OrderLine:
    return OrderLine(
        id=row["id"],
        variant_id=row["variant_id"],
        place_id=row["place_id"],
        names=json.loads(row["names"]),
        options=json.loads(row["options"]),
        quantity=row["quantity"],
        credited=row["credited"],
        shipped=row["shipped"],
        returned=row["returned"],
        listed=Money(row["list_unit_minor"], currency),
        unit=Money(row["unit_minor"], currency),
        coupon=Money(row["coupon_minor"], currency),
        tax=Money(row["tax_minor"], currency),
        unit_points=row["unit_points"],
        points=row["points"],
        points_minor=row["points_minor"],
        money=Money(row["money_minor"], currency),
        shipping=Money(row["shipping_minor"], currency),
    )
