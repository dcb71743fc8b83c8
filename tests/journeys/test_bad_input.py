"""What nobody expects: forged and foreign buttons, updates of every kind, texts of every sort. Always an answer that says
what to do next where one is due, never a spinner, never a crash; `open_shop` looks for those when it closes.

On SQLite only: what is asked of a database has tests of its own.
"""

import json
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest

from shop.running import Shop
from storefront import messaging
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from tests.journeys.conftest import OpenShop, settled
from tests.support.visitor import Message, Visitor, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

BOT = 1
READS_TEXT_ONLY = "I can read text only"
CANNOT_HEAR = "I cannot hear voice messages yet"
CANNOT_SEE = "In a picture I can read codes only"
DEAF_OR_BLIND = {
    **dict.fromkeys(("voice", "audio", "video_note"), CANNOT_HEAR),
    **dict.fromkeys(("photo", "video"), CANNOT_SEE),
}
SEND_AGAIN = "Send it again as a new message"
MANY = "9" * 18

FORGED = (
    *("b", "b:", "b::", "b:1", "b:x:y", "b:１:1", "b:1e3:1", "b:+1:1", "b: 1:1", "b:0:1", "b:-1:1"),
    *(f"b:{MANY}:1", f"b:1:{MANY}", f"b:{MANY}9:1", "b:1:-5"),
    *("a:1:999999:somekey", "a:1:1:", f"a:1:1:{'k' * 50}", "a:1:1:\u202ekey", "a:1:0:zero"),
    *("i:-1:0:1", "i:1:0:-9", f"i:1:{MANY}:{MANY}", "i:1:0:1:1:1:worst:0:0", f"i:1:0:1:0:{MANY}:best:0:0", "i:1:0:1:0:1"),
    *("g:-7", f"g:{MANY}", "g", f"f:0:-1:best:{MANY}:0", "f:0:1:up:-1:0", f"f:0:{MANY}:new:0:0", f"f:{MANY}:1:best:0:0", "f"),
    *("o:0", "o:-3", f"o:{MANY}", "od:0", f"od:{MANY}", "od:-1", "oy:1", "rc:1", "ow:1:1", "tx:7", "or:1:again", "kw:0", "k:-4"),
    *(f"kp:1:{MANY}", "ar:1:moon", "ar:1", "kn", "py", "py:1:1", "py:1:1:free", "lc:xx", "lc:../../en", "lc", f"cq:1:{MANY}"),
    *("cq:1:-1", "cq:77:3", "x", "buy:12:3", "menu", " ", ":", "::::", "🛒" * 16, "\u200b\u202e", '{"action":"buy"}', "A" * 64),
    *("xa", "xa:1", "xa:1:m", "xa:1:kx", "xq:1:kw", "xq:1:kw:77", "xy:1:kw", "xy:1:oy:1", "xy:1:kw:77", f"xy:{MANY}:oa:1"),
    *("gj:NOSUCHGROUP2", "gj", "gc:1", "gc", f"gs:{MANY}", "gs:x", "gs", "gl:x", "gl", "gy:x", "gy", "gm:1", "gp", "gp:x:y"),
    *("x'; DROP TABLE orders;--", "%s%n{{7*7}}", "<b>", "M", "m:1:2:3:4", "null", "\\u0000"),
)  # fmt: skip


