"""Coupons: who holds which, and using them, each at most as often as it may be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db
from storefront.promotions import rules
from storefront.promotions.rules import Coupon, Taken, Used

_COLUMNS = (
    "c.id, c.code, c.names, c.kind, c.currency, c.value, c.most_minor, c.minimum_minor, c.path, c.merchant, c.newcomers, c.stack,"
    " c.starts_at, c.ends_at"
)


@dataclass(frozen=True)
class Held:
    """A coupon in a customer's hands: how often she may still use it, and from when on."""

    coupon: Coupon
    left: int
    starts_at: int

    @property
    def begun(self) -> bool:
        """Whether it can be used already."""
        return self.starts_at <= clock.now()


@db.transaction
async def collect(*, person_id: int, code: str) -> Held:
    """Give a customer the coupon that goes by this code; a second time she has it once.

    Raises NoSuchCoupon, CouponOver, CouponUsedUp, ForNewCustomers.
    """
    wanted = code.strip().upper()
    found = await db.rows(
        f"SELECT {_COLUMNS}, c.total, c.used, c.per_person FROM coupon c WHERE c.code = ? AND c.withdrawn_at IS NULL",  # noqa: S608
        wanted,
    )
    if not found:
        raise rules.NoSuchCoupon(code=wanted[:40])
    row = found[0]
    if row["ends_at"] <= clock.now():
        raise rules.CouponOver(code=row["code"])
    if row["total"] is not None and row["used"] >= row["total"]:
        raise rules.CouponUsedUp(code=row["code"])
    if row["newcomers"] and not await is_new(person_id):
        raise rules.ForNewCustomers(code=row["code"])
    await db.execute(
        "INSERT INTO coupon_holder (coupon_id, person_id, most, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(row["id"], person_id, row["per_person"], clock.now()),
    )
    held = await db.rows("SELECT used FROM coupon_holder WHERE coupon_id = ? AND person_id = ?", row["id"], person_id)
    left = row["per_person"] - held[0]["used"]
    if left <= 0:
        raise rules.CouponUsedUp(code=row["code"])
    return Held(_coupon(row), left, row["starts_at"])


async def held(person_id: int) -> list[Held]:
    """The coupons that a customer can use, now or later, the sooner ending first."""
    found = await db.rows(
        f"SELECT {_COLUMNS}, c.per_person - h.used AS uses_left FROM coupon_holder h JOIN coupon c ON c.id = h.coupon_id"  # noqa: S608
        " WHERE h.person_id = ? AND c.withdrawn_at IS NULL AND c.ends_at > ? AND h.used < c.per_person"
        " AND (c.total IS NULL OR c.used < c.total)"
        " AND (c.newcomers = 0 OR NOT EXISTS (SELECT 1 FROM buyer b WHERE b.person_id = h.person_id))"
        " ORDER BY c.ends_at, c.id",
        *(person_id, clock.now()),
    )
    return [Held(_coupon(row), int(row["uses_left"]), row["starts_at"]) for row in found]


async def offered(person_id: int) -> list[Coupon]:
    """The coupons that a customer may collect and has not."""
    found = await db.rows(
        f"SELECT {_COLUMNS} FROM coupon c WHERE c.collectable = 1 AND c.withdrawn_at IS NULL"  # noqa: S608
        " AND c.starts_at <= ? AND c.ends_at > ? AND (c.total IS NULL OR c.used < c.total)"
        " AND NOT EXISTS (SELECT 1 FROM coupon_holder h WHERE h.coupon_id = c.id AND h.person_id = ?)"
        " AND (c.newcomers = 0 OR NOT EXISTS (SELECT 1 FROM buyer b WHERE b.person_id = ?)) ORDER BY c.ends_at, c.id LIMIT 20",
        *(clock.now(), clock.now(), person_id, person_id),
    )
    return [_coupon(row) for row in found]


@db.transaction
async def use(*, person_id: int, order_id: int, taken: Sequence[Taken]) -> None:
    """An order takes its coupons, none more often than it may be used. Raises CouponUsedUp, CouponOver."""
    for one in sorted(taken, key=lambda one: one.coupon.id):
        coupon, at = one.coupon, clock.now()
        noted = await db.execute(
            "INSERT INTO coupon_use (coupon_id, person_id, order_id, amount_minor, minimum_minor, shares, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(coupon.id, person_id, order_id, one.minor, coupon.minimum_minor, json.dumps(one.shares), at),
        )
        if not noted:
            continue
        hers = await db.execute(
            "UPDATE coupon_holder SET used = used + 1, most = (SELECT per_person FROM coupon WHERE id = ?)"
            " WHERE coupon_id = ? AND person_id = ? AND used < (SELECT per_person FROM coupon WHERE id = ?)",
            *(coupon.id, coupon.id, person_id, coupon.id),
        )
        if not hers:
            raise rules.CouponUsedUp(code=coupon.code)
        everybodys = await db.execute(
            "UPDATE coupon SET used = used + 1 WHERE id = ? AND withdrawn_at IS NULL AND starts_at <= ? AND ends_at > ?"
            " AND (total IS NULL OR used < total)",
            *(coupon.id, at, at),
        )
        if not everybodys:
            raise (rules.CouponOver if coupon.ends_at <= at else rules.CouponUsedUp)(code=coupon.code)


