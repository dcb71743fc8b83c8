"""Verbs of orders."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from storefront import cart, catalog, delivery, ledger, merchants, people, points, promotions
from storefront.kernel import clock, db, events, ids, metrics
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.ledger import Posting
from storefront.orders import rules
from storefront.orders.events import BY_STATE, OrderCalledOff, OrderFact, OrderPlaced, OrderReserved, OrderSentAgain
from storefront.orders.queries import Order, OrderLine, by_key, find, get

log = structlog.get_logger()

_FIRST_NUMBER = 10_000


@db.transaction
async def place(
    *,
    person_id: int,
    checkout_id: int,
    revision: int,
    provider: str,
    policy: cart.Policy,
    hold_ms: int,
    due: Callable[[Money], Money] | None = None,
) -> Order:
    """Make a draft an order: its stock and points are held until it is paid, or for `hold_ms`.

    The draft's id and revision are the key: the second time the same order comes back. What needs no money is paid at
    once. `due` says what the provider takes of a total when it counts in something else (Stars).
    Raises StaleCheckout, NoWay, TooManyUnpaid, SoldOut, OutOfStock, NotEnoughPoints, OverSpendLimit, EnoughGifts,
    CouponUsedUp, CouponOver, FlashLimit, FlashHad, FlashOver, NotFound, and what the noun of its deal refuses.
    """
    key = f"checkout:{checkout_id}:{revision}"
    if (placed := await _placed(key, person_id)) is not None:
        return placed
    checkout = await cart.find(person_id=person_id, checkout_id=checkout_id, policy=policy, locked=True)
    # On PostgreSQL the same wish may have come true while this one waited for the draft.
    if checkout.order_id is not None and (placed := await _placed(key, person_id)) is not None:
        return placed
    _must_be_as_shown(checkout, revision, provider)
    await _refuse_hoarding(person_id)
    order_id = await _write_order(checkout, key, rules.BRANCH_HOLD_MS if provider == "branch" else hold_ms, policy)
    await cart.mark_ordered(checkout=checkout, order_id=order_id)
    if checkout.price.points:
        await points.hold(
            person_id=person_id,
            order_id=order_id,
            points=checkout.price.points,
            for_money=checkout.price.points - checkout.price.gift_points,
        )
        await _refuse_more_gifts(checkout)
    due_minor, currency = due(checkout.total) if due is not None else checkout.total
    await db.execute(
        "INSERT INTO payment (order_id, provider, currency, amount_minor, state, at) VALUES (?, ?, ?, ?, 'pending', ?)",
        *(order_id, provider, currency, due_minor, clock.now()),
    )
    await _note(order_id, None, "placed", f"person:{person_id}", "order placed")
    await promotions.use_coupons(person_id=person_id, order_id=order_id, taken=checkout.price.coupons)
    await _write_lines(order_id, checkout, policy)
    await events.announce(
        (OrderReserved if provider == "branch" else OrderPlaced)(order_id, person_id, _name_of(checkout.deal))
    )
    if checkout.price.total_minor == 0:
        await paid(order_id=order_id, provider=provider, actor=f"person:{person_id}", cause="paid with points")
    return await find(order_id)


@db.transaction
async def paid(*, order_id: int, provider: str, actor: str, cause: str) -> bool:
    """All that was due is there: the order goes on by itself, or waits for its deal. False when it was not waiting for that."""
    moved = await _move(order_id, "placed", "paid", actor, cause)
    if moved is None:
        return False
    await points.capture(person_id=moved.person_id, order_id=order_id)
    await db.execute("UPDATE payment SET state = 'captured', provider = ? WHERE order_id = ?", provider, order_id)
    if moved.deal is None:
        await _move(order_id, "paid", "confirmed", "shop", cause)
    return True


@db.transaction
async def confirm(*, order_id: int, cause: str) -> bool:
    """The deal of a paid order came true: it will be fulfilled. False when it was not waiting for that."""
    return await _move(order_id, "paid", "confirmed", "shop", cause) is not None


@db.transaction
async def call_off(*, order_id: int, actor: str, cause: str) -> bool:
    """A paid order will not be fulfilled; what was paid for it is given back before. False when some of it left the house.

    What was brought to its branch in parcels is in the house again.
    """
    order = await find(order_id, locked=True)
    if order.state not in rules.IN_THE_HOUSE or (order.state != "ready" and any(line.shipped for line in order.lines)):
        return False
    return await _move(order_id, order.state, "cancelled", actor, cause) is not None


@db.transaction
async def send_again(*, order_id: int, pieces: Mapping[int, int], key: str, actor: str, cause: str) -> Order:
    """Other pieces for so many of these lines (line id -> pieces), which cost nothing and go where the first ones went.

    An order of its own, being prepared at once; once per key. Raises NotFound, NotPaid, MoreThanBought, SoldOut, OutOfStock.
    """
    if (known := await by_key(key)) is not None:
        return known
    order = await find(order_id, locked=True)
    if order.state not in rules.PAID_IN:
        raise rules.NotPaid(number=order.number)
    if not pieces or not pieces.keys() <= {line.id for line in order.lines}:
        raise NotFound
    lines = [line for line in order.lines if line.id in pieces]
    for line in lines:
        if not 0 < pieces[line.id] <= line.quantity - line.credited:
            raise rules.MoreThanBought(n=line.quantity - line.credited, name=line.names)
    again = await _write_again(order, key)
    await _write_lines_again(again, order, [(line, pieces[line.id]) for line in lines])
    await _note(again, None, "confirmed", actor, cause)
    await events.announce(OrderSentAgain(again, order.person_id))
    return await find(again)


@db.transaction
async def give_up(*, order_id: int, cause: str) -> bool:
    """Let go of an unpaid order before its time is up; False when it was not unpaid any more."""
    if not await _move(order_id, "placed", "expired", "shop", cause):
        return False
    await _let_go(await find(order_id), cause)
    return True


@db.transaction
async def step(*, order_id: int, to_state: str, actor: str, cause: str) -> bool:
    """Bring an order one step on (shipped, ready, delivered, completed); False when it cannot go there from where it is.

    With `shipped` and `delivered` all that is here still has left.
    """
    order = await find(order_id, locked=True)
    if to_state not in rules.STEPS[order.state] or to_state not in ("shipped", "ready", "delivered", "completed"):
        return False
    if order.state in rules.IN_THE_HOUSE and not any(line.here or line.shipped for line in order.lines):
        return False
    if to_state in ("shipped", "delivered"):
        # Before it is told: who hears of it sees what has left.
        counted = "UPDATE order_line SET shipped = quantity - (credited - returned) WHERE order_id = ?"
        await db.execute(counted, order_id)
    moved = await _move(order_id, order.state, to_state, actor, cause)
    assert moved is not None, "nobody else moves an order that is locked"
    if to_state in ("shipped", "delivered"):
        await catalog.sell(order_id=order_id)
    if to_state == "completed":
        await _settle(order)
    return True


@db.transaction
async def ship_pieces(*, order_id: int, pieces: Mapping[int, int], key: str) -> int:
    """So many pieces of these lines (line id -> pieces) leave the house; returns how many pieces are here still.

    The order is locked by then, and being prepared. Raises NotFound, NotToShip, MoreThanHere.
    """
    order = await find(order_id, locked=True)
    if order.state != "confirmed":
        raise rules.NotToShip(number=order.number)
    if not pieces or not pieces.keys() <= {line.id for line in order.lines}:
        raise NotFound
    for line in sorted((line for line in order.lines if line.id in pieces), key=lambda line: line.variant_id):
        quantity = pieces[line.id]
        assert quantity > 0, "pieces leave, they do not come"
        left = await db.execute(
            "UPDATE order_line SET shipped = shipped + ? WHERE id = ? AND shipped + credited - returned + ? <= quantity",
            *(quantity, line.id, quantity),
        )
        if not left:
            raise rules.MoreThanHere(n=line.here, name=line.names)
        await catalog.sell_pieces(order_id=order_id, variant_id=line.variant_id, quantity=quantity, key=key)
    return sum(line.here for line in order.lines) - sum(pieces.values())


@db.transaction
async def cancel(*, person_id: int, order_id: int) -> Order:
    """The customer does not want it: what it held is given back. Done twice, it is done once.

    Raises NotFound, NotCancellable.
    """
    order = await get(person_id=person_id, order_id=order_id)
    if order.state == "cancelled":
        return order
    if not await _move(order_id, "placed", "cancelled", f"person:{person_id}", "cancelled by the customer"):
        raise rules.NotCancellable(number=order.number)
    await _let_go(order, "order cancelled")
    return await find(order_id)


async def lapse(*, limit: int = 1000) -> int:
    """Let go of what unpaid orders hold whose time is up, each in a transaction of its own; returns how many."""
    late = await db.rows(
        "SELECT id FROM orders WHERE state = 'placed' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
        *(clock.now(), limit),
    )
    count = 0
    for row in late:
        try:
            count += await _lapse(order_id=row["id"])
        except Exception:
            # The next run tries again; the orders of others are not held up.
            log.exception("order.not_lapsed", order=row["id"])
    return count


@db.transaction
async def _lapse(*, order_id: int) -> bool:
    if not await _move(order_id, "placed", "expired", "shop", "not paid in time", " AND expires_at <= ?", clock.now()):
        return False
    await _let_go(await find(order_id), "order not paid in time")
    return True


@db.transaction
async def keep_open(*, order_id: int) -> bool:
    """Give a customer who is paying right now the time to do so; False when the order is not payable any more."""
    kept = await db.execute(
        "UPDATE orders SET expires_at = CASE WHEN expires_at < ? THEN ? ELSE expires_at END"
        " WHERE id = ? AND state = 'placed'",
        *(clock.now() + rules.PAYING_MS, clock.now() + rules.PAYING_MS, order_id),
    )
    return kept == 1


@dataclass(frozen=True)
class Reordered:
    """How many things of an order are in the cart again, of which there were fewer left, and what is gone."""

    added: int
    fewer: Sequence[tuple[Mapping[str, str], int]]
    missing: Sequence[Mapping[str, str]]


@db.transaction
async def reorder(*, person_id: int, order_id: int, key: str) -> Reordered:
    """Put what an order had into the cart, as far as it is there; once per key. Raises NotFound."""
    order = await get(person_id=person_id, order_id=order_id)
    fewer, missing = [], []
    for line in order.lines:
        inside = await cart.add_what_is_left(
            person_id=person_id,
            variant_id=line.variant_id,
            quantity=line.quantity,
            key=f"reorder:{order_id}:{key}:{line.variant_id}",
        )
        if not inside:
            missing.append(line.names)
        elif inside < line.quantity:
            fewer.append((line.names, inside))
    return Reordered(len(order.lines) - len(missing), fewer, missing)


@db.transaction
async def change_address(*, person_id: int, order_id: int, address_id: int) -> Order:
    """Send an order elsewhere while it has not left. Raises NotFound, AddressFixed, FeeDiffers, NoDelivery."""
    order = await get(person_id=person_id, order_id=order_id)
    address = await people.saved_address(person_id=person_id, address_id=address_id)
    if address is None:
        raise NotFound
    if order.address is None:
        raise rules.AddressFixed(number=order.number)
    if address.region != order.address.region:
        fee = await _fee(order, address.region)
        if fee.minor != order.shipping.minor + order.shipping_coupon.minor:
            raise rules.FeeDiffers(fee=fee, number=order.number)
    places = ", ".join("?" * len(rules.ADDRESS_CHANGES_IN))
    changed = await db.execute(
        f"UPDATE orders SET address_id = ? WHERE id = ? AND state IN ({places})",  # noqa: S608  (places only)
        *(address_id, order_id, *sorted(rules.ADDRESS_CHANGES_IN)),
    )
    if not changed:
        raise rules.AddressFixed(number=order.number)
    await _note(order_id, order.state, order.state, f"person:{person_id}", "address changed")
    return await find(order_id)


@dataclass(frozen=True)
class Credited:
    """Pieces of a line that are given back: how many had been before, and how many of these are in the house still."""

    before: int
    here: int


@db.transaction
async def credit_pieces(*, order_id: int, pieces: Mapping[int, int], here: bool = False) -> Mapping[int, Credited]:
    """Note that so many pieces of these lines (line id -> pieces) of an order, which is locked, are given back.

    Those that have left the house come first, or, with `here`, only those that have not. Raises MoreThanBought.
    """
    done = {}
    for line in (await find(order_id, locked=True)).lines:
        if (quantity := pieces.get(line.id, 0)) == 0:
            continue
        gone = 0 if here else min(quantity, line.gone)
        noted = await db.execute(
            "UPDATE order_line SET credited = credited + ?, returned = returned + ? WHERE id = ?"
            " AND returned + ? <= shipped AND shipped + credited - returned + ? <= quantity",
            *(quantity, gone, line.id, gone, quantity - gone),
        )
        if not noted:
            raise rules.MoreThanBought(n=line.here if here else line.here + line.gone, name=line.names)
        done[line.id] = Credited(line.credited, quantity - gone)
    return done


@db.transaction
async def request_tax_invoice(*, person_id: int, order_id: int, title: str, tax_number: str) -> None:
    """Keep for whom the tax invoice of an order shall be made out; the last request counts. Raises NotFound, NotPaid."""
    order = await get(person_id=person_id, order_id=order_id)
    if order.state not in rules.PAID_IN:
        raise rules.NotPaid(number=order.number)
    await db.execute(
        "INSERT INTO tax_request (order_id, title, tax_number, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (order_id) DO UPDATE SET title = excluded.title, tax_number = excluded.tax_number, at = excluded.at",
        *(order_id, title[:200], tax_number[:40], clock.now()),
    )


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the orders of the first are the second's."""
    await db.execute("UPDATE orders SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


async def _placed(key: str, person_id: int) -> Order | None:
    order = await by_key(key)
    if order is not None and order.person_id != person_id:
        raise NotFound
    return order


def _must_be_as_shown(checkout: cart.Checkout, revision: int, provider: str) -> None:
    if checkout.order_id is not None or checkout.revision != revision:
        raise cart.StaleCheckout
    if not checkout.lines:
        raise cart.NothingToBuy
    if checkout.changed or (provider == "points") != (checkout.price.total_minor == 0):
        raise cart.StaleCheckout
    at_branch = checkout.place is not None and checkout.deal is None
    if not checkout.complete or (provider == "branch" and not at_branch):
        raise rules.NoWay


async def _fee(order: Order, region: str) -> Money:
    wanted = {line.variant_id: line.quantity for line in order.lines}
    weight = sum(variant.weight_g * wanted[variant.id] for variant in await catalog.variants(list(wanted)))
    return await delivery.fee(region=region, weight_g=weight, goods=order.goods)


async def _refuse_hoarding(person_id: int) -> None:
    found = await db.rows("SELECT COUNT(*) AS n FROM orders WHERE person_id = ? AND state = 'placed'", person_id)
    if found[0]["n"] >= rules.UNPAID_MAX:
        raise rules.TooManyUnpaid(limit=rules.UNPAID_MAX)


async def _refuse_more_gifts(checkout: cart.Checkout) -> None:
    # Her balance of points is locked by now, so that two orders of hers are counted one after the other.
    ended = ", ".join("?" * len(rules.ENDED))
    for line in checkout.lines:
        limit = line.variant.gift_limit
        if limit is None or not line.variant.is_gift:
            continue
        had = await db.rows(
            "SELECT COALESCE(SUM(l.quantity - l.credited), 0) AS n FROM order_line l"  # noqa: S608  (places only)
            " JOIN orders o ON o.id = l.order_id"
            f" WHERE o.person_id = ? AND l.variant_id = ? AND o.state NOT IN ({ended})",
            *(checkout.person_id, line.variant.id, *rules.ENDED),
        )
        if had[0]["n"] + line.quantity > limit:
            raise rules.EnoughGifts(n=limit, name=line.variant.names)


async def _write_order(checkout: cart.Checkout, key: str, hold_ms: int, policy: cart.Policy) -> int:
    price = checkout.price
    made = await db.rows(
        "INSERT INTO orders (person_id, state, currency, goods_minor, points, points_minor, shipping_minor, total_minor,"
        " coupon_minor, shipping_coupon_minor, tax_minor, tax_added, after_return,"
        " delivery, place_id, address_id, pickup_code, key, placed_at, expires_at, deal)"
        " VALUES (?, 'placed', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        checkout.person_id,
        checkout.currency,
        price.goods_minor,
        price.points,
        price.points_minor,
        price.shipping_minor,
        price.total_minor,
        price.coupon_minor,
        price.shipping_coupon_minor,
        price.tax_minor,
        int(price.tax_added),
        policy.after_return,
        checkout.delivery,
        checkout.place.id if checkout.place else None,
        checkout.address.id if checkout.address else None,
        ids.digits(4) if checkout.place else None,
        key,
        clock.now(),
        clock.now() + hold_ms,
        _name_of(checkout.deal),
    )
    order_id = int(made[0]["id"])
    await db.execute("UPDATE orders SET number = ? WHERE id = ?", f"A-{_FIRST_NUMBER + order_id}", order_id)
    return order_id


async def _write_lines(order_id: int, checkout: cart.Checkout, policy: cart.Policy) -> None:
    owners = await merchants.known() if any(line.variant.merchant for line in checkout.lines) else {}
    # Stock is the row that everybody wants: it is touched last, and always in the same order.
    places = {}
    priced = zip(checkout.lines, checkout.price.shares, strict=True)
    for line, share in sorted(priced, key=lambda pair: pair[0].variant.id):
        places[line.variant.id] = await _hold(order_id, checkout, line, share)
    await db.many(
        "INSERT INTO order_line (order_id, variant_id, place_id, position, names, options, quantity, list_unit_minor,"
        " unit_minor, price_kind, coupon_minor, unit_points, points, points_minor, money_minor, shipping_minor, tax_minor,"
        " gift_minor, merchant_id, commission_basis_points)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(order_id, line.variant.id, places[line.variant.id], position),
                *(_json(line.variant.names), _json(line.variant.options), line.quantity),
                *(_list_unit(line), share.offer.unit_minor, share.offer.kind, share.coupon_minor),
                *(line.variant.points_price or 0, share.points, share.points_minor),
                *(share.money_minor, share.shipping_minor, share.tax_minor),
                line.quantity * (line.variant.points_price or 0) * policy.point_minor,
                *_terms(owners.get(line.variant.merchant or ""), policy),
            )
            for position, (line, share) in enumerate(zip(checkout.lines, checkout.price.shares, strict=True))
        ],
    )


