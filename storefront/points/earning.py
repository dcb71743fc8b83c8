"""Earning: what a purchase brings is pending until it cannot come back any more; what comes back is taken off again.

An earning is a row, and its row decides: it becomes usable once, and pieces that came back are counted once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from storefront import ledger, people
from storefront.kernel import clock, db, events, texts
from storefront.kernel.texts import local
from storefront.ledger import Account, Posting
from storefront.points import lots, rules
from storefront.points.events import FriendRewarded
from storefront.points.rules import EarnLine, EarnRule
from storefront.points.terms import terms

log = structlog.get_logger()

_COLUMNS = "code, kind, points, rate, multiplier, category, every, starts_at, ends_at, daily_cap, merchant"


async def earn_rules() -> list[EarnRule]:
    """How points are earned here, as the operator set it."""
    return [EarnRule(**row) for row in await db.rows(f"SELECT {_COLUMNS} FROM earn_rule ORDER BY id")]  # noqa: S608


@db.transaction
async def set_rules(rules_: Sequence[EarnRule]) -> None:
    """Let these be all the rules from now on; what was earned stays earned."""
    await db.execute("DELETE FROM earn_rule")
    await db.many(
        f"INSERT INTO earn_rule ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  (constants)
        [tuple(getattr(rule, name) for name in _COLUMNS.split(", ")) for rule in rules_],
    )


async def reward_of(kind: str) -> int:
    """How many points the rules pay for this now, 0 for none."""
    rule = rules.reward(kind, await earn_rules(), clock.now())
    return rule.points or 0 if rule else 0


@db.transaction
async def earn(
    *,
    person_id: int,
    order_id: int,
    lines: Sequence[EarnLine],
    first: bool,
    inviter_id: int | None = None,
    sharer_id: int | None = None,
) -> None:
    """A paid order earns, once: its lines by the purchase rules, a first order its own, and what it brings to others.

    Those are whoever invited its customer, for a first order, and whoever shared the link that it came by, for its lines.
    All of it is pending until the order is past its return.
    """
    now, known = clock.now(), await earn_rules()
    for line, rule, points in rules.at_rate("purchase", lines, known, now):
        key = f"purchase:{line.order_line_id}"
        await _pend(person_id, rule, points, key, order_id, line.order_line_id, line.quantity)
    if sharer_id is not None:
        for line, rule, points in rules.at_rate("share", lines, known, now):
            of_line = (f"share:{line.order_line_id}", order_id, line.order_line_id, line.quantity)
            await _pend(sharer_id, rule, points, *of_line, of_person_id=person_id)
    pieces = sum(line.quantity for line in lines)
    if first and (rule_ := rules.reward("first_order", known, now)):
        await _pend(person_id, rule_, rule_.points or 0, f"first_order:{person_id}", order_id, None, pieces)
    if first and inviter_id is not None and (rule_ := rules.reward("friend", known, now)):
        key, points = f"friend:{person_id}", rule_.points or 0
        await _pend(inviter_id, rule_, points, key, order_id, None, pieces, of_person_id=person_id)


@db.transaction
async def pend(*, person_id: int, kind: str, points: int, by: str, order_id: int, pieces: int, key: str) -> None:
    """Book points for an order of hers that a rule of another noun (`by`) gives, once per key: pending as what it earned."""
    await _pend(person_id, EarnRule(by, kind, points=points), points, key, order_id, None, pieces)


@db.transaction
async def revoke(*, person_id: int, of_person_id: int) -> None:
    """Take back what a customer was to have for another one's orders, as far as it is pending."""
    await _revoke(person_id, of_person_id, " AND ready_at IS NULL")


@db.transaction
async def mature(*, order_id: int) -> None:
    """The customer has the order: what it earned becomes usable once it cannot be given back any more."""
    due_at = clock.now() + terms().return_days * clock.DAY
    await db.execute("UPDATE earning SET due_at = ? WHERE order_id = ? AND due_at IS NULL", due_at, order_id)


async def ready(*, limit: int = 1000) -> int:
    """Let customers spend what is due, each order's in a transaction of its own; returns how many of them."""
    due = await db.rows(
        "SELECT DISTINCT order_id, kind FROM earning WHERE ready_at IS NULL AND due_at <= ? ORDER BY order_id, kind LIMIT ?",
        *(clock.now(), limit),
    )
    done = 0
    for row in due:
        try:
            done += await _ready(order_id=row["order_id"], kind=row["kind"])
        except Exception:
            # The next run tries again; the points of others are not held up.
            log.exception("earning.not_ready", order=row["order_id"], kind=row["kind"])
    return done


