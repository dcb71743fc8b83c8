"""What bringing costs (the first rule whose region fits decides), and which branch is nearest. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storefront.kernel.errors import N_, Refusal
from storefront.kernel.money import Money

EVERYWHERE = "*"


class NoDelivery(Refusal):
    """Nobody brings anything there."""

    text = N_("We do not deliver to this region yet. Choose pick-up at a branch, or another address.")


@dataclass(frozen=True)
class FeeRule:
    """`base_minor` for every parcel, `per_kg_minor` for each kilogram begun, nothing from `free_above_minor` on."""

    region: str
    base_minor: int
    per_kg_minor: int = 0
    free_above_minor: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def fee_of(rules: Sequence[FeeRule], *, region: str, weight_g: int, goods: Money) -> Money:
    """The fee for bringing these goods to this region. Raises NoDelivery."""
    for rule in rules:
        if rule.region in (region, EVERYWHERE):
            if rule.free_above_minor is not None and goods.minor >= rule.free_above_minor:
                return Money(0, goods.currency)
            return Money(rule.base_minor + rule.per_kg_minor * -(-weight_g // 1000), goods.currency)
    raise NoDelivery


def distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    """How far two places (latitude, longitude) are from each other, in kilometres; a few parts in a thousand off."""
    latitude = math.radians((here[0] + there[0]) / 2)
    east = (here[1] - there[1] + 180) % 360 - 180
    return 111.2 * math.hypot(here[0] - there[0], east * math.cos(latitude))
