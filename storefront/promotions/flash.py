"""Flash sales: pieces set aside at a price of their own, sold once each, and a fair line for those that come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from storefront import catalog
from storefront.kernel import clock, db, events
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.promotions import rules
from storefront.promotions.events import FlashEnded, FlashMissed, FlashOffered, FlashSoon

log = structlog.get_logger()


@dataclass(frozen=True)
class Sale:
    """A flash sale as a customer sees it: `left` of the quota for anybody, `mine` of them for her.

    `offered_until`: a piece waits for her; `waiting`: she stands in line; `alarmed`: she is told before it starts.
    """

    id: int
    variant_id: int
    item_id: int
    price: Money
    quota: int
    left: int
    mine: int
    per_person: int
    starts_at: int
    ends_at: int
    offered_until: int | None
    waiting: bool
    alarmed: bool

    @property
    def open(self) -> bool:
        """Whether it has begun and not ended."""
        return self.starts_at <= clock.now() < self.ends_at


_SALE_SQL = (
    "SELECT s.*, v.item_id, v.currency, COALESCE(b.taken, 0) AS had, w.state AS waits, w.offered_until, a.id AS alarm"
    " FROM flash_sale s JOIN variant v ON v.id = s.variant_id"
    " LEFT JOIN flash_buyer b ON b.sale_id = s.id AND b.person_id = ?"
    " LEFT JOIN flash_waiter w ON w.sale_id = s.id AND w.person_id = ? AND w.state IN ('waiting', 'offered')"
    " LEFT JOIN flash_alarm a ON a.sale_id = s.id AND a.person_id = ?"
)
_NOT_OVER = "s.closed_at IS NULL AND s.ends_at > ?"


async def sales(*, person_id: int, limit: int = 20) -> list[Sale]:
    """The flash sales that are open or will be, the sooner ending first."""
    found = await db.rows(
        f"{_SALE_SQL} WHERE {_NOT_OVER} ORDER BY s.ends_at, s.id LIMIT ?",
        person_id,
        person_id,
        person_id,
        clock.now(),
        limit,
    )
    return [_sale(row) for row in found]


async def sales_of(*, person_id: int | None, variant_ids: Sequence[int]) -> dict[int, Sale]:
    """Of each of these variants the flash sale that is open, or else the next one; without a person, as anybody sees it."""
    if not variant_ids:
        return {}
    places = ", ".join("?" * len(variant_ids))
    found = await db.rows(
        f"{_SALE_SQL} WHERE {_NOT_OVER} AND s.variant_id IN ({places}) ORDER BY s.starts_at DESC",
        *(person_id, person_id, person_id, clock.now(), *variant_ids),
    )
    return {row["variant_id"]: _sale(row) for row in found}


async def any_sales() -> bool:
    """Whether there is a flash sale, now or soon."""
    return bool(await db.rows("SELECT 1 FROM flash_sale WHERE closed_at IS NULL AND ends_at > ? LIMIT 1", clock.now()))


async def sale(*, person_id: int, sale_id: int) -> Sale:
    """One flash sale, also one that is over. Raises NotFound."""
    found = await db.rows(f"{_SALE_SQL} WHERE s.id = ?", person_id, person_id, person_id, sale_id)
    if not found:
        raise NotFound
    return _sale(found[0])


@db.transaction
async def take(*, sale_id: int, person_id: int, order_id: int, quantity: int) -> int:
    """An order takes pieces of the quota, once; returns the place they lie at.

    Raises FlashLimit, FlashHad, FlashOver.
    """
    assert quantity > 0
    noted = await db.execute(
        "INSERT INTO flash_use (sale_id, person_id, order_id, quantity, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(sale_id, person_id, order_id, quantity, clock.now()),
    )
    row = (await db.rows("SELECT * FROM flash_sale WHERE id = ?", sale_id))[0]
    if not noted:
        return int(row["place_id"])
    await _take_hers(row, person_id, quantity)
    if not (quantity == 1 and await _take_offered(sale_id, person_id)):
        taken = await db.execute(
            "UPDATE flash_sale SET taken = taken + ? WHERE id = ? AND taken + offered + ? <= quota"
            " AND starts_at <= ? AND ends_at > ? AND closed_at IS NULL",
            *(quantity, sale_id, quantity, clock.now(), clock.now()),
        )
        if not taken:
            await _refuse(row, person_id)
    await catalog.hold_aside(
        variant_id=row["variant_id"],
        place_id=row["place_id"],
        quantity=quantity,
        order_id=order_id,
        key=f"order:{order_id}:{row['variant_id']}",
    )
    return int(row["place_id"])


@db.transaction
async def give_back(*, order_id: int) -> None:
    """An order that ended in whole gives its pieces back, to those who wait first; done twice, it is done once.

    Its hold on the stock was let go of before, in the same transaction.
    """
    for row in await db.rows(
        "SELECT u.*, s.variant_id, s.place_id, s.quota FROM flash_use u JOIN flash_sale s ON s.id = u.sale_id"
        " WHERE u.order_id = ? AND u.state = 'active' ORDER BY s.variant_id",
        order_id,
    ):
        if not await db.execute(
            "UPDATE flash_use SET state = 'given_back' WHERE id = ? AND state = 'active'", row["id"]
        ):
            continue
        await db.execute(
            "UPDATE flash_buyer SET taken = taken - ? WHERE sale_id = ? AND person_id = ?",
            *(row["quantity"], row["sale_id"], row["person_id"]),
        )
        await db.execute("UPDATE flash_sale SET taken = taken - ? WHERE id = ?", row["quantity"], row["sale_id"])
        # The row is locked now: nobody closes the sale meanwhile.
        if await db.rows("SELECT 1 FROM flash_sale WHERE id = ? AND closed_at IS NULL", row["sale_id"]):
            await catalog.hold(
                variant_id=row["variant_id"],
                quantity=row["quantity"],
                order_id=None,
                key=f"flash:{row['sale_id']}:back:{order_id}",
                prefer_place_id=row["place_id"],
            )
            await offer(row["sale_id"])


@db.transaction
async def wait(*, person_id: int, sale_id: int) -> Sale:
    """Stand in line for a piece that comes back; asked twice, she stands there once.

    Raises NotFound, FlashHad, FlashHasPieces.
    """
    # Locks the sale, so that no piece comes back between the look and the place in the line.
    await db.execute("UPDATE flash_sale SET offered = offered WHERE id = ?", sale_id)
    now = await sale(person_id=person_id, sale_id=sale_id)
    if not now.open:
        raise NotFound
    if await _had(sale_id, person_id) >= now.per_person:
        raise rules.FlashHad(n=now.per_person)
    if now.left > 0:
        raise rules.FlashHasPieces(n=now.left)
    await db.execute(
        "INSERT INTO flash_waiter (sale_id, person_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        *(sale_id, person_id, clock.now()),
    )
    return await sale(person_id=person_id, sale_id=sale_id)


@db.transaction
async def alarm(*, person_id: int, sale_id: int) -> Sale:
    """Tell her ten minutes before it starts; asked twice, she is told once. Raises NotFound."""
    found = await sale(person_id=person_id, sale_id=sale_id)
    if found.ends_at <= clock.now():
        raise NotFound
    await db.execute(
        "INSERT INTO flash_alarm (sale_id, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING", found.id, person_id
    )
    return await sale(person_id=person_id, sale_id=sale_id)


async def turn(*, limit: int = 200) -> int:
    """What time brings: alarms, offers that nobody took, sales that end; each in a transaction of its own."""
    at = clock.now()
    soon = await db.rows(
        "SELECT a.id FROM flash_alarm a JOIN flash_sale s ON s.id = a.sale_id WHERE a.told_at IS NULL"
        " AND s.closed_at IS NULL AND s.starts_at <= ? AND s.ends_at > ? ORDER BY a.id LIMIT ?",
        *(at + rules.ALARM_MS, at, limit),
    )
    missed = await db.rows(
        "SELECT id FROM flash_waiter WHERE state = 'offered' AND offered_until <= ? ORDER BY id LIMIT ?", at, limit
    )
    ended = await db.rows("SELECT id FROM flash_sale WHERE closed_at IS NULL AND ends_at <= ? LIMIT ?", at, limit)
    count = 0
    for verb, rows in ((_tell_soon, soon), (close, ended), (_miss, missed)):
        for row in rows:
            try:
                count += await verb(row["id"])
            except Exception:
                # The next run tries again; the others are not held up.
                log.exception("flash.not_turned", verb=verb.__name__, row=row["id"])
    return count


@db.transaction
async def close(sale_id: int) -> bool:
    """End a flash sale: what is unsold is on offer at the price of the list again, and who waited is told."""
    closed = await db.execute(
        "UPDATE flash_sale SET closed_at = ? WHERE id = ? AND closed_at IS NULL", clock.now(), sale_id
    )
    if not closed:
        return False
    row = (await db.rows("SELECT * FROM flash_sale WHERE id = ?", sale_id))[0]
    waiting = await db.rows(
        "SELECT id, person_id FROM flash_waiter WHERE sale_id = ? AND state IN ('waiting', 'offered') ORDER BY id",
        sale_id,
    )
    await db.execute(
        "UPDATE flash_waiter SET state = 'over' WHERE sale_id = ? AND state IN ('waiting', 'offered')", sale_id
    )
    await db.execute("UPDATE flash_sale SET offered = 0 WHERE id = ?", sale_id)
    for waiter in waiting:
        await events.announce(FlashEnded(sale_id, waiter["person_id"], waiter["id"]))
    if unsold := row["quota"] - row["taken"]:
        await catalog.free_aside(
            variant_id=row["variant_id"], place_id=row["place_id"], quantity=unsold, key=f"flash:{sale_id}:end"
        )
    return True


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: what either took counts together; the elder place in a line stays."""
    move = (to_person_id, from_person_id)
    await db.execute(
        "INSERT INTO flash_buyer (sale_id, person_id, taken, most)"
        " SELECT sale_id, ?, taken, most FROM flash_buyer WHERE person_id = ?"
        " ON CONFLICT (sale_id, person_id) DO UPDATE SET taken = flash_buyer.taken + excluded.taken,"
        " most = flash_buyer.most + excluded.most",
        *move,
    )
    await db.execute("DELETE FROM flash_buyer WHERE person_id = ?", from_person_id)
    await db.execute("UPDATE flash_use SET person_id = ? WHERE person_id = ?", *move)
    for twin in await db.rows(
        "SELECT w.id, w.sale_id, w.state FROM flash_waiter w JOIN flash_waiter e ON e.sale_id = w.sale_id AND e.id < w.id"
        " WHERE w.person_id IN (?, ?) AND e.person_id IN (?, ?) AND w.state IN ('waiting', 'offered')"
        " AND e.state IN ('waiting', 'offered') ORDER BY w.id",
        *move,
        *move,
    ):
        await db.execute("UPDATE flash_waiter SET state = 'over' WHERE id = ?", twin["id"])
        if twin["state"] == "offered":
            await db.execute("UPDATE flash_sale SET offered = offered - 1 WHERE id = ?", twin["sale_id"])
            await offer(twin["sale_id"])
    await db.execute("UPDATE flash_waiter SET person_id = ? WHERE person_id = ?", *move)
    await db.execute(
        "INSERT INTO flash_alarm (sale_id, person_id, told_at)"
        " SELECT sale_id, ?, told_at FROM flash_alarm WHERE person_id = ? ON CONFLICT DO NOTHING",
        *move,
    )
    await db.execute("DELETE FROM flash_alarm WHERE person_id = ?", from_person_id)


