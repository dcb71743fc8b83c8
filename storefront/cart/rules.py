"""What an order costs and how it may be paid: one pure function prices a cart.

List price, the lowest price she may have, coupons, points, delivery, tax. Every line keeps its exact share of each
(docs/how/pricing.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront import promotions
from storefront.kernel.errors import N_, NP_, NotFound, Refusal
from storefront.kernel.money import allocate
from storefront.promotions import Coupon, Discount, Goods, Taken

PIECES_MAX = 99
LINES_MAX = 50


class CartFull(Refusal):
    """More lines than a cart holds."""

    text = N_("Your cart holds %(limit)s different things. Order these first, or take one out.")


class NotForSale(Refusal):
    """The thing has no price yet, or was withdrawn."""

    text = N_("%(name)s is not for sale at the moment. Search for something like it.")


class NothingToBuy(Refusal):
    """The cart is empty."""

    text = N_("Your cart is empty. Type what you are looking for.")


class MixedCurrencies(Refusal):
    """Things in two currencies cannot be paid at once."""

    text = N_("These things are sold in different currencies. Order them one after the other.")


class NoSuchDraft(NotFound):
    """The customer has no draft of this number."""


class StaleCheckout(Refusal):
    """The summary was changed, or ordered, since this button was made."""

    text = N_("This summary is not the newest one any more. Open your cart, or My orders, to go on.")


class TooManyPieces(Refusal):
    """More than one order takes."""

    text = N_("At most %(limit)s of one thing fit into an order.")


class DealLimit(Refusal):
    """More pieces than this price is for."""

    text, text_plural = NP_(
        "At this price you can have %(n)s piece. Order that one.",
        "At this price you can have %(n)s pieces. Order no more than that.",
    )


@dataclass(frozen=True)
class Policy:
    """The operator's rules: a point's worth in minor units, the most of the goods in percent, the provider's least charge.

    `star_minor` is a Telegram Star's worth in minor units; 0 when nothing is sold for Stars. Tax is in hundredths of a
    percent, in the prices or on top of them. `after_return` says whether a coupon stays (`keep`) or is taken back
    (`withdraw`) when what is kept of an order no longer reaches its minimum. The commission, in hundredths of a percent, is
    on the things of merchants that have no rate of their own.
    """

    point_minor: int = 1
    points_percent: int = 50
    minimum_charge_minor: int = 100
    star_minor: int = 0
    tax_basis_points: int = 0
    tax_added: bool = False
    after_return: str = "keep"
    commission_basis_points: int = 0


@dataclass(frozen=True)
class Offer:
    """A price that this person may have for a line: `flash`, `group` or `member`."""

    kind: str
    unit_minor: int


@dataclass(frozen=True)
class Deal:
    """A price that an order may have because of what it is part of, such as a group: paid, it waits for that to come true.

    `name` says in the words of the noun that made it what the order is part of. It is for at most `most` pieces, which lie
    set aside at `place_id`; None: they are of those on offer. Coupons do not count with it, points do `with_points`.
    """

    name: str
    offer: Offer
    most: int
    place_id: int | None
    with_points: bool


@dataclass(frozen=True)
class Piece:
    """A line to price: list price in minor units, points a gift costs, points one piece takes at most, what else is offered."""

    quantity: int
    unit_minor: int
    unit_points: int = 0
    points_cap: int = 0
    path: str = ""
    merchant: str = ""
    offers: tuple[Offer, ...] = ()

    @property
    def offer(self) -> Offer:
        """The lowest price that she may have; of two alike, the list's, then the one named first."""
        return min((Offer("list", self.unit_minor), *self.offers), key=lambda offer: offer.unit_minor)


@dataclass(frozen=True)
class Share:
    """What one line is paid with: all its points, the part of them that stands for money and what that is worth, money.

    `tax_minor` is in these amounts; where tax is added, it is in `money_minor`.
    """

    offer: Offer
    coupon_minor: int
    points: int
    points_minor: int
    money_minor: int
    shipping_minor: int
    tax_minor: int


@dataclass(frozen=True)
class Price:
    """What an order costs: points are all of them, `gift_points` those that gifts cost, `points_minor` the others' worth.

    `goods_minor` is before coupons, `coupon_minor` what those took off it; `shipping_minor` is after them.
    """

    goods_minor: int
    coupons: tuple[Taken, ...]
    coupon_minor: int
    shipping_minor: int
    shipping_coupon_minor: int
    gift_points: int
    points: int
    points_minor: int
    tax_minor: int
    tax_added: bool
    total_minor: int
    points_most: int
    steps: tuple[int, ...]
    shares: tuple[Share, ...]