async def _write_again(order: Order, key: str) -> int:
    at = clock.now()
    made = await db.rows(
        "INSERT INTO orders (person_id, state, currency, goods_minor, total_minor, delivery, place_id, address_id,"
        " pickup_code, key, placed_at, expires_at) VALUES (?, 'confirmed', ?, 0, 0, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        *(order.person_id, order.total.currency, order.delivery),
        *(order.place.id if order.place else None, order.address.id if order.address else None),
        *(ids.digits(4) if order.place else None, key, at, at),
    )
    order_id = int(made[0]["id"])
    await db.execute("UPDATE orders SET number = ? WHERE id = ?", f"A-{_FIRST_NUMBER + order_id}", order_id)
    await db.execute(
        "INSERT INTO payment (order_id, provider, currency, amount_minor, state, at) VALUES (?, 'points', ?, 0, 'captured', ?)",
        *(order_id, order.total.currency, at),
    )
    return order_id


async def _write_lines_again(order_id: int, order: Order, pieces: Sequence[tuple[OrderLine, int]]) -> None:
    # As in `_write_lines`: stock is touched in the same order by everybody.
    for line, quantity in sorted(pieces, key=lambda pair: pair[0].variant_id):
        place_id = await catalog.hold(
            variant_id=line.variant_id,
            quantity=quantity,
            order_id=order_id,
            key=f"order:{order_id}:{line.variant_id}",
            prefer_place_id=order.place.id if order.place else None,
        )
        await db.execute(
            "INSERT INTO order_line (order_id, variant_id, place_id, position, names, options, quantity, list_unit_minor,"
            " unit_minor, money_minor, merchant_id) SELECT ?, variant_id, ?, position, names, options, ?, 0, 0, 0, merchant_id"
            " FROM order_line WHERE id = ?",
            *(order_id, place_id, quantity, line.id),
        )


