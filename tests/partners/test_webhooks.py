"""A bank hears what became of its customers' points: signed, in order, once kept by the receiver, whatever fails on the way."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from storefront import partners, points
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.partners import delivering
from storefront.partners.providers import webhooks
from tests.partners.bank import events, linked
from tests.partners.receiver import Receiver, receiver, signed_by
from tests.support.market import Market, given

LEASE_MS = clock.MINUTE


@pytest.fixture
async def system(market: Market, bank: int) -> AsyncIterator[Receiver]:
    """The bank's system; Ann is its customer C-1 and Bob C-2, each with 1,000 points."""
    for person, customer in ((market.ann, "C-1"), (market.bob, "C-2")):
        await linked(bank, person, customer)
        await given(person, 1000)
    async with receiver() as system:
        system.secret = await partners.set_endpoint(name="Bank", url=system.url, to_loopback=True)
        yield system


async def spent(person_id: int, order_id: int, amount: int) -> None:
    """An order took points."""
    await points.hold(person_id=person_id, order_id=order_id, points=amount)
    await points.capture(person_id=person_id, order_id=order_id)


async def states(bank: int) -> list[str]:
    return [state for _, _, state in await events(bank) if state != "kept"]


async def test_a_bank_hears_of_points_that_are_used_come_back_and_end(
    market: Market, bank: int, system: Receiver
) -> None:
    with clock.driven() as time:
        end = time.at + clock.DAY
        await points.grant(person_id=market.bob, points=30, cause="a test", key="ending", expires_at=end)
        await spent(market.ann, 7, 400)
        await points.capture(person_id=market.ann, order_id=7)
        await points.give_back(person_id=market.ann, order_id=7, points=150, key="r1", actor="shop", cause="a refund")
        time.forward(clock.DAY)
        await points.expire()

        assert await partners.deliver() == 3

    assert sorted(system.told()) == [
        ("points.expired", "C-2", 30),
        ("points.redeemed", "C-1", 400),
        ("points.returned", "C-1", 150),
    ]
    for (headers, _), body in zip(system.got, system.raw, strict=True):
        assert signed_by(system.secret, headers, body)
    assert system.got[0][0]["content-type"] == "application/json"
    assert system.got[0][1]["data"]["order"] == 7
    assert await states(bank) == ["done", "done", "done"]
    assert await partners.deliver() == 0


async def test_a_fact_that_is_undone_is_not_told(market: Market, bank: int, system: Receiver) -> None:
    await points.hold(person_id=market.ann, order_id=7, points=10)

    with pytest.raises(ZeroDivisionError):
        async with db.tx():
            await points.capture(person_id=market.ann, order_id=7)
            _ = 1 // 0

    assert await partners.deliver() == 0
    assert system.got == []


async def test_an_event_that_is_not_taken_holds_back_only_its_own_customer(
    market: Market, bank: int, system: Receiver
) -> None:
    system.answer = lambda event: 500 if event["data"]["customer"] == "C-1" else 200
    for order_id in (1, 2, 3):
        await spent(market.ann, order_id, order_id)
        await spent(market.bob, 10 + order_id, order_id)

    with clock.driven() as time:
        assert await partners.deliver() == 3
        assert [told for told in system.told() if told[1] == "C-2"] == [
            ("points.redeemed", "C-2", n) for n in (1, 2, 3)
        ]
        assert [told for told in system.told() if told[1] == "C-1"] == [("points.redeemed", "C-1", 1)]
        assert await partners.deliver() == 0

        system.answer = lambda _event: 200
        system.got.clear()
        time.forward(5 * clock.SECOND)
        assert await partners.deliver() == 3
        assert system.told() == [("points.redeemed", "C-1", n) for n in (1, 2, 3)]


@pytest.mark.parametrize("status", [302, 400, 404, 410, 503])
async def test_only_2xx_takes_an_event_and_no_redirect_is_followed(
    market: Market, bank: int, system: Receiver, status: int
) -> None:
    system.answer = lambda _event: status
    await spent(market.ann, 7, 10)

    assert await partners.deliver() == 0

    assert len(system.got) == 1
    told = await partners.sendings()
    assert (told[0].state, told[0].attempts, told[0].error) == ("intended", 1, f"HTTP {status}")


async def test_after_ten_tries_an_event_is_given_up_and_told_again_by_hand_with_the_same_id(
    market: Market, bank: int, system: Receiver
) -> None:
    system.answer = lambda _event: 500
    with clock.driven() as time:
        await spent(market.ann, 7, 10)
        for _ in range(10):
            await partners.deliver()
            time.forward(clock.DAY)

        failed = await partners.sendings(state="failed")
        assert [one.attempts for one in failed] == [10]
        await partners.deliver()
        assert len(system.got) == 10

        system.answer = lambda _event: 200
        await spent(market.ann, 8, 20)
        assert await partners.deliver() == 1
        await partners.retry(event_id=failed[0].id)
        assert await partners.deliver() == 1

    assert len(set(system.ids)) == 2
    assert system.ids[-1] == system.ids[0]
    assert await partners.sendings(state="failed") == []
    with pytest.raises(NotFound):
        await partners.retry(event_id=failed[0].id)


async def test_an_endpoint_that_is_not_there_leaves_the_event_for_later_and_says_why(
    market: Market, bank: int, system: Receiver
) -> None:
    await partners.set_endpoint(name="Bank", url="http://127.0.0.1:1/hook", to_loopback=True)
    await spent(market.ann, 7, 10)

    assert await partners.deliver() == 0

    told = await partners.sendings()
    assert told[0].state == "intended"
    assert told[0].error is not None
    assert "ClientConnectorError" in told[0].error


