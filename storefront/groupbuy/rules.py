"""What a group costs, when it is whole, when its members are nudged, and what is refused. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.kernel import clock
from storefront.kernel.errors import N_, NP_, Refusal

SIZE_MAX = 500
OPENED_A_DAY_MAX = 20
# Members are nudged when so much of the window is left, in percent.
NUDGES = (50, 15)


class GroupFull(Refusal):
    """All seats are taken, by members or by people who are paying right now."""

    text = N_("This group just filled up. Open its link again: we show you another one, or you start your own.")


class GroupEnded(Refusal):
    """Nobody joins it and nobody leaves it any more."""

    text = N_("This group has ended. Open its link again to see what became of it, and what you can do now.")


class AlreadyIn(Refusal):
    """A customer has one seat in a group."""

    text = N_("You are in this group already. Share its link, so that it fills up.")


class ForNewcomers(Refusal):
    """It takes new customers only, and each of them once at a time."""

    text = N_("This group is for new customers. Start a group of your own, and invite somebody who is new here.")


class CampaignOver(Refusal):
    """No group can be opened on these terms now."""

    text = N_("There are no groups for this at the moment. You can buy it alone.")


class PiecesGone(Refusal):
    """All pieces set aside for groups are taken."""

    text = N_("All pieces at the group price are taken at the moment. Look again later, or buy it alone.")


class EnoughGroups(Refusal):
    """A campaign allows each customer so many seats."""

    text, text_plural = NP_(
        "Each customer can be in %(n)s group for this. You are in it, or were.",
        "Each customer can be in %(n)s groups for this. You are in them, or were.",
    )


class TooManyGroups(Refusal):
    """She opened as many groups today as one customer may."""

    text, text_plural = NP_(
        "You started %(n)s group today. Start the next one tomorrow, or join another one.",
        "You started %(n)s groups today. Start the next one tomorrow, or join another one.",
    )


@dataclass(frozen=True)
class Step:
    """From so many paid members on, a piece costs this."""

    people: int
    price_minor: int


def reached(steps: Sequence[Step], paid: int) -> Step | None:
    """The step that so many paid members reach; None when they are too few for any."""
    return next((step for step in reversed(steps) if paid >= step.people), None)


def back(*, money_minor: int, unit_minor: int, reached_minor: int) -> int:
    """What comes back of a line's money when a piece of it, sold for `unit_minor`, costs less after all."""
    less = max(0, unit_minor - reached_minor)
    return money_minor * less // unit_minor if unit_minor else 0


def nudges_due(*, opened_at: int, ends_at: int, now: int) -> int:
    """How many of a group's nudges are due by now."""
    left = (ends_at - now) * 100 // max(1, ends_at - opened_at)
    return sum(left <= percent for percent in NUDGES)


def hours_left(ends_at: int, now: int) -> tuple[int, int]:
    """What is left of a group's time: whole hours, and the minutes beyond them (at least one)."""
    minutes = max(1, -(-(ends_at - now) // clock.MINUTE))
    return minutes // 60, minutes % 60
