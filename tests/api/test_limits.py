"""A key calls so often a minute and no more, however many replicas it calls."""

import asyncio

from storefront.api.limits import Limiter
from storefront.kernel import clock, db
from tests.api.conftest import Bank

CALLS = 50


async def key_of(bank: Bank) -> int:
    return int((await db.rows("SELECT id FROM partner_key WHERE partner_id = ?", bank.id))[0]["id"])


async def tried(limiter: Limiter, key_id: int, times: int) -> list[int]:
    return [await limiter.wait_s(key_id) for _ in range(times)]


async def test_a_bucket_empties_evenly_and_never_holds_more_than_a_minute(bank: Bank) -> None:
    key_id = await key_of(bank)
    with clock.driven() as time:
        limiter = Limiter(60)
        assert await tried(limiter, key_id, 61) == [0] * 60 + [1]
        time.forward(2 * clock.SECOND)
        assert await tried(limiter, key_id, 3) == [0, 0, 1]

        time.forward(clock.DAY)
        assert (await tried(limiter, key_id, 61)).count(0) == 60


async def test_three_replicas_at_once_let_a_key_call_as_often_as_one(bank: Bank) -> None:
    key_id, replicas = await key_of(bank), [Limiter(120) for _ in range(3)]
    with clock.driven() as time:
        told = await asyncio.gather(*(tried(replica, key_id, CALLS) for replica in replicas for _ in range(2)))
        time.forward(clock.MINUTE)
        later = await asyncio.gather(*(tried(replica, key_id, 2 * CALLS) for replica in replicas))

    assert sum(waits.count(0) for waits in told) == 120
    assert sum(waits.count(0) for waits in later) == 120


async def test_without_the_guard_replicas_let_a_key_call_too_often(bank: Bank) -> None:
    await db.execute("CREATE TABLE loose_bucket (calls BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_bucket (calls) VALUES (119)")
    all_have_looked = asyncio.Barrier(3)

    async def call() -> bool:
        made = (await db.rows("SELECT calls FROM loose_bucket"))[0]["calls"]
        await all_have_looked.wait()
        if made >= 120:
            return False
        await db.execute("UPDATE loose_bucket SET calls = calls + 1")
        return True

    assert await asyncio.gather(*(call() for _ in range(3))) == [True] * 3
    assert await db.rows("SELECT calls FROM loose_bucket") == [{"calls": 122}]
