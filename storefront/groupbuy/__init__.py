"""Group buys: a better price for enough people at once, and everybody paid back when they do not come together."""

from storefront.groupbuy import events
from storefront.groupbuy.auditing import audited
from storefront.groupbuy.loading import CampaignsTold, load, read, show
from storefront.groupbuy.queries import (
    Campaign,
    Group,
    Seat,
    by_code,
    campaign_of,
    campaigns_of,
    find,
    members,
    mine,
    near_full,
    of_order,
    open_now,
    prices_of,
    seat_of,
)
from storefront.groupbuy.rules import (
    AlreadyIn,
    CampaignOver,
    EnoughGroups,
    ForNewcomers,
    GroupEnded,
    GroupFull,
    PiecesGone,
    Step,
    TooManyGroups,
    hours_left,
)
from storefront.groupbuy.service import CHANGED, follow, free_seat, join, leave, note_paid, start, take_seat
from storefront.groupbuy.showing import CARD, POSTED, pictured, watch
from storefront.groupbuy.turning import turn
from storefront.groupbuy.verifying import findings

__all__ = [
    "CARD",
    "CHANGED",
    "POSTED",
    "AlreadyIn",
    "Campaign",
    "CampaignOver",
    "CampaignsTold",
    "EnoughGroups",
    "ForNewcomers",
    "Group",
    "GroupEnded",
    "GroupFull",
    "PiecesGone",
    "Seat",
    "Step",
    "TooManyGroups",
    "audited",
    "by_code",
    "campaign_of",
    "campaigns_of",
    "events",
    "find",
    "findings",
    "follow",
    "free_seat",
    "hours_left",
    "join",
    "leave",
    "load",
    "members",
    "mine",
    "near_full",
    "note_paid",
    "of_order",
    "open_now",
    "pictured",
    "prices_of",
    "read",
    "seat_of",
    "show",
    "start",
    "take_seat",
    "turn",
    "watch",
]