async def offer(sale_id: int) -> None:
    """Offer free pieces to those who wait, the first who came first; the caller holds the sale's row."""
    found = await db.rows(
        "SELECT quota - taken - offered AS free, offer_minutes, ends_at FROM flash_sale WHERE id = ?", sale_id
    )
    if found[0]["ends_at"] <= clock.now():
        return
    waiting = await db.rows(
        "SELECT id, person_id FROM flash_waiter WHERE sale_id = ? AND state = 'waiting' ORDER BY id LIMIT ?",
        *(sale_id, max(0, found[0]["free"])),
    )
    until = min(clock.now() + found[0]["offer_minutes"] * clock.MINUTE, found[0]["ends_at"])
    for waiter in waiting:
        offered = await db.execute(
            "UPDATE flash_waiter SET state = 'offered', offered_until = ? WHERE id = ? AND state = 'waiting'",
            *(until, waiter["id"]),
        )
        if offered:
            await db.execute("UPDATE flash_sale SET offered = offered + 1 WHERE id = ?", sale_id)
            await events.announce(FlashOffered(sale_id, waiter["person_id"], waiter["id"]))


async def _take_hers(row: dict[str, Any], person_id: int, quantity: int) -> None:
    """Count what she took; the limit is in the statement, and in the row that it makes."""
    fits = quantity <= row["per_person"] and await db.execute(
        "INSERT INTO flash_buyer (sale_id, person_id, taken, most) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sale_id, person_id) DO UPDATE SET taken = flash_buyer.taken + excluded.taken,"
        " most = CASE WHEN flash_buyer.most > excluded.most THEN flash_buyer.most ELSE excluded.most END"
        " WHERE flash_buyer.taken + excluded.taken <= excluded.most",
        *(row["id"], person_id, quantity, row["per_person"]),
    )
    if fits:
        return
    if left := row["per_person"] - await _had(row["id"], person_id):
        raise rules.FlashLimit(n=left)
    raise rules.FlashHad(n=row["per_person"])