async def test_forged_buttons_and_those_of_older_versions_say_what_to_do_next(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("/start")
        for part in (FORGED[90:], FORGED[:90]):  # a message bears a hundred buttons
            offered = await _offered(shop, ann, part)
            for data in part:
                before = len(await ann.history())
                (answer,) = await ann.tap(offered, data)
                await settled()
                assert answer.get("text") or len(await ann.history()) > before, data

        # However many workers there are, a refusal comes once for each press.
        answers = await ann.tap(offered, f"od:{MANY}", times=8)
        assert {answer["text"] for answer in answers} == {NotFound.text}
        assert await db.rows("SELECT 1 FROM orders") == []
        assert "You have 2,310 points." in text_of(await ann.say("/points"))


async def test_what_is_bobs_stays_his_whatever_ann_presses(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as bob, Visitor(shop.address) as ann:
        order, draft, address, search = await _has_an_order_a_draft_an_address_and_a_search(bob)
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")
        anns = (await db.rows("SELECT id FROM checkout ORDER BY id DESC"))[0]["id"]
        bobs = await _everything()
        foreign = (
            *(f"k:{draft}", f"kw:{draft}", f"kq:{draft}:3", f"kp:{draft}:100", f"kc:{draft}", f"kb:{draft}:1"),
            *(f"kn:{draft}", f"ka:{draft}:{address}", f"ka:{anns}:{address}", f"ar:{draft}:city"),
            *(f"xq:{anns}:kw:{address}", f"xy:{anns}:kw:{address}", f"xy:{order}:oa:{address}"),
            *(f"py:{draft}:1:points", f"py:{draft}:1:branch"),
            *(f"od:{order}", f"oc:{order}", f"oy:{order}", f"oa:{order}", f"ow:{order}:{address}", f"rc:{order}:key"),
            *(f"tx:{order}", f"or:{order}:key", f"f:{search}:1:best:0:0"),
        )  # fmt: skip
        offered = await _offered(shop, ann, foreign)

        for data in foreign:
            (answer,) = await ann.tap(offered, data)
            assert answer["text"] == NotFound.text, data

        assert await _everything() == bobs


async def _has_an_order_a_draft_an_address_and_a_search(bob: Visitor) -> tuple[int, int, int, int]:
    await bob.say("jasmine")
    for label in ("1", "Buy", "Change where it goes", "To a new address", "In the city"):
        await bob.press(label)
    for told in ("Peace Road 7, house 5", "Bob Li", "13800138000"):
        await bob.say(told)
    await bob.sees("To: Bob Li")
    await bob.pay("✅ Pay")
    await bob.sees("Paid. Order")
    await bob.say("rice")
    await bob.press("1")
    await bob.press("Buy")
    newest = [
        (await db.rows(f"SELECT MAX(id) AS id FROM {table}"))[0]["id"]
        for table in ("orders", "checkout", "address", "searched")
    ]
    return newest[0], newest[1], newest[2], newest[3]


async def _everything() -> list[Any]:
    tables = (
        "orders",
        "order_event",
        "checkout",
        "checkout_line",
        "address",
        "cart_line",
        "ledger_posting",
        "tax_request",
    )
    return [await db.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


FILE = {"file_id": "f", "file_unique_id": "u"}
SIZE = {"width": 100, "height": 100}
SENT = {
    "sticker": {**FILE, **SIZE, "type": "regular", "is_animated": False, "is_video": False},
    "voice": {**FILE, "duration": 3},
    "audio": {**FILE, "duration": 3},
    "video": {**FILE, **SIZE, "duration": 3},
    "video_note": {**FILE, "length": 240, "duration": 3},
    "document": FILE,
    "animation": {**FILE, **SIZE, "duration": 3},
    "photo": [{**FILE, **SIZE}],
    "dice": {"emoji": "🎲", "value": 4},
    "location": {"latitude": 30.5, "longitude": 104.0},
    "venue": {"location": {"latitude": 30.5, "longitude": 104.0}, "title": "Home", "address": "Peace Road 7"},
    "contact": {"phone_number": "+8613800138000", "first_name": "Li"},
    # As a Bot API server older than the library tells it, without the options' persistent numbers.
    "poll": {
        "id": "1",
        "question": "Rice?",
        "options": [{"text": "Yes", "voter_count": 1}],
        "total_voter_count": 1,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
    },
}


async def test_whatever_is_sent_unasked_is_answered_once(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("/start")
        me = await ann.user_id()

        for kind, body in SENT.items():
            assert await _told(ann, "message", _message(me, **{kind: body})) == [
                DEAF_OR_BLIND.get(kind, READS_TEXT_ONLY)
            ], kind
        for text in ("rice", "/start", "/cart"):
            assert await _told(ann, "edited_message", _message(me, text=text, edit_date=2)) == [SEND_AGAIN], text
        # The page sends no text that nobody can see; Telegram may.
        assert len(await _told(ann, "message", _message(me, text="\u200b\u200d\ufeff"))) == 1
        album = [_message(me, photo=[{**FILE, **SIZE}], media_group_id="an album") for _ in range(4)]
        assert await _told(ann, "message", *album) == [CANNOT_SEE]


async def test_what_asks_for_no_answer_gets_none(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("/start")
        me = await ann.user_id()
        user, group = _user(me), {"id": -1001, "type": "supergroup", "title": "Neighbours"}
        silent: dict[str, list[dict[str, Any]]] = {
            "message": [
                _message(me, pinned_message=_message(me, text="rice")),
                _message(me, write_access_allowed={}),
                {**_message(me, text="/start"), "chat": group},
                {**_message(me, text="rice"), "chat": group},
            ],
            "edited_message": [{**_message(me, text="rice", edit_date=2), "chat": group}],
            "channel_post": [{"message_id": 1, "date": 1, "chat": {**group, "type": "channel"}, "text": "/start"}],
            "my_chat_member": [{**_membership(me, "member"), "chat": group}],
            "poll_answer": [{"poll_id": "1", "user": user, "option_ids": [0]}],
            "moon_landing": [{"from": user, "chat": {"id": me, "type": "private"}, "step": "small"}],
            "": [{}],
        }  # fmt: skip

        for kind, bodies in silent.items():
            assert await _told(ann, kind, *bodies) == [], kind


async def test_who_blocks_the_bot_gets_no_letters_until_she_is_back(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("/start")
        me = await ann.user_id()
        person = (await db.rows("SELECT person_id FROM channel WHERE user_id = ?", me))[0]["person_id"]

        await _told(ann, "my_chat_member", _membership(me, "kicked"))
        await messaging.tell(person_id=person, letter="order_shipped", facts={"order_id": 1}, key="while blocked")
        blocked = await messaging.channel(bot_id=BOT, user_id=me)
        await _told(ann, "my_chat_member", _membership(me, "member"))
        back = await messaging.channel(bot_id=BOT, user_id=me)

        assert blocked is not None
        assert blocked.blocked
        assert await db.rows("SELECT 1 FROM outbox WHERE key = 'while blocked'") == []
        assert back is not None
        assert not back.blocked
        assert "1 thing found" in text_of(await ann.say("jasmine"))


TEXTS = (
    *("🍚", "👨‍👩‍👧‍👦🇨🇳", "\u202eecir", "أرز \u200fخمسة"),
    "<b>rice</b> & <script>alert(1)</script>",
    *("%s %(name)s {rice} {{7*7}}", "' OR 1=1; --", "rice\x00rice", "\\", "*_`[x](y)", "ri\nce", "rice " * 800, "大" * 4096, "/"),
    *("//", "/buy 3", "/START", "/start@pindan_bot", "/start@other_bot", "/cart extra words", "under 999999999999999999999"),
    "<zzzz>&amp;",
)  # fmt: skip


async def test_any_text_is_answered_once(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address, language="ar") as ann:
        assert (await ann.post("name", name="<i>Ann</i> \u202e& co"))[0] == 200

        with clock.driven() as time:
            for text in TEXTS:
                # What comes sooner may be one message with what came before.
                time.forward(3 * clock.SECOND)
                before = await _said(ann)
                await ann.say(text)
                await settled()
                assert len(await _said(ann)) == len(before) + 1, text

        assert "<zzzz>&amp;" in text_of((await ann.history())[-1])
        status, told = await ann.post("send", client_id="a-text-too-long", text="x" * 10_000)
        assert (status, bool(told["error"])) == (413, True)


STARTS = (
    *("42", "-1", "0", "i_", "i_x", "i_-1", "i_0", f"i_{MANY}", "i_１", "gb_42", "l_", "l_WRONG", "x" * 64, "_", "-", "__--__"),
    *("i_1_1", "i", "I_1", "i_1'--", "i_1 OR 1=1"),
    *("../../etc/passwd", "<b>", "{{7*7}}", "\u202e", "f_nobody", "t_nobody", "gb:42"),
)  # fmt: skip


async def test_start_with_any_payload_opens_the_shop(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        for payload in STARTS:
            before = await _said(ann)
            await ann.say(f"/start {payload}")
            await settled()
            assert len(await _said(ann)) == len(before) + 1, payload

        assert "Welcome" in text_of(await ann.say("/start"))
        item = (await db.rows("SELECT id FROM item WHERE code = 'tea'"))[0]["id"]
        assert "Jasmine tea" in text_of(await ann.say(f"/start i_{item}"))
        await db.execute("UPDATE item SET withdrawn_at = 1 WHERE id = ?", item)
        assert "not sold any more" in text_of(await ann.say(f"/start i_{item}"))


async def _offered(shop: Shop, visitor: Visitor, told: Sequence[str]) -> Message:
    """A message of the bot whose buttons carry this: what an older version, or a forger, would have there."""
    keyboard = {"inline_keyboard": [[{"text": str(number), "callback_data": data}] for number, data in enumerate(told)]}
    asked = {"chat_id": await visitor.user_id(), "text": "Press", "reply_markup": keyboard}
    url = f"{shop.bot_api}/bot{shop.token}/sendMessage"
    async with aiohttp.ClientSession() as session, session.post(url, json=asked) as response:
        answer = await response.json()
    assert answer["ok"], answer
    return dict(answer["result"])


_update_ids = iter(range(1_000, 1_000_000))


async def _told(ann: Visitor, kind: str, *bodies: dict[str, Any]) -> list[str]:
    """Let these updates come as Telegram would bring them; returns which sentences answered them."""
    before = len(await _said(ann))
    updates = [{"update_id": next(_update_ids), **({kind: body} if kind else {})} for body in bodies]
    await messaging.receive(bot_id=BOT, updates=updates)
    await settled()
    said = (await _said(ann))[before:]
    return [
        next((known for known in (READS_TEXT_ONLY, CANNOT_HEAR, CANNOT_SEE, SEND_AGAIN) if known in text), text)
        for text in said
    ]


async def _said(ann: Visitor) -> list[str]:
    rows = await db.rows("SELECT payload FROM outbox WHERE chat_id = ? ORDER BY id", await ann.user_id())
    return [str(json.loads(row["payload"]).get("text")) for row in rows]


def _user(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Ann", "language_code": "en"}


def _message(user_id: int, **parts: Any) -> dict[str, Any]:
    return {"message_id": 9_000, "date": 1, "from": _user(user_id), "chat": {"id": user_id, "type": "private"}, **parts}


def _membership(user_id: int, status: str) -> dict[str, Any]:
    bot = {"id": BOT, "is_bot": True, "first_name": "Pindan"}
    return {
        "chat": {"id": user_id, "type": "private"},
        "from": _user(user_id),
        "date": 1,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": status, "until_date": 0},
    }
