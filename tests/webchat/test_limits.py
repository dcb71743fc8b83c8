"""Telegram's rate limits, on a clock that the tests turn."""

import contextlib
from typing import Any

import aiohttp
import pytest

from tests.webchat.conftest import Clock, Guest, House
from webchat.errors import ApiError
from webchat.limits import Limits, Pace


class Still(Clock):
    """A clock that stands until it is turned."""

    def __call__(self) -> int:
        return 1_790_000_000_000 + self.turned_ms


async def _burst(house: House, to: Guest, most: int) -> tuple[int, dict[str, Any]]:
    for sent in range(most):
        answer = await house.call("sendMessage", chat_id=to.id, text=f"{sent}")
        if not answer["ok"]:
            return sent, answer
    return most, {}


async def test_a_chat_takes_a_short_burst_and_then_one_message_a_second(own_database: str) -> None:
    clock = Still()
    async with House(own_database, clock) as house:
        ann, bob = await house.comes(), await house.comes()
        burst, refusal = await _burst(house, ann, 20)

        assert (burst, refusal["error_code"]) == (12, 429)
        wait = refusal["parameters"]["retry_after"]
        assert refusal["description"] == f"Too Many Requests: retry after {wait}"
        assert (await house.says(bob))["text"] == "Hello"
        clock.turn_on(wait - 0.001)
        assert not (await house.call("sendMessage", chat_id=ann.id, text="early"))["ok"]
        clock.turn_on(0.001)
        assert (await house.says(ann))["text"] == "Hello"
        assert len(await ann.history()) == 13


async def test_thirty_messages_a_second_leave_the_shop(own_database: str) -> None:
    clock = Still()
    async with House(own_database, clock) as house:
        guests = [await house.comes() for _ in range(31)]
        for guest in guests[:30]:
            await house.says(guest)

        refusal = await house.call("sendMessage", chat_id=guests[30].id, text="Hello")
        assert (refusal["error_code"], refusal["parameters"]) == (429, {"retry_after": 1})
        clock.turn_on(1)
        await house.says(guests[30])


async def test_what_is_refused_for_its_form_costs_nothing(own_database: str) -> None:
    async with House(own_database, Still()) as house:
        ann = await house.comes()
        for _ in range(20):
            await house.refuses("sendMessage", chat_id=ann.id, text="")

        assert (await house.says(ann))["text"] == "Hello"


async def test_lifted_limits_refuse_nothing(own_database: str) -> None:
    async with House(own_database, Still(), limits=False) as house:
        burst, _ = await _burst(house, await house.comes(), 40)

        assert burst == 40


def test_a_group_takes_twenty_messages_a_minute() -> None:
    clock = Still()
    limits = Limits(clock, on=True)
    taken = 0
    while taken < 60 and _takes(limits, -1001):
        taken += 1
        clock.turn_on(1)

    assert taken == 20


def _takes(limits: Limits, chat: int) -> bool:
    try:
        limits.sends(chat)
    except ApiError as error:
        return error.code != 429
    return True


def test_a_pace_is_kept_for_each_apart() -> None:
    clock = Still()
    pace = Pace(clock, 2, 1000)

    assert [pace.allows("Ann"), pace.allows("Ann"), pace.allows("Ann"), pace.allows("Bob")] == [True, True, False, True]
    clock.turn_on(1)
    assert pace.allows("Ann")


async def test_a_visitor_who_wishes_too_fast_is_asked_to_wait(own_database: str) -> None:
    clock = Still()
    async with House(own_database, clock) as house:
        ann, bob = await house.comes(), await house.comes()
        answers = [await ann.wish("send", text=f"{wish}") for wish in range(41)]

        assert [status for status, _ in answers] == [200] * 40 + [429]
        assert answers[-1][1]["error"] == "That was very fast. Wait a few seconds, then go on."
        assert (await bob.wish("send", text="rice"))[0] == 200
        clock.turn_on(10)
        assert (await ann.wish("send", text="rice"))[0] == 200


async def test_a_flood_of_new_visitors_from_one_address_is_held_back(own_database: str) -> None:
    clock = Still()
    async with House(own_database, clock) as house:
        door, flood = f"{house.page}/chat/", {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
        for _ in range(300):
            async with house.session.get(door, headers=flood) as response:
                assert response.status == 200
            house.session.cookie_jar.clear()

        async with house.session.get(door, headers=flood) as response:
            assert response.status == 429
        # What the proxy did not see itself anybody may claim.
        async with house.session.get(door, headers={"X-Forwarded-For": "203.0.113.8, 198.51.100.7"}) as response:
            assert response.status == 429
        async with house.session.get(door, headers={"X-Forwarded-For": "198.51.100.8"}) as response:
            assert response.status == 200


async def test_one_visitor_opens_at_most_twenty_tabs(house: House, ann: Guest) -> None:
    async with contextlib.AsyncExitStack() as tabs:
        for _ in range(19):  # Ann follows her chat in one already
            await tabs.enter_async_context(ann.tab())

        with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
            await tabs.enter_async_context(ann.tab())
    async with ann.tab() as tab:
        await ann.done("send", text="rice")
        assert (await tab.receive_json(timeout=5))["type"] == "message"
