"""Verbs of payments. Money first, order second: a charge is kept as a fact, then an order takes it, or it goes back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from storefront import cart, catalog, ledger, orders, people
from storefront.delivery import Branch
from storefront.kernel import clock, db, events, metrics
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.ledger import Posting
from storefront.payments import rules
from storefront.payments.events import ChargeUnused, RefundAtDesk, RefundDone
from storefront.payments.providers.refunding import NoWayBack, Refunder, RefundFailed, RefundWish

log = structlog.get_logger()

_PAYLOAD = re.compile(r"^checkout:(\d{1,18}):(\d{1,9})$")
_RETRY_MS = 5 * clock.SECOND
_STUCK_MS = 2 * clock.MINUTE

_refunders: Mapping[str, Refunder] = {}


def use_refunders(refunders: Mapping[str, Refunder]) -> None:
    """Give money back through these, by provider; a provider without one makes a task for the desk."""
    global _refunders
    _refunders = refunders


def gives_back(provider: str) -> bool:
    """Whether money paid this way goes back by itself: only so may an order be paid that waits for a deal."""
    return provider == "points" or provider in _refunders


@dataclass(frozen=True)
class Invoice:
    """What a pay sheet asks for; its words are the edge's.

    `things` are (what it is, pieces, what money pays of them): with `shipping` they sum to the total. `due` is that
    total, or its worth in Stars; `points` are paid besides.
    """

    payload: str
    due: Money
    things: Sequence[tuple[catalog.Variant | orders.OrderLine, int, Money]]
    shipping: Money
    points: int
    delivery: str
    place: Branch | None
    address: people.Address | None


def payload_of(checkout_id: int, revision: int) -> str:
    """What an invoice carries to name the wish: also the order's key."""
    return f"checkout:{checkout_id}:{revision}"


def wish_of(payload: str) -> tuple[int, int]:
    """The draft and the revision that an invoice's payload, or an order's key, names. Raises NotFound."""
    match = _PAYLOAD.match(payload)
    if match is None:
        raise NotFound
    return int(match[1]), int(match[2])


def invoice(checkout: cart.Checkout, *, provider: str, star_minor: int) -> Invoice:
    """The invoice of a provider for a draft as its summary shows it. Raises StaleCheckout."""
    if checkout.order_id is not None or checkout.changed:
        raise cart.StaleCheckout
    return Invoice(
        payload=payload_of(checkout.id, checkout.revision),
        due=rules.due(checkout.total, provider=provider, star_minor=star_minor),
        things=[
            (line.variant, line.quantity, Money(share.money_minor, checkout.currency))
            for line, share in zip(checkout.lines, checkout.price.shares, strict=True)
        ],
        shipping=Money(checkout.price.shipping_minor, checkout.currency),
        points=checkout.price.points,
        delivery=checkout.delivery,
        place=checkout.place,
        address=checkout.address,
    )


def invoice_of(order: orders.Order) -> Invoice:
    """The invoice of an order that waits for its money: the same wish as its summary's. Raises NotPayable."""
    if order.state != "placed":
        raise orders.not_payable(order)
    return Invoice(
        payload=order.key,
        due=order.due,
        things=[(line, line.quantity, line.money) for line in order.lines],
        shipping=order.shipping,
        points=order.points,
        delivery=order.delivery,
        place=order.place,
        address=order.address,
    )


@db.transaction
async def before_charge(
    *, person_id: int, payload: str, currency: str, amount_minor: int, provider: str, policy: cart.Policy, hold_ms: int
) -> orders.Order:
    """The provider asks whether it may charge: the order is placed now, or was, and is still waiting for its money.

    Raises WrongPayer, NotPayable, WrongAmount, and whatever placing the order refuses.
    """
    checkout_id, revision = wish_of(payload)
    order = await orders.by_key(payload)
    if order is None:
        try:
            order = await orders.place(
                person_id=person_id,
                checkout_id=checkout_id,
                revision=revision,
                provider=provider,
                policy=policy,
                hold_ms=hold_ms,
                due=lambda total: rules.due(total, provider=provider, star_minor=policy.star_minor),
            )
        except cart.NoSuchDraft:
            raise rules.WrongPayer from None
    if order.person_id != person_id:
        raise rules.WrongPayer
    if order.due != Money(amount_minor, currency):
        raise rules.WrongAmount
    if not await orders.keep_open(order_id=order.id):
        raise orders.not_payable(await orders.find(order.id))
    return order


