"""The page's side: every wish once, odd input answered with a sentence, every tab the same, nothing lost."""

import asyncio
import io
import json
import uuid
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.webchat.conftest import TOKEN, Clock, Guest, House, Photo

NOTHING = "There is nothing to send."
OUT_OF_DATE = "The page is out of date. Load it again."
TOO_LONG = "This message is too long. Split it into shorter ones."


async def frames(tab: Any, count: int) -> list[dict[str, Any]]:
    return [await tab.receive_json(timeout=5) for _ in range(count)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("大米 50以内", "大米 50以内"),
        ("  rice \n", "rice"),
        ("👨‍👩‍👧 🍚" * 100, "👨‍👩‍👧 🍚" * 100),
        ("می‌خواهم", "می‌خواهم"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("a\0b\ud83dc", "ab?c"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("x" * 4096, "x" * 4096),
    ],
)
async def test_what_ann_writes_is_kept_as_she_wrote_it(house: House, ann: Guest, said: str, kept: str) -> None:
    async with ann.session.post(
        f"{house.page}/chat/send", data=json.dumps({"client_id": str(uuid.uuid4()), "text": said})
    ) as response:
        status = response.status

    assert status == 200
    assert (await house.hears("message"))["text"] == kept
    assert (await ann.history())[0]["text"] == kept


@pytest.mark.parametrize(
    ("wish", "status", "sentence"),
    [
        ({"text": ""}, 400, NOTHING),
        ({"text": " \n\t"}, 400, NOTHING),
        ({"text": "\u200b\u200d\ufeff\u3164"}, 400, NOTHING),
        ({"text": None}, 400, NOTHING),
        ({"text": ["rice"]}, 400, NOTHING),
        ({"text": {"a": 1}}, 400, NOTHING),
        ({}, 400, NOTHING),
        ({"text": "x" * 10_000}, 413, TOO_LONG),
        ({"text": "🍚" * 2049}, 413, TOO_LONG),
        ({"text": "x" * 70_000}, 413, TOO_LONG),
        ({"contact": {}}, 400, "This is not a phone number."),
        ({"contact": {"phone_number": {"x": 1}}}, 400, "This is not a phone number."),
        ({"location": {"latitude": 91, "longitude": 0}}, 400, "This is not a place on earth."),
        ({"location": {"latitude": "x"}}, 400, "This is not a place on earth."),
        ({"location": {"latitude": 10**400, "longitude": 0}}, 400, "This is not a place on earth."),
        ({"forward": 99}, 404, "This message does not exist any more."),
        ({"forward": {"a": 1}}, 404, "This message does not exist any more."),
        ({"forward": 2**70}, 404, "This message does not exist any more."),
        ({"text": "rice", "client_id": "short"}, 400, OUT_OF_DATE),
        ({"text": "rice", "client_id": ["a" * 12]}, 400, OUT_OF_DATE),
        ({"text": "rice", "client_id": "a" * 12 + "\n"}, 400, OUT_OF_DATE),
    ],
)
async def test_odd_wishes_are_answered_with_a_sentence(
    house: House, ann: Guest, wish: dict[str, Any], status: int, sentence: str
) -> None:
    answer = await ann.wish("send", **wish)

    assert answer == (status, {"ok": False, "error": sentence})
    assert await ann.history() == []
    assert await house.does("getUpdates") == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"text": NaN}', b"[" * 50_000, b'{"client_id": 1e999}']
)  # fmt: skip
async def test_what_is_no_json_object_is_answered_with_a_sentence(house: House, ann: Guest, body: bytes) -> None:
    for path in ("send", "press", "pay", "language", "name"):
        async with ann.session.post(f"{house.page}/chat/{path}", data=body) as response:
            assert response.status == 400
            assert (await response.json())["ok"] is False


async def test_a_long_body_without_a_length_is_cut_off(house: House, ann: Guest) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b" " * 16_384

    async with ann.session.post(f"{house.page}/chat/send", data=endless()) as response:
        assert (response.status, (await response.json())["error"]) == (413, TOO_LONG)


