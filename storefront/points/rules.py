"""Which lots are spent first and which are filled first again, and how long points that come back too late still live. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.kernel import clock
from storefront.kernel.errors import NP_, Refusal

# Points that come back after their lot has ended live on for this long.
GRACE_MS = 7 * clock.DAY


class NotEnoughPoints(Refusal):
    """Fewer points are there than were to be used."""

    text, text_plural = NP_(
        "You have %(n)s point now. Choose fewer, or pay in money.",
        "You have %(n)s points now. Choose fewer, or pay in money.",
    )


@dataclass(frozen=True)
class Lot:
    """Points that came together and end together; `expires_at` (epoch ms) None never ends."""

    id: int
    remaining: int
    expires_at: int | None


@dataclass(frozen=True)
class Use:
    """What an order has of a lot."""

    lot: Lot
    points: int


def spend(lots: Sequence[Lot], points: int) -> list[tuple[Lot, int]]:
    """The lots that make up `points` and how many of each, the soonest-ending first. Raises NotEnoughPoints."""
    have = sum(lot.remaining for lot in lots)
    if points > have:
        raise NotEnoughPoints(n=have)
    return _fill([(lot, lot.remaining) for lot in sorted(lots, key=_end)], points)


def give_back(uses: Sequence[Use], points: int) -> list[tuple[Lot, int]]:
    """The lots that `points` of an order go back to and how many to each, the latest-ending first: the last that were spent.

    Raises ValueError for more points than the order has.
    """
    if points > sum(use.points for use in uses):
        raise ValueError("an order gives back what it took, no more")
    latest_first = sorted(uses, key=lambda use: _end(use.lot), reverse=True)
    return _fill([(use.lot, use.points) for use in latest_first], points)


def end_after_return(expires_at: int | None, now: int) -> int | None:
    """When points that come back to a lot end: with it, or after the grace when it has ended."""
    return now + GRACE_MS if ended(expires_at, now) else expires_at


def ended(expires_at: int | None, now: int) -> bool:
    """Whether a lot can no longer be spent."""
    return expires_at is not None and expires_at <= now


def _end(lot: Lot) -> tuple[bool, int, int]:
    return lot.expires_at is None, lot.expires_at or 0, lot.id


def _fill(vessels: Sequence[tuple[Lot, int]], points: int) -> list[tuple[Lot, int]]:
    filled = []
    for lot, room in vessels:
        share = min(room, points)
        points -= share
        if share:
            filled.append((lot, share))
    return filled
