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
from webchat.chats import CALLBACK_LIVES_MS, Chats, Visitor
from webchat.errors import ApiError, bad_request
from webchat.limits import Limits
from webchat.store import Tx

TEXT_MAX, CAPTION_MAX = 4096, 1024
_JSON = re.compile(r"^\s*[\[{]")
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
            if not hmac.compare_digest(request.match_info["token"].encode(), self._bot.token.encode()):
                raise ApiError(401, "Unauthorized")
            method = self._methods.get(request.match_info["method"].lower())
            if method is None:
                raise ApiError(404, "Not Found: method not found")
            result = await method(await _values(request))
        except ApiError as error:
            answer: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                answer["parameters"] = error.parameters
            return web.json_response(answer, status=error.code)
        return web.Response(
            body=json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode("utf-8", "replace"),
            content_type="application/json",
        )

    async def _download(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.match_info["token"].encode(), self._bot.token.encode()):
            raise web.HTTPUnauthorized
        found = await self._store.rows("SELECT mime, content FROM file WHERE id = ?", request.match_info["path"])
        if not found:
            raise web.HTTPNotFound
        return web.Response(body=bytes(found[0]["content"]), content_type=found[0]["mime"])

    async def _demo_refund(self, request: web.Request) -> web.Response:
        try:
            wish = await request.json()
            done = await self._till.refund(
                str(wish["provider_payment_charge_id"]),
                int(wish["amount"]),
                str(wish["currency"]),
                str(wish["idempotency_key"])[:120],
            )
        except ApiError as error:
            return web.json_response({"error": error.description}, status=error.code)
        except (ValueError, KeyError, TypeError):
            return web.json_response(
                {"error": "provider_payment_charge_id, amount, currency, idempotency_key"}, status=400
            )
        return web.json_response(done)

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
        own, allowed = self._poll, values.get("allowed_updates")
        self._chats.new_update.set()
        offset = _int(values, "offset")
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
        url = str(values.get("url") or "")
        parts = urlsplit(url)
        if url and parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1"):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        secret = str(values.get("secret_token") or "")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        await self._keep_value(
            "webhook", {"url": url, "secret": secret, "allowed": values.get("allowed_updates")} if url else None
        )
        self._chats.new_update.set()
        return True

    async def _deleteWebhook(self, values: Values) -> Any:
        await self._keep_value("webhook", None)
        return True

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

    async def _push(self) -> None:
        pause = 0.2
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while True:
                hook = await self._value("webhook")
                found = await self._chats.updates(1, hook.get("allowed")) if hook else []
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
                    async with session.post(hook["url"], json=found[0], headers=headers) as response:
                        taken = response.status == 200
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
        upload = values.get("document")
        if not isinstance(upload, _Upload):
            raise bad_request("there is no document in the request")
        caption = self._caption(values)
        async with self._store.write() as tx:
            document = await files.keep_document(tx, visitor.id, upload.content, upload.mime, upload.name)
        return await self._send(visitor, values, {"document": document, **caption})

    async def _sendMediaGroup(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        media = values.get("media")
        if not isinstance(media, list) or not 2 <= len(media) <= 10:
            raise bad_request("there must be 2 to 10 items in the album")
        if any(not isinstance(one, dict) or one.get("type") != "photo" for one in media):
            raise bad_request("can't use the media type in the album")
        self._limits.sends(visitor.id, len(media))
        read = [(self._caption(one), one.get("media"), await self._pictures(one.get("media"))) for one in media]
        sent, album = [], str(secrets.randbits(60))
        async with self._store.write() as tx:
            for caption, source, pictures in read:
                photo = await self._photo(tx, visitor, source, pictures)
                body = {"photo": photo, "media_group_id": album, **caption}
                sent.append(await self._chats.append(tx, visitor, body, by_bot=True))
        self._chats.tell(visitor.id)
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
        shown = {name: invoice[name] for name in ("title", "description", "currency", "total_amount")}
        body = {"invoice": {**shown, "start_parameter": str(values.get("start_parameter") or "")}, "_invoice": invoice}
        return _public(await self._send(visitor, values, body))

    async def _createInvoiceLink(self, values: Values) -> Any:
        invoice = payments.read_invoice(values)
        async with self._store.write() as tx:
            slug = await payments.make_slug(tx, invoice, self._chats.now_ms())
        return f"https://t.me/${slug}"

    async def _forwardMessage(self, values: Values) -> Any:
        return await self._copied(values, forwarded=True)

    async def _copyMessage(self, values: Values) -> Any:
        return {"message_id": (await self._copied(values, forwarded=False))["message_id"]}

    async def _copied(self, values: Values, *, forwarded: bool) -> dict[str, Any]:
        visitor = await self._to(values)
        origin = await self._chats.reachable(values.get("from_chat_id"))
        message = await self._chats.message(origin.id, values.get("message_id"))
        if message is None:
            raise bad_request("message to forward not found" if forwarded else "message to copy not found")
        kept = {
            name: part
            for name, part in message.items()
            if name not in ("message_id", "from", "chat", "date", "reply_markup")
        }
        if forwarded:
            kept["forward_origin"] = {"type": "user", "sender_user": message["from"], "date": message["date"]}
        async with self._store.write() as tx:
            for size in kept.get("photo", ()):
                await files.see(tx, visitor.id, size["file_id"])
        return await self._send(visitor, values if not forwarded else {}, kept)

    async def _sendChatAction(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        if values.get("action") not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._chats.tell(visitor.id, {"type": "action", "action": values["action"]})
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
        async with self._store.write() as tx:
            gone = await self._chats.remove(tx, visitor.id, _int(values, "message_id"))
        if not gone:
            raise bad_request("message to delete not found")
        self._chats.tell(visitor.id)
        return True

    async def _deleteMessages(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        numbers = values.get("message_ids")
        if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
            raise bad_request("there must be 1 to 100 message identifiers")
        async with self._store.write() as tx:
            for number in numbers:
                await self._chats.remove(tx, visitor.id, int(number))
        self._chats.tell(visitor.id)
        return True

    # --- answers

    async def _answerCallbackQuery(self, values: Values) -> Any:
        query_id = str(values.get("callback_query_id") or "")
        text = str(values.get("text") or "")
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        async with self._store.write() as tx:
            found = await tx.rows(
                "UPDATE callback SET answered = answered + 1 WHERE id = ? AND at > ? RETURNING chat, answered",
                *(query_id, self._chats.now_ms() - CALLBACK_LIVES_MS),
            )
        if not found:
            raise bad_request(_TOO_OLD)
        if found[0]["answered"] == 1:
            answer = {"query_id": query_id, "text": text, "show_alert": bool(values.get("show_alert"))}
            self._chats.tell(int(found[0]["chat"]), {"type": "callback_answer", **answer, "url": values.get("url")})
        return True

    async def _answerPreCheckoutQuery(self, values: Values) -> Any:
        error = str(values.get("error_message") or "")
        if not values.get("ok") and not error:
            raise bad_request("pre-checkout query error message must be non-empty")
        self._till.answer(str(values.get("pre_checkout_query_id") or ""), None if values.get("ok") else error)
        return True

    async def _answerShippingQuery(self, values: Values) -> Any:
        raise bad_request(_TOO_OLD)

    # --- about the bot

    async def _setMyCommands(self, values: Values) -> Any:
        commands = values.get("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("commands must be an array of at most 100")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", "")).lstrip("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        await self._keep_value(f"commands:{values.get('language_code') or ''}", commands)
        return True

    async def _getMyCommands(self, values: Values) -> Any:
        return await self._value(f"commands:{values.get('language_code') or ''}") or []

    async def _deleteMyCommands(self, values: Values) -> Any:
        await self._keep_value(f"commands:{values.get('language_code') or ''}", None)
        return True

    async def _setMyName(self, values: Values) -> Any:
        return True

    _setMyDescription = _setMyShortDescription = _setChatMenuButton = _logOut = _close = _setMyName

    async def _getChatMenuButton(self, values: Values) -> Any:
        return {"type": "commands"}

    async def _getChat(self, values: Values) -> Any:
        visitor = await self._chats.reachable(values.get("chat_id"))
        return {**visitor.chat, "accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": {}}

    async def _getUserProfilePhotos(self, values: Values) -> Any:
        return {"total_count": 0, "photos": []}

    async def _getFile(self, values: Values) -> Any:
        found = await self._store.rows("SELECT id, hash, size FROM file WHERE id = ?", str(values.get("file_id") or ""))
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
        reply = values.get("reply_parameters") or {}
        answered = await self._chats.message(visitor.id, reply.get("message_id")) if reply else None
        self._limits.sends(visitor.id)
        async with self._store.write() as tx:
            if photo is not None:
                body = {"photo": await self._photo(tx, visitor, *photo), **body}
            if kind == "inline" and keyboard:
                body = {**body, "reply_markup": keyboard}
            if answered is not None:
                body = {**body, "reply_to_message": {n: p for n, p in answered.items() if n != "reply_to_message"}}
            message = await self._chats.append(tx, visitor, body, by_bot=True)
            if kind in ("reply", "remove", "force"):
                await tx.execute(
                    "UPDATE visitor SET reply_keyboard = ? WHERE id = ?",
                    *(json.dumps(keyboard) if keyboard else None, visitor.id - 2**51),
                )
                await self._chats.note(tx, visitor.id, "reply_keyboard", None)
        self._chats.tell(visitor.id)
        return message

    async def _editable(self, values: Values) -> tuple[Visitor, dict[str, Any]]:
        if values.get("inline_message_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        visitor = await self._chats.reachable(values.get("chat_id"))
        message = await self._chats.message(visitor.id, values.get("message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"]["id"] != self._bot.id:
            raise bad_request("message can't be edited")
        return visitor, message

    async def _change(self, visitor: Visitor, old: Values, new: Values, values: Values) -> Any:
        kind, keyboard = markup.read(values.get("reply_markup"))
        if kind not in ("inline", "none"):
            raise bad_request("inline keyboard expected")
        if keyboard:
            new = {**new, "reply_markup": keyboard}
        if {**new, "edit_date": 0} == {**old, "edit_date": 0}:
            raise bad_request(_NOT_MODIFIED)
        new = {**new, "edit_date": self._chats.now_ms() // 1000}
        async with self._store.write() as tx:
            await self._chats.replace(tx, visitor.id, new)
        self._chats.tell(visitor.id)
        return _public(new)

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
        return await files.keep_photo(self._store, tx, visitor.id, pictures)

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
    values: Values = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("object expected")
        return {**values, **body}
    uploads: dict[str, _Upload] = {}
    if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[name] = _Upload(value.file.read(), value.filename, value.content_type)
            else:
                values[name] = value
    read = {name: _read(name, value) for name, value in values.items()}
    return {name: _attached(value, uploads) for name, value in {**read, **uploads}.items()}


_TEXTS = {"text", "caption", "payload", "title", "description", "start_parameter", "error_message", "callback_query_id"}


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name in _TEXTS:
        return value
    if _JSON.match(value):
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None
    return {"true": True, "false": False, "True": True, "False": False}.get(value, value)


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
    try:
        return int(values.get(name) or default)
    except (TypeError, ValueError):
        raise bad_request(f"{name} must be an integer") from None


def _location(values: Values) -> dict[str, float]:
    try:
        latitude, longitude = float(values["latitude"]), float(values["longitude"])
    except (KeyError, TypeError, ValueError):
        raise bad_request("latitude and longitude must be numbers") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}


def _some(name: str, value: list[Any]) -> Values:
    return {name: value} if value else {}


def _public(message: Values) -> Values:
    return {name: part for name, part in message.items() if not name.startswith("_")}
