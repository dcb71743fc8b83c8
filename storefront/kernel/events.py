"""Facts go up: a noun announces what happened, `storefront/reactions.py` says who cares."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Reaction = Callable[[Any], Awaitable[None]]
_reactions: Mapping[type, Sequence[Reaction]] = {}


def listen(reactions: Mapping[type, Sequence[Reaction]]) -> None:
    """Make these the consequences of every fact announced from now on."""
    global _reactions
    _reactions = reactions


async def announce(event: object) -> None:
    """Tell what happened, inside the transaction in which it happened; the reactions run there, in their order."""
    for reaction in _reactions.get(type(event), ()):
        await reaction(event)
