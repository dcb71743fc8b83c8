"""What happens to points that others care about."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FriendRewarded:
    """The friend's first order is past its return: its reward can be spent."""

    inviter_id: int
    order_id: int
    points: int


@dataclass(frozen=True)
class PointsEnding:
    """So many points end at such moments, if they are not used: (points, epoch ms), the soonest first."""

    person_id: int
    ends: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class GiftFact:
    """Something became of points that were sent to a friend."""

    gift_id: int
    person_id: int
    points: int
    taker_id: int | None


class GiftTaken(GiftFact):
    """Somebody opened the link and has them."""


class GiftReturned(GiftFact):
    """Nobody opened it in time: they are back."""


@dataclass(frozen=True)
class PointsRedeemed:
    """An order was paid: the points it held have left the customer."""

    person_id: int
    order_id: int
    points: int


@dataclass(frozen=True)
class PointsGivenBack:
    """Points of a paid order went back to the customer; the key is the refund's."""

    person_id: int
    order_id: int
    points: int
    key: str


@dataclass(frozen=True)
class PointsEnded:
    """What was left in a lot was booked out, because its time was over; the key is the entry's."""

    person_id: int
    points: int
    key: str
