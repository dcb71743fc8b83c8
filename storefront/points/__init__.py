"""Points that are as good as money: earned by rule, in lots with an end, held, sent, spent soonest-ending first, given back."""

from storefront.points import events
from storefront.points.checking_in import CheckIn, check_in, check_in_offer
from storefront.points.earning import birthdays, earn, earn_rules, mature, ready, reward, reward_of, set_rules, unearn
from storefront.points.forgetting import forget
from storefront.points.queries import (
    Balance,
    Line,
    Pending,
    Statement,
    balance,
    by_month,
    earned_by,
    history,
    of_orders,
    statement,
)
from storefront.points.reminding import remind
from storefront.points.rules import (
    GIFT_DAYS,
    CheckedIn,
    EarnLine,
    EarnRule,
    GiftGone,
    NotEnoughPoints,
    NotSent,
    OverSendLimit,
    OverSpendLimit,
    OwnGift,
    Terms,
)
from storefront.points.sending import Gift, return_gifts, send, sendable, take
from storefront.points.service import capture, expire, follow, give_back, grant, hold, release, settle
from storefront.points.spending import spendable
from storefront.points.terms import terms, use_terms
from storefront.points.verifying import findings

__all__ = [
    "GIFT_DAYS",
    "Balance",
    "CheckIn",
    "CheckedIn",
    "EarnLine",
    "EarnRule",
    "Gift",
    "GiftGone",
    "Line",
    "NotEnoughPoints",
    "NotSent",
    "OverSendLimit",
    "OverSpendLimit",
    "OwnGift",
    "Pending",
    "Statement",
    "Terms",
    "balance",
    "birthdays",
    "by_month",
    "capture",
    "check_in",
    "check_in_offer",
    "earn",
    "earn_rules",
    "earned_by",
    "events",
    "expire",
    "findings",
    "follow",
    "forget",
    "give_back",
    "grant",
    "history",
    "hold",
    "mature",
    "of_orders",
    "ready",
    "release",
    "remind",
    "return_gifts",
    "reward",
    "reward_of",
    "send",
    "sendable",
    "set_rules",
    "settle",
    "spendable",
    "statement",
    "take",
    "terms",
    "unearn",
    "use_terms",
]
