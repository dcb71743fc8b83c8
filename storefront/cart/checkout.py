"""The draft of an order: lines, how they reach the customer, which points she uses. Its id and revision are the wish's key."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storefront import catalog, delivery, people, points, promotions
from storefront.cart import rules
from storefront.cart.rules import Deal, Offer, Piece, Policy, Price
from storefront.cart.service import lines as cart_lines
from storefront.cart.service import must_be_sold, to_be_had
from storefront.delivery import Branch
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money

AS_MANY_AS_POSSIBLE = -1
_EVERYTHING = 2**62


@dataclass(frozen=True)
class Line:
    """So many of a variant, and the flash sale that it has or will have; with a deal there is none."""

    variant: catalog.Variant
    quantity: int
    sale: promotions.Sale | None = None
    deal: Deal | None = None


@dataclass(frozen=True)
class Checkout:
    """A draft as it stands, priced now. `delivery` is pickup, ship or digital; `place` or `address` says where.

    `held` are the customer's coupons; the best of them are used, unless she has `chosen` some. `changed` when it costs
    something else now than its summary said: then it is shown anew, not ordered.
    """

    id: int
    person_id: int
    revision: int
    from_cart: bool
    order_id: int | None
    lines: Sequence[Line]
    delivery: str
    place: Branch | None
    address: people.Address | None
    currency: str
    price: Price
    points_available: int
    points_today: int | None
    goods: Sequence[promotions.Goods]
    held: Sequence[promotions.Held]
    chosen: bool
    changed: bool
    deal: Deal | None = None

    @property
    def total(self) -> Money:
        """What is left to pay in money."""
        return Money(self.price.total_minor, self.currency)

    @property
    def complete(self) -> bool:
        """Whether all is known to place the order."""
        return self.delivery == "digital" or self.place is not None or self.address is not None


@dataclass(frozen=True)
class Look:
    """A variant as this customer may have it: how many, what one costs her when she takes so many, and by which right.

    `line` has as many as can be had, at least one to look at.
    """

    line: Line
    most: int
    unit: Money | None
    kind: str


async def look(*, person_id: int, variant: catalog.Variant, quantity: int) -> Look:
    """What so many of a variant cost this customer now, before coupons, and how many she can have."""
    return (await looks(person_id=person_id, wanted=[(variant, quantity)]))[0]


async def looks(*, person_id: int | None, wanted: Sequence[tuple[catalog.Variant, int]]) -> list[Look]:
    """As `look`, of several things; without a person, what anybody would pay."""
    lines = await _with_sales(person_id, [Line(variant, quantity) for variant, quantity in wanted])
    mosts = [to_be_had(line.variant, line.sale) for line in lines]
    lines = [
        replace(line, quantity=max(1, min(line.quantity, most or 1, rules.PIECES_MAX)))
        for line, most in zip(lines, mosts, strict=True)
    ]
    priced = iter(await _pieces(person_id, [line for line in lines if line.variant.price is not None]))
    return [_look(line, most, priced) for line, most in zip(lines, mosts, strict=True)]


def _look(line: Line, most: int, priced: Iterator[Piece]) -> Look:
    if line.variant.price is None:
        return Look(line, most, None, "list")
    offer = next(priced).offer
    return Look(line, most, Money(offer.unit_minor, line.variant.price.currency), offer.kind)


@db.transaction
async def draft(
    *, person_id: int, policy: Policy, variant_id: int | None = None, quantity: int = 1, deal: Deal | None = None
) -> Checkout:
    """Begin an order of one thing, as part of a deal or not, or of the cart, with what the customer chose last time.

    Raises NotFound, NothingToBuy, NotForSale, SoldOut, OutOfStock, TooManyPieces, DealLimit, MixedCurrencies.
    """
    if variant_id is not None:
        variant = await catalog.variant(variant_id)
        wanted = await _with_sales(person_id, [Line(variant, quantity, deal=deal)])
    else:
        wanted = await _in_cart(person_id)
    for line in wanted:
        must_be_sold(line.variant, line.quantity, line.sale, line.deal)
    if len({line.variant.price.currency for line in wanted if line.variant.price is not None}) > 1:
        raise rules.MixedCurrencies
    habit = await _habit(person_id, digital=all(line.variant.kind == "digital" for line in wanted))
    made = await db.rows(
        "INSERT INTO checkout (person_id, from_cart, delivery, place_id, address_id, points, created_at, deal, deal_minor,"
        " deal_most, deal_place_id, deal_points) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?) RETURNING id",
        *(person_id, int(variant_id is None), habit["delivery"], habit["place_id"], habit["address_id"], clock.now()),
        *_deal_cells(deal),
    )
    checkout_id = int(made[0]["id"])
    await db.many(
        "INSERT INTO checkout_line (checkout_id, variant_id, quantity) VALUES (?, ?, ?)",
        [(checkout_id, line.variant.id, line.quantity) for line in wanted],
    )
    if habit["points"]:
        wish = _EVERYTHING if habit["points"] == AS_MANY_AS_POSSIBLE else habit["points"]
        await _set(checkout_id, "points = ?", wish)
    return await _show(person_id, checkout_id, policy)


@db.transaction
async def change(
    *,
    person_id: int,
    checkout_id: int,
    policy: Policy,
    quantity: int | None = None,
    place_id: int | None = None,
    address_id: int | None = None,
    points_wanted: int | None = None,
    coupon_ids: Collection[int] | None = None,
    best_coupons: bool = False,
) -> Checkout:
    """Change a draft, or only look at it anew; it makes the buttons of the summary before it stale.

    Raises NotFound, StaleCheckout for one that was ordered, NoDelivery, SoldOut, OutOfStock, TooManyPieces, NotForSale.
    """
    row = await _row(person_id, checkout_id)
    if row["order_id"] is not None:
        raise rules.StaleCheckout
    if quantity is not None:
        await _set_quantity(row, quantity)
    if place_id is not None:
        if place_id not in {branch.id for branch in await delivery.branches()}:
            raise NotFound
        await _set(checkout_id, "delivery = 'pickup', place_id = ?, address_id = NULL", place_id)
    if address_id is not None:
        if await people.saved_address(person_id=person_id, address_id=address_id) is None:
            raise NotFound
        await _set(checkout_id, "delivery = 'ship', place_id = NULL, address_id = ?", address_id)
    if points_wanted is not None:
        await _set(checkout_id, "points = ?", max(0, points_wanted))
    if coupon_ids is not None:
        await _set(checkout_id, "coupons = ?", " ".join(map(str, sorted(coupon_ids))))
    if best_coupons:
        await _set(checkout_id, "coupons = ?", None)
    await _set(checkout_id, "revision = revision + ?", 1)
    return await _show(person_id, checkout_id, policy)


async def find(*, person_id: int, checkout_id: int, policy: Policy, locked: bool = False) -> Checkout:
    """A draft of this customer, priced as of now. Raises NotFound, NoDelivery."""
    row = await _row(person_id, checkout_id, locked=locked)
    deal = _deal(row)
    wanted = await _lines(person_id, checkout_id, deal)
    currency = next((line.variant.price.currency for line in wanted if line.variant.price is not None), "XXX")
    # A draft goes to no address that was removed meanwhile: she is asked anew.
    address = (
        await people.saved_address(person_id=person_id, address_id=row["address_id"])
        if row["address_id"] is not None
        else None
    )
    place = await delivery.branch(row["place_id"]) if row["place_id"] is not None else None
    pieces = await _pieces(person_id, wanted)
    goods = rules.goods_of(pieces)
    shipping = await _shipping(row["delivery"], address, wanted, Money(sum(line.minor for line in goods), currency))
    held = await promotions.held(person_id) if deal is None else []
    usable = [one.coupon for one in held if one.begun and counts(one.coupon, goods, currency)]
    chosen = row["coupons"] is not None
    if chosen:
        # Of one stack the last one counts.
        by_stack = {coupon.stack: coupon for coupon in usable if str(coupon.id) in row["coupons"].split()}
        coupons = list(by_stack.values())
    else:
        coupons = list(promotions.best(usable, goods, shipping_minor=shipping.minor))
    available = (await points.balance(person_id)).available if deal is None or deal.with_points else 0
    today = await points.spendable(person_id)
    price = rules.price(
        pieces,
        shipping_minor=shipping.minor,
        points_wanted=row["points"],
        points_available=available,
        points_today=today,
        policy=policy,
        coupons=coupons,
    )
    return Checkout(
        id=row["id"],
        person_id=person_id,
        revision=row["revision"],
        from_cart=bool(row["from_cart"]),
        order_id=row["order_id"],
        lines=wanted,
        delivery=row["delivery"],
        place=place,
        address=address,
        currency=currency,
        price=price,
        points_available=available,
        points_today=today,
        goods=goods,
        held=held,
        chosen=chosen,
        changed=(price.total_minor, price.points) != (row["shown_minor"], row["shown_points"]),
        deal=deal,
    )


@db.transaction
async def mark_ordered(*, checkout: Checkout, order_id: int) -> None:
    """The draft became an order: remember the choices, take its things out of the cart. Raises StaleCheckout."""
    marked = await db.execute(
        "UPDATE checkout SET order_id = ? WHERE id = ? AND revision = ? AND order_id IS NULL",
        *(order_id, checkout.id, checkout.revision),
    )
    if not marked:
        raise rules.StaleCheckout
    await _remember(checkout)
    if checkout.from_cart:
        # What came into the cart after the summary was made stays there.
        ordered = [(checkout.person_id, line.variant.id, line.quantity) for line in checkout.lines]
        mine = "WHERE person_id = ? AND variant_id = ?"
        await db.many(f"DELETE FROM cart_line {mine} AND quantity <= ?", ordered)  # noqa: S608  (a constant)
        await db.many(
            f"UPDATE cart_line SET quantity = quantity - ? {mine}",  # noqa: S608
            [(quantity, person_id, variant_id) for person_id, variant_id, quantity in ordered],
        )


def counts(coupon: promotions.Coupon, goods: Sequence[promotions.Goods], currency: str) -> bool:
    """Whether a coupon may be used for these things."""
    short = promotions.missing(coupon, goods, currency)
    return short is not None and short.minor == 0


async def has_habit(person_id: int) -> bool:
    """Whether the customer ordered before, so that nothing need be asked."""
    return bool(await db.rows("SELECT 1 FROM habit WHERE person_id = ?", person_id))


async def _show(person_id: int, checkout_id: int, policy: Policy) -> Checkout:
    """Price the draft, and note what its summary is about to say: only that may be ordered."""
    found = await find(person_id=person_id, checkout_id=checkout_id, policy=policy)
    price = found.price
    await db.execute(
        "UPDATE checkout SET points = ?, shown_minor = ?, shown_points = ? WHERE id = ?",
        *(price.points - price.gift_points, price.total_minor, price.points, checkout_id),
    )
    return replace(found, changed=False)


async def _remember(checkout: Checkout) -> None:
    used = checkout.price.points - checkout.price.gift_points
    wish = AS_MANY_AS_POSSIBLE if used and used == checkout.price.points_most else used
    if checkout.deal is not None and not checkout.deal.with_points:
        # It was not hers to choose.
        wish = (await _habit(checkout.person_id, digital=False))["points"]
    if checkout.delivery == "digital":
        await db.execute(
            "INSERT INTO habit (person_id, delivery, points) VALUES (?, 'digital', ?)"
            " ON CONFLICT (person_id) DO UPDATE SET points = excluded.points",
            *(checkout.person_id, wish),
        )
        return
    await db.execute(
        "INSERT INTO habit (person_id, delivery, place_id, address_id, points) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET delivery = excluded.delivery, place_id = excluded.place_id,"
        " address_id = excluded.address_id, points = excluded.points",
        checkout.person_id,
        checkout.delivery,
        checkout.place.id if checkout.place else None,
        checkout.address.id if checkout.address else None,
        wish,
    )


async def _habit(person_id: int, *, digital: bool) -> Mapping[str, Any]:
    found = await db.rows("SELECT * FROM habit WHERE person_id = ?", person_id)
    habit: dict[str, Any] = (
        dict(found[0]) if found else {"delivery": "pickup", "place_id": None, "address_id": None, "points": 0}
    )
    if digital:
        return {**habit, "delivery": "digital", "place_id": None, "address_id": None}
    if habit["address_id"] is not None:
        address = await people.saved_address(person_id=person_id, address_id=habit["address_id"])
        if address is not None:
            return habit
    open_now = await delivery.branches()
    if habit["place_id"] in {branch.id for branch in open_now}:
        return {**habit, "delivery": "pickup", "address_id": None}
    nearest = open_now[0].id if open_now else None
    return {**habit, "delivery": "pickup" if open_now else "ship", "place_id": nearest, "address_id": None}


async def _in_cart(person_id: int) -> list[Line]:
    """What is in the cart, as far as it is there; nothing at all is a refusal that says why."""
    inside = await cart_lines(person_id)
    if not inside:
        raise rules.NothingToBuy
    wanted = await _with_sales(person_id, [Line(line.variant, line.quantity) for line in inside])
    there = [
        replace(line, quantity=min(line.quantity, to_be_had(line.variant, line.sale)))
        for line in wanted
        if to_be_had(line.variant, line.sale) > 0 and line.variant.price is not None
    ]
    if not there:
        must_be_sold(inside[0].variant, 1)
    return there


async def _row(person_id: int, checkout_id: int, *, locked: bool = False) -> Mapping[str, Any]:
    lock = " FOR UPDATE" if locked and db.dialect() == "postgres" else ""
    found = await db.rows(f"SELECT * FROM checkout WHERE id = ? AND person_id = ?{lock}", checkout_id, person_id)  # noqa: S608
    if not found:
        raise rules.NoSuchDraft
    return found[0]


async def _lines(person_id: int, checkout_id: int, deal: Deal | None) -> list[Line]:
    found = await db.rows("SELECT * FROM checkout_line WHERE checkout_id = ? ORDER BY id", checkout_id)
    quantities = {row["variant_id"]: int(row["quantity"]) for row in found}
    there = await catalog.variants(list(quantities))
    return await _with_sales(person_id, [Line(variant, quantities[variant.id], deal=deal) for variant in there])


async def _with_sales(person_id: int | None, wanted: Sequence[Line]) -> list[Line]:
    sales = await promotions.sales_of(person_id=person_id, variant_ids=[line.variant.id for line in wanted])
    return [replace(line, sale=sales.get(line.variant.id) if line.deal is None else None) for line in wanted]


async def _set_quantity(row: Mapping[str, Any], quantity: int) -> None:
    lines = await _lines(row["person_id"], row["id"], _deal(row))
    if len(lines) != 1:
        raise NotFound
    wanted, line = max(1, quantity), lines[0]
    must_be_sold(line.variant, wanted, line.sale, line.deal)
    await db.execute("UPDATE checkout_line SET quantity = ? WHERE checkout_id = ?", wanted, row["id"])


async def _set(checkout_id: int, change: str, value: int | str | None) -> None:
    changed = await db.execute(
        f"UPDATE checkout SET {change} WHERE id = ? AND order_id IS NULL",  # noqa: S608
        value,
        checkout_id,
    )
    if not changed:
        raise rules.StaleCheckout


async def _shipping(how: str, address: people.Address | None, wanted: Sequence[Line], goods: Money) -> Money:
    if how != "ship" or address is None:
        return Money(0, goods.currency)
    weight = sum(line.variant.weight_g * line.quantity for line in wanted)
    return await delivery.fee(region=address.region, weight_g=weight, goods=goods)


async def _pieces(person_id: int | None, wanted: Sequence[Line]) -> list[Piece]:
    is_member = person_id is not None and await people.is_member(person_id)
    standings = await catalog.standings([line.variant.id for line in wanted])
    return [_piece(line, standings[line.variant.id], is_member=is_member) for line in wanted]


def _piece(line: Line, standing: catalog.Standing, *, is_member: bool) -> Piece:
    variant, sale, offers = line.variant, line.sale, []
    if variant.price is None:
        raise rules.NotForSale(name=variant.names)
    if variant.is_gift:
        return Piece(line.quantity, 0, unit_points=variant.points_price or 0)
    if line.deal is not None:
        offers.append(line.deal.offer)
    if sale is not None and sale.open and line.quantity <= sale.mine:
        offers.append(Offer("flash", sale.price.minor))
    if is_member and line.deal is None and variant.member_price is not None:
        offers.append(Offer("member", variant.member_price.minor))
    return Piece(
        quantity=line.quantity,
        unit_minor=variant.price.minor,
        points_cap=variant.points_cap,
        path=standing.category,
        merchant=standing.merchant,
        offers=tuple(offers),
    )


def _deal_cells(deal: Deal | None) -> tuple[str | int | None, ...]:
    if deal is None:
        return (None,) * 5
    return deal.name, deal.offer.unit_minor, deal.most, deal.place_id, int(deal.with_points)


def _deal(row: Mapping[str, Any]) -> Deal | None:
    if row["deal"] is None:
        return None
    offer = Offer("group", row["deal_minor"])
    return Deal(row["deal"], offer, row["deal_most"], row["deal_place_id"], bool(row["deal_points"]))
