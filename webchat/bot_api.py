"""The Bot API side: the methods that the shop uses, with Telegram's own limits and errors."""

import asyncio
import hmac
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from webchat import entities, files, markup, payments
from webchat.chats import CALLBACK_LIVES_MS, FIRST_VISITOR, Chats, Visitor, quoted, shown
from webchat.errors import ApiError, bad_request
from webchat.limits import Limits
from webchat.store import Tx
from webchat.wire import dumps, flag, loads, whole

TEXT_MAX, CAPTION_MAX = 4096, 1024
_DELETED_WITHIN_S = 48 * 3600
_UPLOAD_MAX = 50 * 1024 * 1024
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_ACTIONS = {
    "typing",
    "upload_photo",
    "upload_document",
    "find_location",
    "choose_sticker",
    "record_voice",
    "upload_voice",
}
_STAYS = {
    "message_id", "from", "chat", "date", "reply_markup", "edit_date", "reply_to_message", "media_group_id", "_paid",
}  # fmt: skip
_NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)
Values = dict[str, Any]


class BotApi:
    """One bot's server."""

    def __init__(self, chats: Chats, till: payments.Till, limits: Limits) -> None:
        self._chats, self._till, self._limits = chats, till, limits
        self._store, self._bot = chats.store, chats.bot
        self._poll = 0
        self._pusher: asyncio.Task[None] | None = None
        self._methods: dict[str, Callable[[Values], Awaitable[Any]]] = {
            name.lower(): getattr(self, f"_{name}") for name in METHODS
        }

    def app(self) -> web.Application:
        """What is bound to loopback, for the bot only."""
        app = web.Application(client_max_size=_UPLOAD_MAX)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path}", self._download)
        app.router.add_post("/demo-provider/refunds", self._demo_refund)
        app.on_startup.append(self._begin)
        app.on_cleanup.append(self._end)
        return app

    # --- the wire

    async def _call(self, request: web.Request) -> web.Response:
        try:
            if not self._is_bot(request):
                raise ApiError(401, "Unauthorized")
            method = self._methods.get(request.match_info["method"].lower())
            if method is None:
                raise ApiError(404, "Not Found: method not found")
            result = await method(await _values(request))
        except web.HTTPRequestEntityTooLarge:
            error = ApiError(413, "Request Entity Too Large")
        except ApiError as refused:
            error = refused
        else:
            return web.Response(
                body=dumps({"ok": True, "result": result}).encode("utf-8", "replace"),
                content_type="application/json",
            )
        answer: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
        if error.parameters:
            answer["parameters"] = error.parameters
        return web.json_response(answer, status=error.code)

    def _is_bot(self, request: web.Request) -> bool:
        token = request.match_info["token"].encode("utf-8", "replace")
        return hmac.compare_digest(token, self._bot.token.encode())

    async def _download(self, request: web.Request) -> web.Response:
        if not self._is_bot(request):
            raise web.HTTPUnauthorized
        name = files.as_id(request.match_info["path"])
        found = await self._store.rows("SELECT mime, content FROM file WHERE id = ?", name)
        if not found:
            raise web.HTTPNotFound
        return web.Response(body=bytes(found[0]["content"]), content_type=found[0]["mime"])

    async def _demo_refund(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(await self._till.refund(payments.read_refund(loads(await request.read()))))
        except ApiError as error:
            return web.json_response({"error": error.description}, status=error.code)
        except ValueError:
            return web.json_response({"error": "not JSON"}, status=400)

    # --- updates

    async def _getMe(self, values: Values) -> Any:
        return {
            **self._bot.user,
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _getUpdates(self, values: Values) -> Any:
        if await self._value("webhook"):
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        self._poll += 1
        own, allowed = self._poll, await self._allowed(values)
        self._chats.new_update.set()
        offset = _int(values, "offset")
        if offset < 0:
            offset = await self._chats.last_updates(-offset)
        if offset > 0:
            await self._chats.confirm(offset)
        limit = min(max(_int(values, "limit", 100), 1), 100)
        until = asyncio.get_running_loop().time() + min(max(_int(values, "timeout"), 0), 50)
        while True:
            self._chats.new_update.clear()
            found = await self._chats.updates(limit, allowed)
            rest = until - asyncio.get_running_loop().time()
            if found or rest <= 0:
                return found
            try:
                async with asyncio.timeout(rest):
                    await self._chats.new_update.wait()
            except TimeoutError:
                return await self._chats.updates(limit, allowed)
            if own != self._poll:
                self._chats.new_update.set()
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )

    async def _setWebhook(self, values: Values) -> Any:
        url = _hook_address(str(values.get("url") or ""))
        secret = str(values.get("secret_token") or "")
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if re.search(r"[^A-Za-z0-9_-]", secret):
            raise bad_request("secret token contains unallowed characters")
        await self._allowed(values)
        await self._drop_updates(values)
        await self._keep_value("webhook", {"url": url, "secret": secret} if url else None)
        self._chats.new_update.set()
        return True

    async def _deleteWebhook(self, values: Values) -> Any:
        await self._drop_updates(values)
        await self._keep_value("webhook", None)
        return True

    async def _drop_updates(self, values: Values) -> None:
        if flag(values, "drop_pending_updates"):
            await self._chats.confirm(2**53)

    async def _allowed(self, values: Values) -> list[str] | None:
        # Telegram keeps to the last list when a call has none, and passes over what is no list.
        wanted, known = values.get("allowed_updates"), await self._value("allowed_updates")
        if not isinstance(wanted, list):
            return known  # type: ignore[no-any-return]
        wanted = [name for name in wanted if isinstance(name, str) and re.fullmatch(r"[a-z_]{1,30}", name)]
        if wanted != (known or []):
            await self._keep_value("allowed_updates", wanted or None)
        return wanted

    async def _getWebhookInfo(self, values: Values) -> Any:
        hook = await self._value("webhook") or {}
        waiting = await self._store.rows("SELECT COUNT(*) AS n FROM bot_update")
        return {"url": hook.get("url", ""), "has_custom_certificate": False, "pending_update_count": waiting[0]["n"]}

    async def _begin(self, _app: web.Application) -> None:
        self._pusher = asyncio.create_task(self._push())

    async def _end(self, _app: web.Application) -> None:
        assert self._pusher is not None
        self._pusher.cancel()
        await asyncio.gather(self._pusher, return_exceptions=True)
        # A long poll whose bot has gone waits on, unknown to the server: it must not come back to a closed store.
        self._poll += 1
        self._chats.new_update.set()

    async def _push(self) -> None:
        pause = 0.2
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while True:
                hook = await self._value("webhook")
                found = await self._chats.updates(1, await self._value("allowed_updates")) if hook else []
                if not hook or not found:
                    try:
                        async with asyncio.timeout(1):
                            await self._chats.new_update.wait()
                            if hook:
                                self._chats.new_update.clear()
                    except TimeoutError:
                        pass
                    if not hook:
                        await asyncio.sleep(0.2)
                    continue
                headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret"]} if hook["secret"] else {}
                try:
                    async with session.post(
                        hook["url"], json=found[0], headers=headers, allow_redirects=False
                    ) as response:
                        taken = 200 <= response.status < 300
                except (aiohttp.ClientError, TimeoutError):
                    taken = False
                if taken:
                    pause = 0.2
                    await self._chats.confirm(found[0]["update_id"] + 1)
                else:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 10)

    # --- messages

    async def _sendMessage(self, values: Values) -> Any:
        visitor = await self._to(values)
        text, found = entities.parse(str(values.get("text") or ""), values.get("parse_mode"), values.get("entities"))
        if not text:
            raise bad_request("message text is empty")
        if entities.utf16(text) > TEXT_MAX:
            raise bad_request("message is too long")
        return await self._send(visitor, values, {"text": text, **_some("entities", found)})

    async def _sendPhoto(self, values: Values) -> Any:
        visitor = await self._to(values)
        caption = self._caption(values)
        pictures = await self._pictures(values.get("photo"))
        return await self._send(visitor, values, caption, photo=(values.get("photo"), pictures))

    async def _sendDocument(self, values: Values) -> Any:
        visitor = await self._to(values)
        source, caption = values.get("document"), self._caption(values)
        if not source:
            raise bad_request("there is no document in the request")
        async with self._store.write() as tx:
            if isinstance(source, _Upload):
                document = await files.keep_document(tx, visitor.id, source.content, source.mime, source.name)
            else:
                document = await files.known_document(tx, visitor.id, str(source))
        return await self._send(visitor, values, {"document": document, **caption})

    async def _sendMediaGroup(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        media = values.get("media")
        if not isinstance(media, list) or not 2 <= len(media) <= 10:
            raise bad_request("there must be 2 to 10 items in the album")
        if any(not isinstance(one, dict) or one.get("type") != "photo" for one in media):
            raise bad_request("can't use the media type in the album")
        read = [(self._caption(one), one.get("media"), await self._pictures(one.get("media"))) for one in media]
        self._limits.sends(visitor.id, len(media))
        sent, album = [], str(secrets.randbits(60))
        async with self._store.write() as tx:
            for caption, source, pictures in read:
                photo = await self._photo(tx, visitor, source, pictures)
                body = {"photo": photo, "media_group_id": album, **caption}
                sent.append(await self._chats.append(tx, visitor, body, by_bot=True))
        return sent

    async def _sendLocation(self, values: Values) -> Any:
        visitor = await self._to(values)
        return await self._send(visitor, values, {"location": _location(values)})

    async def _sendVenue(self, values: Values) -> Any:
        visitor = await self._to(values)
        title, address = str(values.get("title") or ""), str(values.get("address") or "")
        if not title:
            raise bad_request("venue title must be non-empty")
        location = _location(values)
        return await self._send(
            visitor, values, {"venue": {"location": location, "title": title, "address": address}, "location": location}
        )

    async def _sendContact(self, values: Values) -> Any:
        visitor = await self._to(values)
        if not values.get("phone_number") or not values.get("first_name"):
            raise bad_request("contact phone number and first name must be non-empty")
        contact = {name: str(values[name]) for name in ("phone_number", "first_name", "last_name") if values.get(name)}
        return await self._send(visitor, values, {"contact": contact})

    async def _sendInvoice(self, values: Values) -> Any:
        visitor = await self._to(values)
        invoice = payments.read_invoice(values)
        told = {name: invoice[name] for name in ("title", "description", "currency", "total_amount")}
        body = {"invoice": {**told, "start_parameter": str(values.get("start_parameter") or "")}, "_invoice": invoice}
        return shown(await self._send(visitor, values, body))

    async def _createInvoiceLink(self, values: Values) -> Any:
        invoice = payments.read_invoice(values)
        async with self._store.write() as tx:
            slug = await payments.make_slug(tx, invoice, self._chats.now_ms())
        return f"https://t.me/${slug}"

    async def _forwardMessage(self, values: Values) -> Any:
        return shown(await self._copied(values, forwarded=True))

    async def _copyMessage(self, values: Values) -> Any:
        return {"message_id": (await self._copied(values, forwarded=False))["message_id"]}

    async def _copied(self, values: Values, *, forwarded: bool) -> dict[str, Any]:
        visitor = await self._to(values)
        origin = await self._chats.reachable(values.get("from_chat_id"))
        message = await self._chats.message(origin.id, values.get("message_id"))
        if message is None:
            raise bad_request("message to forward not found" if forwarded else "message to copy not found")
        if "successful_payment" in message or ("invoice" in message and not forwarded):
            raise bad_request(f"message can't be {'forwarded' if forwarded else 'copied'}")
        kept = {name: part for name, part in message.items() if name not in _STAYS}
        if forwarded:
            kept["forward_origin"] = {"type": "user", "sender_user": message["from"], "date": message["date"]}
        async with self._store.write() as tx:
            for file in [*kept.get("photo", ()), *([kept["document"]] if "document" in kept else [])]:
                await files.see(tx, visitor.id, file["file_id"])
        return await self._send(visitor, values if not forwarded else {}, kept)

    async def _sendChatAction(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        if values.get("action") not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        await self._store.tell({"chat": visitor.id, "event": {"type": "action", "action": values["action"]}})
        return True

    # --- edits

    async def _editMessageText(self, values: Values) -> Any:
        visitor, message = await self._editable(values)
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        text, found = entities.parse(str(values.get("text") or ""), values.get("parse_mode"), values.get("entities"))
        if not text:
            raise bad_request("message text is empty")
        if entities.utf16(text) > TEXT_MAX:
            raise bad_request("MESSAGE_TOO_LONG")
        rest = {name: part for name, part in message.items() if name not in ("text", "entities", "reply_markup")}
        return await self._change(visitor, message, {**rest, "text": text, **_some("entities", found)}, values)

    async def _editMessageCaption(self, values: Values) -> Any:
        visitor, message = await self._editable(values)
        if "text" in message or "invoice" in message:
            raise bad_request("there is no caption in the message to edit")
        rest = {
            name: part for name, part in message.items() if name not in ("caption", "caption_entities", "reply_markup")
        }
        return await self._change(visitor, message, {**rest, **self._caption(values)}, values)

    async def _editMessageMedia(self, values: Values) -> Any:
        visitor, message = await self._editable(values)
        media = values.get("media")
        if not isinstance(media, dict) or media.get("type") != "photo":
            raise bad_request("only photos can be put into this chat's messages")
        if "photo" not in message and "text" not in message:
            raise bad_request("message can't be edited")
        caption, pictures = self._caption(media), await self._pictures(media.get("media"))
        dropped = ("text", "entities", "caption", "caption_entities", "photo", "reply_markup")
        rest = {name: part for name, part in message.items() if name not in dropped}
        async with self._store.write() as tx:
            photo = await self._photo(tx, visitor, media.get("media"), pictures)
        if "photo" in message and photo[-1]["file_id"] == message["photo"][-1]["file_id"]:
            photo = message["photo"]
        return await self._change(visitor, message, {**rest, "photo": photo, **caption}, values)

    async def _editMessageReplyMarkup(self, values: Values) -> Any:
        visitor, message = await self._editable(values)
        rest = {name: part for name, part in message.items() if name != "reply_markup"}
        return await self._change(visitor, message, rest, values)

    async def _deleteMessage(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        message = await self._chats.message(visitor.id, values.get("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        if self._is_old(message):
            raise bad_request("message can't be deleted for everyone")
        async with self._store.write() as tx:
            await self._chats.remove(tx, visitor.id, message["message_id"])
        return True

    def _is_old(self, message: Values) -> bool:
        return bool(message["date"] < self._chats.now_ms() // 1000 - _DELETED_WITHIN_S)

    async def _deleteMessages(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        numbers = values.get("message_ids")
        if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
            raise bad_request("there must be 1 to 100 message identifiers")
        found = [await self._chats.message(visitor.id, number) for number in numbers]
        async with self._store.write() as tx:
            for message in found:
                if message is not None and not self._is_old(message):
                    await self._chats.remove(tx, visitor.id, message["message_id"])
        return True

    # --- answers

    async def _answerCallbackQuery(self, values: Values) -> Any:
        query_id = str(values.get("callback_query_id") or "")
        text = str(values.get("text") or "")
        url = str(values.get("url") or "")
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        if url and not re.fullmatch(
            rf"(?:https://)?t\.me/{re.escape(self._bot.username)}\?start=[A-Za-z0-9_-]{{1,64}}", url
        ):
            raise bad_request("URL_INVALID")
        async with self._store.write() as tx:
            found = await tx.rows(
                "UPDATE callback SET answered = 1 WHERE id = ? AND answered = 0 AND at > ? RETURNING chat",
                *(files.as_id(query_id), self._chats.now_ms() - CALLBACK_LIVES_MS),
            )
            if not found:
                raise bad_request(_TOO_OLD)
            answer = {"query_id": query_id, "text": text, "show_alert": flag(values, "show_alert"), "url": url or None}
            tx.tell({"chat": int(found[0]["chat"]), "event": {"type": "callback_answer", **answer}})
        return True

    async def _answerPreCheckoutQuery(self, values: Values) -> Any:
        error = str(values.get("error_message") or "")
        ok = flag(values, "ok")
        if not ok and not error:
            raise bad_request("pre-checkout query error message must be non-empty")
        await self._till.answer(str(values.get("pre_checkout_query_id") or ""), None if ok else error)
        return True

    async def _answerShippingQuery(self, values: Values) -> Any:
        raise bad_request(_TOO_OLD)

    # --- about the bot

    async def _setMyCommands(self, values: Values) -> Any:
        commands = values.get("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("commands must be an array of at most 100")
        for command in commands:
            if not isinstance(command, dict):
                raise bad_request("expected an Object as a bot command")
            if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", "")).lstrip("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        await self._keep_value(_commands_of(values), commands)
        return True

    async def _getMyCommands(self, values: Values) -> Any:
        return await self._value(_commands_of(values)) or []

    async def _deleteMyCommands(self, values: Values) -> Any:
        await self._keep_value(_commands_of(values), None)
        return True

    async def _setMyName(self, values: Values) -> Any:
        return True

    _setMyDescription = _setMyShortDescription = _setChatMenuButton = _logOut = _close = _setMyName

    async def _getChatMenuButton(self, values: Values) -> Any:
        return {"type": "commands"}

    async def _getChat(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        return {**visitor.chat, "accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": _NO_GIFTS}

    async def _getUserProfilePhotos(self, values: Values) -> Any:
        return {"total_count": 0, "photos": []}

    async def _getFile(self, values: Values) -> Any:
        name = files.as_id(str(values.get("file_id") or ""))
        found = await self._store.rows("SELECT id, hash, size FROM file WHERE id = ?", name)
        if not found:
            raise bad_request("invalid file_id")
        row = found[0]
        return {
            "file_id": row["id"], "file_unique_id": row["hash"][:16], "file_size": int(row["size"]), "file_path": row["id"],
        }  # fmt: skip

    # --- inside

    async def _to(self, values: Values) -> Visitor:
        visitor = await self._chats.reachable(values.get("chat_id"))
        markup.read(values.get("reply_markup"))
        return visitor

    async def _send(
        self,
        visitor: Visitor,
        values: Values,
        body: Values,
        photo: tuple[Any, list[files.Picture] | None] | None = None,
    ) -> dict[str, Any]:
        kind, keyboard = markup.read(values.get("reply_markup"))
        markup.check_pay(keyboard if kind == "inline" else None, invoice="invoice" in body)
        answered = await self._answered(visitor, values)
        self._limits.sends(visitor.id)
        async with self._store.write() as tx:
            if photo is not None:
                body = {"photo": await self._photo(tx, visitor, *photo), **body}
            if kind == "inline" and keyboard:
                body = {**body, "reply_markup": keyboard}
            if answered is not None:
                body = {**body, "reply_to_message": quoted(answered)}
            message = await self._chats.append(tx, visitor, body, by_bot=True)
            if kind in ("reply", "remove", "force"):
                await tx.execute(
                    "UPDATE visitor SET reply_keyboard = ? WHERE id = ?",
                    *(json.dumps(keyboard) if keyboard else None, visitor.id - FIRST_VISITOR),
                )
                await self._chats.note(tx, visitor.id, "reply_keyboard", None)
        return message

    async def _answered(self, visitor: Visitor, values: Values) -> Values | None:
        reply = values.get("reply_parameters") or {}
        if not isinstance(reply, dict):
            raise bad_request("object expected as reply parameters")
        if not reply:
            return None
        message = await self._chats.message(visitor.id, reply.get("message_id"))
        if message is None and not flag(reply, "allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return message

    async def _editable(self, values: Values) -> tuple[Visitor, dict[str, Any]]:
        if values.get("inline_message_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        visitor = await self._chats.reachable(values.get("chat_id"))
        if not values.get("message_id"):
            raise bad_request("message identifier is not specified")
        message = await self._chats.message(visitor.id, values["message_id"])
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"]["id"] != self._bot.id:
            raise bad_request("message can't be edited")
        return visitor, message

    async def _change(self, visitor: Visitor, old: Values, new: Values, values: Values) -> Any:
        kind, keyboard = markup.read(values.get("reply_markup"))
        if kind not in ("inline", "none"):
            raise bad_request("inline keyboard expected")
        markup.check_pay(keyboard, invoice="invoice" in new)
        if keyboard:
            new = {**new, "reply_markup": keyboard}
        if {**new, "edit_date": 0} == {**old, "edit_date": 0}:
            raise bad_request(_NOT_MODIFIED)
        new = {**new, "edit_date": self._chats.now_ms() // 1000}
        async with self._store.write() as tx:
            await self._chats.note(tx, visitor.id, "edit", new["message_id"])
            # From here on nobody else writes to this chat. What was paid since it was read stays paid.
            now = await self._chats.message(visitor.id, new["message_id"], tx)
            if now is None:
                raise bad_request("message to edit not found")
            await self._chats.rewrite(tx, visitor.id, {**new, **({"_paid": True} if now.get("_paid") else {})})
        return shown(new)

    def _caption(self, values: Values) -> Values:
        caption, found = entities.parse(
            str(values.get("caption") or ""), values.get("parse_mode"), values.get("caption_entities")
        )
        if entities.utf16(caption) > CAPTION_MAX:
            raise bad_request("message caption is too long")
        return {**({"caption": caption} if caption else {}), **_some("caption_entities", found)}

    async def _pictures(self, source: Any) -> list[files.Picture] | None:
        if isinstance(source, _Upload):
            return await files.sizes(source.content)
        if not source:
            raise bad_request("there is no photo in the request")
        if str(source).startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        return None

    async def _photo(self, tx: Tx, visitor: Visitor, source: Any, pictures: list[files.Picture] | None) -> list[Any]:
        if pictures is None:
            return await files.known_photo(tx, visitor.id, str(source))
        return await files.keep_photo(tx, visitor.id, pictures)

    async def _value(self, name: str) -> Any:
        found = await self._store.rows("SELECT value FROM bot_value WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else None

    async def _keep_value(self, name: str, value: Any) -> None:
        async with self._store.write() as tx:
            await tx.execute("DELETE FROM bot_value WHERE name = ?", name)
            if value is not None:
                await tx.execute("INSERT INTO bot_value (name, value) VALUES (?, ?)", name, json.dumps(value))


METHODS = (
    "getMe", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo", "logOut", "close", "sendMessage", "sendPhoto",
    "sendDocument", "sendMediaGroup", "sendLocation", "sendVenue", "sendContact", "sendInvoice", "createInvoiceLink",
    "forwardMessage", "copyMessage", "sendChatAction", "editMessageText", "editMessageCaption", "editMessageMedia",
    "editMessageReplyMarkup", "deleteMessage", "deleteMessages", "answerCallbackQuery", "answerPreCheckoutQuery",
    "answerShippingQuery", "setMyCommands", "getMyCommands", "deleteMyCommands", "setMyName", "setMyDescription",
    "setMyShortDescription", "setChatMenuButton", "getChatMenuButton", "getChat", "getUserProfilePhotos", "getFile",
)  # fmt: skip


class _Upload:
    def __init__(self, content: bytes, name: str, mime: str) -> None:
        self.content, self.name, self.mime = content, name, mime


async def _values(request: web.Request) -> Values:
    uploads: dict[str, _Upload] = {}
    values: Values = dict(request.query)
    try:
        if request.content_type == "application/json":
            body = loads(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise bad_request("object expected")
            values.update(body)
        elif request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    uploads[name] = _Upload(value.file.read(), value.filename, value.content_type)
                else:
                    values[name] = value if isinstance(value, str) else value.decode("utf-8", "replace")
    except (ValueError, LookupError, AssertionError):
        raise bad_request("can't parse the request") from None
    for name in _JSON & values.keys():
        values[name] = _read(name, values[name])
    for name in _FILES & (values.keys() | uploads.keys()):
        values[name] = _attached(uploads.get(name, values.get(name)), uploads)
    return values


_FILES = {"photo", "document", "media"}
_JSON = {
    "allowed_updates", "caption_entities", "commands", "entities", "link_preview_options", "media", "menu_button",
    "message_ids", "prices", "reply_markup", "reply_parameters", "scope",
}  # fmt: skip


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # A file's address or number stands where an album's list would.
    if not value.strip() or (name == "media" and value.lstrip()[0] not in "[{"):
        return value.strip()
    try:
        return loads(value)
    except ValueError:
        told = "reply keyboard markup" if name == "reply_markup" else name.replace("_", " ")
        raise bad_request(f"can't parse {told} JSON object") from None


def _attached(value: Any, uploads: dict[str, _Upload]) -> Any:
    if isinstance(value, str) and value.startswith("attach://"):
        if value[9:] not in uploads:
            raise bad_request("attached file not found")
        return uploads[value[9:]]
    if isinstance(value, list):
        return [_attached(part, uploads) for part in value]
    if isinstance(value, dict):
        return {name: _attached(part, uploads) for name, part in value.items()}
    return value


def _int(values: Values, name: str, default: int = 0) -> int:
    number = whole(values.get(name) or default)
    if number is None:
        raise bad_request(f"{name} must be an integer")
    return number


def _hook_address(url: str) -> str:
    # Only this machine is called: the bot runs beside us, and a token that leaked must not let anybody knock elsewhere.
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname in ("127.0.0.1", "::1") and parts.port != 0
    except ValueError:
        raise bad_request("bad webhook: Invalid webhook URL specified") from None
    if url and not known:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook, or an address of this machine")
    return url


def _commands_of(values: Values) -> str:
    scope, code = values.get("scope") or {}, str(values.get("language_code") or "")
    if not re.fullmatch(r"[a-z]{0,3}", code):
        raise bad_request("LANG_CODE_INVALID")
    kind = scope.get("type", "default") if isinstance(scope, dict) else "default"
    # Every chat here is a private one: what is set for others is kept apart and not shown.
    shared = kind in ("default", "all_private_chats")
    return f"commands:{code}" if shared else f"commands:{code}:{str(kind)[:40]}"


def _location(values: Values) -> dict[str, float]:
    try:
        latitude, longitude = float(values["latitude"]), float(values["longitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise bad_request("latitude and longitude must be numbers") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}


def _some(name: str, value: list[Any]) -> Values:
    return {name: value} if value else {}
