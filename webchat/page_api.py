"""The visitor's side: the page, her chat and no other, events over a WebSocket, wishes over POST."""

import asyncio
import contextlib
import hashlib
import hmac
import html
import json
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from webchat import entities, files
from webchat.chats import FIRST_VISITOR, Chats, Visitor
from webchat.errors import ApiError, PageError
from webchat.payments import Till
from webchat.texts import N_, TEXTS

COOKIE = "pindan_visitor"
_COOKIE_S = 400 * 24 * 3600
_PAGE = Path(__file__).parent / "page"
_TEXT_MAX, _BODY_MAX = 4096, 64 * 1024
_UPLOAD_MAX = 100 * 1024 * 1024
_WISHES_IN_TEN_SECONDS = 40
_CLIENT_ID = re.compile(r"^[\w-]{8,64}$")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CSP = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self';"
    " frame-ancestors 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"
)
_RIGHT_TO_LEFT = ("ar", "he", "fa")
Handler = Callable[[web.Request, Visitor, dict[str, Any]], Awaitable[Any]]


class PageApi:
    """What the browser talks to."""

    def __init__(
        self,
        chats: Chats,
        till: Till,
        *,
        secret: bytes,
        translate: Callable[[str, str], str],
        languages: Sequence[str],
        limits: bool,
    ) -> None:
        self._chats, self._till, self._store = chats, till, chats.store
        self._secret, self._translate, self._languages, self._limits = secret, translate, languages, limits
        self._wishes: dict[int, deque[float]] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """What the shop mounts at /chat."""
        app = web.Application(client_max_size=_UPLOAD_MAX, middlewares=[self._safely])
        app.router.add_get("/", self._page)
        app.router.add_get("/history", self._history)
        app.router.add_get("/events", self._events)
        app.router.add_get("/invoice/{slug}", self._invoice)
        app.router.add_get("/file/{file}", self._file)
        for path, handler in {
            "/send": self._send,
            "/press": self._press,
            "/pay": self._pay,
            "/language": self._language,
            "/name": self._name,
            "/block": self._block,
            "/reset": self._reset,
        }.items():
            app.router.add_post(path, self._wish(handler))
        app.router.add_post("/upload", self._upload)
        app.router.add_static("/static/", _PAGE / "static", append_version=True)
        app.on_shutdown.append(self._close_sockets)
        return app

    # --- the page

    async def _page(self, request: web.Request) -> web.Response:
        visitor, language = await self._visitor(request), self._accepted(request)
        if visitor is not None:
            language = visitor.language
        start = request.query.get("start", "")
        config = {
            "bot": {"username": self._chats.bot.username, "name": self._chats.bot.name},
            "language": language,
            "languages": list(self._languages),
            "texts": {key: self._translate(language, text) for key, text in TEXTS.items()},
            "start": start if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", start) else None,
        }
        page = (_PAGE / "index.html").read_text()
        told = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")
        page = page.replace("{{config}}", told).replace("{{lang}}", language.replace("_", "-"))
        page = page.replace("{{dir}}", "rtl" if language in _RIGHT_TO_LEFT else "ltr")
        page = page.replace("{{title}}", html.escape(self._chats.bot.name))
        response = web.Response(text=page, content_type="text/html")
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Cache-Control"] = "no-store"
        if visitor is None:
            await self._take_in(request, response, language)
        return response

    async def _history(self, request: web.Request) -> web.Response:
        visitor = await self._known(request)
        before, limit = _number(request, "before", 2**53), min(max(_number(request, "limit", 50), 1), 100)
        found = await self._store.rows("SELECT last_event FROM visitor WHERE id = ?", visitor.id - FIRST_VISITOR)
        messages = await self._chats.history(visitor.id, before, limit + 1)
        return web.json_response(
            {
                "messages": [_shown(message) for message in messages[-limit:]],
                "more": len(messages) > limit,
                "seq": int(found[0]["last_event"]),
                "me": {
                    "id": visitor.id,
                    "name": visitor.name,
                    "language": visitor.language,
                    "blocked": visitor.blocked,
                },
                "bot": self._chats.bot.user,
                "commands": await self._commands(visitor.language),
                "reply_keyboard": await self._chats.reply_keyboard(visitor.id),
            }
        )

    async def _commands(self, language: str) -> Any:
        code = language.split("_", maxsplit=1)[0]
        for name in (f"commands:{code}", "commands:"):
            found = await self._store.rows("SELECT value FROM bot_value WHERE name = ?", name)
            if found:
                return json.loads(found[0]["value"])
        return []

    # --- events

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        visitor = await self._known(request)
        self._same_origin(request)
        socket = web.WebSocketResponse(heartbeat=25, max_msg_size=1024)
        await socket.prepare(request)
        after = _number(request, "after", 0)
        self._sockets.add(socket)
        try:
            async with self._tab(visitor.id) as queue:
                reader = asyncio.create_task(_until_closed(socket))
                try:
                    await self._feed(socket, visitor.id, after, queue, reader)
                finally:
                    reader.cancel()
        finally:
            self._sockets.discard(socket)
        return socket

    async def _feed(
        self,
        socket: web.WebSocketResponse,
        chat: int,
        after: int,
        queue: asyncio.Queue[dict[str, Any]],
        reader: asyncio.Task[None],
    ) -> None:
        queue.put_nowait({"type": "look"})
        while not socket.closed:
            getter = asyncio.create_task(queue.get())
            done, _ = await asyncio.wait([getter, reader], timeout=25, return_when=asyncio.FIRST_COMPLETED)
            if reader in done:
                getter.cancel()
                return
            if getter not in done:
                getter.cancel()
                await socket.send_json({"type": "ping"})
                continue
            told = getter.result()
            if told["type"] != "look":
                await socket.send_json(told)
                continue
            for event in await self._chats.events(chat, after):
                after = event["seq"]
                if event["type"] != "skipped":
                    shown = {"message": _shown(event["message"])} if "message" in event else {}
                    await socket.send_json({**event, **shown}, dumps=_dumps)

    @contextlib.asynccontextmanager
    async def _tab(self, chat: int) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._chats.tabs.setdefault(chat, set()).add(queue)
        try:
            yield queue
        finally:
            self._chats.tabs[chat].discard(queue)
            if not self._chats.tabs[chat]:
                del self._chats.tabs[chat]

    async def _close_sockets(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close(code=1001)

    # --- wishes

    async def _send(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        if "text" in wish:
            body = _said_text(str(wish["text"]))
        elif isinstance(wish.get("contact"), dict):
            body = _said_contact(wish["contact"], visitor)
        elif isinstance(wish.get("location"), dict):
            body = _said_location(wish["location"])
        elif wish.get("forward"):
            body = await self._forwarded(visitor, wish["forward"])
        else:
            raise PageError(400, N_("There is nothing to send."))
        if wish.get("reply_to"):
            answered = await self._chats.message(visitor.id, wish["reply_to"])
            if answered is not None:
                body["reply_to_message"] = {n: p for n, p in answered.items() if n != "reply_to_message"}
        return await self._say(visitor, [body], wish)

    async def _forwarded(self, visitor: Visitor, message_id: Any) -> dict[str, Any]:
        message = await self._chats.message(visitor.id, message_id)
        if message is None:
            raise PageError(404, N_("This message does not exist any more."))
        origin = {"type": "user", "sender_user": message["from"], "date": message["date"]}
        kept = ("text", "entities", "caption", "caption_entities", "photo", "location", "contact", "venue")
        return {**{name: message[name] for name in kept if name in message}, "forward_origin": origin}

    async def _say(self, visitor: Visitor, bodies: Sequence[Mapping[str, Any]], wish: Mapping[str, Any]) -> Any:
        said = []
        async with self._store.write() as tx:
            for body in bodies:
                message = await self._chats.append(tx, visitor, dict(body), by_bot=False)
                said.append(message)
                await self._chats.put_update(tx, "message", message)
            await tx.execute("UPDATE visitor SET blocked = 0 WHERE id = ?", visitor.id - FIRST_VISITOR)
            answer = {"messages": said} if len(bodies) > 1 or "caption" in wish else {"message": said[0]}
            await tx.execute(
                "INSERT INTO sent (chat, client_id, answer) VALUES (?, ?, ?)",
                visitor.id,
                wish["client_id"],
                json.dumps(answer),
            )
        self._chats.new_update.set()
        self._chats.tell(visitor.id)
        return answer

    async def _press(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        message = await self._chats.message(visitor.id, wish.get("message_id"))
        data = wish.get("data")
        rows = ((message or {}).get("reply_markup") or {}).get("inline_keyboard", [])
        if message is None or not any(button.get("callback_data") == data for row in rows for button in row):
            raise PageError(409, N_("This button is not there any more."))
        query_id = str(secrets.randbits(62))
        query = {
            "id": query_id,
            "from": visitor.user,
            "message": {name: part for name, part in message.items() if not name.startswith("_")},
            "chat_instance": str(visitor.id),
            "data": data,
        }
        async with self._store.write() as tx:
            await tx.execute(
                "INSERT INTO callback (id, chat, at) VALUES (?, ?, ?)", query_id, visitor.id, self._chats.now_ms()
            )
            await self._chats.put_update(tx, "callback_query", query)
            answer = {"query_id": query_id}
            await tx.execute(
                "INSERT INTO sent (chat, client_id, answer) VALUES (?, ?, ?)",
                visitor.id,
                wish["client_id"],
                json.dumps(answer),
            )
        self._chats.new_update.set()
        return answer

    async def _pay(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        invoice = await self._till.invoice(visitor, wish.get("slug"), wish.get("message_id"))
        card = re.sub(r"\D", "", str(wish.get("card") or ""))
        info = wish.get("order_info") if isinstance(wish.get("order_info"), dict) else {}
        if invoice["currency"] != "XTR" and not 13 <= len(card) <= 19:
            raise PageError(400, N_("This is not a card number."))
        await self._till.pay(visitor, invoice, card, {name: str(text)[:200] for name, text in (info or {}).items()})
        return {"ok": True}

    async def _language(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        language = wish.get("language")
        if language not in self._languages:
            raise PageError(400, N_("This language is not spoken here."))
        async with self._store.write() as tx:
            await tx.execute("UPDATE visitor SET language = ? WHERE id = ?", language, visitor.id - FIRST_VISITOR)
        return {"ok": True}

    async def _name(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        name = " ".join(_INVISIBLE.sub("", str(wish.get("name") or "")).split())[:64]
        if not name:
            raise PageError(400, N_("Write how you want to be called."))
        async with self._store.write() as tx:
            await tx.execute("UPDATE visitor SET name = ? WHERE id = ?", name, visitor.id - FIRST_VISITOR)
        return {"ok": True, "name": name}

    async def _block(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        async with self._store.write() as tx:
            await tx.execute(
                "UPDATE visitor SET blocked = ? WHERE id = ?",
                int(bool(wish.get("blocked"))),
                visitor.id - FIRST_VISITOR,
            )
        return {"ok": True}

    async def _reset(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        response = web.json_response({"ok": True})
        response.del_cookie(COOKIE, path="/chat")
        return response

    async def _upload(self, request: web.Request) -> web.Response:
        visitor = await self._wisher(request)
        form = await request.post()
        client_id, caption = str(form.get("client_id") or ""), str(form.get("caption") or "")
        if not _CLIENT_ID.match(client_id):
            raise PageError(400, N_("The page is out of date. Load it again."))
        known = await self._said(visitor, client_id)
        if known is not None:
            return web.json_response(known)
        uploads = [part for part in form.getall("photo", []) if isinstance(part, web.FileField)]
        if not 1 <= len(uploads) <= 10:
            raise PageError(400, N_("Choose 1 to 10 photos."))
        try:
            decoded = [await files.sizes(upload.file.read()) for upload in uploads]
        except ApiError:
            raise PageError(415, N_("Only photos of up to 10 MB can be sent: JPEG, PNG, WebP or GIF.")) from None
        album = {"media_group_id": str(secrets.randbits(60))} if len(decoded) > 1 else {}
        bodies = []
        async with self._store.write() as tx:
            for place, pictures in enumerate(decoded):
                photo = await files.keep_photo(self._store, tx, visitor.id, pictures)
                told = {"caption": _INVISIBLE.sub("", caption)[:1024]} if caption and place == 0 else {}
                bodies.append({"photo": photo, **album, **told})
        return web.json_response(await self._say(visitor, bodies, {"client_id": client_id, "caption": caption}))

    async def _invoice(self, request: web.Request) -> web.Response:
        visitor = await self._known(request)
        invoice = await self._till.invoice(visitor, request.match_info["slug"], request.query.get("message_id"))
        return web.json_response({name: part for name, part in invoice.items() if name != "payload"})

    async def _file(self, request: web.Request) -> web.Response:
        visitor = await self._known(request)
        found = await self._store.rows(
            "SELECT f.mime, f.name, f.content FROM file f JOIN file_seen s ON s.file = f.id WHERE s.chat = ? AND f.id = ?",
            *(visitor.id, request.match_info["file"]),
        )
        if not found:
            raise web.HTTPNotFound
        headers = {
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        if not found[0]["mime"].startswith("image/"):
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=bytes(found[0]["content"]), content_type=found[0]["mime"], headers=headers)

    # --- who it is

    def _wish(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def take(request: web.Request) -> web.StreamResponse:
            visitor = await self._wisher(request)
            if (request.content_length or 0) > _BODY_MAX:
                raise PageError(413, N_("This message is too long. Split it into shorter ones."))
            try:
                wish = await request.json()
                client_id = str(wish.get("client_id") or "")
            except (ValueError, AttributeError):
                raise PageError(400, N_("The page is out of date. Load it again.")) from None
            if request.path.endswith(("/send", "/press")):
                if not _CLIENT_ID.match(client_id):
                    raise PageError(400, N_("The page is out of date. Load it again."))
                known = await self._said(visitor, client_id)
                if known is not None:
                    return web.json_response(known)
            done = await handler(request, visitor, wish)
            return done if isinstance(done, web.StreamResponse) else web.json_response(done, dumps=_dumps)

        return take

    async def _said(self, visitor: Visitor, client_id: str) -> Any:
        found = await self._store.rows(
            "SELECT answer FROM sent WHERE chat = ? AND client_id = ?", visitor.id, client_id
        )
        return json.loads(found[0]["answer"]) if found else None

    async def _wisher(self, request: web.Request) -> Visitor:
        if request.headers.get("X-Webchat") != "1":
            raise web.HTTPForbidden(text="X-Webchat is missing")
        self._same_origin(request)
        visitor = await self._known(request)
        self._not_too_fast(visitor)
        return visitor

    def _same_origin(self, request: web.Request) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="another origin")

    def _not_too_fast(self, visitor: Visitor) -> None:
        if not self._limits:
            return
        if len(self._wishes) > 20_000:
            self._wishes.clear()
        times, now = self._wishes.setdefault(visitor.id, deque()), time.monotonic()
        while times and times[0] < now - 10:
            times.popleft()
        if len(times) >= _WISHES_IN_TEN_SECONDS:
            raise PageError(429, N_("That was very fast. Wait a few seconds, then go on."))
        times.append(now)

    async def _known(self, request: web.Request) -> Visitor:
        visitor = await self._visitor(request)
        if visitor is None:
            raise web.HTTPUnauthorized(text="no visitor")
        return visitor

    async def _visitor(self, request: web.Request) -> Visitor | None:
        number, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if not number.isascii() or not number.isdigit() or len(number) > 15:
            return None
        if not hmac.compare_digest(signature.encode(), self._signature(number).encode()):
            return None
        return await self._chats.visitor(FIRST_VISITOR + int(number))

    async def _take_in(self, request: web.Request, response: web.Response, language: str) -> None:
        visitor = await self._chats.welcome(self._translate(language, N_("Guest")), language)
        number = str(visitor.id - FIRST_VISITOR)
        response.set_cookie(
            COOKIE,
            f"{number}.{self._signature(number)}",
            max_age=_COOKIE_S,
            path="/chat",
            httponly=True,
            samesite="Lax",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )

    def _signature(self, number: str) -> str:
        return hmac.new(self._secret, f"visitor:{number}".encode(), hashlib.sha256).hexdigest()

    def _accepted(self, request: web.Request) -> str:
        for part in request.headers.get("Accept-Language", "").split(","):
            code = part.split(";")[0].strip().lower()
            for language in self._languages:
                if code.split("-")[0] == language.split("_")[0].lower():
                    return language
        return self._languages[0]

    @web.middleware
    async def _safely(
        self, request: web.Request, handler: Callable[..., Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            response = await handler(request)
        except PageError as error:
            visitor = await self._visitor(request)
            language = visitor.language if visitor else self._accepted(request)
            return web.json_response({"ok": False, "error": self._translate(language, error.text)}, status=error.status)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response


def _said_text(text: str) -> dict[str, Any]:
    text = _INVISIBLE.sub("", text).strip()
    if not text:
        raise PageError(400, N_("There is nothing to send."))
    if entities.utf16(text) > _TEXT_MAX:
        raise PageError(413, N_("This message is too long. Split it into shorter ones."))
    _, found = entities.parse(text, None, None)
    return {"text": text, **({"entities": found} if found else {})}


def _said_contact(contact: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
    phone = re.sub(r"[^\d+]", "", str(contact.get("phone_number", "")))[:20]
    if len(phone) < 5:
        raise PageError(400, N_("This is not a phone number."))
    name = str(contact.get("first_name") or visitor.name)[:64]
    return {"contact": {"phone_number": phone, "first_name": name, "user_id": visitor.id}}


def _said_location(location: dict[str, Any]) -> dict[str, Any]:
    try:
        latitude, longitude = float(location["latitude"]), float(location["longitude"])
    except (KeyError, TypeError, ValueError):
        latitude, longitude = 999.0, 0.0
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PageError(400, N_("This is not a place on earth."))
    return {"location": {"latitude": latitude, "longitude": longitude}}


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else default


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in message.items() if not name.startswith("_")}


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
