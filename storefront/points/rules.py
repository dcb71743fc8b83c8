"""What is earned, which lots are spent and filled first, and when points end. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from storefront.kernel import clock
from storefront.kernel.errors import N_, NP_, Refusal

GIFT_DAYS = 7
BIRTHDAY_EVERY_DAYS = 365
DAYS_KEPT = 31


class NotEnoughPoints(Refusal):
    """Fewer points are there than were to be used."""

    text, text_plural = NP_(
        "You have %(n)s point now. Choose fewer, or pay in money.",
        "You have %(n)s points now. Choose fewer, or pay in money.",
    )


class OverSpendLimit(Refusal):
    """More than the operator lets a customer use in place of money in one day."""

    text, text_plural = NP_(
        "Today you can still use %(n)s point. Choose no more than that, or order tomorrow.",
        "Today you can still use %(n)s points. Choose no more than that, or order tomorrow.",
    )


class OverSendLimit(Refusal):
    """More than the operator lets a customer send in one day."""

    text, text_plural = NP_(
        "You can still send %(n)s point today. Choose no more than that.",
        "You can still send %(n)s points today. Choose no more than that.",
    )


class NotSent(Refusal):
    """The operator does not let points be sent."""

    text = N_("In this shop points cannot be sent. You can use them for yourself in any order.")


class OwnGift(Refusal):
    """The sender opened her own link."""

    text = N_("These are the points you sent yourself. Pass the link on to your friend.")


class GiftGone(Refusal):
    """The link is unknown, was opened by somebody else, or nobody opened it in time: they look alike."""

    text = N_("These points are not here any more: somebody has them, or they went back. Ask your friend for new ones.")


class CheckedIn(Refusal):
    """She was here today already."""

    text = N_("You have today's points already. Come back tomorrow.")


@dataclass(frozen=True)
class Terms:
    """What the operator sets about points; 0 days of life: they never end, 0 days of reminder: nobody is reminded.

    `send_daily` is the most that a customer may send to friends a day; 0: nothing is sent. `spend_daily` is the most
    that she may use in place of money a day; 0: as many as she has.
    """

    grace_days: int = 7
    life_days: int = 0
    end_with_year: bool = False
    remind_days: int = 14
    return_days: int = 7
    send_daily: int = 0
    spend_daily: int = 0


@dataclass(frozen=True)
class EarnRule:
    """How points are earned. `purchase` and `share` pay `rate` (points for each 100 minor units paid) times the best multiplier.

    `category` binds it to a shelf and those below, `merchant` to the things of one; `every` makes a check-in rule pay each
    so many-th day in a row; `daily_cap` is the most that one person earns by it a day.
    """

    code: str
    kind: str
    points: int | None = None
    rate: int | None = None
    multiplier: int = 100
    category: str = ""
    every: int = 1
    starts_at: int | None = None
    ends_at: int | None = None
    daily_cap: int | None = None
    merchant: str = ""


@dataclass(frozen=True)
class EarnLine:
    """A line of an order that may earn: what was paid for it in money, its shelf, how many pieces, its merchant's code."""

    order_line_id: int
    category: str
    money_minor: int
    quantity: int
    merchant: str = ""


def at_rate(
    kind: str, lines: Sequence[EarnLine], rules: Sequence[EarnRule], now: int
) -> list[tuple[EarnLine, EarnRule, int]]:
    """What each line earns by rules of this kind, and by which: on money alone, rounded down; what earns nothing is left out.

    The best rate counts, times the best multiplier: campaigns do not pile up.
    """
    earned = []
    for line in lines:
        hold = [rule for rule in _of_kind(kind, rules, now) if _is_for(line, rule)]
        rate = max((rule for rule in hold if rule.rate), key=lambda rule: rule.rate or 0, default=None)
        if rate is None or rate.rate is None:
            continue
        points = line.money_minor * rate.rate * max(rule.multiplier for rule in hold) // (100 * 100)
        if points:
            earned.append((line, rate, points))
    return earned


def reward(kind: str, rules: Sequence[EarnRule], now: int, *, streak: int = 1) -> EarnRule | None:
    """The rule that pays most for this, if any does; `streak` is for check-ins: the day in a row."""
    hold = [rule for rule in _of_kind(kind, rules, now) if streak % rule.every == 0]
    return max(hold, key=lambda rule: rule.points or 0, default=None)


