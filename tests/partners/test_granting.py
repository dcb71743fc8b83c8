"""Points from outside: once a key, a result a row."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from storefront import partners, points
from storefront.kernel import clock, db
from storefront.partners import Grant
from tests.partners.bank import card_points, linked, outcomes
from tests.support.market import Market, books

# 24 November 2026, 12:00 UTC, the tests' own time zone.
NOON = 1_795_521_600_000


@pytest.fixture
def thirty_days() -> Iterator[None]:
    """Points live so long."""
    points.use_terms(points.Terms(life_days=30))
    yield
    points.use_terms(points.Terms())


async def has(person_id: int) -> int:
    return (await points.balance(person_id)).available


async def test_each_row_of_a_batch_has_its_own_result_in_order(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    await outcomes(bank, card_points("march"))

    told = await outcomes(
        bank,
        card_points("april", points=50),
        card_points("march"),
        card_points("march", points=999),
        card_points("may", customer="C-404"),
        card_points("june", points=0),
        card_points("july", points=7),
    )

    assert told == ["granted", "repeated", "conflict", "unknown_customer", "refused", "granted"]
    assert await has(market.ann) == 157
    assert await books() == []


async def test_a_grant_that_cannot_be_taken_says_why(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")

    told = await partners.grant(
        partner_id=bank, grants=[card_points("k", points=-5), replace(card_points("k"), expires_at=1)]
    )

    assert [one.outcome for one in told] == ["refused", "refused"]
    assert told[0].reason == "points: 1 to 10000000"
    assert told[1].reason == "expires_at: in the future, or left out"
    assert await has(market.ann) == 0


async def test_a_grant_ends_when_its_partner_says_else_by_the_terms_of_the_shop(
    market: Market, bank: int, thirty_days: None
) -> None:
    await linked(bank, market.ann, "C-1")
    with clock.driven(NOON) as time:
        own = time.at + 400 * clock.DAY

        await outcomes(bank, card_points("march", points=5), replace(card_points("april", points=7), expires_at=own))

        ends = (await points.statement(market.ann)).ends

    assert ends == [(5, (NOON // clock.DAY + 31) * clock.DAY - 1), (7, own)]
    assert await books() == []


async def test_a_name_that_no_customer_can_have_is_an_unknown_customer(market: Market, bank: int) -> None:
    names = ["", "\x00", "\ud800", "C 1", "é", "x" * 65]

    told = await outcomes(bank, *(card_points(f"k{place}", customer=name) for place, name in enumerate(names)))

    assert set(told) == {"unknown_customer"}


async def test_an_unknown_customer_is_granted_once_she_has_linked_her_chat(market: Market, bank: int) -> None:
    assert await outcomes(bank, card_points("march")) == ["unknown_customer"]

    await linked(bank, market.ann, "C-1")

    assert await outcomes(bank, card_points("march")) == ["granted"]
    assert await has(market.ann) == 100


async def test_a_grant_is_repeated_also_after_its_points_have_ended(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    with clock.driven() as time:
        grant = replace(card_points("march"), expires_at=time.at + clock.DAY)
        await outcomes(bank, grant)
        time.forward(2 * clock.DAY)

        assert await outcomes(bank, grant) == ["repeated"]
        assert await has(market.ann) == 0


async def test_two_partners_may_use_the_same_key(market: Market, bank: int) -> None:
    await partners.add(name="Other bank", scopes=[])
    other = (await partners.find("Other bank")).id
    await linked(bank, market.ann, "C-1")
    await linked(other, market.ann, "C-1")

    assert await outcomes(bank, card_points("march")) == ["granted"]
    assert await outcomes(other, card_points("march")) == ["granted"]
    assert await has(market.ann) == 200


async def test_of_two_rows_with_one_key_the_first_is_given(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "Z-9")
    await linked(bank, market.bob, "A-1")

    told = await outcomes(bank, card_points("same", customer="Z-9"), card_points("same", customer="A-1"))

    assert told == ["granted", "conflict"]
    assert (await has(market.ann), await has(market.bob)) == (100, 0)


async def test_the_same_batch_sent_twice_at_the_same_instant_gives_each_grant_once(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    await linked(bank, market.bob, "C-2")
    batch = [card_points(f"k{number}", customer=f"C-{1 + number % 2}", points=1 + number) for number in range(120)]

    told = await asyncio.gather(*(outcomes(bank, *batch) for _ in range(4)))

    for number in range(120):
        assert sorted(one[number] for one in told) == ["granted", "repeated", "repeated", "repeated"]
    assert await has(market.ann) + await has(market.bob) == sum(range(1, 121))
    assert await books() == []


async def test_without_the_guard_the_same_batch_is_given_twice(database: str) -> None:
    await db.execute("CREATE TABLE loose_grant (key VARCHAR(80) NOT NULL, points BIGINT NOT NULL)")
    both_have_looked = asyncio.Barrier(2)

    async def give(batch: list[Grant]) -> None:
        known = {row["key"] for row in await db.rows("SELECT key FROM loose_grant")}
        await both_have_looked.wait()
        fresh = [(grant.key, grant.points) for grant in batch if grant.key not in known]
        await db.many("INSERT INTO loose_grant (key, points) VALUES (?, ?)", fresh)

    batch = [card_points(f"k{number}", points=1 + number) for number in range(120)]
    await asyncio.gather(give(batch), give(batch))

    given = await db.rows("SELECT SUM(points) AS n FROM loose_grant")
    assert given[0]["n"] == 2 * sum(range(1, 121))


async def test_batches_that_name_the_same_customers_in_opposite_orders_do_not_hold_each_other_up(
    market: Market, bank: int
) -> None:
    await linked(bank, market.ann, "C-1")
    await linked(bank, market.bob, "C-2")

    there = [card_points(f"there {n}".replace(" ", "-"), customer=f"C-{1 + n // 20}") for n in range(40)]
    back = [card_points(f"back-{n}", customer=f"C-{2 - n // 20}") for n in range(40)]
    told = await asyncio.gather(outcomes(bank, *there), outcomes(bank, *back))

    assert set(told[0] + told[1]) == {"granted"}
    assert (await has(market.ann), await has(market.bob)) == (4000, 4000)


async def test_points_that_arrive_while_the_customer_joins_two_chats_reach_her(market: Market, bank: int) -> None:
    from storefront import people

    await linked(bank, market.bob, "C-1")
    code = await people.link_code(person_id=market.ann)

    await asyncio.gather(
        people.join(person_id=market.bob, code=code), *(outcomes(bank, card_points(f"k{n}")) for n in range(10))
    )

    assert await has(market.ann) == 1000
    assert await books() == []