def price(
    pieces: Sequence[Piece],
    *,
    shipping_minor: int,
    points_wanted: int,
    points_available: int,
    policy: Policy,
    coupons: Sequence[Coupon] = (),
    points_today: int | None = None,
) -> Price:
    """Price an order; `points_wanted` (of those that stand for money) is lowered to what may be used.

    The most is the least of: the customer's points beyond what gifts cost, the pieces' caps, the operator's part of the
    goods, and what her limit of the day leaves (`points_today`; None: there is no limit). What is left to pay is zero or
    at least the provider's minimum, and coupons and points take less for it.
    """
    goods = goods_of(pieces)
    cut = _coupons(goods, coupons, shipping_minor, policy)
    rest = [line.minor - share for line, share in zip(goods, cut.lines, strict=True)]
    gifts = [piece.quantity * piece.unit_points for piece in pieces]
    caps = [
        min(piece.quantity * piece.points_cap, line // policy.point_minor)
        for piece, line in zip(pieces, rest, strict=True)
    ]
    freight = _spread_freight(shipping_minor - cut.shipping_minor, rest)
    tax = _tax([line + share for line, share in zip(rest, freight, strict=True)], policy)
    added = tax if policy.tax_added else [0] * len(pieces)
    due = sum(rest) + sum(freight) + sum(added)
    free = max(0, points_available - sum(gifts))
    if points_today is not None:
        free = min(free, points_today)
    part_of_goods = sum(rest) * policy.points_percent // 100 // policy.point_minor
    most = _leave_enough(min(free, part_of_goods, sum(caps)), due, policy)
    used = _leave_enough(min(points_wanted, most), due, policy)
    spread = allocate(used, caps, caps) if used else [0] * len(pieces)
    return Price(
        goods_minor=sum(line.minor for line in goods),
        coupons=cut.taken,
        coupon_minor=sum(cut.lines),
        shipping_minor=sum(freight),
        shipping_coupon_minor=cut.shipping_minor,
        gift_points=sum(gifts),
        points=sum(gifts) + used,
        points_minor=used * policy.point_minor,
        tax_minor=sum(tax),
        tax_added=policy.tax_added and sum(tax) > 0,
        total_minor=due - used * policy.point_minor,
        points_most=most,
        steps=_steps(most, due, policy),
        shares=tuple(
            Share(
                offer=piece.offer,
                coupon_minor=cut.lines[at],
                points=gifts[at] + spread[at],
                points_minor=spread[at] * policy.point_minor,
                money_minor=rest[at] - spread[at] * policy.point_minor + added[at],
                shipping_minor=freight[at],
                tax_minor=tax[at],
            )
            for at, piece in enumerate(pieces)
        ),
    )


def goods_of(pieces: Sequence[Piece]) -> list[Goods]:
    """The lines as coupons see them."""
    return [Goods(piece.quantity * piece.offer.unit_minor, piece.path, piece.merchant) for piece in pieces]


def _coupons(goods: Sequence[Goods], coupons: Sequence[Coupon], shipping_minor: int, policy: Policy) -> Discount:
    cut = promotions.discount(coupons, goods, shipping_minor=shipping_minor)
    whole = sum(line.minor for line in goods) + shipping_minor
    if 0 < whole - cut.minor < policy.minimum_charge_minor <= whole:
        budget = whole - policy.minimum_charge_minor
        return promotions.discount(coupons, goods, shipping_minor=shipping_minor, budget_minor=budget)
    return cut


def _tax(bases: Sequence[int], policy: Policy) -> list[int]:
    """Half a minor unit is rounded up, once for the order; lines share it by what is taxed of them."""
    whole = 10_000 if policy.tax_added else 10_000 + policy.tax_basis_points
    tax = (sum(bases) * policy.tax_basis_points * 2 + whole) // (2 * whole)
    return allocate(tax, bases) if tax else [0] * len(bases)


def _spread_freight(shipping_minor: int, goods: Sequence[int]) -> list[int]:
    if not shipping_minor:
        return [0] * len(goods)
    return allocate(shipping_minor, goods if any(goods) else [1] * len(goods))


def _leave_enough(points: int, due_minor: int, policy: Policy) -> int:
    rest = due_minor - points * policy.point_minor
    if rest == 0 or rest >= policy.minimum_charge_minor:
        return points
    return max(0, (due_minor - policy.minimum_charge_minor) // policy.point_minor)


def _steps(most: int, due_minor: int, policy: Policy) -> tuple[int, ...]:
    """None, up to two round steps, and the most."""
    if most <= 0:
        return (0,)
    unit = 10 ** max(0, len(str(most)) - 1)
    rounds = [unit * times for times in (1, 2, 5) if unit * times < most and (most // (unit * times)) <= 5]
    steps = [0, *rounds[-2:], most]
    return tuple(dict.fromkeys(_leave_enough(step, due_minor, policy) for step in steps))