async def test_a_refusal_is_read_in_the_visitors_language(house: House) -> None:
    mei = await house.comes(language="zh-CN")

    assert (await mei.wish("send", text=""))[1]["error"] == "没有可发送的内容。"


async def test_one_wish_is_done_once_however_often_it_arrives(house: House, ann: Guest, photo: Photo) -> None:
    card = await house.says(ann, "Rice", reply_markup={"inline_keyboard": [[{"text": "Buy", "callback_data": "b"}]]})
    wishes = {
        "send": {"client_id": "a" * 8, "text": "rice"},
        "press": {"client_id": "b" * 8, "message_id": card["message_id"], "data": "b"},
    }
    for path, wish in wishes.items():
        answers = await asyncio.gather(*(ann.post(path, **wish) for _ in range(5)))
        assert answers == [answers[0]] * 5
        assert answers[0][0] == 200
        assert await ann.post(path, **{**wish, "text": "tea"}) == answers[0]
    uploads = await asyncio.gather(*(ann.upload(photo(), client_id="c" * 8) for _ in range(3)))

    assert uploads == [uploads[0]] * 3
    assert len(await ann.history()) == 3
    kinds = [(update.keys() - {"update_id"}).pop() for update in await house.does("getUpdates")]
    assert kinds == ["message", "callback_query", "message"]


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_wishes_of_two_servers_on_one_database_are_done_once(own_database: str) -> None:
    async with House(own_database, Clock()) as one, House(own_database, Clock()) as two:
        ann = await one.comes()
        cookies = {cookie.key: cookie.value for cookie in ann.session.cookie_jar}

        async def by(house: House) -> Any:
            wish = {"client_id": "a" * 8, "text": "rice"}
            url, headers = f"{house.page}/chat/send", {"X-Webchat": "1"}
            async with house.session.post(url, json=wish, headers=headers, cookies=cookies) as response:
                return response.status, await response.json()

        answers = await asyncio.gather(*(by(house) for house in (one, two) * 4))
        assert answers == [(200, answers[0][1])] * 8
        assert len(await ann.history()) == 1
        assert len(await one.does("getUpdates")) == 1


async def test_contact_place_answer_and_forward_reach_the_bot(house: House, ann: Guest) -> None:
    offer = await house.says(ann, "Rice, 5 kg")
    await ann.done("send", contact={"phone_number": "+86 138-0000 0000", "first_name": "\u202eAnn"})
    await ann.done("send", location={"latitude": 31.23, "longitude": "121.47"})
    await ann.done("send", text="this one", reply_to=offer["message_id"])
    await ann.done("send", forward=offer["message_id"])

    contact, place, answer, forwarded = [update["message"] for update in await house.does("getUpdates")]
    assert contact["contact"] == {"phone_number": "+8613800000000", "first_name": "Ann", "user_id": ann.id}
    assert place["location"] == {"latitude": 31.23, "longitude": 121.47}
    assert answer["reply_to_message"]["message_id"] == offer["message_id"]
    assert (forwarded["text"], forwarded["forward_origin"]["sender_user"]["is_bot"]) == ("Rice, 5 kg", True)


@pytest.mark.parametrize("text", ["/start group_42-a", "/help", "see https://a.example/x. or ann@a.example #rice"])
async def test_commands_and_links_are_found_in_what_she_writes(house: House, ann: Guest, text: str) -> None:
    await ann.done("send", text=text)

    heard = await house.hears("message")
    assert heard["text"] == text
    assert heard["entities"][0]["offset"] == (0 if text[0] == "/" else 4)


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        ("gb_42-A", True), ("x" * 64, True), ("x" * 65, False), ("gb:42", False), ("", False), ("a b", False),
        ("</script>", False), ("a\n", False),
    ],
)  # fmt: skip
async def test_a_start_payload_is_1_to_64_of_telegrams_alphabet(
    house: House, ann: Guest, payload: str, kept: bool
) -> None:
    async with ann.session.get(f"{house.page}/chat/", params={"start": payload}) as response:
        page = await response.text()

    assert (f'"start": {json.dumps(payload)}' in page) is kept
    assert ('"start": null' in page) is not kept


