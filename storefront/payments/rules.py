"""Which ways to pay there are for an order, and what is refused. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from storefront.kernel.errors import N_, NP_, Refusal
from storefront.kernel.money import Money, allocate, part

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

    text, text_plural = NP_(
        "Of order %(number)s only %(left)s and %(n)s point can still be given back. Choose no more than that.",
        "Of order %(number)s only %(left)s and %(n)s points can still be given back. Choose no more than that.",
    )


@dataclass(frozen=True)
class Back:
    """What comes back for pieces of a line: points, and money with its part of the delivery."""

    points: int
    money_minor: int


def back(quantity: int, done: int, more: int, *, points: int, money_minor: int, shipping_minor: int) -> Back:
    """What `more` of a line's pieces bring back after `done` of them, each share cumulative: in any split they sum exactly."""
    money, shipping = (part(amount, done, more, quantity) for amount in (money_minor, shipping_minor))
    return Back(part(points, done, more, quantity), money + shipping)


@dataclass(frozen=True)
class Sold:
    """A line of an order as its merchant sees it: its pieces, those that came back, and what all of them were paid with.

    `worth_minor` is what its points are worth; tax on top of the price is in the money. `merchant_id` None: the shop's own.
    """

    quantity: int
    credited: int
    money_minor: int
    worth_minor: int
    tax_on_top_minor: int
    merchant_id: int | None
    commission_basis_points: int

    def kept(self, minor: int) -> int:
        """What of an amount for all its pieces is for those that did not come back."""
        return minor - part(minor, 0, self.credited, self.quantity)


@dataclass(frozen=True)
class Due:
    """What a merchant is owed of an order, and the shop's commission: together what his kept things were sold for."""

    owed_minor: int
    commission_minor: int


def dues(lines: Sequence[Sold], *, by_pieces_minor: int, left_minor: int) -> dict[int, Due]:
    """What each merchant (by id) is owed of an order, from how it stands now, however it came to that (docs/how/ledger.md).

    `by_pieces_minor` is the order's money for goods and delivery less that of the pieces that came back; `left_minor` what
    is left of it. They differ by what was given back without pieces, or withheld: that changes what the kept goods cost.
    """
    money = [line.kept(line.money_minor) for line in lines]
    delivery = by_pieces_minor - sum(money)
    paid = allocate(max(0, left_minor - delivery), money) if any(money) else money
    found: dict[int, Due] = {}
    for line, minor in zip(lines, paid, strict=True):
        whole = line.money_minor + line.worth_minor
        if line.merchant_id is None or not whole:
            continue
        price = (whole - line.tax_on_top_minor) * (minor + line.kept(line.worth_minor)) // whole
        commission = price * line.commission_basis_points // 10_000
        so_far = found.get(line.merchant_id, Due(0, 0))
        found[line.merchant_id] = Due(so_far.owed_minor + price - commission, so_far.commission_minor + commission)
    return found


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
