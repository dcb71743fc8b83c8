"""What happens in promotions that customers are told. Each names the flash sale and whom it concerns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FlashFact:
    """Something about a flash sale that one customer wanted to know; `wait_id` is her place in the line, or her alarm."""

    sale_id: int
    person_id: int
    wait_id: int


class FlashSoon(FlashFact):
    """It starts in ten minutes, and she asked to be told."""


class FlashOffered(FlashFact):
    """A piece came back, and it is her turn."""


class FlashMissed(FlashFact):
    """She did not take the piece in time; it went to the next."""


class FlashEnded(FlashFact):
    """It is over, and no piece came back for her."""