@db.transaction
async def give_back(*, order_id: int) -> None:
    """An order that ended in whole gives its coupons back; done twice, it is done once."""
    for row in await db.rows(
        "SELECT id, coupon_id, person_id FROM coupon_use WHERE order_id = ? AND state = 'active' ORDER BY coupon_id",
        order_id,
    ):
        given = await db.execute(
            "UPDATE coupon_use SET state = 'given_back' WHERE id = ? AND state = 'active'", row["id"]
        )
        if given:
            await db.execute(
                "UPDATE coupon_holder SET used = used - 1 WHERE coupon_id = ? AND person_id = ? AND used > 0",
                *(row["coupon_id"], row["person_id"]),
            )
            await db.execute("UPDATE coupon SET used = used - 1 WHERE id = ?", row["coupon_id"])


async def used_by(order_id: int) -> list[tuple[str, Mapping[str, str], int]]:
    """The coupons of an order: code, names, and what each took off in minor units."""
    found = await db.rows(
        "SELECT c.code, c.names, u.amount_minor FROM coupon_use u JOIN coupon c ON c.id = u.coupon_id"
        " WHERE u.order_id = ? ORDER BY c.stack, c.id",
        order_id,
    )
    return [(row["code"], json.loads(row["names"]), row["amount_minor"]) for row in found]


async def terms_of(order_id: int) -> list[Used]:
    """What the coupons of an order asked for, and what they did for each of its lines."""
    found = await db.rows(
        "SELECT minimum_minor, shares FROM coupon_use WHERE order_id = ? AND state = 'active' ORDER BY id", order_id
    )
    return [Used(row["minimum_minor"], json.loads(row["shares"])) for row in found]


async def orders_with(after: int, last: int) -> dict[int, bool]:
    """The orders after this id up to that one that coupons were used for: whether one of them counts as used still."""
    found = await db.rows(
        "SELECT order_id, MAX(CASE state WHEN 'active' THEN 1 ELSE 0 END) AS used FROM coupon_use"
        " WHERE order_id > ? AND order_id <= ? GROUP BY order_id",
        *(after, last),
    )
    return {int(row["order_id"]): bool(row["used"]) for row in found}


@db.transaction
async def note_buyer(*, person_id: int) -> None:
    """She has bought: she is no new customer any more."""
    await db.execute(
        "INSERT INTO buyer (person_id, since) VALUES (?, ?) ON CONFLICT DO NOTHING", person_id, clock.now()
    )


async def is_new(person_id: int) -> bool:
    """Whether a customer has not bought yet."""
    return not await db.rows("SELECT 1 FROM buyer WHERE person_id = ?", person_id)


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: what either holds and has used counts for both together."""
    move = (to_person_id, from_person_id)
    await db.execute(
        "INSERT INTO coupon_holder (coupon_id, person_id, used, most, at)"
        " SELECT coupon_id, ?, used, most, at FROM coupon_holder WHERE person_id = ?"
        " ON CONFLICT (coupon_id, person_id) DO UPDATE SET used = coupon_holder.used + excluded.used,"
        " most = coupon_holder.most + excluded.most",
        *move,
    )
    await db.execute("DELETE FROM coupon_holder WHERE person_id = ?", from_person_id)
    await db.execute("UPDATE coupon_use SET person_id = ? WHERE person_id = ?", *move)
    await db.execute(
        "INSERT INTO buyer (person_id, since) SELECT ?, since FROM buyer WHERE person_id = ? ON CONFLICT DO NOTHING",
        *move,
    )
    await db.execute("DELETE FROM buyer WHERE person_id = ?", from_person_id)


def _coupon(row: dict[str, Any]) -> Coupon:
    return Coupon(
        id=row["id"],
        code=row["code"],
        names=json.loads(row["names"]),
        kind=row["kind"],
        currency=row["currency"],
        value=row["value"],
        most_minor=row["most_minor"],
        minimum_minor=row["minimum_minor"],
        path=row["path"],
        merchant=row["merchant"],
        newcomers=bool(row["newcomers"]),
        stack=row["stack"],
        ends_at=row["ends_at"],
    )