async def _hold(order_id: int, checkout: cart.Checkout, line: cart.Line, share: cart.Share) -> int:
    if share.offer.kind == "flash":
        assert line.sale is not None
        return await promotions.take(
            sale_id=line.sale.id, person_id=checkout.person_id, order_id=order_id, quantity=line.quantity
        )
    key = f"order:{order_id}:{line.variant.id}"
    if checkout.deal is not None and (place_id := checkout.deal.place_id) is not None:
        await catalog.hold_aside(
            variant_id=line.variant.id, place_id=place_id, quantity=line.quantity, order_id=order_id, key=key
        )
        return place_id
    return await catalog.hold(
        variant_id=line.variant.id,
        quantity=line.quantity,
        order_id=order_id,
        key=key,
        prefer_place_id=checkout.place.id if checkout.place else None,
    )


async def _let_go(order: Order, cause: str) -> None:
    await points.release(person_id=order.person_id, order_id=order.id, cause=cause)
    await catalog.release(order_id=order.id)
    await promotions.give_back(order_id=order.id)
    await db.execute("UPDATE payment SET state = 'cancelled' WHERE order_id = ? AND state = 'pending'", order.id)


async def _settle(order: Order) -> None:
    await points.settle(order_id=order.id)
    unit = order.due.currency
    hold = ledger.order_hold(order.id, unit)
    if amount := await ledger.balance(hold, locked=True):
        await ledger.book(
            kind="settle",
            key=f"settle:order:{order.id}:money",
            cause="order completed",
            actor="shop",
            postings=[Posting(hold, -amount), Posting(ledger.revenue(unit), amount)],
            order_id=order.id,
        )


