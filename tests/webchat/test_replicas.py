"""Two processes serve one chat from one PostgreSQL database: each tab sees everything, wherever it and the bot are."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.webchat.conftest import Clock, Guest, House
from tests.webchat.test_payments import INVOICE, pays, slug

pytestmark = pytest.mark.parametrize("url", ["postgres"], indirect=True)  # several processes are PostgreSQL's part
_LISTENING = "FROM pg_stat_activity WHERE query LIKE 'LISTEN \"webchat\"%' AND datname = current_database()"
MARKUP = {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy"}]]}


@pytest.fixture
async def here(own_database: str) -> AsyncIterator[House]:
    """The process whose bot is the one that fetches and delivers."""
    async with House(own_database, Clock()) as opened:
        yield opened


@pytest.fixture
async def there(own_database: str) -> AsyncIterator[House]:
    """The process that Ann's browser was sent to."""
    async with House(own_database, Clock()) as opened:
        yield opened


@pytest.fixture
async def ann(there: House) -> Guest:
    return await there.comes()


async def _next(tab: Any) -> dict[str, Any]:
    return await tab.receive_json(timeout=20)  # type: ignore[no-any-return]


async def test_a_tab_there_sees_what_the_bot_does_here(here: House, ann: Guest) -> None:
    async with ann.tab() as tab:
        card = await here.says(ann, "Rice", reply_markup=MARKUP)
        said = await _next(tab)
        await here.does("sendChatAction", chat_id=ann.id, action="typing")
        typing = await _next(tab)
        pressed = await ann.done("press", message_id=card["message_id"], data="buy")
        query = await here.hears("callback_query")
        await here.does("answerCallbackQuery", callback_query_id=query["id"], text="🍚" * 200)
        answered = await _next(tab)
        await here.does("editMessageText", chat_id=ann.id, message_id=card["message_id"], text="Bought")
        edited = await _next(tab)

    assert said["message"] == card
    assert typing == {"type": "action", "action": "typing"}
    assert (answered["query_id"], answered["text"]) == (pressed["query_id"], "🍚" * 200)
    assert (edited["type"], edited["message"]["text"]) == ("edit", "Bought")


async def test_the_tabs_of_one_visitor_see_the_same_wherever_they_are(here: House, ann: Guest) -> None:
    elsewhere = Guest(here.page, cookies=ann.session.cookie_jar)  # type: ignore[arg-type]
    async with elsewhere, ann.tab() as one, elsewhere.tab() as other:
        await elsewhere.done("send", text="rice")
        await ann.done("send", text="tea")

        seen = [[(await _next(tab))["message"]["text"] for _ in range(2)] for tab in (one, other)]

    assert seen == [["rice", "tea"]] * 2


async def test_what_ann_says_there_ends_the_bots_wait_here(here: House, ann: Guest) -> None:
    poll = asyncio.create_task(here.does("getUpdates", timeout=50))
    await asyncio.wait([poll], timeout=1)
    await ann.done("send", text="rice")

    async with asyncio.timeout(20):
        updates = await poll

    assert [update["message"]["text"] for update in updates] == ["rice"]


async def test_a_payment_there_waits_for_the_bots_answer_here(here: House, ann: Guest) -> None:
    refused = await pays(here, ann, "Sold out.", slug=await slug(here))
    paid = await pays(here, ann, slug=await slug(here))

    assert refused == (409, {"ok": False, "error": "Sold out."})
    assert paid == (200, {"ok": True})
    assert (await here.hears("message"))["successful_payment"]["total_amount"] == INVOICE["prices"][0]["amount"] - 2000


async def test_of_two_answers_to_one_payment_one_counts(here: House, there: House, ann: Guest) -> None:
    paying = asyncio.create_task(ann.wish("pay", card="4" * 16, slug=await slug(here)))
    query = await here.hears("pre_checkout_query")
    told = {"pre_checkout_query_id": query["id"], "ok": True}

    answers = await asyncio.gather(*(house.call("answerPreCheckoutQuery", **told) for house in (here, there) * 2))

    assert [answer["ok"] for answer in answers].count(True) == 1
    assert {answer["description"] for answer in answers if not answer["ok"]} == {
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    }
    assert (await paying)[0] == 200


async def test_a_connection_that_is_lost_costs_no_news(here: House, ann: Guest, own_database: str) -> None:
    async with ann.tab() as tab:
        await _cut_listeners(own_database)
        await here.says(ann, "Rice")

        assert (await _next(tab))["message"]["text"] == "Rice"
        await _cut_listeners(own_database)
        assert (await pays(here, ann, slug=await slug(here)))[0] == 200


async def _cut_listeners(url: str) -> None:
    connection = await asyncpg.connect(url)
    while await connection.fetchval(f"SELECT COUNT(*) {_LISTENING}") < 2:  # noqa: ASYNC110  (they connect by themselves)
        await asyncio.sleep(0.05)
    await connection.fetch(f"SELECT pg_terminate_backend(pid) {_LISTENING}")
    await connection.close()
