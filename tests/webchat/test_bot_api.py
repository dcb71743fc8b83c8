"""The Bot API side: Telegram's own limits, in Telegram's own words."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, InvalidToken

from bot.request import AiohttpRequest
from tests.support import tools
from tests.webchat.conftest import TOKEN, Guest, House, Photo
from webchat import entities
from webchat.errors import ApiError

CHECKER = Path(__file__).parents[2].parent / "shared" / "tools" / "botapi" / "botapi_check.py"
URL, APP = "inline keyboard button URL", "inline keyboard button Web App URL"


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Buy", **button}]]}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "米" * 4097}, "message is too long"),
        ({"text": "🍚" * 2049}, "message is too long"),
        ({"text": "x", "chat_id": 1}, "chat not found"),
        ({"text": "x", "chat_id": None}, "chat_id is empty"),
        ({"text": "x", "chat_id": 2**70}, "chat not found"),
        ({"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "x", "reply_markup": [1]}, "object expected as reply markup"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        (
            {"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
            "can't parse entities: entity lies outside the text",
        ),
    ],
)  # fmt: skip
async def test_a_message_that_telegram_refuses_is_refused_in_its_words(
    house: House, ann: Guest, values: dict[str, Any], words: str
) -> None:
    refusal = await house.refuses("sendMessage", **{"chat_id": ann.id, **values})

    assert refusal == words
    assert await ann.history() == []


@pytest.mark.parametrize("text", ["米" * 4096, "🍚" * 2048, "<b>" + "x" * 4096 + "</b>"])
async def test_a_message_of_4096_units_is_shown(house: House, ann: Guest, text: str) -> None:
    message = await house.says(ann, text, parse_mode="HTML")

    assert entities.utf16(message["text"]) == 4096


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>rice", 'Can\'t find end tag corresponding to start tag "b"'),
        ("rice</b>", "Unexpected end tag at byte offset 4"),
        ("米<b>x</i>", 'Unmatched end tag at byte offset 7, expected "</b>", found "</i>"'),
        ("<div>x</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("5 < 6", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<tg-time unix="soon" format="r">x</tg-time>', 'Tag "tg-time" has no valid time at byte offset 0'),
        ('<tg-time unix="1" format="x">x</tg-time>', 'Tag "tg-time" has no valid time at byte offset 0'),
        ('<span class="x">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_broken_html_is_refused_with_the_place(house: House, ann: Guest, html: str, words: str) -> None:
    refusal = await house.refuses("sendMessage", chat_id=ann.id, text=html, parse_mode="HTML")

    assert refusal == f"can't parse entities: {words}"


async def test_html_becomes_entities_counted_in_utf16(house: House, ann: Guest) -> None:
    message = await house.says(ann, '🍚 <b>rice</b> &lt; <a href="https://a.example/">here</a>', parse_mode="HTML")

    assert message["text"] == "🍚 rice < here"
    assert message["entities"] == [
        {"type": "bold", "offset": 3, "length": 4},
        {"type": "text_link", "offset": 10, "length": 4, "url": "https://a.example/"},
    ]


async def test_a_link_to_a_script_is_plain_text(house: House, ann: Guest) -> None:
    by_tag = await house.says(ann, '<a href="javascript:alert(1)">win</a>', parse_mode="HTML")
    entity = {"type": "text_link", "offset": 0, "length": 3, "url": " javascript:alert(1)"}
    by_entity = await house.says(ann, "win", entities=[entity])

    assert "entities" not in by_tag
    assert "entities" not in by_entity


def test_html_is_read_as_telegrams_own_parser_reads_it() -> None:
    if not CHECKER.exists():
        tools.absent("the Bot API checker")
    spec = spec_from_file_location("botapi_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    checker = module_from_spec(spec)
    sys.modules["botapi_check"] = checker
    spec.loader.exec_module(checker)
    from hypothesis import given, settings
    from hypothesis import strategies as st

    pieces = st.sampled_from(
        [
            "<",
            ">",
            "/",
            "b",
            "</b>",
            "<b>",
            "<a href='",
            "'",
            '"',
            "=",
            " ",
            "&lt;",
            "&#65;",
            "&amp",
            "米",
            "<pre>",
            "</>",
            "x",
        ]
    )

    @settings(max_examples=500, deadline=None)
    @given(st.lists(pieces, max_size=12).map("".join))
    def agree(source: str) -> None:
        try:
            theirs = checker.html_plain(source)
        except checker.TextError as error:
            theirs = error
        if isinstance(theirs, str):
            assert entities._html(source)[0] == theirs
            return
        with pytest.raises(ApiError) as refusal:
            entities._html(source)
        assert refusal.value.description == f"Bad Request: can't parse entities: {theirs}"

    agree()


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"callback_data": "米" * 22}, "BUTTON_DATA_INVALID"),
        ({"callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
        ({"url": "http://localhost:8080/"}, f"{URL} 'http://localhost:8080/' is invalid: Wrong HTTP URL"),
        ({"url": "http://[1/"}, f"{URL} 'http://[1/' is invalid: Wrong HTTP URL"),
        ({"url": "javascript:alert(1)//a.b"}, f"{URL} 'http://javascript:alert(1)//a.b' is invalid: Wrong HTTP URL"),
        ({"web_app": {"url": "http://a.example/"}}, f"{APP} 'http://a.example/' is invalid: Only HTTPS links are allowed"),
        ({"web_app": "https://a.example/"}, f"{APP} '' is invalid: Only HTTPS links are allowed"),
        ({"switch_inline_query": "rice"}, "BUTTON_TYPE_INVALID"),
        ({"pay": True}, "BUTTON_TYPE_INVALID"),
        ({"copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
    ],
)  # fmt: skip
async def test_a_button_that_telegram_refuses_is_refused(
    house: House, ann: Guest, button: dict[str, Any], words: str
) -> None:
    refusal = await house.refuses("sendMessage", chat_id=ann.id, text="x", reply_markup=keyboard(**button))

    assert refusal == words


@pytest.mark.parametrize(
    "button",
    [
        {"callback_data": "x" * 64},
        {"url": "http://127.0.0.1:8080/"},
        {"url": "a.example/rice"},
        {"web_app": {"url": "https://a.example/"}},
        {"copy_text": {"text": "GROUP-42"}},
    ],
)
async def test_a_button_that_telegram_takes_is_shown(house: House, ann: Guest, button: dict[str, Any]) -> None:
    await house.says(ann, reply_markup=keyboard(**button))

    shown = (await ann.history())[0]["reply_markup"]["inline_keyboard"][0][0]
    assert shown.keys() == {"text", *button}


async def test_a_keyboard_has_at_most_100_buttons(house: House, ann: Guest) -> None:
    button = {"text": "x", "callback_data": "x"}
    await house.says(ann, reply_markup={"inline_keyboard": [[button]] * 100})

    too_many = {"inline_keyboard": [[button]] * 101}
    assert (
        await house.refuses("sendMessage", chat_id=ann.id, text="x", reply_markup=too_many)
        == "reply markup is too long"
    )


async def test_an_edit_without_a_keyboard_drops_it(house: House, ann: Guest) -> None:
    card = await house.says(ann, "Rice", reply_markup=keyboard(callback_data="buy"))

    await house.does("editMessageText", chat_id=ann.id, message_id=card["message_id"], text="Rice, sold out")

    (seen,) = await ann.history()
    assert seen["text"] == "Rice, sold out"
    assert "reply_markup" not in seen
    assert seen["edit_date"] >= seen["date"]


async def test_an_edit_that_changes_nothing_is_an_error(house: House, ann: Guest) -> None:
    card = await house.says(ann, "Rice", reply_markup=keyboard(callback_data="buy"))
    same = {"chat_id": ann.id, "message_id": card["message_id"], "reply_markup": keyboard(callback_data="buy")}

    words = await house.refuses("editMessageText", text="Rice", **same)

    assert words.startswith("message is not modified: specified new message content and reply markup are exactly")
    assert (await house.refuses("editMessageReplyMarkup", **same)).startswith("message is not modified")


async def test_only_the_bots_own_messages_are_edited(house: House, ann: Guest, bob: Guest) -> None:
    said = (await ann.done("send", text="rice"))["message"]
    card = await house.says(bob, "For Bob")

    edit = {"chat_id": ann.id, "text": "x"}
    assert await house.refuses("editMessageText", **edit) == "message identifier is not specified"
    assert await house.refuses("editMessageText", message_id=99, **edit) == "message to edit not found"
    assert await house.refuses("editMessageText", message_id="rice", **edit) == "message to edit not found"
    assert await house.refuses("editMessageText", message_id=said["message_id"], **edit) == "message can't be edited"
    assert (await bob.history())[0]["text"] == card["text"]


async def test_a_photo_has_a_caption_of_at_most_1024_units(house: House, ann: Guest, photo: Photo) -> None:
    sent = await house.sends("sendPhoto", {"photo": photo()}, chat_id=ann.id, caption="🍚" * 512)
    refused = await house.sends("sendPhoto", {"photo": photo()}, chat_id=ann.id, caption="🍚" * 513)

    assert len(sent["result"]["photo"]) == 2
    assert refused["description"] == "Bad Request: message caption is too long"
    edit = {"chat_id": ann.id, "message_id": sent["result"]["message_id"], "text": "x"}
    assert await house.refuses("editMessageText", **edit) == "there is no text in the message to edit"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no photo", "IMAGE_PROCESS_FAILED"),
        (b"", "IMAGE_PROCESS_FAILED"),
        (b"x" * (10 * 2**20 + 1), "file is too big"),
    ],
    ids=["no photo", "empty", "11 MB"],
)
async def test_what_is_no_photo_is_refused(house: House, ann: Guest, content: bytes, words: str) -> None:
    answer = await house.sends("sendPhoto", {"photo": content}, chat_id=ann.id)

    assert answer["description"] == f"Bad Request: {words}"


async def test_photos_are_never_fetched_from_an_address(house: House, ann: Guest) -> None:
    words = await house.refuses("sendPhoto", chat_id=ann.id, photo="http://127.0.0.1:1/metadata")

    assert words == "failed to get HTTP URL content"


async def test_an_album_has_2_to_10_photos_and_no_keyboard(house: House, ann: Guest, photo: Photo) -> None:
    files = {f"p{n}": photo(colour=colour) for n, colour in enumerate(("red", "blue"))}
    media = '[{"type":"photo","media":"attach://p0","caption":"Rice"},{"type":"photo","media":"attach://p1"}]'
    reply_markup = '{"inline_keyboard":[[{"text":"Buy","callback_data":"b"}]]}'
    sent = await house.sends("sendMediaGroup", files, chat_id=ann.id, media=media, reply_markup=reply_markup)

    first, second = sent["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert "reply_markup" not in first | second
    known = {"type": "photo", "media": first["photo"][0]["file_id"]}
    for count in (0, 1, 11):
        words = await house.refuses("sendMediaGroup", chat_id=ann.id, media=[known] * count)
        assert words == "there must be 2 to 10 items in the album"
    lost = await house.refuses("sendMediaGroup", chat_id=ann.id, media=[known, {**known, "media": "attach://p9"}])
    assert lost == "attached file not found"


@pytest.mark.parametrize("method", ["answerInlineQuery", "createForumTopic", "sendSticker", "sendVoice", "sendNothing"])
async def test_what_this_chat_has_not_is_a_clear_404(house: House, method: str) -> None:
    answer = await house.call(method)

    assert (answer["error_code"], answer["description"]) == (404, "Not Found: method not found")


async def test_a_wrong_token_is_unauthorized(house: House) -> None:
    for token in ("7:other", "8:test", f"{TOKEN}x", "%FF"):
        async with house.session.get(f"{house.api}/bot{token}/getMe") as response:
            assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")


async def test_a_visitor_who_stopped_the_bot_hears_nothing_until_she_writes(house: House, ann: Guest) -> None:
    await ann.done("block", blocked=True)
    answer = await house.call("sendMessage", chat_id=ann.id, text="Sale!")
    await ann.done("send", text="rice")

    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    assert (await house.says(ann, "Rice"))["text"] == "Rice"


async def test_messages_are_deleted_within_48_hours(house: House, ann: Guest) -> None:
    first, second = await house.says(ann, "first"), await house.says(ann, "second")
    await house.does("deleteMessage", chat_id=ann.id, message_id=first["message_id"])
    again = await house.refuses("deleteMessage", chat_id=ann.id, message_id=first["message_id"])
    house.clock.turn_on(48 * 3600 + 1)

    late = await house.refuses("deleteMessage", chat_id=ann.id, message_id=second["message_id"])

    assert (again, late) == ("message to delete not found", "message can't be deleted for everyone")
    assert await house.does("deleteMessages", chat_id=ann.id, message_ids=[second["message_id"], "odd", None])
    assert [message["text"] for message in await ann.history()] == ["second"]


async def test_a_file_is_downloaded_with_the_token_only(house: House, ann: Guest, photo: Photo) -> None:
    sent = await house.sends("sendPhoto", {"photo": photo()}, chat_id=ann.id)
    path = (await house.does("getFile", file_id=sent["result"]["photo"][-1]["file_id"]))["file_path"]

    async with house.session.get(f"{house.api}/file/bot{TOKEN}/{path}") as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    for url in (f"/file/bot7:other/{path}", f"/file/bot{TOKEN}/{path}x", f"/file/bot{TOKEN}/..%2F..%2Fetc%2Fpasswd"):
        async with house.session.get(house.api + url) as response:
            assert response.status in (401, 404)
    assert await house.refuses("getFile", file_id="\0") == "invalid file_id"


async def test_the_same_bytes_under_another_name_are_another_document(house: House, ann: Guest) -> None:
    first = await house.sends("sendDocument", {"document": b"receipt"}, chat_id=ann.id)
    document = first["result"]["document"]
    again = await house.does("sendDocument", chat_id=ann.id, document=document["file_id"])
    form = {"document": b"receipt"}
    renamed = await house.sends("sendDocument", {"other": form["document"]}, chat_id=ann.id, document="attach://other")

    assert again["document"] == document
    assert renamed["result"]["document"]["file_name"] == "other.bin"
    assert renamed["result"]["document"]["file_id"] != document["file_id"]


async def test_texts_that_look_like_json_stay_texts(house: House, ann: Guest) -> None:
    contact = await house.sends("sendContact", {}, chat_id=ann.id, phone_number="+861380000", first_name="[Mei")
    place = {"chat_id": ann.id, "latitude": "31.2", "longitude": "121.5", "title": "true", "address": "{South Street"}
    venue = await house.sends("sendVenue", {}, **place)

    assert contact["result"]["contact"]["first_name"] == "[Mei"
    assert (venue["result"]["venue"]["title"], venue["result"]["venue"]["address"]) == ("true", "{South Street")


async def test_a_receipt_is_neither_forwarded_nor_copied_and_an_invoice_keeps_its_payload(
    house: House, ann: Guest
) -> None:
    invoice = {
        "title": "Rice",
        "description": "5 kg",
        "payload": "secret-order",
        "currency": "CNY",
        "provider_token": "d",
    }
    sent = await house.does("sendInvoice", chat_id=ann.id, prices=[{"label": "Rice", "amount": 100}], **invoice)
    place = {"chat_id": ann.id, "from_chat_id": ann.id, "message_id": sent["message_id"]}
    reply = await house.says(ann, "This one?", reply_parameters={"message_id": sent["message_id"]})

    assert await house.refuses("copyMessage", **place) == "message can't be copied"
    forwarded = await house.does("forwardMessage", **place)
    assert "secret-order" not in str([sent, reply, forwarded, await ann.history()])


async def test_python_telegram_bot_reads_every_answer(house: House, ann: Guest, photo: Photo) -> None:
    api = {"base_url": f"{house.api}/bot", "base_file_url": f"{house.api}/file/bot"}
    bot = Bot(TOKEN, request=AiohttpRequest(), get_updates_request=AiohttpRequest(), **api)
    async with bot:
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Buy", callback_data="buy")]])
        card = await bot.send_photo(ann.id, photo(), caption="<b>Rice</b>", parse_mode="HTML", reply_markup=markup)
        await bot.edit_message_media(InputMediaPhoto(photo(colour="blue"), caption="Tea"), ann.id, card.message_id)
        await bot.set_my_commands([("find", "Find goods")])
        file = await bot.get_file(card.photo[-1].file_id)
        chat = await bot.get_chat(ann.id)
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_caption(ann.id, card.message_id, caption="Tea")

        assert card.caption_entities[0].type == "bold"
        assert len(await file.download_as_bytearray()) == card.photo[-1].file_size
        assert (chat.id, chat.type) == (ann.id, "private")
        assert [command.command for command in await bot.get_my_commands()] == ["find"]


async def test_python_telegram_bot_knows_a_wrong_token(house: House) -> None:
    api = {"base_url": f"{house.api}/bot", "base_file_url": f"{house.api}/file/bot"}
    stranger = Bot("7:wrong", request=AiohttpRequest(), get_updates_request=AiohttpRequest(), **api)

    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