def left_of(points: int, returned: int, quantity: int) -> int:
    """What points are still worth after such a part of what earned them came back: so many pieces, or so much money."""
    return points - points * returned // quantity


def still_worth(points: int, returned: int, quantity: int, compensated_minor: int, of_minor: int) -> int:
    """What an earning is still worth after so many of its pieces came back, and so much of the money for the rest."""
    return left_of(left_of(points, returned, quantity), compensated_minor, of_minor)


def end_of_life(earned: datetime, terms: Terms) -> int | None:
    """When points end that are earned at this moment (told in the shop's time zone): with the last of that day."""
    if not terms.life_days and not terms.end_with_year:
        return None
    last = earned.date() + timedelta(days=terms.life_days)
    if terms.end_with_year:
        last = date(last.year, 12, 31)
    midnight = datetime.combine(last + timedelta(days=1), time(), tzinfo=earned.tzinfo)
    return int(midnight.timestamp() * clock.SECOND) - 1


def birthdays_on(day: date) -> list[str]:
    """Whose birthday (MM-DD) is paid on this day: those of 29 February on 1 March when there is none."""
    told = [f"{day:%m-%d}"]
    if (day.month, day.day) == (3, 1) and (day - timedelta(days=1)).day == 28:
        told.append("02-29")
    return told


def kept_by_month(totals: Sequence[Mapping[str, int]]) -> list[tuple[int, int]]:
    """(earned, used) of each month from the totals of its entries by kind; what came back counts as not used."""
    months = []
    for kinds in totals:
        used = -sum(kinds.get(kind, 0) for kind in _USING)
        earned = sum(kinds.get(kind, 0) for kind in _EARNING)
        months.append((max(0, earned), max(0, used)))
    return months


_USING = ("hold", "release", "refund", "send", "send_back")
_EARNING = ("grant", "ready", "reward", "take", "unearn")


@dataclass(frozen=True)
class Lot:
    """Points that came together and end together; `expires_at` (epoch ms) None never ends."""

    id: int
    remaining: int
    expires_at: int | None


@dataclass(frozen=True)
class Use:
    """What an order has of a lot."""

    lot: Lot
    points: int


def spend(lots: Sequence[Lot], points: int) -> list[tuple[Lot, int]]:
    """The lots that make up `points` and how many of each, the soonest-ending first. Raises NotEnoughPoints."""
    have = sum(lot.remaining for lot in lots)
    if points > have:
        raise NotEnoughPoints(n=have)
    return _fill([(lot, lot.remaining) for lot in sorted(lots, key=_end)], points)


def give_back(uses: Sequence[Use], points: int) -> list[tuple[Lot, int]]:
    """The lots that `points` of an order go back to and how many to each, the latest-ending first: the last that were spent.

    Raises ValueError for more points than the order has.
    """
    if points > sum(use.points for use in uses):
        raise ValueError("an order gives back what it took, no more")
    latest_first = sorted(uses, key=lambda use: _end(use.lot), reverse=True)
    return _fill([(use.lot, use.points) for use in latest_first], points)


def end_after_return(expires_at: int | None, now: int, terms: Terms) -> int | None:
    """When points that come back to a lot end: with it, or after the grace when it has ended."""
    return now + terms.grace_days * clock.DAY if ended(expires_at, now) else expires_at


def ended(expires_at: int | None, now: int) -> bool:
    """Whether a lot can no longer be spent."""
    return expires_at is not None and expires_at <= now


def _end(lot: Lot) -> tuple[bool, int, int]:
    return lot.expires_at is None, lot.expires_at or 0, lot.id


def _fill(vessels: Sequence[tuple[Lot, int]], points: int) -> list[tuple[Lot, int]]:
    filled = []
    for lot, room in vessels:
        share = min(room, points)
        points -= share
        if share:
            filled.append((lot, share))
    return filled


def _of_kind(kind: str, rules: Sequence[EarnRule], now: int) -> list[EarnRule]:
    return [
        rule
        for rule in rules
        if rule.kind == kind
        and (rule.starts_at is None or rule.starts_at <= now)
        and (rule.ends_at is None or now < rule.ends_at)
    ]


def _is_for(line: EarnLine, rule: EarnRule) -> bool:
    if rule.merchant not in {"", line.merchant}:
        return False
    return not rule.category or line.category == rule.category or line.category.startswith(f"{rule.category}/")
