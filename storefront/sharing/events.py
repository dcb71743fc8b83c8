"""What sharing brought that the sharer is told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FriendCame:
    """Somebody new came by a customer's link; she is given `points` once the friend has bought, 0 for nothing."""

    inviter_id: int
    person_id: int
    points: int
