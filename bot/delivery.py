"""From the outbox to the channel: in order per chat, within Telegram's limits, edited or sent as the card needs."""

import asyncio
from typing import Any

import structlog
from telegram import InputFile
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot import letters, pictures
from bot.context import House, ShopApplication
from bot.handlers.payments import invoice_link
from bot.leases import Lease
from bot.limits import Pace
from bot.request import call, seconds_to_wait
from storefront import messaging
from storefront.kernel import db, metrics, requests
from storefront.kernel.errors import NotFound, Refusal

log = structlog.get_logger()

AT_ONCE = 16
_TRIES_MAX = 8
# A channel that is away is asked again for about a day: what was said must not be lost because nobody could hear it.
_TRIES_AWAY_MAX, _PAUSE_MAX_MS = 3000, 30_000
_HTML, _NO_PREVIEW = "HTML", {"is_disabled": True}
_IDLE_S = 0.5
_FINISH_S = 3.0
_SHOWN_KEPT = 10_000
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


class Delivery:
    """Carries one bot's messages; a replica that does not hold the bot's lease stands by."""

    def __init__(self, application: ShopApplication, house: House, *, limits: bool) -> None:
        self._application = application
        self._house = house
        self._bot = application.bot
        self._pace = Pace(limits=limits)
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._results: list[tuple[messaging.Delivered, asyncio.Future[None]]] = []
        self._recorder: asyncio.Task[None] | None = None
        self._shown: dict[int, dict[str, Any]] = {}
        self._task: asyncio.Task[None] | None = None
        self._lease = Lease(f"delivery:{self._bot.id}")

    def start(self) -> None:
        """Begin to deliver."""
        self._lease.start()
        self._task = asyncio.create_task(self._run(), name=f"delivery {self._bot.id}")

    async def stop(self) -> None:
        """Finish what is on its way; the rest leaves at the next start."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._busy:
            await asyncio.wait(list(self._busy.values()), timeout=_FINISH_S)
        await self._lease.stop()

    async def _run(self) -> None:
        while True:
            try:
                await self._lease.ours.wait()
                if not await self._round():
                    await db.wait(f"outbox:{self._bot.id}", _IDLE_S)
            except Exception:
                log.exception("delivery.crashed", bot=self._bot.id)
                await asyncio.sleep(1)

    async def _round(self) -> bool:
        free = AT_ONCE - len(self._busy)
        if free <= 0:
            await asyncio.wait(list(self._busy.values()), return_when=asyncio.FIRST_COMPLETED)
            return True
        due = await messaging.due(bot_id=self._bot.id, busy=self._busy.keys(), limit=free)
        for said in due:
            task = asyncio.create_task(self._carry(said))
            self._busy[said.chat_id] = task
            task.add_done_callback(lambda _, chat_id=said.chat_id: self._busy.pop(chat_id, None))  # type: ignore[misc]
        if due:
            await asyncio.sleep(0)
            return True
        if self._busy:
            wake = asyncio.create_task(db.wait(f"outbox:{self._bot.id}", _IDLE_S))
            await asyncio.wait([wake, *self._busy.values()], return_when=asyncio.FIRST_COMPLETED)
            wake.cancel()
            return True
        return False

    async def _carry(self, said: messaging.Said) -> None:
        # Who asked for it is named also where it is told much later, or by another replica.
        with requests.bound(said.request or requests.new()):
            await self._try(said)

    async def _try(self, said: messaging.Said) -> None:
        try:
            message = await self._deliver(said)
        except RetryAfter as error:
            self._count("retried")
            await messaging.postponed(said=said, for_ms=int(seconds_to_wait(error) * 1000) + 100, error="429")
        except Forbidden as error:
            await messaging.blocked(bot_id=said.bot_id, user_id=said.chat_id)
            await self._give_up(said, str(error), expected="delivery.blocked")
        except BadRequest as error:
            # Telegram refuses what we say: a fault of ours, unless it is a posted card that somebody deleted. The chat goes on.
            gone = said.inline_message_id is not None and _is_gone(error)
            await self._give_up(said, str(error), expected="delivery.gone" if gone else None)
        except NotFound as error:
            # What it is about is gone.
            await self._give_up(said, type(error).__name__, expected="delivery.outdated")
        except NetworkError as error:
            await self._try_later(said, str(error), _TRIES_AWAY_MAX)
        except (TelegramError, Refusal) as error:
            await self._try_later(said, str(error))
        except Exception as error:
            log.exception("delivery.crashed", kind=said.kind, outbox=said.id)
            await self._try_later(said, f"{type(error).__name__}: {error}")
        else:
            await self._record(message)
            self._count("sent")
            log.debug("delivery.sent", kind=said.kind, outbox=said.id, channel=self._house.channel)

    async def _try_later(self, said: messaging.Said, error: str, tries_max: int = _TRIES_MAX) -> None:
        if said.attempts + 1 >= tries_max:
            await self._give_up(said, error)
        else:
            self._count("retried")
            log.debug("delivery.retried", kind=said.kind, outbox=said.id, attempts=said.attempts + 1)
            pause_ms = min(500 * 2 ** min(said.attempts, 10), _PAUSE_MAX_MS)
            await messaging.postponed(said=said, for_ms=pause_ms, error=error)

    async def _give_up(self, said: messaging.Said, error: str, expected: str | None = None) -> None:
        """Let the letter die; the office is alarmed, unless that was to be `expected`."""
        if not await messaging.dropped(said=said, error=error):
            return
        self._count("dead")
        told = {"kind": said.kind, "outbox": said.id, "channel": self._house.channel, "error": error}
        if expected is not None:
            log.info(expected, **told)
        else:
            log.error("delivery.dead", **told, hint="see `pindan outbox`")

    def _count(self, outcome: str) -> None:
        metrics.LETTERS.labels(self._house.channel, outcome).inc()

    async def _record(self, result: messaging.Delivered) -> None:
        # Deliveries that end together are noted in one transaction.
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._results.append((result, noted))
        if self._recorder is None:
            self._recorder = asyncio.create_task(self._note())
        await noted

    async def _note(self) -> None:
        await asyncio.sleep(0)
        while self._results:
            batch, self._results = self._results, []
            try:
                await messaging.delivered([result for result, _ in batch])
            except Exception:
                log.exception("delivery.unnoted", count=len(batch))
                await asyncio.sleep(0.2)
                self._results = batch + self._results
                continue
            for _, noted in batch:
                if not noted.done():
                    noted.set_result(None)
        self._recorder = None

    # --- one message

    async def _deliver(self, said: messaging.Said) -> messaging.Delivered:
        if said.there and self._shown.get(said.card_id) == said.payload:
            # Pressed twice, it comes to the same: Telegram would refuse an edit that changes nothing.
            return messaging.Delivered(said, said.message_id, said.pictured)
        result = await self._bring(said)
        if len(self._shown) > _SHOWN_KEPT:
            self._shown.clear()
        self._shown[said.card_id] = said.payload
        return result

    async def _bring(self, said: messaging.Said) -> messaging.Delivered:
        payload = said.payload
        if "letter" in payload:
            payload = await letters.write(self._house, said.person_id, payload["letter"], payload["facts"])
        markup = await self._markup(payload)
        text, picture = payload["text"], payload.get("picture")
        if not said.there:
            await self._pace.send(said.chat_id)
            return await self._send(said, text, picture, markup)
        await self._pace.edit()
        try:
            if said.message_id is None:
                return await self._edit_posted(said, payload, markup)
            return await self._edit(said, said.message_id, text, picture, markup)
        except BadRequest as error:
            if "not modified" in str(error).lower():
                return messaging.Delivered(said, said.message_id, said.pictured)
            if said.message_id is None or not _is_gone(error):
                raise
        await self._pace.send(said.chat_id)
        return await self._send(said, text, picture, markup)

    async def _send(
        self, said: messaging.Said, text: str, picture: dict[str, Any] | None, markup: dict[str, Any] | None
    ) -> messaging.Delivered:
        fields = {"chat_id": said.chat_id, "parse_mode": _HTML, "reply_markup": markup}
        if picture is None:
            told = {"text": text, "link_preview_options": _NO_PREVIEW}
            sent = await call(self._bot, "sendMessage", fields | told)
            return messaging.Delivered(said, sent["message_id"], False)
        photo, file = await self._photo(picture, attach=False)
        sent = await call(self._bot, "sendPhoto", fields | {"photo": photo, "caption": text}, file=file)
        if file is not None:
            await self._remember(picture, sent)
        return messaging.Delivered(said, sent["message_id"], True)

    async def _edit(
        self,
        said: messaging.Said,
        message_id: int,
        text: str,
        picture: dict[str, Any] | None,
        markup: dict[str, Any] | None,
    ) -> messaging.Delivered:
        fields = {"chat_id": said.chat_id, "message_id": message_id, "reply_markup": markup}
        if picture is not None:
            photo, file = await self._photo(picture, attach=True)
            media = {"type": "photo", "media": photo, "caption": text, "parse_mode": _HTML}
            shown = await call(self._bot, "editMessageMedia", fields | {"media": media}, file=file)
            if file is not None:
                await self._remember(picture, shown)
        elif said.pictured:
            await call(self._bot, "editMessageCaption", fields | {"caption": text, "parse_mode": _HTML})
        else:
            told = {"text": text, "parse_mode": _HTML, "link_preview_options": _NO_PREVIEW}
            await call(self._bot, "editMessageText", fields | told)
        return messaging.Delivered(said, message_id, said.pictured or picture is not None)

    async def _edit_posted(
        self, said: messaging.Said, payload: dict[str, Any], markup: dict[str, Any] | None
    ) -> messaging.Delivered:
        told = {"text": payload["text"], "parse_mode": _HTML, "link_preview_options": payload["preview"]}
        where = {"inline_message_id": said.inline_message_id, "reply_markup": markup}
        await call(self._bot, "editMessageText", where | told)
        return messaging.Delivered(said, None, said.pictured)

    async def _photo(self, picture: dict[str, Any], *, attach: bool) -> tuple[str | None, InputFile | None]:
        known = await messaging.file_id(bot_id=self._bot.id, name=picture["name"])
        if known is not None:
            return known, None
        file = InputFile(await pictures.paint(picture), filename="picture.jpg", attach=attach)
        return file.attach_uri, file

    async def _remember(self, picture: dict[str, Any], sent: dict[str, Any]) -> None:
        if sent.get("photo"):
            await messaging.known_file(bot_id=self._bot.id, name=picture["name"], file_id=sent["photo"][-1]["file_id"])

    async def _markup(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        reply = payload.get("reply")
        if reply == "remove":
            return {"remove_keyboard": True}
        if reply is not None:
            return {"keyboard": reply, "resize_keyboard": True, "one_time_keyboard": True}
        rows = [[await self._button(button) for button in row] for row in payload.get("keyboard", ()) if row]
        return {"inline_keyboard": rows} if rows else None

    async def _button(self, button: dict[str, Any]) -> dict[str, Any]:
        if "invoice" not in button:
            return button
        return {"text": button["text"], "url": await invoice_link(self._bot, self._house, **button["invoice"])}


def _is_gone(error: BadRequest) -> bool:
    return any(gone in str(error).lower() for gone in _GONE)
