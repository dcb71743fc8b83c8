"""What is decided by the operator's rules, at once, and what goes to a person. Pure.

The first rule that fits decides; things that different rules would decide go to a person together. A sign that something is
odd sends what would give back to a person, whatever the rule says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from storefront.fulfilment import Parcel
from storefront.orders import Order
from storefront.support.terms import AutomaticTold, RuleTold, Stage

# What a person is to look at, each with what it says on record.
SIGNS = ("cooling", "many refunds", "new account", "shared contact", "known photo", "budget", "other wish", "in parts")

# What gives back.
GIVING = ("refund", "goods_first")


@dataclass(frozen=True)
class Asked:
    """A case as the rules see it: `worth_minor` of all that would come back, points too; `categories` are paths of its things.

    `days` since the goods were delivered, None when they were not.
    """

    reason: str
    wanted: str
    stage: Stage
    worth_minor: int
    categories: Sequence[str]
    days: int | None
    photos: int


@dataclass(frozen=True)
class Outcome:
    """What happens: refund, goods_first, refuse, or agent; by which rule, and which signs stood against it."""

    then: str
    rule: RuleTold | None
    signs: Sequence[str] = ()


def decide(terms: AutomaticTold, asked: Asked, signs: Collection[str]) -> Outcome:
    """What the rules make of a case."""
    rule = _decider(terms.rules, asked) if terms.on else None
    if rule is None or rule.then == "agent":
        return Outcome("agent", rule)
    if rule.then == "refuse":
        return Outcome("refuse", rule)
    against = [sign for sign in SIGNS if sign in signs]
    if asked.wanted != "refund":
        against.append("other wish")
    return Outcome("agent", rule, against) if against else Outcome(rule.then, rule)


def stage_of(order: Order, pieces: Mapping[int, int], parcels: Sequence[Parcel], at: int) -> Stage:
    """How far these pieces (line id -> pieces) of an order were at a moment (epoch ms), by the order or by their parcels."""
    if order.delivery == "digital":
        return "digital"
    reached = {event.to_state for event in order.events if event.at <= at}
    if reached & {"delivered", "completed"}:
        return "delivered"
    left = parcels_with(pieces, parcels, at)
    if left and all(parcel.delivered_by(at) is not None for parcel in left):
        return "delivered"
    return "way" if left or "shipped" in reached else "house"


def delivered_at(order: Order, pieces: Mapping[int, int], parcels: Sequence[Parcel], at: int) -> int | None:
    """Since when she had these pieces of an order, None when she had not at that moment (epoch ms)."""
    whole = [event.at for event in order.events if event.to_state == "delivered" and event.at <= at]
    if whole:
        return whole[-1]
    arrived = [parcel.delivered_by(at) for parcel in parcels_with(pieces, parcels, at)]
    there = [one for one in arrived if one is not None]
    return max(there) if there and len(there) == len(arrived) else None


def parcels_with(pieces: Mapping[int, int], parcels: Sequence[Parcel], at: int) -> Sequence[Parcel]:
    """The parcels that had left by then with pieces of these lines."""
    return [parcel for parcel in parcels if parcel.at <= at and parcel.pieces.keys() & pieces.keys()]


def _decider(rules: Sequence[RuleTold], asked: Asked) -> RuleTold | None:
    # Each thing by itself, or honey that is not taken back would come back with the tea beside it.
    first = [next((rule for rule in rules if _fits(rule, asked, path)), None) for path in asked.categories]
    return first[0] if all(rule is first[0] for rule in first) else None


def _fits(rule: RuleTold, asked: Asked, path: str) -> bool:
    return (
        (not rule.reasons or asked.reason in rule.reasons)
        and (not rule.stages or asked.stage in rule.stages)
        and (not rule.categories or _within(path, rule.categories))
        and (rule.within_days is None or (asked.days is not None and asked.days <= rule.within_days))
        and (rule.most_minor is None or asked.worth_minor <= rule.most_minor)
        and (not rule.photo or asked.photos > 0)
    )


def _within(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
