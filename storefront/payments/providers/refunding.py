"""What every way back for money understands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storefront.kernel.money import Money


class RefundFailed(Exception):
    """The provider did not give the money back, or did not say so; it is asked again with the same key."""


class NoWayBack(RefundFailed):
    """The provider can never give this back: a person has to."""


@dataclass(frozen=True)
class RefundWish:
    """What a provider is asked to give back, and of which charge; the key is the same each time it is asked."""

    charge_id: str
    telegram_charge_id: str
    person_id: int
    amount: Money
    charged: Money
    key: str


# Done when it returns; RefundFailed when it must be asked again, NoWayBack when that is of no use.
Refunder = Callable[[RefundWish], Awaitable[None]]