@db.transaction
async def record_charge(
    *,
    provider: str,
    charge_id: str,
    telegram_charge_id: str,
    payload: str,
    person_id: int,
    currency: str,
    amount_minor: int,
) -> None:
    """Keep what a provider took, once per its own number; what becomes of it is decided right after."""
    await db.execute(
        "INSERT INTO charge (provider, charge_id, telegram_charge_id, payload, person_id, currency, amount_minor, state, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'received', ?)"
        " ON CONFLICT (provider, charge_id) DO UPDATE SET times_seen = charge.times_seen + 1",
        *(
            provider,
            charge_id[:200],
            telegram_charge_id[:200],
            payload[:200],
            person_id,
            currency,
            amount_minor,
            clock.now(),
        ),
    )
    await db.wake("charges")


async def advance(*, limit: int = 100) -> int:
    """Let orders take the charges that came, each in a transaction of its own; returns how many were decided."""
    waiting = await db.rows("SELECT id FROM charge WHERE state = 'received' ORDER BY id LIMIT ?", limit)
    decided = 0
    for row in waiting:
        try:
            decided += await _decide(charge_id=row["id"])
        except Exception:
            # The money is kept and the next run tries again; the others are not held up.
            log.exception("charge.undecided", charge=row["id"])
    return decided


@db.transaction
async def take_at_branch(*, order_id: int, actor: str, key: str) -> bool:
    """The clerk took the money for a reserved order; False when it was not waiting for any."""
    order = await orders.find(order_id)
    if not await orders.paid(order_id=order_id, provider="branch", actor=actor, cause="paid at the branch"):
        return False
    if order.total.minor:
        charge_id = await _took_at_branch(order, key)
        await _capture(order, "branch", f"charge:{charge_id}", actor)
    return True


async def refund_due(*, limit: int = 50) -> int:
    """Ask the providers to give back what is to be given back, one by one, outside any transaction; returns how many."""
    at = clock.now()
    due = await db.rows(
        "SELECT r.*, c.provider, c.charge_id AS reference, c.telegram_charge_id, c.person_id, c.amount_minor AS charged"
        " FROM refund r"
        " JOIN charge c ON c.id = r.charge_id WHERE (r.state = 'intended' AND r.not_before <= ?)"
        " OR (r.state = 'sent' AND r.not_before <= ?) ORDER BY r.id LIMIT ?",
        *(at, at - _STUCK_MS, limit),
    )
    done = 0
    for row in due:
        try:
            done += await _refund(row)
        except Exception:
            # It stays `sent`, and is asked for again with the same key; the others are not held up.
            log.exception("refund.unsure", refund=row["id"])
    return done


async def open_refunds() -> Mapping[str, int]:
    """How many refunds are on their way (`intended`, `sent`) or to be paid by hand (`desk`)."""
    found = await db.rows(
        "SELECT state, COUNT(*) AS n FROM refund WHERE state IN ('intended', 'sent') GROUP BY state"
        " UNION ALL SELECT 'desk', COUNT(*) FROM refund WHERE state = 'desk'"
    )
    counted = {str(row["state"]): int(row["n"]) for row in found}
    return {state: counted.get(state, 0) for state in ("intended", "sent", "desk")}


async def note_of_refund(refund_id: int) -> int | None:
    """The credit note that a refund pays, when it pays one."""
    found = await db.rows(
        "SELECT n.id FROM refund r JOIN credit_note n ON r.key = 'credit:' || n.id WHERE r.id = ?", refund_id
    )
    return int(found[0]["id"]) if found else None


