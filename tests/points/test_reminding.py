"""Nobody loses points unawares, and nobody is written to more often than that takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from storefront import messaging, points
from storefront.kernel import clock, db
from storefront.points import Terms
from tests.points.people import give
from tests.support.market import BOT, Market, letters, market

__all__ = ["market"]


@pytest.fixture(autouse=True)
def terms() -> Iterator[None]:
    points.use_terms(Terms(remind_days=10))
    yield
    points.use_terms(Terms())


async def told() -> list[Any]:
    """(points, end) that each letter named."""
    return [
        json.loads(row["payload"])["facts"]["ends"] for row in await db.rows("SELECT payload FROM outbox ORDER BY id")
    ]


async def test_a_reminder_goes_out_once_before_points_end(market: Market) -> None:
    with clock.driven() as time:
        await give(market.ann, 300, days=30)
        end = time.at + 30 * clock.DAY
        assert await points.remind() == 0

        time.forward(20 * clock.DAY)
        assert (await points.remind(), await points.remind()) == (1, 0)

        assert await letters(market.ann) == ["points_ending"]
        assert await told() == [[[300, end]]]


async def test_who_gets_a_little_every_day_hears_of_it_now_and_then(market: Market) -> None:
    with clock.driven() as time:
        for day in range(60):
            await give(market.ann, 5, days=30, key=f"day {day}")
            await points.remind()
            time.forward(clock.DAY)
            await points.expire()

        named = await told()
        assert [len(ends) for ends in named] == [11, 11, 11, 11]


async def test_who_blocked_us_is_not_written_to_and_what_was_spent_is_not_named(market: Market) -> None:
    await messaging.blocked(bot_id=BOT, user_id=1)
    with clock.driven():
        await give(market.ann, 100, days=5)
        await give(market.bob, 100, days=5)
        await points.hold(person_id=market.bob, order_id=7, points=100)

        await points.remind()

        assert (await letters(market.ann), await letters(market.bob)) == ([], [])
