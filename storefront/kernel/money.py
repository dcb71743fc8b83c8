"""Amounts that cannot leak: integers of the smallest unit, and sharing that sums exactly."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_currency_precision


class Money(NamedTuple):
    """An amount in minor units (fen, cents) with its ISO 4217 code."""

    minor: int
    currency: str

    @property
    def major(self) -> Decimal:
        """The amount as it is written, 46.90, with the decimals of its currency (ISO 4217)."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))


def allocate(amount: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> list[int]:
    """Share `amount` over lines in proportion to `weights`, so that the shares sum to it exactly.

    Largest remainder (Hare quota), ties by line order; no share is above its cap. Raises ValueError when the caps
    cannot hold the amount, or when there is an amount and no weight.
    """
    limits = list(caps) if caps is not None else [amount] * len(weights)
    if amount < 0 or any(weight < 0 for weight in weights) or any(limit < 0 for limit in limits):
        raise ValueError("amounts, weights and caps are not negative")
    if amount > sum(limit for limit, weight in zip(limits, weights, strict=True) if weight):
        raise ValueError("the caps cannot hold the amount")
    shares = [0] * len(weights)
    while (rest := amount - sum(shares)) > 0:
        open_lines = [i for i, weight in enumerate(weights) if weight and shares[i] < limits[i]]
        total = sum(weights[i] for i in open_lines)
        quotas = {i: divmod(rest * weights[i], total) for i in open_lines}
        given = {i: min(quota, limits[i] - shares[i]) for i, (quota, _) in quotas.items()}
        spare = rest - sum(given.values())
        if all(given[i] == quotas[i][0] for i in open_lines):
            by_remainder = sorted(open_lines, key=lambda i: (-quotas[i][1], i))
            for i in by_remainder:
                if spare and shares[i] + given[i] < limits[i]:
                    given[i] += 1
                    spare -= 1
        for i, share in given.items():
            shares[i] += share
    return shares


def part(amount: int, done: int, more: int, quantity: int) -> int:
    """What `more` of `quantity` pieces give back of `amount` after `done` pieces: cumulative, so any split sums exactly."""
    if not (done >= 0 and more >= 0 and done + more <= quantity):
        raise ValueError("more pieces than there are")
    return amount * (done + more) // quantity - amount * done // quantity
