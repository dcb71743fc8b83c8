"""What an order costs and how it may be paid: one pure function prices a cart.

List price, then points, then delivery. Every line keeps its exact share of points and money (docs/how/pricing.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.kernel.errors import N_, Refusal
from storefront.kernel.money import allocate

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


class StaleCheckout(Refusal):
    """The summary was changed, or ordered, since this button was made."""

    text = N_("This summary is not the newest one any more. Open your cart, or My orders, to go on.")


class TooManyPieces(Refusal):
    """More than one order takes."""

    text = N_("At most %(limit)s of one thing fit into an order.")


@dataclass(frozen=True)
class Policy:
    """The operator's rules: a point's worth in minor units, the most of the goods in percent, the provider's least charge.

    `star_minor` is a Telegram Star's worth in minor units; 0 when nothing is sold for Stars.
    """

    point_minor: int = 1
    points_percent: int = 50
    minimum_charge_minor: int = 100
    star_minor: int = 0


@dataclass(frozen=True)
class Piece:
    """A line to price: unit price in minor units, points a gift costs, points one piece takes at most."""

    quantity: int
    unit_minor: int
    unit_points: int = 0
    points_cap: int = 0


@dataclass(frozen=True)
class Share:
    """What one line is paid with: all its points, the part of them that stands for money and what that is worth, money."""

    points: int
    points_minor: int
    money_minor: int
    shipping_minor: int


@dataclass(frozen=True)
class Price:
    """What an order costs: points are all of them, `gift_points` those that gifts cost, `points_minor` the others' worth."""

    goods_minor: int
    shipping_minor: int
    gift_points: int
    points: int
    points_minor: int
    total_minor: int
    points_most: int
    steps: tuple[int, ...]
    shares: tuple[Share, ...]


def price(
    pieces: Sequence[Piece], *, shipping_minor: int, points_wanted: int, points_available: int, policy: Policy
) -> Price:
    """Price an order; `points_wanted` (of those that stand for money) is lowered to what may be used.

    The most is the least of: the customer's points beyond what gifts cost, the pieces' caps, and the operator's part of
    the goods. What is left to pay is zero or at least the provider's minimum.
    """
    goods = [piece.quantity * piece.unit_minor for piece in pieces]
    gifts = [piece.quantity * piece.unit_points for piece in pieces]
    caps = [
        min(piece.quantity * piece.points_cap, line // policy.point_minor)
        for piece, line in zip(pieces, goods, strict=True)
    ]
    free = max(0, points_available - sum(gifts))
    part = sum(goods) * policy.points_percent // 100 // policy.point_minor
    due = sum(goods) + shipping_minor
    most = _leave_enough(min(free, part, sum(caps)), due, policy)
    used = _leave_enough(min(points_wanted, most), due, policy)
    spread = allocate(used, caps, caps) if used else [0] * len(pieces)
    money = [line - points * policy.point_minor for line, points in zip(goods, spread, strict=True)]
    freight = _spread_freight(shipping_minor, goods)
    shares = tuple(
        Share(gift + points, points * policy.point_minor, rest, share)
        for gift, points, rest, share in zip(gifts, spread, money, freight, strict=True)
    )
    return Price(
        goods_minor=sum(goods),
        shipping_minor=shipping_minor,
        gift_points=sum(gifts),
        points=sum(gifts) + used,
        points_minor=used * policy.point_minor,
        total_minor=due - used * policy.point_minor,
        points_most=most,
        steps=_steps(most, due, policy),
        shares=shares,
    )


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
