"""Which coupons count for an order and what they take off, and what promotions refuse. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from storefront.kernel import clock
from storefront.kernel.errors import N_, NP_, Refusal
from storefront.kernel.money import Money, allocate, part

ALARM_MS = 10 * clock.MINUTE
_TRIED_OF_A_STACK = 5


class NoSuchCoupon(Refusal):
    """Nothing goes by this code."""

    text = N_("There is no coupon %(code)s. Check the letters and digits, or open your coupons.")


class CouponOver(Refusal):
    """Its time has passed."""

    text = N_("The coupon %(code)s has ended. Open your coupons to see which you have.")


class CouponUsedUp(Refusal):
    """All of them were used, or hers were."""

    text = N_("The coupon %(code)s has been used up. Go back to the summary: it shows the price without it.")


class NotForThese(Refusal):
    """Nothing that is ordered is of the kind the coupon is for."""

    text = N_("The coupon %(code)s is for other things. Put one of them into the order, and it counts.")


class SpendMore(Refusal):
    """The coupon asks for more of the things it is for."""

    text = N_("Add %(amount)s more, and the coupon %(code)s counts.")


class ForNewCustomers(Refusal):
    """It is for a first order."""

    text = N_("The coupon %(code)s is for a first order. Open your coupons to see which you have.")


class FlashLimit(Refusal):
    """She has, or wants, more of a flash sale than one customer gets; `n` says how many she may take."""

    text, text_plural = NP_(
        "Only %(n)s piece is left for you at the flash price. Take one?",
        "Only %(n)s pieces are left for you at the flash price. Take fewer?",
    )


class FlashHad(Refusal):
    """She has had all that one customer gets."""

    text, text_plural = NP_(
        "One customer gets %(n)s piece at the flash price, and you have had it. Look at what else is on sale.",
        "One customer gets %(n)s pieces at the flash price, and you have had them. Look at what else is on sale.",
    )


class FlashOver(Refusal):
    """No piece is left at the flash price, or its time has passed."""

    text = N_(
        "The flash price of %(name)s has just gone. Open it again to see what it costs now, or to wait for a piece."
    )


class FlashHasPieces(Refusal):
    """There is nothing to wait for."""

    text, text_plural = NP_(
        "%(n)s piece is there at the flash price: buy it now.", "%(n)s pieces are there at the flash price: buy now."
    )


@dataclass(frozen=True)
class Coupon:
    """What a coupon does. `value` is a percentage or minor units; `most_minor` bounds it.

    `path` is the category that it is for, `merchant` the code of whose things it is for; empty for all.
    """

    id: int
    code: str
    names: Mapping[str, str]
    kind: str
    currency: str
    value: int
    most_minor: int | None
    minimum_minor: int
    path: str
    merchant: str
    newcomers: bool
    stack: int
    ends_at: int

    @property
    def most(self) -> Money | None:
        """The most it takes off."""
        return None if self.most_minor is None else Money(self.most_minor, self.currency)

    @property
    def amount(self) -> Money:
        """What a fixed coupon takes off."""
        return Money(self.value, self.currency)

    @property
    def minimum(self) -> Money:
        """What must be ordered of the things it is for."""
        return Money(self.minimum_minor, self.currency)


@dataclass(frozen=True)
class Goods:
    """A line as coupons see it: what it costs at the price she may have, its category, and its merchant's code."""

    minor: int
    path: str = ""
    merchant: str = ""


@dataclass(frozen=True)
class Taken:
    """What a coupon takes off: of the goods, or of delivery. `shares` are by line, None for those that it is not for."""

    coupon: Coupon
    goods_minor: int
    shipping_minor: int
    shares: tuple[int | None, ...] = ()

    @property
    def minor(self) -> int:
        """All of it."""
        return self.goods_minor + self.shipping_minor


@dataclass(frozen=True)
class Discount:
    """What coupons take off: by coupon in the order of their stacks, by line, and of delivery."""

    taken: tuple[Taken, ...]
    lines: tuple[int, ...]
    shipping_minor: int

    @property
    def minor(self) -> int:
        """All of it."""
        return sum(self.lines) + self.shipping_minor