async def _take_offered(sale_id: int, person_id: int) -> bool:
    """The piece that waits for her is hers."""
    hers = await db.execute(
        "UPDATE flash_waiter SET state = 'taken' WHERE sale_id = ? AND person_id = ? AND state = 'offered'"
        " AND offered_until > ?",
        *(sale_id, person_id, clock.now()),
    )
    if not hers:
        return False
    moved = await db.execute(
        "UPDATE flash_sale SET taken = taken + 1, offered = offered - 1 WHERE id = ? AND closed_at IS NULL AND ends_at > ?",
        *(sale_id, clock.now()),
    )
    if not moved:
        raise rules.FlashOver(name=await _name(sale_id))
    return True


async def _refuse(row: dict[str, Any], person_id: int) -> None:
    now = (
        await db.rows("SELECT quota - taken - offered AS n, ends_at, closed_at FROM flash_sale WHERE id = ?", row["id"])
    )[0]
    over = now["closed_at"] is not None or now["ends_at"] <= clock.now()
    if over or now["n"] <= 0:
        raise rules.FlashOver(name=await _name(row["id"]))
    raise rules.FlashLimit(n=min(now["n"], row["per_person"]))


@db.transaction
async def _miss(waiter_id: int) -> bool:
    found = (await db.rows("SELECT sale_id, person_id FROM flash_waiter WHERE id = ?", waiter_id))[0]
    missed = await db.execute(
        "UPDATE flash_waiter SET state = 'missed' WHERE id = ? AND state = 'offered' AND offered_until <= ?",
        *(waiter_id, clock.now()),
    )
    if not missed:
        return False
    await db.execute("UPDATE flash_sale SET offered = offered - 1 WHERE id = ?", found["sale_id"])
    await events.announce(FlashMissed(found["sale_id"], found["person_id"], waiter_id))
    await offer(found["sale_id"])
    return True