async def test_whoever_dies_between_posting_and_noting_it_posts_again_with_the_same_id(
    market: Market, bank: int, system: Receiver
) -> None:
    system.answer = lambda _event: None
    await spent(market.ann, 7, 10)
    with clock.driven() as time:
        dying = asyncio.create_task(partners.deliver())
        await system.arrived.wait()
        dying.cancel()
        await asyncio.wait([dying])
        assert await states(bank) == ["sent"]

        system.answer = lambda _event: 200
        assert await partners.deliver() == 0, "its lease is not over: somebody may still be posting it"
        time.forward(LEASE_MS)
        assert await partners.deliver() == 1

    assert system.ids[0] == system.ids[1]
    assert system.raw[0] == system.raw[1]
    assert await states(bank) == ["done"]


async def test_three_runners_at_once_post_each_event_once(market: Market, bank: int, system: Receiver) -> None:
    for order_id in range(6):
        await spent(market.ann, 1 + order_id, 1 + order_id)
        await spent(market.bob, 11 + order_id, 1 + order_id)

    await asyncio.gather(*(partners.deliver() for _ in range(3)))
    await partners.deliver()

    assert len(system.ids) == len(set(system.ids)) == 12
    for customer in ("C-1", "C-2"):
        assert [told for told in system.told() if told[1] == customer] == [
            ("points.redeemed", customer, n) for n in range(1, 7)
        ]


async def test_without_the_claim_each_runner_posts_the_event(market: Market, bank: int, system: Receiver) -> None:
    await spent(market.ann, 7, 10)
    both_have_looked = asyncio.Barrier(2)

    async def post() -> None:
        found = await db.rows("SELECT id, facts FROM partner_event WHERE state = 'intended'")
        await both_have_looked.wait()
        async with aiohttp.ClientSession() as session:
            body = {"type": "x", "data": {"customer": "C-1"}}
            await session.post(system.url, json=body, headers={"webhook-id": f"evt_{found[0]['id']}"})
        await db.execute("UPDATE partner_event SET state = 'done' WHERE id = ?", found[0]["id"])

    await asyncio.gather(post(), post())

    assert len(system.ids) == 2
    assert len(set(system.ids)) == 1


async def test_a_changed_secret_signs_beside_the_old_one_for_a_day(market: Market, bank: int, system: Receiver) -> None:
    old: str = system.secret
    with clock.driven() as time:
        new = await partners.rotate_secret(name="Bank")
        await spent(market.ann, 7, 10)
        await partners.deliver()
        time.forward(clock.DAY)
        await spent(market.ann, 8, 10)
        await partners.deliver()

    by = [[signed_by(secret, headers, body) for secret in (old, new)] for (headers, _), body in _came(system)]
    assert by == [[True, True], [False, True]]


async def test_events_from_before_the_endpoint_are_kept_for_whoever_asks_and_not_sent(
    market: Market, bank: int
) -> None:
    await linked(bank, market.ann, "C-1")
    await given(market.ann, 100)
    await spent(market.ann, 7, 10)
    async with receiver() as system:
        await partners.set_endpoint(name="Bank", url=system.url, to_loopback=True)
        await partners.deliver()
        await partners.remove_endpoint(name="Bank")
        await spent(market.ann, 8, 20)
        await partners.deliver()

        assert system.got == []
    found = await partners.redemptions(partner_id=bank, after=0, limit=10)
    assert [event.facts["points"] for event in found] == [10, 20]


async def test_whoever_asks_after_a_number_misses_no_event_that_was_committed_late(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    await linked(bank, market.bob, "C-2")
    for person in (market.ann, market.bob):
        await given(person, 100)
    for order_id in range(1, 9):
        await points.hold(person_id=market.ann if order_id % 2 else market.bob, order_id=order_id, points=order_id)

    seen: list[int] = []
    after = 0

    async def ask() -> None:
        nonlocal after
        for event in await partners.redemptions(partner_id=bank, after=after, limit=3):
            seen.append(event.facts["points"])
            after = event.seq

    async def pay(order_id: int) -> None:
        async with db.tx():
            await points.capture(person_id=market.ann if order_id % 2 else market.bob, order_id=order_id)
            # On PostgreSQL others commit meanwhile: their events have higher ids and are there before.
            for _ in range(9 - order_id):
                await db.rows("SELECT 1 AS one")

    async def keep_asking() -> None:
        for _ in range(12):
            await ask()

    await asyncio.gather(keep_asking(), *(pay(order_id) for order_id in range(1, 9)))
    for _ in range(4):
        await ask()

    assert sorted(seen) == list(range(1, 9))


async def test_somebody_who_is_linked_with_no_partner_is_nobodys_news(market: Market, bank: int) -> None:
    await given(market.ann, 100)

    await spent(market.ann, 7, 10)

    assert await events(bank) == []


def _came(system: Receiver) -> list[tuple[tuple[dict[str, str], dict[str, object]], bytes]]:
    return list(zip(system.got, system.raw, strict=True))


async def test_who_does_not_answer_in_time_has_not_taken_the_event() -> None:
    async with receiver() as system, webhooks.posting(timeout_s=0.05) as post:
        system.answer = lambda _event: None

        with pytest.raises(webhooks.NotTaken, match=r"no answer within 0\.05 s"):
            await post(system.url, {"webhook-id": "evt_1"}, b"{}")

        assert system.ids == ["evt_1"]


async def test_a_name_is_not_believed_when_it_leads_to_this_machine() -> None:
    async with webhooks.posting() as post:
        with pytest.raises(webhooks.NotTaken, match="nowhere that events may go"):
            await post("https://localhost:1/hook", {}, b"{}")


def test_a_lease_outlives_every_post() -> None:
    assert delivering._LEASE_MS > 2 * webhooks.TIMEOUT_S * clock.SECOND