@db.transaction
async def unearn(*, order_id: int, returned: Mapping[int, int], compensated: tuple[int, int] = (0, 1)) -> None:
    """Take back what an order's returned pieces had earned; `returned` counts per line all that came back so far.

    `compensated` is what was given for its trouble so far, of so much (minor units): purchases lose that part of the rest.
    From what is pending first, then from free points; what is not there becomes a debt. Told twice, it is done once.
    """
    rows = await db.rows(f"SELECT * FROM earning WHERE order_id = ? ORDER BY id{_lock()}", order_id)  # noqa: S608
    for person_id in sorted({row["person_id"] for row in rows}):
        hers = [(row, _after(row, returned, compensated)) for row in rows if row["person_id"] == person_id]
        lost = sum(row["points"] - min(_left(row), _left(now)) for row, now in hers)
        await _take_back(person_id, hers, order_id, f"unearn:{order_id}:{person_id}:{lost}")


@db.transaction
async def reward(*, person_id: int, kind: str, key: str, streak: int = 1) -> int:
    """Give what the rules pay for a check-in, a review or a birthday, once per key; returns how many points."""
    rule = rules.reward(kind, await earn_rules(), clock.now(), streak=streak)
    points = await _within_cap(person_id, rule, rule.points or 0, key) if rule else 0
    if not rule or not points or not await _note(person_id, rule, points, key, ready_at=clock.now()):
        return 0
    issued = ledger.points_issued()
    await make_usable(person_id=person_id, points=points, here=issued, entry="reward", cause=kind, key=f"reward:{key}")
    return points


@db.transaction
async def make_usable(
    *,
    person_id: int,
    points: int,
    here: Account,
    entry: str,
    cause: str,
    key: str,
    actor: str = "shop",
    order_id: int | None = None,
    expires_at: int | None = None,
) -> None:
    """Let a customer spend points, once per key: first they pay what she owes, the rest is a lot.

    It ends at `expires_at` (epoch ms), or by the terms when nothing is said.
    """
    await lots.locked_balance(person_id)
    owed = await ledger.balance(ledger.points_debt(person_id), locked=True)
    netted = min(owed, points)
    booked = await ledger.book(
        kind=entry,
        key=key,
        cause=cause,
        actor=actor,
        postings=[
            Posting(here, -points),
            *_some(Posting(ledger.customer_points(person_id), points - netted)),
            *_some(Posting(ledger.points_issued(), netted)),
            *_some(Posting(ledger.points_debt(person_id), -netted)),
            *_some(Posting(ledger.points_receivable(), netted)),
        ],
        order_id=order_id,
    )
    if booked.fresh and points > netted:
        end = rules.end_of_life(local(clock.now()), terms()) if expires_at is None else expires_at
        await lots.add(person_id=person_id, points=points - netted, expires_at=end, cause=cause, key=key)


async def birthdays() -> int:
    """Wish those well whose birthday is today, once a year; returns how many got something."""
    today = local(clock.now()).date()
    long_ago = clock.now() - (rules.BIRTHDAY_EVERY_DAYS - 30) * clock.DAY
    given = 0
    for person_id in await people.born_on(rules.birthdays_on(today)):
        recent = await db.rows(
            "SELECT 1 FROM earning WHERE person_id = ? AND kind = 'birthday' AND at > ?", person_id, long_ago
        )
        if not recent:
            key = f"birthday:{person_id}:{today.year}"
            given += bool(await reward(person_id=person_id, kind="birthday", key=key))
    return given


async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: what the first earned and owes is the second's; nobody is her own friend."""
    moved = await db.rows(
        "UPDATE earning SET person_id = ? WHERE person_id = ? RETURNING *",
        *(to_person_id, from_person_id),
    )
    pending = sum(_left(row) for row in moved if row["ready_at"] is None)
    owed = await ledger.balance(ledger.points_debt(from_person_id), locked=True)
    for account, points in ((ledger.points_pending, pending), (ledger.points_debt, owed)):
        if points:
            await ledger.book(
                kind="follow",
                key=f"follow:{from_person_id}:{to_person_id}:{account.__name__}",
                cause="accounts joined",
                actor=f"person:{to_person_id}",
                postings=[Posting(account(from_person_id), -points), Posting(account(to_person_id), points)],
            )
    await db.execute(
        "UPDATE earning SET of_person_id = ? WHERE of_person_id = ?",
        *(to_person_id, from_person_id),
    )
    await _revoke(to_person_id, to_person_id)


async def _revoke(person_id: int, of_person_id: int, which: str = "") -> None:
    sql = f"SELECT * FROM earning WHERE person_id = ? AND of_person_id = ?{which} ORDER BY id{_lock()}"  # noqa: S608
    for row in await db.rows(sql, person_id, of_person_id):
        gone = [(row, {**row, "returned": row["quantity"]})]
        await _take_back(person_id, gone, row["order_id"], f"unearn:{row['key']}")


