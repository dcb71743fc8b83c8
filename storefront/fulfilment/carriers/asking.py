"""What every carrier understands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class CarrierAway(Exception):
    """The carrier did not answer, or not in a way that we understand; it is asked again."""


@dataclass(frozen=True)
class Tracked:
    """The parcel that a carrier is asked about: its number there, and when it was handed over (epoch ms)."""

    tracking: str
    at: int


@dataclass(frozen=True)
class CarrierEvent:
    """Something a carrier says of a parcel: `id` is its own number of it, `at` when that was (epoch ms), `place` where.

    `kind` is moving, out (for delivery), delivered, lost or returned (on its way back to us).
    """

    id: str
    kind: str
    place: str
    at: int


class Carrier(Protocol):
    """Somebody who brings parcels; `every_ms`: how often a parcel of theirs is asked about."""

    every_ms: int

    async def track(self, parcel: Tracked) -> Sequence[CarrierEvent]:
        """All that is known of a parcel, what was told before too. Raises CarrierAway."""
        ...
