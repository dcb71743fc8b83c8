"""What visitors do reaches the bot: by polling or by webhook, in order, none lost; presses live 150 s."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.webchat.conftest import Guest, House

BUTTON = {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy"}, {"text": "Site", "url": "https://a.example/"}]]}


class Hook:
    """The bot's side of a webhook; `answers` are the next statuses, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: asyncio.Queue[tuple[dict[str, Any], str | None]] = asyncio.Queue()

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def close(self) -> None:
        await self._runner.cleanup()

    async def next(self) -> tuple[dict[str, Any], str | None]:
        async with asyncio.timeout(10):
            return await self.got.get()

    async def _take(self, request: web.Request) -> web.Response:
        await self.got.put((await request.json(), request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, headers={"Location": self.url} if status == 307 else None)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    await hook.open()
    yield hook
    await hook.close()


async def press(house: House, ann: Guest) -> tuple[str, dict[str, Any]]:
    card = await house.says(ann, "Rice", reply_markup=BUTTON)
    query_id = (await ann.done("press", message_id=card["message_id"], data="buy"))["query_id"]
    return query_id, await house.hears("callback_query")


async def test_updates_wait_until_the_offset_confirms_them(house: House, ann: Guest) -> None:
    for text in ("one", "two", "three"):
        await ann.done("send", text=text)

    first, again = await house.does("getUpdates"), await house.does("getUpdates")
    rest = await house.does("getUpdates", offset=first[1]["update_id"])
    newest = await house.does("getUpdates", offset=-1)

    assert first == again
    assert [update["message"]["text"] for update in rest] == ["two", "three"]
    assert [update["message"]["text"] for update in newest] == ["three"]
    assert await house.does("getUpdates") == newest, "those before it are forgotten"
    assert await house.does("deleteWebhook", drop_pending_updates=True)
    assert await house.does("getUpdates") == []


async def test_only_the_updates_asked_for_come_and_the_list_is_remembered(house: House, ann: Guest) -> None:
    card = await house.says(ann, "Rice", reply_markup=BUTTON)
    await ann.done("send", text="rice")
    await ann.done("press", message_id=card["message_id"], data="buy")

    (update,) = await house.does("getUpdates", limit=1, allowed_updates=["callback_query"])

    assert update["callback_query"]["data"] == "buy"
    assert await house.does("getUpdates") == [update]
    assert len(await house.does("getUpdates", allowed_updates=[])) == 2


async def test_an_open_poll_ends_with_the_update(house: House, ann: Guest) -> None:
    polling = asyncio.create_task(house.hears("message", seconds=20))
    await ann.done("send", text="rice")

    async with asyncio.timeout(5):
        assert (await polling)["text"] == "rice"


async def test_a_second_poller_ends_the_first(house: House, ann: Guest) -> None:
    first = asyncio.create_task(house.call("getUpdates", timeout=20))
    while first in (await asyncio.wait([first], timeout=0.2))[1]:
        await house.does("getUpdates")

    answer = await first
    assert answer["error_code"] == 409
    assert answer["description"].startswith("Conflict: terminated by other getUpdates request")


async def test_polling_is_refused_while_a_webhook_is_set(house: House, hook: Hook) -> None:
    await house.does("setWebhook", url=hook.url)
    answer = await house.call("getUpdates")
    await house.does("deleteWebhook")

    assert answer["error_code"] == 409
    assert answer["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
    assert await house.does("getUpdates") == []


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example/hook", "https://169.254.169.254/hook", "ftp://127.0.0.1/", "//127.0.0.1/", "file:///etc/passwd",
        "http://[1",
    ],
)  # fmt: skip
async def test_a_webhook_leads_to_this_machine_only(house: House, address: str) -> None:
    words = await house.refuses("setWebhook", url=address)

    assert words.startswith("bad webhook: ")
    assert (await house.does("getWebhookInfo"))["url"] == ""


async def test_a_webhook_secret_is_of_telegrams_alphabet(house: House, hook: Hook) -> None:
    odd = await house.refuses("setWebhook", url=hook.url, secret_token="a b")
    long = await house.refuses("setWebhook", url=hook.url, secret_token="a" * 257)

    assert (odd, long) == ("secret token contains unallowed characters", "secret token is too long")


async def test_the_webhook_is_tried_again_in_order_until_it_takes_the_update(
    house: House, hook: Hook, ann: Guest
) -> None:
    hook.answers = [500, 307, 204]
    await ann.done("send", text="one")
    await ann.done("send", text="two")
    await house.does("setWebhook", url=hook.url, secret_token="s3cret")

    got = [await hook.next() for _ in range(4)]
    assert [update["message"]["text"] for update, _ in got] == ["one", "one", "one", "two"]
    assert {secret for _, secret in got} == {"s3cret"}
    assert hook.got.empty()


async def test_a_press_is_answered_once(house: House, ann: Guest) -> None:
    async with ann.tab((await ann.told("history"))["seq"]) as tab:
        query_id, query = await press(house, ann)
        await house.does("answerCallbackQuery", callback_query_id=query_id, text="In the cart", show_alert=True)

        assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "buy", ann.id)
        frames = [await tab.receive_json(timeout=5) for _ in range(2)]
        assert frames[1] == {
            "type": "callback_answer", "query_id": query_id, "text": "In the cart", "show_alert": True, "url": None,
        }  # fmt: skip
    again = await house.refuses("answerCallbackQuery", callback_query_id=query_id)
    assert again == "query is too old and response timeout expired or query ID is invalid"


@pytest.mark.parametrize(
    "changes", [{"text": "x" * 201}, {"url": "https://a.example/"}, {"url": "javascript:alert(1)"}]
)
async def test_an_answer_that_telegram_refuses_is_refused(house: House, ann: Guest, changes: dict[str, str]) -> None:
    query_id, _ = await press(house, ann)

    words = await house.refuses("answerCallbackQuery", callback_query_id=query_id, **changes)

    assert words == ("MESSAGE_TOO_LONG" if "text" in changes else "URL_INVALID")
    assert await house.does("answerCallbackQuery", callback_query_id=query_id, url="t.me/pindan_bot?start=x")


async def test_a_press_is_too_old_after_150_seconds(house: House, ann: Guest) -> None:
    query_id, _ = await press(house, ann)
    card = (await ann.history())[0]
    await ann.done("press", message_id=card["message_id"], data="buy")
    await ann.done("send", text="rice")
    house.clock.turn_on(151)

    words = await house.refuses("answerCallbackQuery", callback_query_id=query_id)
    waiting = await house.does("getUpdates")
    house.clock.turn_on(24 * 3600)

    assert words.startswith("query is too old")
    assert [update.keys() - {"update_id"} for update in waiting] == [{"message"}]
    assert await house.does("getUpdates") == []


@pytest.mark.parametrize(
    "wish", [{"data": "sell"}, {"data": None}, {}, {"data": "buy", "message_id": 99}, {"data": ["buy"]}]
)
async def test_a_button_that_is_not_there_cannot_be_pressed(house: House, ann: Guest, wish: dict[str, Any]) -> None:
    card = await house.says(ann, "Rice", reply_markup=BUTTON)

    status, answer = await ann.wish("press", **{"message_id": card["message_id"], **wish})

    assert (status, answer["error"]) == (409, "This button is not there any more.")
    assert await house.does("getUpdates") == []
