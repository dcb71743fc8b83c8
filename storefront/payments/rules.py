"""Which ways to pay there are for an order, and what is refused. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from storefront.kernel.errors import N_, Refusal
from storefront.kernel.money import Money, part

REFUND_TRIES_MAX = 8
STARS = "XTR"


class WrongAmount(Refusal):
    """The provider asks about another sum than is due."""

    text = N_("The price has changed since this invoice was made. Open the newest summary and pay there.")


class WrongPayer(Refusal):
    """The invoice is somebody else's."""

    text = N_("This invoice was made for somebody else. Search for the thing and order it yourself.")


class MoreThanPaid(Refusal):
    """More money is wanted back than is left of what was paid."""

    text = N_("Of order %(number)s only %(left)s can still be given back. Choose no more than that.")


@dataclass(frozen=True)
class Back:
    """What comes back for pieces of a line: points, and money with its part of the delivery."""

    points: int
    money_minor: int


def back(quantity: int, done: int, more: int, *, points: int, money_minor: int, shipping_minor: int) -> Back:
    """What `more` of a line's pieces bring back after `done` of them, each share cumulative: in any split they sum exactly."""
    money, shipping = (part(amount, done, more, quantity) for amount in (money_minor, shipping_minor))
    return Back(part(points, done, more, quantity), money + shipping)


def providers(
    *,
    total_minor: int,
    kinds: Collection[str],
    pickup: bool,
    channel: str,
    has_token: bool,
    minimum_minor: int = 0,
    star_minor: int = 0,
) -> list[str]:
    """The ways to pay that may be offered, the first one first.

    `points`: nothing is left to pay. `kinds` are those of the things: goods, digital. Inside Telegram digital things may be
    sold for Stars only, and others not for Stars (its rule).
    """
    if total_minor == 0:
        return ["points"]
    offered = []
    if channel == "webchat":
        offered.append("demo")
    elif set(kinds) == {"digital"} and star_minor:
        offered.append("stars")
    elif "digital" not in kinds and has_token and total_minor >= minimum_minor:
        offered.append("telegram")
    if pickup and "digital" not in kinds:
        offered.append("branch")
    return offered


def due(total: Money, *, provider: str, star_minor: int) -> Money:
    """What a provider takes for this total: in whole Stars, rounded up, or the total itself."""
    if provider != "stars":
        return total
    assert star_minor > 0, "nothing is sold for Stars here"
    return Money(-(-total.minor // star_minor), STARS)