def missing(coupon: Coupon, goods: Sequence[Goods], currency: str) -> Money | None:
    """What must be added so that a coupon counts; None when it never counts for these things, nothing when it does."""
    bound = [line.minor for line in goods if _is_for(coupon, line)]
    if coupon.currency != currency or not bound:
        return None
    return Money(max(0, coupon.minimum_minor - sum(bound)), currency)


def discount(
    coupons: Sequence[Coupon], goods: Sequence[Goods], *, shipping_minor: int, budget_minor: int | None = None
) -> Discount:
    """What these coupons take off together, at most one of a stack, in the order of their stacks, within a budget.

    Each takes of what those before it left; none takes more than is there. Shares are by largest remainder, ties by line.
    """
    left = [line.minor for line in goods]
    freight, budget = shipping_minor, sum(left) + shipping_minor if budget_minor is None else budget_minor
    taken = []
    for coupon in sorted(coupons, key=lambda coupon: coupon.stack):
        bound = [rest if _is_for(coupon, line) else 0 for rest, line in zip(left, goods, strict=True)]
        amount = min(_amount(coupon, freight if coupon.kind == "shipping" else sum(bound)), budget)
        if not amount:
            continue
        budget -= amount
        if coupon.kind == "shipping":
            freight -= amount
            taken.append(Taken(coupon, 0, amount))
        else:
            shares = allocate(amount, bound, bound)
            left = [rest - share for rest, share in zip(left, shares, strict=True)]
            told = (share if _is_for(coupon, line) else None for share, line in zip(shares, goods, strict=True))
            taken.append(Taken(coupon, amount, 0, tuple(told)))
    lines = tuple(line.minor - rest for line, rest in zip(goods, left, strict=True))
    return Discount(tuple(taken), lines, shipping_minor - freight)


@dataclass(frozen=True)
class Used:
    """What a coupon did for an order: its minimum then, and its share of each line, None for those it was not for."""

    minimum_minor: int
    shares: Sequence[int | None]


@dataclass(frozen=True)
class Kept:
    """A line of an order of which pieces came back: how many there were and are back, and what one costs before coupons."""

    quantity: int
    returned: int
    unit_minor: int


def withheld(used: Sequence[Used], lines: Sequence[Kept]) -> int:
    """What coupons took off the pieces that are kept, of those whose minimum these no longer reach."""
    total = 0
    for one in used:
        bound = [(line, share) for line, share in zip(lines, one.shares, strict=False) if share is not None]
        if sum((line.quantity - line.returned) * line.unit_minor for line, _ in bound) < one.minimum_minor:
            total += sum(share - part(share, 0, line.returned, line.quantity) for line, share in bound)
    return total


def best(coupons: Sequence[Coupon], goods: Sequence[Goods], *, shipping_minor: int) -> tuple[Coupon, ...]:
    """The coupons that together take off most; of two ways that save the same, the one with fewer, then sooner ending ones.

    Of each stack the five that save most alone are tried.
    """

    def saved(some: Sequence[Coupon]) -> int:
        return discount(some, goods, shipping_minor=shipping_minor).minor

    def worth(some: Sequence[Coupon]) -> tuple[int, int, list[tuple[int, int]]]:
        return -saved(some), len(some), sorted((coupon.ends_at, coupon.id) for coupon in some)

    useful = sorted((coupon for coupon in coupons if saved([coupon])), key=lambda coupon: worth([coupon]))
    stacks = [
        [None, *[coupon for coupon in useful if coupon.stack == stack][:_TRIED_OF_A_STACK]]
        for stack in sorted({coupon.stack for coupon in useful})
    ]
    ways = (tuple(coupon for coupon in way if coupon is not None) for way in product(*stacks))
    return min(ways, key=worth)


def _amount(coupon: Coupon, base: int) -> int:
    wanted = {"percent": base * coupon.value // 100, "fixed": coupon.value, "shipping": base}[coupon.kind]
    return min(wanted, base, base if coupon.most_minor is None else coupon.most_minor)


def _is_for(coupon: Coupon, line: Goods) -> bool:
    if coupon.merchant not in {"", line.merchant}:
        return False
    return not coupon.path or line.path == coupon.path or line.path.startswith(f"{coupon.path}/")
