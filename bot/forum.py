"""The agents' group in Telegram: a topic for each case, kept as the case is.

What is to be said waits until the group may hear it (20 messages a minute), and goes as one message then.
"""

import asyncio
import hashlib
import html
from collections.abc import Sequence
from typing import Any

import structlog
from telegram import InputFile
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.buttons import press
from bot.context import House, ShopApplication
from bot.leases import Lease
from bot.limits import GroupPace
from bot.render import render
from bot.request import call, seconds_to_wait
from storefront import files, people, staff, support
from storefront.kernel import clock, db
from storefront.kernel.texts import Texts

log = structlog.get_logger()

_IDLE_S = 5.0
_TROUBLE_S = 5.0
_TEXT_MAX = 3800
_NAME_MAX = 120
_GONE = ("thread not found", "topic_deleted", "topic_id_invalid", "topic deleted")
_DELETED = ("message to edit not found", "message_id_invalid", "message can't be edited")
_SAME = ("not modified", "topic_not_modified")


class Forum:
    """Keeps the topics of one group as the cases are; a replica that does not hold the lease stands by."""

    def __init__(self, application: ShopApplication, house: House, *, group: int, limits: bool) -> None:
        self._bot, self._house, self._group = application.bot, house, group
        self._texts = Texts(house.settings.default_language)
        self._pace = GroupPace(limits=limits)
        self._lease = Lease(f"forum:{self._bot.id}")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the topics."""
        self._lease.start()
        self._task = asyncio.create_task(self._run(), name=f"forum {self._bot.id}")

    async def stop(self) -> None:
        """Leave; what is not said yet is said at the next start."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._lease.stop()

    async def _run(self) -> None:
        while True:
            try:
                await self._lease.ours.wait()
                due = await support.topics_to_look_at()
                for case_id in due:
                    await self._keep(case_id)
                if not due:
                    await db.wait(support.CHANGED, _IDLE_S)
            except RetryAfter as error:
                await asyncio.sleep(seconds_to_wait(error))
            except NetworkError as error:
                log.warning("forum.away", group=self._group, error=str(error))
                await asyncio.sleep(_TROUBLE_S)
            except Exception:
                log.exception("forum.crashed", group=self._group)
                await asyncio.sleep(_TROUBLE_S)

    async def _keep(self, case_id: int) -> None:
        """Keep one topic; what Telegram does not let this one be says nothing about the others."""
        try:
            await self._mirror(case_id)
        except (BadRequest, ChatMigrated, Forbidden) as error:
            if _says(error, _GONE):
                log.info("forum.topic_lost", case=case_id)
                await support.lost_topic(case_id=case_id)
                return
            log.warning("forum.unkept", group=self._group, case=case_id, error=str(error))
            await support.unkept(case_id=case_id, error=str(error))
        except TelegramError:
            raise
        except Exception as error:
            log.exception("forum.unkept", group=self._group, case=case_id)
            await support.unkept(case_id=case_id, error=type(error).__name__)

    async def _mirror(self, case_id: int) -> None:
        at = clock.now()
        topic, case = await support.topic(case_id), await support.case(case_id)
        ended = case.state in support.ENDED
        thread = topic.thread_id
        if thread is None:
            thread = await self._make(case)
            topic = await support.topic(case_id)
        if topic.closed and not ended:
            await self._topic_call("reopenForumTopic", thread)
        await self._card(case, topic, thread)
        await self._say(case, topic, thread)
        for photo_id, message_id, name in await support.photos_to_post(case_id):
            number = await self._photo(await self._who(case, await support.message(message_id)), name, thread)
            await support.photo_posted(photo_id=photo_id, number=number)
        for number, said in await support.edited_posts(case_id=case_id):
            if await self._edit(number, await self._told(case, said)):
                await support.posted(case_id=case_id, said=said, number=number)
            else:
                await self._post(case, said, thread)
        if ended and not topic.closed:
            await self._topic_call("closeForumTopic", thread)
        await support.mirrored(of=topic, closed=ended, at=at)

    async def _make(self, case: support.Case) -> int:
        customer = await people.find(case.person_id)
        name = f"{case.number} · {customer.name}"[:_NAME_MAX]
        await self._pace.take()
        made = await call(self._bot, "createForumTopic", {"chat_id": self._group, "name": name})
        thread = int(made["message_thread_id"])
        if not await support.made_topic(case_id=case.id, thread_id=thread):
            # Another replica was here: one topic a case.
            await call(self._bot, "deleteForumTopic", {"chat_id": self._group, "message_thread_id": thread})
            known = await support.topic(case.id)
            assert known.thread_id is not None, "another one made it"
            return known.thread_id
        return thread

    async def _card(self, case: support.Case, topic: support.Topic, thread: int) -> None:
        customer = await people.find(case.person_id)
        who = await staff.name_of(case.staff_id) if case.staff_id is not None else None
        decisions = [one for one in await support.decisions(case.id) if one.state == "proposed"]
        facts = {"house": self._house, "case": case, "customer": customer, "who": who, "mode": topic.mode}
        text = render("forum/card", self._texts, proposed=decisions[0] if decisions else None, **facts)
        rows = self._buttons(case, topic.mode, decisions)
        looks = hashlib.sha256(f"{text}{rows}".encode()).hexdigest()
        if topic.card_text == looks:
            return
        markup = {"inline_keyboard": rows} if rows else None
        told = {"chat_id": self._group, "text": text, "parse_mode": "HTML", "reply_markup": markup}
        number = topic.card_number
        if number is None or not await self._edit(number, text, markup):
            await self._pace.take()
            number = (await call(self._bot, "sendMessage", {**told, "message_thread_id": thread}))["message_id"]
        await support.carded(case_id=case.id, number=number, text=looks)

    def _buttons(
        self, case: support.Case, mode: str | None, proposed: list[support.Decision]
    ) -> list[list[dict[str, Any]]]:
        _ = self._texts.gettext
        if case.state not in support.OPEN:
            return []
        back = press(_("‹ Back"), "fb", case.id)
        if mode == "confirm":
            yes = press(_("Yes, give it back"), "fy", case.id, case.points, case.money.minor)
            return [[yes], [back]]
        if mode is not None:
            return [[back]]
        rows = [[press(_("Take it"), "fc", case.id)]] if case.staff_id is None else []
        if case.pieces and (case.points or case.money.minor):
            rows.append([press(_("Give it back"), "fg", case.id), press(_("Refuse"), "fr", case.id)])
        if proposed:
            rows.append([press(_("Agree"), "fa", case.id, proposed[0].id), press(_("Do not agree"), "fd", case.id)])
        return rows

    async def _say(self, case: support.Case, topic: support.Topic, thread: int) -> None:
        new = [one for one in await support.messages(case.id) if one.id > topic.seen_id]
        own = await support.own_posts(case.id)
        if new:
            # Whatever was said while the group could not hear it goes along.
            await self._pace.take()
            new = [one for one in await support.messages(case.id) if one.id > topic.seen_id]
        told: list[support.Message] = []
        for one in new:
            if one.id in own or not one.text or (one.author == "shop" and one.text in support.OWN_WORDS):
                continue
            if sum(len(each.text) + 80 for each in [*told, one]) > _TEXT_MAX:
                await self._post(case, told, thread)
                told = []
            told.append(one)
        if told:
            await self._post(case, told, thread)
        if new:
            await support.seen_in_topic(case_id=case.id, message_id=new[-1].id)

    async def _post(self, case: support.Case, told: Sequence[support.Message], thread: int) -> None:
        fields = {"chat_id": self._group, "message_thread_id": thread, "parse_mode": "HTML"}
        sent = await call(self._bot, "sendMessage", {**fields, "text": await self._told(case, told)})
        await support.posted(case_id=case.id, said=told, number=sent["message_id"])

    async def _photo(self, who: str, name: str | None, thread: int) -> int:
        """A photo in the topic, with who sent it; where it stands."""
        await self._pace.take()
        fields = {"chat_id": self._group, "message_thread_id": thread, "parse_mode": "HTML"}
        if name is None:
            lost = self._texts.gettext("A photo could not be fetched.")
            return int((await call(self._bot, "sendMessage", {**fields, "text": f"{who}: 📷 {lost}"}))["message_id"])
        file = InputFile((await files.content(name)).content, filename="photo.jpg")
        return int((await call(self._bot, "sendPhoto", {**fields, "caption": who}, file=file))["message_id"])

    async def _told(self, case: support.Case, said: Sequence[support.Message]) -> str:
        lines = [f"{await self._who(case, one)}: {html.escape(one.text, quote=False)}" for one in said]
        return "\n".join(lines)

    async def _who(self, case: support.Case, said: support.Message) -> str:
        name = self._house.settings.shop_name
        if said.author == "customer":
            name = (await people.find(case.person_id)).name
        elif said.staff_id is not None:
            name = await staff.name_of(said.staff_id)
        return f"{'📝 ' if said.author == 'note' else ''}<b>{html.escape(name, quote=False)}</b>"

    async def _edit(self, number: int, text: str, markup: dict[str, Any] | None = None) -> bool:
        """Change a message of ours; False when somebody deleted it."""
        fields = {"chat_id": self._group, "message_id": number, "text": text, "parse_mode": "HTML"}
        await self._pace.take()
        try:
            await call(self._bot, "editMessageText", {**fields, "reply_markup": markup})
        except BadRequest as error:
            if _says(error, _DELETED):
                return False
            if not _says(error, _SAME):
                raise
        return True

    async def _topic_call(self, method: str, thread: int) -> None:
        try:
            await call(self._bot, method, {"chat_id": self._group, "message_thread_id": thread})
        except BadRequest as error:
            if not _says(error, _SAME):
                raise


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    return any(word in str(error).lower() for word in words)