async def test_a_photo_is_drawn_anew_without_what_was_hidden_in_it(house: House, ann: Guest) -> None:
    source = Image.new("RGB", (2000, 1000), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "at home, 31.2 121.5"
    content = io.BytesIO()
    source.save(content, "JPEG", exif=exif, comment=b"secret comment", icc_profile=b"secret profile")

    status, answer = await ann.upload(content.getvalue() + b"secret tail", caption="torn bag #rice")

    small, large = answer["messages"][0]["photo"]
    assert status == 200
    assert answer["messages"][0]["caption_entities"][0]["type"] == "hashtag"
    assert ((small["width"], small["height"]), (large["width"], large["height"])) == ((160, 320), (640, 1280))
    async with ann.session.get(f"{house.page}/chat/file/{large['file_id']}") as response:
        seen = await response.read()
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"secret" not in seen
    assert b"at home" not in seen
    assert not Image.open(io.BytesIO(seen)).getexif()


async def test_an_album_arrives_as_one(house: House, ann: Guest, photo: Photo) -> None:
    status, answer = await ann.upload(
        photo(), photo(colour="blue", format_="PNG"), photo(colour="green", format_="GIF")
    )

    assert status == 200
    assert len({message["media_group_id"] for message in answer["messages"]}) == 1
    assert len(await house.does("getUpdates")) == 3


async def test_a_photo_of_two_megabytes_passes(house: House, ann: Guest) -> None:
    noise = Image.effect_noise((1600, 1500), 90).convert("RGB")
    content = io.BytesIO()
    noise.save(content, "PNG")
    assert content.tell() > 2 * 2**20

    assert (await ann.upload(content.getvalue()))[0] == 200


def _bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xd8\xff", b"GIF89a" + b"\0" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 60,
    ],
    ids=["empty", "cut JPEG", "odd GIF", "SVG", "PDF", "odd PNG"],
)  # fmt: skip
async def test_what_is_no_photo_is_refused_with_a_sentence(house: House, ann: Guest, content: bytes) -> None:
    status, answer = await ann.upload(content)

    assert (status, answer["error"]) == (415, "Only photos of up to 10 MB can be sent: JPEG, PNG, WebP or GIF.")
    assert await ann.history() == []


async def test_a_picture_that_would_unpack_to_a_flood_is_refused_unopened(house: House, ann: Guest) -> None:
    bomb = _bomb()
    assert len(bomb) < 100_000

    assert (await ann.upload(bomb))[0] == 415


async def test_eleven_photos_none_or_a_long_caption_are_refused(house: House, ann: Guest, photo: Photo) -> None:
    eleven, none = await ann.upload(*[photo(9, 9)] * 11), await ann.upload()
    long = await ann.upload(photo(9, 9), caption="🍚" * 513)

    assert eleven == none == (400, {"ok": False, "error": "Choose 1 to 10 photos."})
    assert long == (413, {"ok": False, "error": TOO_LONG})


@pytest.mark.parametrize(
    ("name", "size", "status"), [("caption", 2**20, 413), ("client_id", 2**20, 413), ("x", 1, 400)]
)
async def test_what_stands_beside_the_photos_is_short_and_known(
    house: House, ann: Guest, photo: Photo, name: str, size: int, status: int
) -> None:
    form = aiohttp.FormData()
    form.add_field("photo", photo(), filename="photo.jpg")
    form.add_field(name, "x" * size)

    async with ann.session.post(f"{house.page}/chat/upload", data=form) as response:
        assert response.status == status
        assert (await response.json())["error"] == (TOO_LONG if status == 413 else OUT_OF_DATE)
    assert await ann.history() == []


async def test_a_broken_form_is_answered_with_a_sentence(house: House, ann: Guest) -> None:
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json; charset=odd",
    ):
        async with ann.session.post(
            f"{house.page}/chat/upload", data=b"--y\r\n\r\nodd", headers={"Content-Type": kind}
        ) as response:
            assert (response.status, (await response.json())["error"]) == (400, OUT_OF_DATE)