async def _move(
    order_id: int, from_state: str, to_state: str, actor: str, cause: str, condition: str = "", *values: int
) -> OrderFact | None:
    assert to_state in rules.STEPS[from_state], f"{from_state} -> {to_state}"
    changed = await db.execute(
        f"UPDATE orders SET state = ? WHERE id = ? AND state = ?{condition}",  # noqa: S608  (a constant)
        *(to_state, order_id, from_state, *values),
    )
    if not changed:
        return None
    await _note(order_id, from_state, to_state, actor, cause)
    moved = (await db.rows("SELECT person_id, deal FROM orders WHERE id = ?", order_id))[0]
    called_off = to_state == "cancelled" and from_state != "placed"
    fact = (OrderCalledOff if called_off else BY_STATE[to_state])(order_id, int(moved["person_id"]), moved["deal"])
    await events.announce(fact)
    return fact


async def _note(order_id: int, from_state: str | None, to_state: str, actor: str, cause: str) -> None:
    await db.execute(
        "INSERT INTO order_event (order_id, from_state, to_state, actor, cause, at) VALUES (?, ?, ?, ?, ?, ?)",
        *(order_id, from_state, to_state, actor, cause, clock.now()),
    )
    if from_state != to_state:
        db.after_commit(metrics.ORDER_STEPS.labels(to_state).inc)


def _terms(owner: merchants.Merchant | None, policy: cart.Policy) -> tuple[int | None, int]:
    """Whose the things of a line are, and the commission on them from now on."""
    if owner is None:
        return None, 0
    own = owner.commission_basis_points
    return owner.id, policy.commission_basis_points if own is None else own


def _name_of(deal: cart.Deal | None) -> str | None:
    return None if deal is None else deal.name


def _list_unit(line: cart.Line) -> int:
    assert line.variant.price is not None
    return 0 if line.variant.is_gift else line.variant.price.minor


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
