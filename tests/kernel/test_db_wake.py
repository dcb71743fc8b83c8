"""Whoever waits is woken by what was committed, here and on other replicas."""

import asyncio
import time

import asyncpg
import pytest

from storefront.kernel import db


async def woken(channel: str, within_s: float = 5.0) -> bool:
    began = time.monotonic()
    await db.wait(channel, within_s)
    return time.monotonic() - began < within_s


async def test_the_one_who_waits_is_woken_by_the_commit(purses: str) -> None:
    waiting = asyncio.create_task(woken("inbox"))
    await asyncio.sleep(0)

    async with db.tx():
        await db.wake("inbox")
        await asyncio.sleep(0.05)
        early = waiting.done()

    assert await waiting
    assert not early


async def test_a_wake_up_that_came_before_the_wait_is_not_lost(purses: str) -> None:
    await woken("inbox", 0.01)
    await db.wake("inbox")

    assert await woken("inbox")


async def test_of_two_who_wait_each_hears_what_came_while_it_was_busy(purses: str) -> None:
    """One that is quicker takes no wake away from one that does something else just then."""
    heard = {"quick": 0, "slow": 0}

    async def listen(name: str, busy_s: float) -> None:
        while True:
            await db.wait("two", 30)
            heard[name] += 1
            await asyncio.sleep(busy_s)

    listeners = [asyncio.create_task(listen("quick", 0)), asyncio.create_task(listen("slow", 0.1))]
    await asyncio.sleep(0.02)
    await db.wake("two")
    await asyncio.sleep(0.02)
    await db.wake("two")
    await asyncio.sleep(0.3)
    for one in listeners:
        one.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)

    # PostgreSQL tells us of our own, too.
    assert min(heard.values()) >= 2, heard


async def test_what_is_rolled_back_wakes_nobody(purses: str) -> None:
    await woken("inbox", 0.05)
    with pytest.raises(LookupError):
        async with db.tx():
            await db.wake("inbox")
            raise LookupError

    assert not await woken("inbox", 0.1)


async def test_another_channel_wakes_nobody(purses: str) -> None:
    await woken("inbox", 0.05)
    await db.wake("outbox:1")

    assert not await woken("inbox", 0.1)


@pytest.mark.parametrize("channel", ["inbox", "it's; DROP TABLE purse"])
async def test_another_replica_is_woken_by_the_commit(postgres_purses_url: str, channel: str) -> None:
    await db.connect(postgres_purses_url)
    heard: asyncio.Queue[object] = asyncio.Queue()
    replica = await asyncpg.connect(postgres_purses_url)
    await replica.add_listener("pindan", lambda _connection, _pid, _channel, payload: heard.put_nowait(payload))

    async with db.tx():
        await db.wake(channel)
        await asyncio.sleep(0.05)
        early = heard.qsize()

    assert await asyncio.wait_for(heard.get(), 5) == channel
    assert early == 0
    await replica.close()
    await db.disconnect()


async def test_we_are_woken_by_another_replica(postgres_purses_url: str) -> None:
    await db.connect(postgres_purses_url)
    await woken("inbox", 0.05)
    replica = await asyncpg.connect(postgres_purses_url)

    await replica.execute("SELECT pg_notify('pindan', 'inbox')")

    assert await woken("inbox")
    await replica.close()
    await db.disconnect()


async def test_we_listen_again_after_the_connection_was_lost(postgres_purses_url: str) -> None:
    await db.connect(postgres_purses_url)
    await woken("inbox", 0.05)
    cut = await db.rows(
        "SELECT pg_terminate_backend(pid) AS ok FROM pg_stat_activity WHERE application_name = 'pindan-listener'"
    )

    # What was said while nobody listened may have been missed, so everybody looks once more.
    assert await woken("inbox")

    replica = await asyncpg.connect(postgres_purses_url)
    await replica.execute("SELECT pg_notify('pindan', 'inbox')")
    assert await woken("inbox")
    assert cut
    await replica.close()
    await db.disconnect()
