"""Which lots are spent first, and how long points that come back to an ended lot still live."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.kernel import clock
from storefront.kernel.errors import N_, Refusal

GRACE_MS = 7 * clock.DAY


class NotEnoughPoints(Refusal):
    """Fewer points are there than were to be used."""

    text = N_("You have %(n)s point now. Choose fewer, or pay in money.")
    text_plural = N_("You have %(n)s points now. Choose fewer, or pay in money.")


@dataclass(frozen=True)
class Lot:
    """Points that came together and end together; `expires_at` None never ends."""

    id: int
    remaining: int
    expires_at: int | None


def spend(lots: Sequence[Lot], points: int) -> list[tuple[int, int]]:
    """(lot id, points) that make up `points`: the soonest-ending lots first. Raises NotEnoughPoints."""
    have = sum(lot.remaining for lot in lots)
    if points > have:
        raise NotEnoughPoints(n=have)
    taken = []
    for lot in sorted(lots, key=lambda lot: (lot.expires_at is None, lot.expires_at or 0, lot.id)):
        share = min(lot.remaining, points)
        if share:
            taken.append((lot.id, share))
            points -= share
    return taken


def end_after_return(expires_at: int | None, now: int) -> int | None:
    """When points that come back to a lot end: with it, but never sooner than the grace."""
    return None if expires_at is None else max(expires_at, now + GRACE_MS) if expires_at <= now else expires_at
