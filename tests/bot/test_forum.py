"""The agents' group over HTTP: a topic for each case, answers by reply, notes, buttons, and topics that somebody deletes."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from storefront import messaging, orders, payments, staff, support
from storefront.kernel import db
from tests.bot.conftest import OpenShop
from tests.bot.elsewhere import Elsewhere, Refused, Somebody, elsewhere
from tests.support.market import bought, drafted, stocked

GROUP = -1001
PHOTO = io.BytesIO()
Image.new("RGB", (8, 8), "red").save(PHOTO, "JPEG")
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

    async def _sendPhoto(self, wish: dict[str, Any]) -> dict[str, Any]:
        if int(wish["chat_id"]) != GROUP:
            return await super()._sendPhoto(wish)
        return await self._sendMessage({**wish, "text": f"[photo] {wish['caption']}"})

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

    async def says_in(
        self, thread: int, text: str, *, to: int | None = None, edits: int | None = None, **more: Any
    ) -> int:
        number = edits or self.there._numbers()
        chat = {"id": GROUP, "type": "supergroup", "title": "Desk", "is_forum": True}
        told: dict[str, Any] = {"message_id": number, "date": int(time.time()), "chat": chat, "from": self._self}
        told |= {"text": text, "message_thread_id": thread, "is_topic_message": True, **more}
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
        for word in ("Hello?", "Anybody?", "Well?"):
            await support.say(person_id=case.person_id, case_id=case.id, text=word, key=word)
        again = await there.sees("Hello?")
        first = await there.sees("The bag is")
        await mei.presses(await there.sees("C-1"), "Refuse")
        asking = await there.sees("say why")
        await mei.says_in(asking.thread, "It is not ours", to=asking.number)
        await there.until(lambda: any("It is not ours" in one["text"] for one in there.said))

        assert all(word in again.text for word in ("Anybody?", "Well?")), "what could not be said goes as one message"
        assert (list(there.topics), again.thread == first.thread) == ([again.thread], True)
        assert again.thread != card.thread
        assert (await support.case(case.id)).state == "refused"


async def test_what_is_said_fast_goes_in_few_messages(open_shop: OpenShop, there: Group) -> None:
    ann = Somebody(there, 5, "Ann")
    async with open_shop(telegram_api=there.api, webchat=False, desk_group=GROUP):
        case = await complaint(there, ann)
        await there.sees("The bag is")
        for number in range(12):
            await support.say(person_id=case.person_id, case_id=case.id, text=f"And {number}.", key=f"fast {number}")
            await asyncio.sleep(0.02)
        await there.sees("And 11.")

        told = "\n".join(one.text for one in there.messages.values())
        assert [told.count(f"And {number}.") for number in range(12)] == [1] * 12
        assert len(there.messages) <= 6, "a card, and a burst of five at most"


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


async def test_photos_go_both_ways_however_late_they_come(open_shop: OpenShop, there: Group) -> None:
    ann, mei = Somebody(there, 5, "Ann"), Agent(there, 50, "Mei")
    there.photo = PHOTO.getvalue()
    async with open_shop(limits=False, telegram_api=there.api, webchat=False, desk_group=GROUP):
        await staff.add(login="mei", name="Mei", role="agent", telegram_user_id=50)
        case = await complaint(there, ann)
        where = support.Said(777, ann.id, 900)
        await support.say(person_id=case.person_id, case_id=case.id, text="Look", photos=["AgAC"], said=where, key="p")
        words = await there.sees("Look")

        there.faults["sendPhoto"] = [Refused(429, "Too Many Requests: retry after 1", 1)]
        there.fetchable.set()
        photo = await there.sees("[photo] <b>Ann</b>")
        before = len(there.said)
        sent = {"file_id": "AgAD", "file_unique_id": "v", "width": 9, "height": 9}
        await mei.says_in(photo.thread, "", to=photo.number, caption="Like this?", photo=[sent])
        told = await there.until(lambda: [one for one in there.said[before:] if int(one["chat_id"]) == ann.id])
        await mei.says_in(photo.thread, "", to=photo.number)
        refused = await there.sees("There is nothing in this message")

        assert photo.thread == words.thread == refused.thread
        assert "Like this?" in told[0]["text"]
        in_group = [wish for wish in there.called("sendPhoto") if int(wish["chat_id"]) == GROUP]
        assert len(in_group) == 2, "hers, once more after the 429; Mei's own is there already"
        assert [(one.author, one.text, len(one.photos)) for one in await support.messages(case.id)] == [
            ("customer", "The bag is <torn>", 0),
            ("customer", "Look", 1),
            ("staff", "Like this?", 1),
        ]


async def test_what_telegram_refuses_for_one_case_holds_up_no_other_and_is_said_at_the_desk(
    open_shop: OpenShop, there: Group
) -> None:
    ann, bob = Somebody(there, 5, "Ann"), Somebody(there, 6, "Bob")
    there.faults["createForumTopic"] = [Refused(400, "Bad Request: not enough rights to create a topic")]
    async with open_shop(limits=False, telegram_api=there.api, webchat=False, desk_group=GROUP):
        first = await complaint(there, ann)
        await there.until(lambda: there.called("createForumTopic"))
        await bob.says("/start")
        channel = await messaging.channel(bot_id=777, user_id=bob.id)
        assert channel is not None
        await support.ask(person_id=channel.person_id, order_id=None, text="Are you open?", key="q")
        other = await there.sees("Are you open?")
        trouble = await support.group_trouble()

        await db.execute("UPDATE support_topic SET not_before = 0")
        await db.wake(support.CHANGED)
        card = await there.sees(first.number)
        await there.sees("The bag is")

        assert other.thread != card.thread
        assert trouble is not None
        assert "ot enough rights" in trouble
        for _ in range(500):
            if await support.group_trouble() is None:
                break
            await asyncio.sleep(0.02)
        assert await support.group_trouble() is None


async def test_one_deleted_message_is_said_again_in_its_topic(open_shop: OpenShop, there: Group) -> None:
    ann = Somebody(there, 5, "Ann")
    async with open_shop(limits=False, telegram_api=there.api, webchat=False, desk_group=GROUP):
        case = await complaint(there, ann)
        where = support.Said(777, ann.id, 900)
        await support.say(person_id=case.person_id, case_id=case.id, text="It is wet", said=where, key="w")
        said, card = await there.sees("It is wet"), await there.sees(case.number)
        del there.messages[said.number], there.messages[card.number]

        await support.corrected(said=where, text="It is very wet")
        again = await there.sees("It is very wet")
        mei = await staff.add(login="mei", name="Mei", role="agent", telegram_user_id=50)
        await support.claim(staff_id=mei.id, case_id=case.id)
        anew = await there.sees("Mei has it.")

        assert list(there.topics) == [said.thread] == [again.thread] == [anew.thread]
