"""Points to a friend: they leave at once, one has them, with the ends they had, and untaken they are where they were."""

import asyncio
from collections.abc import Iterator

import pytest

from storefront import messaging, points
from storefront.kernel import clock, db, events
from storefront.points import Terms
from storefront.reactions import reactions
from tests.points.people import Had, found, give, has, outcome, somebody
from tests.support.market import BOT, letters


@pytest.fixture(autouse=True)
def open_shop() -> Iterator[None]:
    points.use_terms(Terms(send_daily=300))
    events.listen(reactions(welcome_points=0))
    yield
    events.listen({})
    points.use_terms(Terms())


async def reachable(name: str, number: int) -> int:
    """Somebody who can be written to."""
    person_id = await somebody(name)
    await messaging.connect(bot_id=BOT, user_id=number, person_id=person_id, username=None)
    return person_id


async def ends(person_id: int) -> list[tuple[int, int]]:
    """(points, end) of what ends, the soonest first."""
    return list((await points.statement(person_id)).ends)


async def code_of(person_id: int, amount: int, key: str = "k") -> str:
    """The code of a link that was just made."""
    gift = await points.send(person_id=person_id, points=amount, key=key)
    assert gift.code is not None
    return gift.code


async def test_who_opens_the_link_has_the_points_with_their_ends_and_both_are_told(database: str) -> None:
    ann, bob = await reachable("Ann", 1), await reachable("Bob", 2)
    with clock.driven() as time:
        await give(ann, 50, days=10)
        await give(ann, 500, days=90)

        code = await code_of(ann, 200)
        waiting = await has(ann)
        taken = await points.take(person_id=bob, code=code)

        assert (waiting, taken) == (Had(350, 200), (200, ann))
        assert (await has(ann), await has(bob)) == (Had(350, 0), Had(200, 0))
        assert await ends(bob) == [(50, time.at + 10 * clock.DAY), (150, time.at + 90 * clock.DAY)]
        assert await letters(ann) == ["points_taken"]
        assert await found() == []


async def test_a_second_opener_and_a_stranger_with_a_wrong_code_are_told_the_same(database: str) -> None:
    ann, bob, carol = await somebody(), await somebody("Bob"), await somebody("Carol")
    await give(ann, 100)
    code = await code_of(ann, 100)
    await points.take(person_id=bob, code=code)

    for opened in (code, "WRONG"):
        with pytest.raises(points.GiftGone):
            await points.take(person_id=carol, code=opened)

    assert await has(carol) == Had(0, 0)


async def test_nobody_takes_her_own_points(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    code = await code_of(ann, 100)

    with pytest.raises(points.OwnGift):
        await points.take(person_id=ann, code=code)

    assert await has(ann) == Had(0, 100)


async def test_what_nobody_took_in_a_week_is_in_its_lots_again_and_the_sender_is_told(database: str) -> None:
    ann, bob = await reachable("Ann", 1), await somebody("Bob")
    with clock.driven() as time:
        await give(ann, 50, days=3)
        await give(ann, 500, days=90)
        far = time.at + 90 * clock.DAY
        code = await code_of(ann, 200)
        time.forward(points.GIFT_DAYS * clock.DAY)

        with pytest.raises(points.GiftGone):
            await points.take(person_id=bob, code=code)
        assert (await points.return_gifts(), await points.return_gifts()) == (1, 0)

        # Fifty of them ended on the way: the grace is for what comes back too late.
        assert await ends(ann) == [(50, time.at + 7 * clock.DAY), (500, far)]
        assert await letters(ann) == ["points_returned"]
        assert await found() == []


async def test_pressing_send_twice_sends_once(database: str) -> None:
    ann = await somebody()
    await give(ann, 1000)
    await points.send(person_id=ann, points=100, key="k")

    again = await points.send(person_id=ann, points=100, key="k")

    assert (again.points, again.code) == (100, None)
    assert await has(ann) == Had(900, 100)
    assert await found() == []


async def test_a_days_limit_holds_and_the_refusal_says_what_is_left_of_it(database: str) -> None:
    ann = await somebody()
    await give(ann, 1000)
    with clock.driven() as time:
        await points.send(person_id=ann, points=250, key="first")

        with pytest.raises(points.OverSendLimit) as refused:
            await points.send(person_id=ann, points=51, key="second")

        assert (refused.value.facts, await points.sendable(ann)) == ({"n": 50}, 50)
        time.forward(clock.DAY)
        assert await points.sendable(ann) == 300


async def test_nobody_sends_more_than_she_has_or_where_it_is_not_allowed(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)

    with pytest.raises(points.NotEnoughPoints):
        await points.send(person_id=ann, points=101, key="k")
    points.use_terms(Terms(send_daily=0))
    with pytest.raises(points.NotSent):
        await points.send(person_id=ann, points=1, key="k")

    assert await has(ann) == Had(100, 0)
    assert await found() == []


async def test_of_ten_who_open_the_link_at_once_one_has_the_points(database: str) -> None:
    ann = await somebody()
    friends = [await somebody(f"Friend {number}") for number in range(10)]
    await give(ann, 100)
    code = await code_of(ann, 100)

    told = await asyncio.gather(*(outcome(points.take(person_id=friend, code=code)) for friend in friends))

    assert (told.count("done"), told.count("GiftGone")) == (1, 9)
    assert sorted([(await has(friend)).available for friend in friends]) == [0] * 9 + [100]
    assert await found() == []


async def test_without_the_guard_all_ten_have_them(database: str) -> None:
    await db.execute("CREATE TABLE loose_gift (id BIGINT PRIMARY KEY, taken INTEGER NOT NULL)")
    await db.execute("INSERT INTO loose_gift (id, taken) VALUES (1, 0)")
    all_have_looked = asyncio.Barrier(10)

    async def take() -> bool:
        is_open = not (await db.rows("SELECT taken FROM loose_gift"))[0]["taken"]
        await all_have_looked.wait()
        if is_open:
            await db.execute("UPDATE loose_gift SET taken = 1 WHERE id = 1")
        return is_open

    told = await asyncio.gather(*(take() for _ in range(10)))

    assert told.count(True) == 10


async def test_a_link_that_is_opened_as_it_goes_back_has_one_end(database: str) -> None:
    with clock.driven() as time:
        pairs = [(await somebody(f"Ann {number}"), await somebody(f"Bob {number}")) for number in range(10)]
        codes = []
        for number, (ann, _) in enumerate(pairs):
            await give(ann, 100)
            codes.append(await code_of(ann, 100, f"k{number}"))

        async def late() -> str:
            time.at += points.GIFT_DAYS * clock.DAY
            return str(await points.return_gifts())

        await asyncio.gather(
            late(),
            *(outcome(points.take(person_id=bob, code=code)) for (_, bob), code in zip(pairs, codes, strict=True)),
        )
        await points.return_gifts()

        for ann, bob in pairs:
            assert (await has(ann)).available + (await has(bob)).available == 100
        assert await found() == []


async def test_fifty_sends_at_once_stay_within_the_days_limit(database: str) -> None:
    ann = await somebody()
    await give(ann, 10_000)

    told = await asyncio.gather(
        *(outcome(points.send(person_id=ann, points=50, key=f"k{number}")) for number in range(50))
    )

    assert (told.count("done"), told.count("OverSendLimit")) == (6, 44)
    assert await has(ann) == Had(9_700, 300)
    assert await found() == []
