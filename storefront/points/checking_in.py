"""A small coin every day: more on some days in a row, once a day however often it is asked for."""

from dataclasses import dataclass

from storefront.kernel import clock, db, texts
from storefront.points import earning, rules


@dataclass(frozen=True)
class CheckIn:
    """What a check-in brought (or would bring), and which day in a row it was (or would be)."""

    points: int
    streak: int


async def check_in_offer(person_id: int) -> CheckIn | None:
    """What a check-in would bring now; None when she was here today, or when nothing is paid for it."""
    today = texts.day(clock.now())
    last = await _last(person_id)
    if last is not None and last[0] == today:
        return None
    streak = _streak(last, today)
    rule = rules.reward("check_in", await earning.earn_rules(), clock.now(), streak=streak)
    return CheckIn(rule.points or 0, streak) if rule else None


@db.transaction
async def check_in(*, person_id: int) -> CheckIn:
    """She is here today (by the shop's clock): once a day, and the days in a row count. Raises CheckedIn."""
    today = texts.day(clock.now())
    streak = _streak(await _last(person_id), today)
    noted = await db.execute(
        "INSERT INTO check_in (person_id, day, streak, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(person_id, today, streak, clock.now()),
    )
    if not noted:
        raise rules.CheckedIn
    points = await earning.reward(
        person_id=person_id, kind="check_in", key=f"check_in:{person_id}:{today}", streak=streak
    )
    return CheckIn(points, streak)


async def _last(person_id: int) -> tuple[int, int] | None:
    found = await db.rows("SELECT day, streak FROM check_in WHERE person_id = ? ORDER BY day DESC LIMIT 1", person_id)
    return (int(found[0]["day"]), int(found[0]["streak"])) if found else None


def _streak(last: tuple[int, int] | None, today: int) -> int:
    return last[1] + 1 if last is not None and last[0] == today - 1 else 1
