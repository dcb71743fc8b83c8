"""What happens to groups that their members are told. Each names the group and whom it concerns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GroupFact:
    """Something about a group that one member wants to know; `order_id` is hers."""

    group_id: int
    person_id: int
    order_id: int


class SeatPaid(GroupFact):
    """She is in, and waits for the others."""


class GroupNudged(GroupFact):
    """Time runs, and there are seats left."""


class GroupFailed(GroupFact):
    """The group is over without her order: what she paid goes back."""
