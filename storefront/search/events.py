"""What happens in search that customers are told."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class WishCame:
    """What a customer waited for is there: the first of the items, in her words."""

    wish_id: int
    person_id: int
    text: str
    item_ids: Sequence[int]
