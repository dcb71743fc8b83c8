"""The agents' group over HTTP: a topic for each case, answers by reply, notes, buttons, and topics that somebody deletes."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from storefront import messaging, orders, payments, staff, support
from tests.bot.conftest import OpenShop
from tests.bot.elsewhere import Elsewhere, Refused, Somebody, elsewhere
from tests.support.market import bought, drafted, stocked

GROUP = -1001
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@dataclass
class Posted:
    """A message in a topic, as it stands."""

    number: int
    thread: int
    text: str
    buttons: list[dict[str, Any]]


@dataclass
class Group(Elsewhere):
    """Telegram with a group that has topics."""

    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    messages: dict[int, Posted] = field(default_factory=dict)

    async def _createForumTopic(self, wish: dict[str, Any]) -> dict[str, Any]:
        thread = self._numbers()
        self.topics[thread] = wish["name"]
        return {"message_thread_id": thread, "name": wish["name"], "icon_color": 7322096}

    async def _closeForumTopic(self, wish: dict[str, Any]) -> bool:
        self.closed.add(self._there(wish))
        return True

    async def _reopenForumTopic(self, wish: dict[str, Any]) -> bool:
        self.closed.discard(self._there(wish))
        return True

    async def _sendMessage(self, wish: dict[str, Any]) -> dict[str, Any]:
        if int(wish["chat_id"]) != GROUP:
            return await super()._sendMessage(wish)
        thread, number = self._there(wish), self._numbers()
        markup = wish.get("reply_markup") or {"inline_keyboard": []}
        keys = [key for row in markup["inline_keyboard"] for key in row]
        self.messages[number] = Posted(number, thread, wish["text"], keys)
        return {"message_id": number, "date": int(time.time()), "chat": {"id": GROUP, "type": "supergroup"}}

    async def _editMessageText(self, wish: dict[str, Any]) -> Any:
        if int(wish.get("chat_id", 0)) != GROUP:
            return await super()._editMessageText(wish)
        posted = self.messages.get(int(wish["message_id"]))
        if posted is None:
            raise Refused(400, "Bad Request: message to edit not found")
        markup = wish.get("reply_markup") or {"inline_keyboard": []}
        posted.text, posted.buttons = wish["text"], [key for row in markup["inline_keyboard"] for key in row]
        return {"message_id": posted.number, "date": int(time.time()), "chat": {"id": GROUP, "type": "supergroup"}}

    def _there(self, wish: dict[str, Any]) -> int:
        thread = int(wish["message_thread_id"])
        if thread not in self.topics:
            raise Refused(400, "Bad Request: message thread not found")
        return thread

    def delete_topic(self, thread: int) -> None:
        """Somebody deletes a topic, and all in it."""
        del self.topics[thread]
        self.messages = {number: one for number, one in self.messages.items() if one.thread != thread}

    async def sees(self, text: str, *, but: int = 0) -> Posted:
        """A message in a topic that says this, once it is there."""
        found: Posted = await self.until(
            lambda: next((one for one in self.messages.values() if text in one.text and one.number != but), None)
        )
        return found


@dataclass
class Agent(Somebody):
    """Somebody who writes in the group."""

    async def says_in(self, thread: int, text: str, *, to: int | None = None, edits: int | None = None) -> int:
        number = edits or self.there._numbers()
        chat = {"id": GROUP, "type": "supergroup", "title": "Desk", "is_forum": True}
        told: dict[str, Any] = {"message_id": number, "date": int(time.time()), "chat": chat, "from": self._self}
        told |= {"text": text, "message_thread_id": thread, "is_topic_message": True}
        if to is not None:
            told["reply_to_message"] = {"message_id": to, "date": 1, "chat": chat}
        await self.there.tells(
            "edited_message" if edits else "message", {**told, **({"edit_date": 2} if edits else {})}
        )
        return number

    async def presses(self, posted: Posted, label: str) -> dict[str, Any]:
        """Press a button; returns how the press was answered."""
        button = next(one for one in posted.buttons if label in one["text"])
        chat = {"id": GROUP, "type": "supergroup", "title": "Desk", "is_forum": True}
        message = {"message_id": posted.number, "date": 1, "chat": chat, "message_thread_id": posted.thread}
        query = {"id": str(self.there._numbers()), "from": self._self, "message": message, "chat_instance": "1"}
        await self.there.tells("callback_query", {**query, "data": button["callback_data"]})
        answers = self.there.called
        found: dict[str, Any] = await self.there.until(
            lambda: next(
                (one for one in answers("answerCallbackQuery") if one["callback_query_id"] == query["id"]), None
            )
        )
        return found


@pytest.fixture
async def there() -> AsyncIterator[Group]:
    async with elsewhere(Group()) as server:
        assert isinstance(server, Group)
        yield server


async def complaint(there: Group, ann: Somebody) -> support.Case:
    """Ann has bought rice, got it, and says what is wrong."""
    await ann.says("/start")
    channel = await messaging.channel(bot_id=777, user_id=ann.id)
    assert channel is not None
    person = channel.person_id
    order = await bought(await drafted(person, await stocked("torn-rice")), "c1")
    await orders.step(order_id=order.id, to_state="delivered", actor="staff:1", cause="handed over")
    draft = await support.begin(person_id=person, order_id=order.id)
    await support.explain(person_id=person, case_id=draft.id, reason="damaged")
    return await support.submit(person_id=person, case_id=draft.id, text="The bag is <torn>")


async def test_a_case_is_settled_in_the_group_from_its_topic_to_its_end(open_shop: OpenShop, there: Group) -> None:
    ann, mei, eve = Somebody(there, 5, "Ann"), Agent(there, 50, "Mei"), Agent(there, 51, "Eve")
    async with open_shop(limits=False, telegram_api=there.api, webchat=False, desk_group=GROUP):
        await staff.add(login="mei", name="Mei", role="agent", telegram_user_id=50)
        case = await complaint(there, ann)
        card, said = await there.sees("C-1"), await there.sees("The bag is &lt;torn&gt;")

        stranger = await eve.presses(card, "Take it")
        taken = await mei.presses(card, "Take it")
        await there.sees("Mei has it.")
        reply = await mei.says_in(card.thread, "Which side?", to=said.number)
        note = await mei.says_in(card.thread, "she is a regular")
        await there.until(lambda: any("Which side?" in one["text"] for one in there.said))
        await mei.says_in(card.thread, "Which side is it?", edits=reply)
        await there.until(lambda: any("Which side is it?" in one["text"] for one in there.said))
        await ann.writes("The left")
        await there.sees("The left")
        await mei.presses(await there.sees("It would give back"), "Give it back")
        sure = await there.sees("Shall it go back now?")
        await mei.presses(sure, "Yes")
        await mei.presses(
            Posted(sure.number, sure.thread, "", [{"text": "Yes", "callback_data": "fy:1:0:4690"}]), "Yes"
        )
        await there.until(lambda: card.thread in there.closed)

        told = [(message.author, message.text) for message in await support.messages(case.id)]
        assert list(there.topics.values()) == ["C-1 · Ann"]
        assert "You may not do that here" in stranger["text"]
        assert taken["text"] == "It is yours."
        assert told == [
            ("customer", "The bag is <torn>"),
            ("staff", "Which side is it?"),
            ("note", "she is a regular"),
            ("customer", "The left"),
        ]
        assert (await support.case(case.id)).state == "decided"
        assert sum(note.money.minor for note in await payments.credit_notes(case.order.id)) == 4690
        assert note not in there.messages, "what was written there is not said again"


async def test_a_deleted_topic_is_made_anew_and_a_429_loses_nothing(open_shop: OpenShop, there: Group) -> None:
    ann, mei = Somebody(there, 5, "Ann"), Agent(there, 50, "Mei")
    async with open_shop(limits=False, telegram_api=there.api, webchat=False, desk_group=GROUP):
        await staff.add(login="mei", name="Mei", role="agent", telegram_user_id=50)
        case = await complaint(there, ann)
        card, _ = await there.sees("C-1"), await there.sees("The bag is")

        there.faults["sendMessage"] = [Refused(429, "Too Many Requests: retry after 1", 1)]
        there.delete_topic(card.thread)
        await support.say(person_id=case.person_id, case_id=case.id, text="Hello?", key="h")
        again = await there.sees("Hello?")
        first = await there.sees("The bag is")
        await mei.presses(await there.sees("C-1"), "Refuse")
        asking = await there.sees("say why")
        await mei.says_in(asking.thread, "It is not ours", to=asking.number)
        await there.until(lambda: any("It is not ours" in one["text"] for one in there.said))

        assert (list(there.topics), again.thread == first.thread) == ([again.thread], True)
        assert again.thread != card.thread
        assert (await support.case(case.id)).state == "refused"


async def test_an_answer_in_somebody_elses_case_is_told_to_its_writer(open_shop: OpenShop, there: Group) -> None:
    ann, mei = Somebody(there, 5, "Ann"), Agent(there, 50, "Mei")
    async with open_shop(limits=False, telegram_api=there.api, webchat=False, desk_group=GROUP):
        await staff.add(login="mei", name="Mei", role="agent", telegram_user_id=50)
        li = (await staff.add(login="li", name="Li", role="agent")).id
        case = await complaint(there, ann)
        said = await there.sees("The bag is")
        await support.claim(staff_id=li, case_id=case.id)

        await mei.says_in(said.thread, "I look at it", to=said.number)
        told = await there.sees("Li has this case")

        assert told.thread == said.thread
        assert [message.author for message in await support.messages(case.id)] == ["customer"]