async def test_two_tabs_see_the_same_in_the_same_order(house: House, ann: Guest) -> None:
    async with ann.tab() as desk, ann.tab() as phone:
        await ann.done("send", text="rice")
        offer = await house.says(ann, "Rice, 5 kg")
        await house.does("sendChatAction", chat_id=ann.id, action="typing")
        await house.does("editMessageText", chat_id=ann.id, message_id=offer["message_id"], text="Rice, 10 kg")
        await house.does("deleteMessage", chat_id=ann.id, message_id=1)

        at_desk, on_phone = await frames(desk, 5), await frames(phone, 5)

    durable, same = ([frame for frame in seen if "seq" in frame] for seen in (at_desk, on_phone))
    assert durable == same
    assert {"type": "action", "action": "typing"} in at_desk
    assert {"type": "action", "action": "typing"} in on_phone
    assert [frame["type"] for frame in durable] == ["message", "message", "edit", "delete"]
    assert [frame["seq"] for frame in durable] == [1, 2, 3, 4]
    assert durable[2]["message"]["text"] == "Rice, 10 kg"
    assert durable[3]["message_ids"] == [1]


async def test_what_happened_while_she_was_away_comes_when_she_is_back(house: House, ann: Guest) -> None:
    async with ann.tab() as tab:
        await house.says(ann, "one")
        (first,) = await frames(tab, 1)
    await house.says(ann, "two", reply_markup={"keyboard": [["Rice"]]})
    await ann.done("send", text="three")

    async with ann.tab(first["seq"]) as tab:
        missed = await frames(tab, 3)
        await house.says(ann, "four")
        missed += await frames(tab, 1)

    assert [frame["type"] for frame in missed] == ["message", "reply_keyboard", "message", "message"]
    assert [frame["seq"] for frame in missed] == [2, 3, 4, 5]
    assert missed[1]["reply_keyboard"]["keyboard"] == [[{"text": "Rice"}]]


async def test_more_than_a_batch_of_missed_events_comes_at_once(own_database: str) -> None:
    async with House(own_database, Clock(), limits=False) as house:
        ann = await house.comes()
        await asyncio.gather(*(house.says(ann, f"{number}") for number in range(520)))

        async with ann.tab() as tab:
            seen = await frames(tab, 520)

        assert [frame["seq"] for frame in seen] == list(range(1, 521))


async def test_history_comes_in_pages(own_database: str) -> None:
    async with House(own_database, Clock(), limits=False) as house:
        ann = await house.comes()
        for number in range(1, 8):
            await house.says(ann, f"{number}")

        newest = await ann.told("history?limit=3")
        older = await ann.told(f"history?limit=3&before={newest['messages'][0]['message_id']}")
        oldest = await ann.told(f"history?limit=3&before={older['messages'][0]['message_id']}")
        odd = await ann.told("history?limit=-1&before=odd")

    assert [[message["text"] for message in page["messages"]] for page in (newest, older, oldest)] == [
        ["5", "6", "7"], ["2", "3", "4"], ["1"],
    ]  # fmt: skip
    assert [page["more"] for page in (newest, older, oldest)] == [True, True, False]
    assert newest["seq"] == 7
    assert len(odd["messages"]) == 7


async def test_a_name_is_what_can_be_seen_of_it(house: House, ann: Guest) -> None:
    named = await ann.done("name", name="  <b>Ann</b>\u202e\0  Li ")
    refused = [await ann.wish("name", name=name) for name in ("", "\u200b\u2800", None, ["Ann"], {"a": 1})]
    await ann.done("send", text="rice")

    assert named["name"] == "<b>Ann</b> Li"
    assert refused == [(400, {"ok": False, "error": "Write how you want to be called."})] * 5
    assert (await house.hears("message"))["from"]["first_name"] == "<b>Ann</b> Li"


async def test_the_language_she_chooses_is_the_one_the_bot_hears_of(house: House, ann: Guest) -> None:
    await ann.done("language", language="zh_Hans")
    await ann.done("send", text="大米")

    assert (await house.hears("message"))["from"]["language_code"] == "zh-hans"
    assert (await ann.wish("language", language=["ar"]))[0] == 400
    assert (await ann.wish("language", language="tlh"))[0] == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "text", "contact", "location", "forward", "reply_to", "message_id", "data", "slug", "card",
    "language", "name", "blocked", "client_id",
]  # fmt: skip
WISHES = st.tuples(
    st.sampled_from(["send", "press", "pay", "language", "name", "block"]),
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5),
)


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """The same odd values in every run."""
    cases = []

    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases


