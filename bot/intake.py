"""From the channel to the handlers: kept first, acknowledged second, handled in one transaction each.

python-telegram-bot's own updater acknowledges first and queues in memory: most of a burst is lost at a kill. So polling,
the webhook's route and the workers are ours; only the dispatch (`process_update`) is the library's.
"""

import asyncio
import hmac
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.buttons import Press
from bot.context import STRANGER, TOAST_MAX, Answer, Context, House, ShopApplication, Turn, turn_now
from bot.handlers import forum
from bot.leases import Lease
from bot.request import call, seconds_to_wait
from storefront import messaging, people
from storefront.kernel import db, ids, metrics, requests
from storefront.kernel.errors import N_, Refusal
from storefront.kernel.texts import Texts, closest

log = structlog.get_logger()

UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "pre_checkout_query",
    "inline_query",
    "chosen_inline_result",
    "my_chat_member",
)
_POLL_S = 25
_ANSWER_WITHIN_S = 2.0
_IDLE_S = 1.0
_FINISH_S = 3.0
_BYTES_MAX = 1024 * 1024
_CRASHED = N_(
    "Something went wrong on our side, and we are sorry. Nothing was lost or charged."
    " Try again, or write to us with the number %(reference)s."
)


class Intake:
    """Takes updates in for one or several bots and has them handled, in order per chat and per person."""

    def __init__(self, bots: Mapping[int, tuple[ShopApplication, House]], *, workers: int) -> None:
        self._bots = bots
        self._workers = workers
        self._tasks: list[asyncio.Task[None]] = []
        self._leases: dict[int, Lease] = {}
        self._unanswered: dict[str, asyncio.TimerHandle] = {}
        self._answered_late: deque[str] = deque(maxlen=1000)
        self._stopping = False

    def start(self, polled: Sequence[int]) -> None:
        """Begin to handle, and to fetch for the bots that are polled; the others are pushed to by their webhook."""
        self._tasks = [asyncio.create_task(self._work(), name="inbox") for _ in range(self._workers)]
        self._leases = {bot_id: Lease(f"poll:{bot_id}") for bot_id in polled}
        for lease in self._leases.values():
            lease.start()
        self._tasks += [asyncio.create_task(self._poll(bot_id), name=f"poll {bot_id}") for bot_id in polled]

    async def stop(self) -> None:
        """Take nothing more, finish what is being handled, and go; what waits is handled at the next start."""
        self._stopping = True
        await db.wake("inbox")
        for task in self._tasks:
            if task.get_name() != "inbox":
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FINISH_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in self._unanswered.values():
            timer.cancel()
        for lease in self._leases.values():
            await lease.stop()

    def webhook(self, bot_id: int, secret: str) -> web.RouteDef:
        """The route that Telegram pushes to: 200 only once the update is kept."""

        async def receive(request: web.Request) -> web.Response:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode(), secret.encode()):
                return web.Response(status=403)
            if (request.content_length or 0) > _BYTES_MAX:
                return web.Response(status=413)
            try:
                update = json.loads(await request.read())
            except (ValueError, RecursionError):
                return web.Response(status=400)
            if not _is_update(update):
                return web.Response(status=400)
            await self._receive(bot_id, [update])
            return web.Response()

        return web.post(f"/telegram/{bot_id}", receive)

    # --- fetching

    async def _poll(self, bot_id: int) -> None:
        application, _ = self._bots[bot_id]
        offset, pause = 0, 1.0
        while True:
            try:
                await self._leases[bot_id].ours.wait()
                updates = await _fetch(application, offset)
                if updates:
                    await self._receive(bot_id, updates)
                    offset = updates[-1]["update_id"] + 1
                pause = 1.0
            except RetryAfter as error:
                await asyncio.sleep(seconds_to_wait(error))
            except (NetworkError, Conflict) as error:
                log.warning("poll.failed", bot=bot_id, error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            except InvalidToken:
                log.error("poll.refused", bot=bot_id, hint="the channel does not know this token")
                await asyncio.sleep(30)
            except Exception:
                log.exception("poll.crashed", bot=bot_id)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)

    async def _receive(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        kept = []
        metrics.UPDATES.labels(self._channel(bot_id), "taken").inc(len(updates))
        for update in updates:
            if "pre_checkout_query" in update or "inline_query" in update:
                # Has seconds to live and no memory: it passes the queue by.
                db.spawn(self._handle_at_once(bot_id, update))
            else:
                kept.append(update)
            if "callback_query" in update:
                self._promise_answer(bot_id, str(update["callback_query"].get("id", "")))
        if kept:
            await messaging.receive(bot_id=bot_id, updates=kept)

    # --- handling

    async def _work(self) -> None:
        while not self._stopping:
            try:
                if not await self._handle_next():
                    await db.wait("inbox", _IDLE_S)
            except Exception:
                log.exception("inbox.crashed")
                await asyncio.sleep(1)

    async def _handle_next(self) -> bool:
        try:
            return await self._claim_and_handle()
        finally:
            requests.unbind()

    async def _claim_and_handle(self) -> bool:
        received: messaging.Received | None = None
        turn: Turn | None = None
        began, outcome = time.perf_counter(), "handled"
        try:
            async with db.tx():
                received = await messaging.next_update(self._bots.keys())
                if received is None:
                    return False
                requests.bind(received.request)
                turn = await self._dispatch(received.bot_id, received.payload)
                await messaging.done(received)
        except Refusal as refusal:
            assert received is not None
            turn, outcome = await self._refuse(received, refusal), "refused"
        except Exception:
            if received is None:
                raise
            reference = ids.code(6)
            log.exception(
                "update.crashed", reference=reference, update=received.update_id, attempts=received.attempts + 1
            )
            outcome = "aside" if await self._crashed(received, reference) else "failed"
        if turn is not None and received is not None:
            await self._answer(received, turn.answer)
        self._count(received.bot_id, outcome, time.perf_counter() - began)
        return True

    def _count(self, bot_id: int, outcome: str, seconds: float) -> None:
        channel = self._channel(bot_id)
        metrics.UPDATES.labels(channel, outcome).inc()
        metrics.UPDATE_SECONDS.labels(channel).observe(seconds)
        log.debug("update.ended", outcome=outcome, ms=round(seconds * 1000))

    def _channel(self, bot_id: int) -> str:
        return self._bots[bot_id][1].channel

    async def _handle_at_once(self, bot_id: int, update: dict[str, Any]) -> None:
        with requests.bound(requests.of_update(bot_id, update["update_id"])):
            await self._dispatch(bot_id, update)

    async def _dispatch(self, bot_id: int, payload: dict[str, Any]) -> Turn | None:
        application, house = self._bots[bot_id]
        update = _read(payload, application.bot)
        if update is None or update.effective_user is None:
            return None
        if (chat := update.effective_chat) is not None and chat.id == house.desk_group:
            return await _hear_group(application, house, update)
        turn = await self._turn(application, house, update)
        if turn is None:
            return None
        mark = turn_now.set(turn)
        try:
            await application.process_update(update)
        finally:
            turn_now.reset(mark)
        if turn.error is not None:
            raise turn.error
        return turn

    async def _turn(self, application: ShopApplication, house: House, update: Update) -> Turn | None:
        user, chat = update.effective_user, update.effective_chat
        assert user is not None
        if chat is not None and chat.type != chat.PRIVATE:
            return None
        query = update.callback_query
        return Turn(
            bot=application.bot,
            house=house,
            chat_id=user.id,
            person=await _who(application.bot.id, house, update),
            key=f"{application.bot.id}:{update.update_id}",
            message_id=query.message.message_id if query is not None and query.message is not None else None,
            press=Press.read(query.data) if query is not None else None,
        )

    async def _refuse(self, received: messaging.Received, refusal: Refusal) -> Turn | None:
        # The refusal rolled everything back; saying no is a transaction of its own.
        application, house = self._bots[received.bot_id]
        update = Update.de_json(received.payload, application.bot)
        assert update is not None
        async with db.tx():
            if not await messaging.done(received):
                # The rollback let go of the update, and another worker took it before this one came back.
                return None
            turn = await self._turn(application, house, update)
            if turn is not None:
                text = Texts(turn.person.language).refusal(refusal)
                if turn.press is not None and len(text) <= TOAST_MAX and not self._was_answered(update):
                    turn.answer = Answer(text, alert=True)
                else:
                    await _say_plain(received.bot_id, turn, text)
        return turn

    async def _crashed(self, received: messaging.Received, reference: str) -> bool:
        async with db.tx():
            put_aside = await messaging.failed(received=received, reference=reference)
            if put_aside:
                # With the very commit that lets the chat go on, so that the apology comes before the next answer.
                try:
                    async with db.savepoint():
                        await self._apologise(received, reference)
                except Exception:
                    log.exception("apology.crashed", reference=reference)
        if put_aside:
            log.error("update.put_aside", number=received.id, reference=reference, hint="see `pindan inbox`")
        return put_aside

    async def _apologise(self, received: messaging.Received, reference: str) -> None:
        application, house = self._bots[received.bot_id]
        update = Update.de_json(received.payload, application.bot)
        turn = await self._turn(application, house, update) if update is not None else None
        if turn is not None:
            text = Texts(turn.person.language).fill(_CRASHED, reference=reference)
            await _say_plain(received.bot_id, turn, text)

    # --- answering presses

    def _promise_answer(self, bot_id: int, query_id: str) -> None:
        if query_id in self._answered_late:
            # Tried again.
            return
        loop = asyncio.get_running_loop()
        self._unanswered[query_id] = loop.call_later(_ANSWER_WITHIN_S, self._answer_late, bot_id, query_id)

    def _answer_late(self, bot_id: int, query_id: str) -> None:
        if self._unanswered.pop(query_id, None) is not None:
            self._answered_late.append(query_id)
            db.spawn(self._send_answer(bot_id, query_id, Answer()))

    def _was_answered(self, update: Update) -> bool:
        return update.callback_query is not None and update.callback_query.id in self._answered_late

    async def _answer(self, received: messaging.Received, answer: Answer) -> None:
        query = received.payload.get("callback_query")
        if query is None:
            return
        timer = self._unanswered.pop(str(query["id"]), None)
        if timer is not None:
            timer.cancel()
        if str(query["id"]) not in self._answered_late:
            db.spawn(self._send_answer(received.bot_id, str(query["id"]), answer))

    async def _send_answer(self, bot_id: int, query_id: str, answer: Answer) -> None:
        application, _ = self._bots[bot_id]
        try:
            told = {"callback_query_id": query_id, "text": answer.text or None, "show_alert": answer.alert or None}
            await call(application.bot, "answerCallbackQuery", told)
        except BadRequest:
            pass  # too old or answered already: there is no spinner left to stop
        except TelegramError as error:
            log.warning("answer.failed", bot=bot_id, error=str(error))


async def _fetch(application: ShopApplication, offset: int) -> list[dict[str, Any]]:
    # Not `bot.get_updates`: it parses what we keep as it came, and parse again when it is handled.
    wish = {"offset": offset, "timeout": _POLL_S, "allowed_updates": UPDATES}
    updates = await call(application.bot, "getUpdates", wish, read_timeout_s=_POLL_S + 5)
    assert isinstance(updates, list)
    return updates


def _is_update(told: Any) -> bool:
    number = told.get("update_id") if isinstance(told, dict) else None
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63


def _read(payload: dict[str, Any], bot: Bot) -> Update | None:
    try:
        return Update.de_json(_without_our_own(payload), bot)
    except (TypeError, KeyError, ValueError) as error:
        log.warning("update.unreadable", update=payload["update_id"], error=type(error).__name__)
    # Another version of the Bot API than the library's: that somebody said something is all we can take from it.
    said = payload.get("message")
    if not isinstance(said, dict):
        return None
    return Update.de_json({"update_id": payload["update_id"], "message": _envelope(said)}, bot)


def _without_our_own(payload: dict[str, Any]) -> dict[str, Any]:
    """A press without what the pressed message says: that was ours, and to read it takes as long as to answer it."""
    query = payload.get("callback_query")
    if not isinstance(query, dict) or not isinstance(query.get("message"), dict):
        return payload
    return {**payload, "callback_query": {**query, "message": _envelope(query["message"])}}


def _envelope(message: dict[str, Any]) -> dict[str, Any]:
    return {name: message[name] for name in ("message_id", "date", "chat", "from") if name in message}


async def keep_error(update: object, context: Context) -> None:
    """python-telegram-bot swallows a handler's exception: hand it to the inbox, or a failed update counts as done."""
    context.turn.error = context.error


async def _who(bot_id: int, house: House, update: Update) -> people.Person:
    user = update.effective_user
    assert user is not None
    known = await messaging.channel(bot_id=bot_id, user_id=user.id)
    if known is not None:
        # What she does in other chats does not tell that she reads this one.
        if update.inline_query is None and update.chosen_inline_result is None:
            await messaging.seen(known)
        return await people.find(known.person_id)
    language = closest(user.language_code) or house.settings.default_language
    if update.inline_query is not None:
        return people.Person(STRANGER, user.full_name, language, None)
    person = await people.welcome(name=user.full_name, language=language)
    await messaging.connect(bot_id=bot_id, user_id=user.id, person_id=person.id, username=user.username)
    return person


async def _hear_group(application: ShopApplication, house: House, update: Update) -> Turn:
    assert update.effective_user is not None
    turn = Turn(
        bot=application.bot,
        house=house,
        chat_id=update.effective_user.id,
        person=people.Person(STRANGER, update.effective_user.full_name, house.settings.default_language, None),
        key=f"{application.bot.id}:{update.update_id}",
    )
    try:
        # What is refused leaves nothing behind.
        async with db.savepoint():
            turn.answer = await forum.hear(house, application.bot.id, update)
    except Refusal as refusal:
        text = Texts(house.settings.default_language).refusal(refusal)
        turn.answer = Answer(text[:TOAST_MAX], alert=True)
        if (message := update.message) is not None:
            told = {"message_thread_id": message.message_thread_id, "text": text}
            answers = {"message_id": message.message_id, "allow_sending_without_reply": True}
            wish = {"chat_id": message.chat_id, **told, "reply_parameters": answers}
            db.spawn(call(application.bot, "sendMessage", wish))
    return turn


async def _say_plain(bot_id: int, turn: Turn, text: str) -> None:
    await messaging.say(
        bot_id=bot_id,
        chat_id=turn.chat_id,
        person_id=turn.person.id,
        kind="refusal",
        payload={"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")},
    )