async def _pend(
    person_id: int,
    rule: EarnRule,
    points: int,
    key: str,
    order_id: int,
    order_line_id: int | None,
    quantity: int,
    *,
    of_person_id: int | None = None,
) -> None:
    points = await _within_cap(person_id, rule, points, key)
    of = {"order_id": order_id, "order_line_id": order_line_id, "quantity": quantity, "of_person_id": of_person_id}
    if not points or not await _note(person_id, rule, points, key, **of):
        return
    await ledger.book(
        kind="earn",
        key=f"earn:{key}",
        cause=rule.kind,
        actor="shop",
        postings=[Posting(ledger.points_issued(), -points), Posting(ledger.points_pending(person_id), points)],
        order_id=order_id,
    )


async def _note(
    person_id: int,
    rule: EarnRule,
    points: int,
    key: str,
    *,
    order_id: int | None = None,
    order_line_id: int | None = None,
    quantity: int | None = None,
    of_person_id: int | None = None,
    ready_at: int | None = None,
) -> bool:
    noted = await db.execute(
        "INSERT INTO earning (person_id, of_person_id, kind, rule, points, order_id, order_line_id, quantity, key, due_at,"
        " ready_at, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(person_id, of_person_id, rule.kind, rule.code, points, order_id, order_line_id, quantity or 1, key),
        *(ready_at, ready_at, clock.now()),
    )
    return noted == 1


async def _within_cap(person_id: int, rule: EarnRule, points: int, key: str) -> int:
    if rule.daily_cap is None:
        return points
    day = texts.day(clock.now())
    # The row stays locked until the transaction ends: two orders at once do not both find room.
    used = await db.rows(
        "INSERT INTO earned_today (person_id, rule, day, points) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (person_id, rule, day) DO UPDATE SET points = earned_today.points RETURNING points",
        *(person_id, rule.code, day),
    )
    if await db.rows("SELECT 1 FROM earning WHERE key = ?", key):
        return 0
    points = min(points, max(0, rule.daily_cap - int(used[0]["points"])))
    await db.execute(
        "UPDATE earned_today SET points = points + ? WHERE person_id = ? AND rule = ? AND day = ?",
        *(points, person_id, rule.code, day),
    )
    return points


@db.transaction
async def _ready(*, order_id: int, kind: str) -> bool:
    now = clock.now()
    rows = await db.rows(
        "UPDATE earning SET ready_at = ? WHERE order_id = ? AND kind = ? AND ready_at IS NULL AND due_at <= ?"
        " RETURNING *",
        *(now, order_id, kind, now),
    )
    points = sum(_left(row) for row in rows)
    if not points:
        return False
    person_id, key = int(rows[0]["person_id"]), f"ready:{order_id}:{kind}:{min(row['id'] for row in rows)}"
    pending = ledger.points_pending(person_id)
    await make_usable(
        person_id=person_id, points=points, here=pending, entry="ready", cause=kind, key=key, order_id=order_id
    )
    if kind == "friend":
        await events.announce(FriendRewarded(person_id, order_id, points))
    return True


def _after(row: dict[str, Any], returned: Mapping[int, int], compensated: tuple[int, int]) -> dict[str, Any]:
    line_id = row["order_line_id"]
    pieces = min(row["quantity"], sum(returned.values()) if line_id is None else returned.get(line_id, 0))
    minor, of_minor = compensated if line_id is not None else (0, 1)
    return {**row, "returned": pieces, "compensated_minor": minor, "of_minor": of_minor}


async def _take_back(
    person_id: int, rows: Sequence[tuple[dict[str, Any], dict[str, Any]]], order_id: int, key: str
) -> None:
    """Her earnings, which are locked, as they were and as they are now: what they lost goes."""
    less = [(now, _left(row) - _left(now)) for row, now in rows if _left(now) < _left(row)]
    if not less:
        return
    await db.many(
        "UPDATE earning SET returned = ?, compensated_minor = ?, of_minor = ? WHERE id = ?",
        [(now["returned"], now["compensated_minor"], now["of_minor"], now["id"]) for now, _ in less],
    )
    pending = sum(points for now, points in less if now["ready_at"] is None)
    usable = sum(points for now, points in less if now["ready_at"] is not None)
    await lots.locked_balance(person_id)
    free = min(usable, sum(lot.remaining for lot in await lots.live(person_id)))
    owed = usable - free
    await ledger.book(
        kind="unearn",
        key=key,
        cause="order given back",
        actor="shop",
        postings=[
            *_some(Posting(ledger.points_pending(person_id), -pending)),
            *_some(Posting(ledger.customer_points(person_id), -free)),
            *_some(Posting(ledger.points_issued(), pending + free)),
            *_some(Posting(ledger.points_debt(person_id), owed)),
            *_some(Posting(ledger.points_receivable(), -owed)),
        ],
        order_id=order_id,
    )
    if free:
        await lots.spend(person_id, free)


def _left(row: Mapping[str, Any]) -> int:
    return rules.still_worth(row["points"], row["returned"], row["quantity"], row["compensated_minor"], row["of_minor"])


def _some(posting: Posting) -> list[Posting]:
    return [posting] if posting.amount else []


def _lock() -> str:
    return " FOR UPDATE" if db.dialect() == "postgres" else ""