async def order_of_refund(refund_id: int) -> int | None:
    """The order that a refund is for; None for money that no order took."""
    found = await db.rows("SELECT order_id FROM refund WHERE id = ?", refund_id)
    return int(found[0]["order_id"]) if found and found[0]["order_id"] is not None else None


@dataclass(frozen=True)
class AtDesk:
    """A refund that no machine can pay: somebody here has to."""

    id: int
    amount: Money
    provider: str
    error: str | None
    at: int


async def at_desk(order_id: int) -> Sequence[AtDesk]:
    """The refunds of an order that somebody here has to pay."""
    found = await db.rows(
        "SELECT r.id, r.amount_minor, r.currency, r.error, r.at, c.provider FROM refund r JOIN charge c ON c.id = r.charge_id"
        " WHERE r.order_id = ? AND r.state = 'desk' ORDER BY r.id",
        order_id,
    )
    return [
        AtDesk(row["id"], Money(row["amount_minor"], row["currency"]), row["provider"], row["error"], row["at"])
        for row in found
    ]


@db.transaction
async def paid_by_hand(*, refund_id: int, actor: str, reference: str) -> bool:
    """Somebody here paid a refund that no machine could, by this reference of a bank, once. False when it is not to be paid."""
    found = await db.rows(
        "SELECT r.*, c.provider, c.person_id FROM refund r JOIN charge c ON c.id = r.charge_id WHERE r.id = ?",
        refund_id,
    )
    if not found:
        return False
    return await _refunded({**found[0], "cause": f"by hand: {reference}"[:200]}, from_state="desk", actor=actor)


async def _took_at_branch(order: orders.Order, key: str) -> int:
    made = await db.rows(
        "INSERT INTO charge (provider, charge_id, payload, person_id, order_id, currency, amount_minor, state, at)"
        " VALUES ('branch', ?, ?, ?, ?, ?, ?, 'applied', ?) RETURNING id",
        *(key, order.key, order.person_id, order.id, order.due.currency, order.due.minor, clock.now()),
    )
    return int(made[0]["id"])


@db.transaction
async def _decide(*, charge_id: int) -> bool:
    taken = await db.execute("UPDATE charge SET state = 'applied' WHERE id = ? AND state = 'received'", charge_id)
    if not taken:
        return False
    charge = (await db.rows("SELECT * FROM charge WHERE id = ?", charge_id))[0]
    order = await orders.by_key(charge["payload"])
    if order is not None and order.person_id not in (charge["person_id"], await _now(charge["person_id"])):
        order = None
    if order is None or not await _takes(order, charge):
        await _give_back(charge, order)
    return True


async def _now(person_id: int) -> int:
    """Who that is now: since she paid, her account may have been joined with another one."""
    return (await people.find(person_id)).id


async def _takes(order: orders.Order, charge: Mapping[str, Any]) -> bool:
    if order.due != Money(charge["amount_minor"], charge["currency"]):
        return False
    provider, actor = str(charge["provider"]), f"person:{order.person_id}"
    if not await orders.paid(order_id=order.id, provider=provider, actor=actor, cause=f"paid through {provider}"):
        return False
    await db.execute("UPDATE charge SET order_id = ? WHERE id = ?", order.id, charge["id"])
    await _capture(order, provider, f"charge:{charge['id']}", actor)
    return True