async def test_no_wish_of_the_page_breaks_the_server(own_database: str) -> None:
    async with House(own_database, Clock(), limits=False) as house:
        ann = await house.comes()

        for path, wish in drawn(WISHES, 150):
            body = json.dumps({"client_id": str(uuid.uuid4()), **wish})
            async with ann.session.post(f"{house.page}/chat/{path}", data=body) as response:
                assert response.status < 500, (path, wish)
                assert response.content_type == "application/json"
        assert (await ann.wish("send", text="still here"))[0] == 200
        for update in await house.does("getUpdates"):
            json.dumps(update).encode()


METHODS = [
    "sendMessage", "editMessageText", "editMessageReplyMarkup", "editMessageMedia", "sendPhoto", "sendMediaGroup",
    "sendDocument", "sendInvoice", "sendVenue", "sendContact", "forwardMessage", "copyMessage", "deleteMessage",
    "deleteMessages", "answerCallbackQuery", "answerPreCheckoutQuery", "getUpdates", "getFile", "setMyCommands",
    "getMyCommands", "sendChatAction", "setWebhook", "createInvoiceLink", "getChat",
]  # fmt: skip
PARAMETERS = [
    "text", "parse_mode", "entities", "reply_markup", "reply_parameters", "photo", "media", "document", "prices",
    "title", "description", "payload", "currency", "provider_token", "message_id", "message_ids", "from_chat_id",
    "caption", "commands", "scope", "language_code", "offset", "limit", "allowed_updates", "url", "secret_token",
    "latitude", "longitude", "address", "phone_number", "first_name", "file_id", "callback_query_id",
    "pre_checkout_query_id", "error_message", "ok", "action",
]  # fmt: skip
BUTTONS = st.dictionaries(
    st.sampled_from(["text", "url", "callback_data", "web_app", "copy_text", "pay"]), JSON, max_size=3
)
MARKUP = st.fixed_dictionaries({"inline_keyboard": st.lists(st.lists(BUTTONS, max_size=2), max_size=2)})
VALUES = st.dictionaries(st.sampled_from(PARAMETERS), JSON | MARKUP, max_size=6)
CALLS = st.tuples(st.sampled_from(METHODS), VALUES, st.booleans(), st.booleans())


async def test_no_call_of_the_bot_breaks_the_server(own_database: str) -> None:
    async with House(own_database, Clock(), limits=False) as house:
        ann = await house.comes()
        await house.says(ann)

        for method, values, to_ann, as_form in drawn(CALLS, 400):
            told = {"text": "x", "message_id": 1, **values, **({"chat_id": ann.id} if to_ann else {})}
            body: dict[str, Any] = {"data": json.dumps(told), "headers": {"Content-Type": "application/json"}}
            if as_form:
                texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()}
                body = {"data": {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}}
            async with house.session.post(f"{house.api}/bot{TOKEN}/{method}", **body) as response:
                answer = await response.json()
                assert response.status in (200, 400, 403, 409), (method, told, answer)
        await house.does("deleteWebhook")
        assert (await house.says(ann, "still here"))["text"] == "still here"
        assert (await ann.history())[-1]["text"] == "still here"


@pytest.mark.parametrize("body", [b"[", b"[]", b"\xff", b"[" * 100_000])
async def test_a_call_that_is_no_object_is_a_bad_request(house: House, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    async with house.session.post(f"{house.api}/bot{TOKEN}/getMe", data=body, headers=headers) as response:
        assert (response.status, (await response.json())["ok"]) == (400, False)


async def test_a_call_of_sixty_megabytes_is_too_large(house: House, ann: Guest) -> None:
    answer = await house.sends("sendDocument", {"document": b"x" * (51 * 2**20)}, chat_id=ann.id)

    assert (answer["error_code"], answer["description"]) == (413, "Request Entity Too Large")
