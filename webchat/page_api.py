"""The visitor's side: the page, her chat and no other, events over a WebSocket, wishes over POST."""

import asyncio
import contextlib
import hashlib
import hmac
import html
import json
import re
import secrets
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, WSMsgType, web

from webchat import entities, files
from webchat.chats import FIRST_VISITOR, Chats, DoneBefore, Visitor, quoted, shown
from webchat.errors import ApiError, PageError
from webchat.limits import Pace
from webchat.payments import Till
from webchat.texts import N_, TEXTS
from webchat.wire import dumps, loads

COOKIE = "pindan_visitor"
_COOKIE_S = 400 * 24 * 3600
_PAGE = Path(__file__).parent / "page"
_TEXT_MAX, _CAPTION_MAX, _BODY_MAX = 4096, 1024, 64 * 1024
_PHOTOS_MAX, _CHUNK = 10, 256 * 1024
_WISHES_IN_TEN_SECONDS, _UPLOADS_IN_MINUTE, _NEW_VISITORS_IN_MINUTE = 40, 30, 300
_TABS_MAX, _DECODED_AT_ONCE = 20, 2
_CLIENT_ID = re.compile(r"[\w-]{8,64}\Z", re.ASCII)
_ONCE = ("/send", "/press", "/pay")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_FILLERS = "\u2800\u3164\u115f\u1160\uffa0"
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
        discreet: Callable[[str], str],
    ) -> None:
        self._chats, self._till, self._store = chats, till, chats.store
        self._secret, self._translate, self._languages, self._limits = secret, translate, languages, limits
        self._discreet = discreet
        self._wishes = Pace(chats.now_ms, _WISHES_IN_TEN_SECONDS, 10_000)
        self._uploads = Pace(chats.now_ms, _UPLOADS_IN_MINUTE, 60_000)
        self._newcomers = Pace(chats.now_ms, _NEW_VISITORS_IN_MINUTE, 60_000)
        self._decoding = asyncio.Semaphore(_DECODED_AT_ONCE)
        self._doing: dict[tuple[int, str], asyncio.Future[Any]] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """What the shop mounts at /chat."""
        app = web.Application(middlewares=[self._safely])
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
        app.on_cleanup.append(self._leave_wishes)
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
                "messages": [shown(message) for message in messages[-limit:]],
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
        if len(self._chats.tabs.get(visitor.id, ())) >= _TABS_MAX:
            raise PageError(429, N_("That was very fast. Wait a few seconds, then go on."))
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
            while events := await self._chats.events(chat, after):
                after = events[-1]["seq"]
                for event in events:
                    if event["type"] == "reload":
                        # Without its number: a tab that goes away before it has its history is told again.
                        await socket.send_json({"type": "reload"})
                    elif event["type"] != "skipped":
                        told = {"message": shown(event["message"])} if "message" in event else {}
                        await socket.send_json({**event, **told}, dumps=dumps)

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

    async def _leave_wishes(self, _app: web.Application) -> None:
        # Those of a browser that has gone are unknown to the server: they must not come back to a closed store.
        doing = list(self._doing.values())
        for wish in doing:
            wish.cancel()
        await asyncio.gather(*doing, return_exceptions=True)

    # --- wishes

    async def _send(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        if isinstance(wish.get("text"), str):
            body = _said_text(self._discreet(wish["text"]))
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
                body["reply_to_message"] = quoted(answered)
        return await self._say(visitor, [body], wish)

    async def _forwarded(self, visitor: Visitor, message_id: Any) -> dict[str, Any]:
        message = await self._chats.message(visitor.id, message_id)
        if message is None:
            raise PageError(404, N_("This message does not exist any more."))
        origin = {"type": "user", "sender_user": message["from"], "date": message["date"]}
        names = ("text", "entities", "caption", "caption_entities", "photo", "document", "location", "contact", "venue")
        kept = {name: message[name] for name in names if name in message}
        if not kept:
            raise PageError(400, N_("There is nothing to send."))
        return {**kept, "forward_origin": origin}

    async def _say(
        self,
        visitor: Visitor,
        bodies: Sequence[Mapping[str, Any]],
        wish: Mapping[str, Any],
        photos: Sequence[list[files.Picture]] = (),
    ) -> Any:
        said = []
        async with self._store.write() as tx:
            # With the message that shows it: a photo of a wish that fails is not kept.
            kept = [{"photo": await files.keep_photo(tx, visitor.id, pictures)} for pictures in photos]
            for body, photo in zip(bodies, kept or [{}] * len(bodies), strict=True):
                message = await self._chats.append(tx, visitor, {**photo, **body}, by_bot=False)
                said.append(message)
                await self._chats.put_update(tx, "message", message)
            await tx.execute("UPDATE visitor SET blocked = 0 WHERE id = ?", visitor.id - FIRST_VISITOR)
            answer = {"messages": said} if len(bodies) > 1 or "caption" in wish else {"message": said[0]}
            await self._chats.keep_answer(tx, visitor.id, wish["client_id"], answer)
        return answer

    async def _press(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        message = await self._chats.message(visitor.id, wish.get("message_id"))
        data = wish.get("data")
        rows = ((message or {}).get("reply_markup") or {}).get("inline_keyboard", [])
        pressed = isinstance(data, str) and any(button.get("callback_data") == data for row in rows for button in row)
        if message is None or not pressed:
            raise PageError(409, N_("This button is not there any more."))
        query_id = str(secrets.randbits(62))
        query = {
            "id": query_id,
            "from": visitor.user,
            "message": shown(message),
            "chat_instance": str(visitor.id),
            "data": data,
        }
        async with self._store.write() as tx:
            await tx.execute(
                "INSERT INTO callback (id, chat, at) VALUES (?, ?, ?)", query_id, visitor.id, self._chats.now_ms()
            )
            await self._chats.put_update(tx, "callback_query", query)
            answer = {"query_id": query_id}
            await self._chats.keep_answer(tx, visitor.id, wish["client_id"], answer)
        return answer

    async def _pay(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        invoice = await self._till.invoice(visitor, wish.get("slug"), wish.get("message_id"))
        card = re.sub(r"[^0-9]", "", wish["card"]) if isinstance(wish.get("card"), str) else ""
        if invoice["currency"] != "XTR" and not 13 <= len(card) <= 19:
            raise PageError(400, N_("This is not a card number."))
        return await self._till.pay(visitor, invoice, wish, card)

    async def _language(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        language = wish.get("language")
        if language not in self._languages:
            raise PageError(400, N_("This language is not spoken here."))
        async with self._store.write() as tx:
            await tx.execute("UPDATE visitor SET language = ? WHERE id = ?", language, visitor.id - FIRST_VISITOR)
        return {"ok": True}

    async def _name(self, request: web.Request, visitor: Visitor, wish: dict[str, Any]) -> Any:
        name = _clean_name(wish.get("name"))
        if _is_blank(name):
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
        if self._limits and not self._uploads.allows(visitor.id):
            raise PageError(429, N_("That was very fast. Wait a few seconds, then go on."))
        async with _form(request) as (told, uploads):
            client_id = _client_id(told.get("client_id"))

            async def do() -> Any:
                return await self._say_photos(visitor, client_id, uploads, told.get("caption", ""))

            return web.json_response(await self._once(visitor, client_id, do), dumps=dumps)

    async def _say_photos(self, visitor: Visitor, client_id: str, uploads: list[IO[bytes]], caption: str) -> Any:
        if not uploads:
            raise PageError(400, N_("Choose 1 to 10 photos."))
        try:
            async with self._decoding:
                decoded = [await files.sizes(upload.read()) for upload in uploads]
        except ApiError:
            raise PageError(415, N_("Only photos of up to 10 MB can be sent: JPEG, PNG, WebP or GIF.")) from None
        album = {"media_group_id": str(secrets.randbits(60))} if len(decoded) > 1 else {}
        bodies: list[dict[str, Any]] = [{**album} for _ in decoded]
        bodies[0].update(_said_caption(self._discreet(caption)))
        wish = {"client_id": client_id, "caption": caption}
        return await self._say(visitor, bodies, wish, photos=decoded)

    async def _invoice(self, request: web.Request) -> web.Response:
        visitor = await self._known(request)
        invoice = await self._till.invoice(visitor, request.match_info["slug"], request.query.get("message_id"))
        return web.json_response({name: part for name, part in invoice.items() if name != "payload"})

    async def _file(self, request: web.Request) -> web.Response:
        visitor = await self._known(request)
        found = await self._store.rows(
            "SELECT f.mime, f.name, f.content FROM file f JOIN file_seen s ON s.file = f.id WHERE s.chat = ? AND f.id = ?",
            *(visitor.id, files.as_id(request.match_info["file"])),
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
            wish = await _wish_of(request)
            if not request.path.endswith(_ONCE):
                done = await handler(request, visitor, wish)
                return done if isinstance(done, web.StreamResponse) else web.json_response(done, dumps=dumps)
            wish["client_id"] = _client_id(wish.get("client_id"))
            answer = await self._once(visitor, wish["client_id"], lambda: handler(request, visitor, wish))
            return web.json_response(answer, dumps=dumps)

        return take

    async def _once(self, visitor: Visitor, client_id: str, do: Callable[[], Awaitable[Any]]) -> Any:
        known = await self._chats.answer(visitor.id, client_id)
        if known is not None:
            return known
        wish = (visitor.id, client_id)
        doing = self._doing.get(wish)
        if doing is None:
            doing = self._doing[wish] = asyncio.ensure_future(do())
            doing.add_done_callback(lambda _: self._doing.pop(wish, None))
        try:
            return await asyncio.shield(doing)
        except DoneBefore:
            return await self._chats.answer(visitor.id, client_id)

    async def _wisher(self, request: web.Request) -> Visitor:
        if request.headers.get("X-Webchat") != "1":
            raise web.HTTPForbidden(text="X-Webchat is missing")
        self._same_origin(request)
        visitor = await self._known(request)
        self._not_too_fast(visitor)
        return visitor

    def _same_origin(self, request: web.Request) -> None:
        origin = request.headers.get("Origin")
        if origin is None:
            return
        try:
            own = urlsplit(origin).netloc == request.host
        except ValueError:
            own = False
        if not own:
            raise web.HTTPForbidden(text="another origin")

    def _not_too_fast(self, visitor: Visitor) -> None:
        if self._limits and not self._wishes.allows(visitor.id):
            raise PageError(429, N_("That was very fast. Wait a few seconds, then go on."))

    async def _known(self, request: web.Request) -> Visitor:
        visitor = await self._visitor(request)
        if visitor is None:
            raise web.HTTPUnauthorized(text="no visitor")
        return visitor

    async def _visitor(self, request: web.Request) -> Visitor | None:
        number, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if not number.isascii() or not number.isdigit() or len(number) > 15:
            return None
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(number).encode()):
            return None
        return await self._chats.visitor(FIRST_VISITOR + int(number))

    async def _take_in(self, request: web.Request, response: web.Response, language: str) -> None:
        if self._limits and not self._newcomers.allows(_address(request)):
            raise PageError(429, N_("That was very fast. Wait a few seconds, then go on."))
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
            try:
                response = await handler(request)
            except web.HTTPRequestEntityTooLarge:
                raise PageError(413, N_("Only photos of up to 10 MB can be sent: JPEG, PNG, WebP or GIF.")) from None
        except PageError as error:
            visitor = await self._visitor(request)
            language = visitor.language if visitor else self._accepted(request)
            return web.json_response({"ok": False, "error": self._translate(language, error.text)}, status=error.status)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response


@contextlib.asynccontextmanager
async def _form(request: web.Request) -> AsyncIterator[tuple[dict[str, str], list[IO[bytes]]]]:
    # Part by part: aiohttp's own `post` holds all that is no file in memory, however much it is.
    told: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        photos: list[IO[bytes]] = []
        try:
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader) or part.name not in ("client_id", "caption", "photo"):
                    raise ValueError("no part of ours")
                if part.name == "photo":
                    photos.append(stack.enter_context(tempfile.TemporaryFile()))
                    await _read_photo(part, photos)
                else:
                    told[part.name] = await _read_text(part)
        except (ValueError, LookupError, AssertionError):
            raise PageError(400, N_("The page is out of date. Load it again.")) from None
        yield told, photos


async def _read_photo(part: BodyPartReader, photos: list[IO[bytes]]) -> None:
    if len(photos) > _PHOTOS_MAX:
        raise PageError(400, N_("Choose 1 to 10 photos."))
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > files.PHOTO_BYTES_MAX:
            raise PageError(415, N_("Only photos of up to 10 MB can be sent: JPEG, PNG, WebP or GIF."))
        await asyncio.to_thread(photos[-1].write, chunk)
    photos[-1].seek(0)


async def _read_text(part: BodyPartReader) -> str:
    text = b""
    while chunk := await part.read_chunk(_CHUNK):
        text += chunk
        if len(text) > _BODY_MAX:
            raise PageError(413, N_("This message is too long. Split it into shorter ones."))
    return text.decode("utf-8", "replace")


async def _wish_of(request: web.Request) -> dict[str, Any]:
    try:
        wish = loads(await request.clone(client_max_size=_BODY_MAX).read())
    except web.HTTPRequestEntityTooLarge:
        raise PageError(413, N_("This message is too long. Split it into shorter ones.")) from None
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        raise PageError(400, N_("The page is out of date. Load it again."))
    return wish


def _client_id(value: Any) -> str:
    if not isinstance(value, str) or not _CLIENT_ID.match(value):
        raise PageError(400, N_("The page is out of date. Load it again."))
    return value


def _address(request: web.Request) -> str:
    # Behind a proxy of this machine the last address is the one that the proxy saw; from elsewhere anybody may claim any.
    remote = request.remote or ""
    if remote in ("127.0.0.1", "::1"):
        return request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip()
    return remote


def _is_blank(text: str) -> bool:
    return all(unicodedata.category(character) in _UNSEEN or character in _FILLERS for character in text)


def _clean_name(value: Any) -> str:
    return " ".join(_INVISIBLE.sub("", value).split())[:64] if isinstance(value, str) else ""


def _said_caption(text: str) -> dict[str, Any]:
    text = _INVISIBLE.sub("", text).strip()
    if entities.utf16(text) > _CAPTION_MAX:
        raise PageError(413, N_("This message is too long. Split it into shorter ones."))
    if _is_blank(text):
        return {}
    text, found = entities.parse(text, None, None)
    return {"caption": text, **({"caption_entities": found} if found else {})}


def _said_text(text: str) -> dict[str, Any]:
    text = _INVISIBLE.sub("", text).strip()
    if _is_blank(text):
        raise PageError(400, N_("There is nothing to send."))
    if entities.utf16(text) > _TEXT_MAX:
        raise PageError(413, N_("This message is too long. Split it into shorter ones."))
    _, found = entities.parse(text, None, None)
    return {"text": text, **({"entities": found} if found else {})}


def _said_contact(contact: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
    phone = re.sub(r"[^\d+]", "", str(contact.get("phone_number", "")))[:20]
    if len(phone) < 5:
        raise PageError(400, N_("This is not a phone number."))
    name = _clean_name(contact.get("first_name"))
    name = visitor.name if _is_blank(name) else name
    return {"contact": {"phone_number": phone, "first_name": name, "user_id": visitor.id}}


def _said_location(location: dict[str, Any]) -> dict[str, Any]:
    try:
        latitude, longitude = float(location["latitude"]), float(location["longitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
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
