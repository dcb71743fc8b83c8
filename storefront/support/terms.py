"""What the operator set for the desk: one file, read whole, refused whole; the newest counts."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from storefront import audit
from storefront.kernel import clock, db, operator_files
from storefront.kernel.operator_files import Told
from storefront.kernel.texts import LANGUAGES
from storefront.support.hours import Calendar, Interval

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


def _minutes(told: str) -> Interval:
    hour, minute, until, and_minute = (int(part) for part in re.split("[:-]", told))
    return hour * 60 + minute, until * 60 + and_minute


def _intervals(told: Sequence[str]) -> Sequence[Interval]:
    return sorted(_minutes(one) for one in told)


def _span(told: str) -> str:
    match = _SPAN.fullmatch(told)
    if match is None or not _minutes(told)[0] < _minutes(told)[1] <= 1440:
        raise ValueError("hours are written like 09:00-12:30, and the end comes after the start")
    return told


def _zone(told: str) -> str:
    try:
        ZoneInfo(told)
    except (LookupError, ValueError):
        raise ValueError("an IANA time zone such as Asia/Shanghai") from None
    return told


Hours = Annotated[str, AfterValidator(_span)]
Reason = Literal["missing", "late", "damaged", "wrong", "described", "mind", "mistake", "other"]
Stage = Literal["house", "way", "delivered", "digital"]


class HoursTold(Told):
    """When the desk is open: hours by weekday, and days that differ (none: a holiday; some: a make-up day)."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    week: dict[Day, list[Hours]] = Field(default_factory=lambda: {day: ["00:00-24:00"] for day in _DAYS})
    days: dict[date, list[Hours]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _apart(self) -> "HoursTold":
        for told in [*self.week.values(), *self.days.values()]:
            spans = sorted(_minutes(one) for one in told)
            if any(before[1] > after[0] for before, after in pairwise(spans)):
                raise ValueError("hours of a day do not overlap")
        if not any(self.week.values()):
            raise ValueError("the desk is open on one day of the week at least")
        return self

    def calendar(self) -> Calendar:
        """As the clockwork reads it."""
        week = [_intervals(self.week.get(day, [])) for day in _DAYS]
        return Calendar(self.timezone, week, {day: _intervals(told) for day, told in self.days.items()})


class DeadlinesTold(Told):
    """How long what may take, in minutes of open hours; `paid` too: from a decision until the money has left."""

    first: int = Field(240, ge=1, le=500_000)
    next: int = Field(480, ge=1, le=500_000)
    resolution: int = Field(4320, ge=1, le=500_000)
    paid: int = Field(7200, ge=1, le=500_000)
    warning: int = Field(30, ge=0, le=100_000)


class GoodwillTold(Told):
    """Points with the apology for being late, once a case, and how many there are for all of them a day."""

    points: int = Field(0, ge=0)
    daily: int = Field(0, ge=0)


class RuleTold(Told):
    """What happens by itself: the first rule that fits decides. What is left out fits everything."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    reasons: list[Reason] = Field(default_factory=list)
    stages: list[Stage] = Field(default_factory=list)
    categories: list[str] = Field(default_factory=list)
    within_days: int | None = Field(None, ge=0)
    most_minor: int | None = Field(None, ge=0)
    photo: bool = False
    then: Literal["refund", "goods_first", "agent", "refuse"]
    texts: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_why(self) -> "RuleTold":
        if self.then == "refuse" and not set(LANGUAGES) <= self.texts.keys():
            raise ValueError(f"a refusal says why, in {', '.join(LANGUAGES)}")
        return self


class AutomaticTold(Told):
    """Whether and how far rules decide by themselves, and which signs send a case to a person."""

    on: bool = True
    daily_minor: int = Field(0, ge=0)
    cooling_days: int = Field(30, ge=0)
    refunds_percent: int = Field(30, ge=0, le=100)
    new_account_days: int = Field(7, ge=0)
    shared: bool = True
    same_photo: bool = True
    rules: list[RuleTold] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_once(self) -> "AutomaticTold":
        operator_files.each_once([rule.name for rule in self.rules])
        return self


class LimitTold(Told):
    """Most that one of this role gives back by herself: in one decision, and a day; money and what points are worth."""

    decision_minor: int = Field(ge=0)
    daily_minor: int = Field(ge=0)


class TermsTold(Told):
    """The file."""

    hours: HoursTold = HoursTold()
    deadlines: DeadlinesTold = DeadlinesTold.model_validate({})
    goodwill: GoodwillTold = GoodwillTold.model_validate({})
    automatic: AutomaticTold = AutomaticTold.model_validate({})
    limits: dict[Literal["agent", "lead"], LimitTold] = Field(default_factory=dict)
    point_minor: int = Field(1, ge=1)


def read(text: str) -> TermsTold:
    """The file, checked. Raises BadFile."""
    return operator_files.read(TermsTold, text)


@db.transaction
async def load(*, told: TermsTold, actor: str) -> int:
    """Let these count from now on; returns their number, by which decisions name them."""
    made = await db.rows(
        "INSERT INTO support_terms (told, at) VALUES (?, ?) RETURNING id", told.model_dump_json(), clock.now()
    )
    await audit.note(actor=actor, action="terms.load", subject=f"terms:{made[0]['id']}")
    return int(made[0]["id"])


async def current() -> tuple[int, TermsTold]:
    """What counts now, and its number; 0 for what counts without a file."""
    found = await db.rows("SELECT id, told FROM support_terms ORDER BY id DESC LIMIT 1")
    return (
        (int(found[0]["id"]), TermsTold.model_validate_json(found[0]["told"]))
        if found
        else (0, TermsTold.model_validate({}))
    )


async def history() -> Mapping[int, TermsTold]:
    """All terms that ever counted, by their numbers."""
    found = await db.browse("SELECT id, told FROM support_terms")
    return {int(row["id"]): TermsTold.model_validate_json(row["told"]) for row in found}


def day_of(at: int, zone: str) -> str:
    """The day of a moment (epoch ms), in the hours' zone."""
    return f"{datetime.fromtimestamp(at / 1000, ZoneInfo(zone)):%Y-%m-%d}"


async def wait_turn(*, what: str, zone: str) -> None:
    """Let nobody else take of what there is for the day until this transaction ends; on SQLite nobody does anyway."""
    day = day_of(clock.now(), zone)
    await db.execute("INSERT INTO support_spent (what, day) VALUES (?, ?) ON CONFLICT DO NOTHING", what, day)
    if db.dialect() == "postgres":
        await db.rows("SELECT 1 FROM support_spent WHERE what = ? AND day = ? FOR UPDATE", what, day)


async def take(*, what: str, amount: int, most: int, zone: str) -> bool:
    """Take so much of what there is for a day, in the hours' zone; False when that is more than is left."""
    day = day_of(clock.now(), zone)
    await db.execute("INSERT INTO support_spent (what, day) VALUES (?, ?) ON CONFLICT DO NOTHING", what, day)
    taken = await db.execute(
        "UPDATE support_spent SET amount = amount + ? WHERE what = ? AND day = ? AND amount + ? <= ?",
        *(amount, what, day, amount, most),
    )
    return taken == 1