@db.transaction
async def _tell_soon(alarm_id: int) -> bool:
    told = await db.execute(
        "UPDATE flash_alarm SET told_at = ? WHERE id = ? AND told_at IS NULL", clock.now(), alarm_id
    )
    if not told:
        return False
    row = (await db.rows("SELECT sale_id, person_id FROM flash_alarm WHERE id = ?", alarm_id))[0]
    await events.announce(FlashSoon(row["sale_id"], row["person_id"], alarm_id))
    return True


async def _had(sale_id: int, person_id: int) -> int:
    found = await db.rows("SELECT taken FROM flash_buyer WHERE sale_id = ? AND person_id = ?", sale_id, person_id)
    return int(found[0]["taken"]) if found else 0


async def _name(sale_id: int) -> object:
    found = await db.rows("SELECT variant_id FROM flash_sale WHERE id = ?", sale_id)
    return (await catalog.variant(found[0]["variant_id"])).names


def _sale(row: dict[str, Any]) -> Sale:
    offered = row["offered_until"] if row["waits"] == "offered" and row["offered_until"] > clock.now() else None
    left = row["quota"] - row["taken"] - row["offered"]
    free = min(left, row["per_person"] - row["had"])
    return Sale(
        id=row["id"],
        variant_id=row["variant_id"],
        item_id=row["item_id"],
        price=Money(row["price_minor"], row["currency"]),
        quota=row["quota"],
        left=left,
        mine=max(free, 0 if offered is None else 1),
        per_person=row["per_person"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        offered_until=offered,
        waiting=row["waits"] == "waiting",
        alarmed=row["alarm"] is not None,
    )
