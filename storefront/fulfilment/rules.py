"""What a parcel's state is after what its carrier said, and what the shop refuses about parcels. Pure."""

from dataclasses import dataclass

from storefront.kernel.errors import N_, Refusal

# What each is called.
STATES = {
    "left": N_("handed over"),
    "moving": N_("on its way"),
    "out": N_("out for delivery"),
    "delivered": N_("arrived"),
    "lost": N_("lost on its way"),
    "returned": N_("on its way back to us"),
}
ON_THE_WAY = frozenset({"left", "moving", "out"})
# Whatever a carrier says after these changes nothing.
ENDED = frozenset({"delivered", "returned"})
# In these it does not reach the customer.
CAME_TO_GRIEF = frozenset({"lost", "returned"})
CARRIER_MAX = 40
TRACKING_MAX = 60
EVENT_MAX = 80
PLACE_MAX = 120


class NoCarrier(Refusal):
    """Somebody brings a parcel."""

    text = N_("Say who carries the parcel.")


@dataclass(frozen=True)
class Terms:
    """By when orders leave, and how long a parcel may be silent, in days; 0: nobody looks."""

    ship_within_days: int = 3
    silent_days: int = 7


def state_after(state: str, heard_at: int | None, kind: str, at: int) -> str:
    """A parcel's state after an event of this kind at that moment; `heard_at`: when the last event before it was (epoch ms).

    Events may be told in any order: what was earlier on its way does not undo what came later.
    """
    if state in ENDED:
        return state
    if kind in ON_THE_WAY and heard_at is not None and at < heard_at:
        return state
    return kind


def one_line(text: str, most: int) -> str:
    """What somebody typed, or a carrier said, on one line."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:most]