async def _give_back(charge: Mapping[str, Any], order: orders.Order | None) -> None:
    amount, unit = int(charge["amount_minor"]), str(charge["currency"])
    await db.execute(
        "UPDATE charge SET state = 'to_refund', refunding_minor = amount_minor, order_id = ? WHERE id = ?",
        *(order.id if order else None, charge["id"]),
    )
    await ledger.book(
        kind="capture",
        key=f"charge:{charge['id']}",
        cause="money that no order takes",
        actor="shop",
        postings=[Posting(ledger.gateway(charge["provider"], unit), -amount), Posting(ledger.to_refund(unit), amount)],
        order_id=order.id if order else None,
    )
    await db.execute(
        "INSERT INTO refund (charge_id, order_id, currency, amount_minor, state, cause, key, at)"
        " VALUES (?, ?, ?, ?, 'intended', 'no order takes it', ?, ?)",
        *(charge["id"], order.id if order else None, unit, amount, f"charge:{charge['id']}", clock.now()),
    )
    await events.announce(ChargeUnused(charge["id"], await _now(charge["person_id"]), amount, unit))
    db.after_commit(metrics.REFUND_STEPS.labels("intended").inc)
    await db.wake("refunds")


async def _capture(order: orders.Order, provider: str, key: str, actor: str) -> None:
    amount, unit = order.due
    await ledger.book(
        kind="capture",
        key=key,
        cause="order paid",
        actor=actor,
        postings=[Posting(ledger.gateway(provider, unit), -amount), Posting(ledger.order_hold(order.id, unit), amount)],
        order_id=order.id,
    )


async def _refund(row: Mapping[str, Any]) -> bool:
    refunder = _refunders.get(row["provider"])
    if refunder is None:
        return await _to_desk(row)
    claimed = await db.execute(
        "UPDATE refund SET state = 'sent', not_before = ?, attempts = attempts + 1"
        " WHERE id = ? AND state = ? AND attempts = ?",
        *(clock.now(), row["id"], row["state"], row["attempts"]),
    )
    if not claimed:
        return False
    metrics.REFUND_STEPS.labels("sent").inc()
    try:
        await refunder(
            RefundWish(
                row["reference"],
                row["telegram_charge_id"],
                await _now(row["person_id"]),
                Money(row["amount_minor"], row["currency"]),
                Money(row["charged"], row["currency"]),
                key=f"refund:{row['id']}",
            )
        )
    except NoWayBack:
        return await _to_desk(row)
    except RefundFailed as error:
        if row["attempts"] + 1 >= rules.REFUND_TRIES_MAX:
            return await _to_desk(row)
        await db.execute(
            "UPDATE refund SET state = 'intended', not_before = ?, error = ? WHERE id = ? AND state = 'sent'",
            *(clock.now() + _RETRY_MS * 2 ** int(row["attempts"]), str(error)[:300], row["id"]),
        )
        return False
    return await _refunded(row)


@db.transaction
async def _refunded(row: Mapping[str, Any], *, from_state: str = "sent", actor: str = "shop") -> bool:
    done = await db.execute(
        "UPDATE refund SET state = 'done', done_at = ?, error = NULL WHERE id = ? AND state = ?",
        *(clock.now(), row["id"], from_state),
    )
    if not done:
        return False
    db.after_commit(metrics.REFUND_STEPS.labels("done").inc)
    amount, unit = int(row["amount_minor"]), str(row["currency"])
    await ledger.book(
        kind="refund",
        key=f"refund:{row['id']}",
        cause=row["cause"],
        actor=actor,
        postings=[Posting(ledger.to_refund(unit), -amount), Posting(ledger.gateway(row["provider"], unit), amount)],
        order_id=row["order_id"],
        refund_id=row["id"],
    )
    await events.announce(RefundDone(row["id"], await _now(row["person_id"]), amount, unit))
    return True


@db.transaction
async def _to_desk(row: Mapping[str, Any]) -> bool:
    moved = await db.execute(
        "UPDATE refund SET state = 'desk' WHERE id = ? AND state IN ('intended', 'sent')", row["id"]
    )
    if moved:
        db.after_commit(metrics.REFUND_STEPS.labels("desk").inc)
        payer = await _now(row["person_id"])
        await events.announce(RefundAtDesk(row["id"], payer, row["amount_minor"], row["currency"]))
    return bool(moved)
