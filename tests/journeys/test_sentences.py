"""One sentence says what she wants: read as chips, as a code, as a link, in a photo; and what is not there is told when it comes.

On SQLite only: what is asked of a database has tests of its own (tests/search).
"""

import asyncio
import io
import uuid

import aiohttp
import pytest
import segno

from storefront import catalog, orders, search
from storefront.catalog import Row
from storefront.kernel import db
from tests.journeys.conftest import OpenShop
from tests.journeys.test_giving_back import buys
from tests.journeys.test_groups import campaign, opens
from tests.support.visitor import Message, Visitor, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def test_what_was_read_is_taken_out_by_a_press_and_what_is_not_there_is_told_when_it_comes(
    open_shop: OpenShop,
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        results = await ann.say("大米 45元以内 有货")
        cheaper = await ann.press("✕ up to CN¥45.00")
        all_of_it = await ann.press("✕ in stock")

        assert "Nothing found for" in text_of(results)
        assert labels(results)[:2] == ["✕ up to CN¥45.00", "✕ in stock"]
        assert "1 Wuchang rice · CN¥46.90" in text_of(cheaper)
        assert labels(cheaper)[0] == "✕ in stock"
        assert "In stock" not in labels(cheaper)
        assert "In stock" in labels(all_of_it)
        assert {message["message_id"] for message in (results, cheaper, all_of_it)} == {results["message_id"]}

        nothing = await ann.say("blue tractor from 20 to 30")
        wished = await ann.press("Tell me when it comes")
        await _shelved(Row(line=1, sku="t", item="t", names={"en": "Blue tractor"}, price_minor=2500, stock=3))
        assert await search.fulfil() == 1
        letter = await ann.sees("What you asked for is here")
        card = await ann.press("Blue tractor")

        assert "✕ CN¥20.00 to CN¥30.00" in labels(nothing)
        assert "We write to you when “blue tractor from 20 to 30” comes." in text_of(wished)
        assert "Blue tractor · CN¥25.00" in text_of(letter)
        assert text_of(card).startswith("Blue tractor")
        assert [one.text for one in await search.missed()] == ["blue tractor", "大米"]


async def test_a_search_in_vain_leads_to_the_nearest_shelf_and_the_words_that_come_close(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        close = await ann.say("jasmine tractor")
        shelf = await ann.press("🗂 Tea · 1")
        vain = await ann.say("housholds")

        assert "Nothing has all of these words" in text_of(close)
        assert "Jasmine tea" in text_of(shelf)
        assert "🗂 Household · 1" in labels(vain)


async def test_a_word_that_was_taken_for_another_one_is_said_and_searched_for_as_typed_by_a_press(
    open_shop: OpenShop,
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        corrected = await ann.say("wuchnag rice")
        typed = await ann.press("🔎 Only “wuchnag”")
        again = await ann.press("Also words that are written nearly so")

        assert "Nothing here is called “wuchnag”; this is for “wuchang”." in text_of(corrected)
        assert "Wuchang rice" in text_of(corrected)
        assert "Nothing has all of these words" in text_of(typed)
        assert "this is for" not in text_of(typed)
        assert (text_of(again), labels(again)) == (text_of(corrected), labels(corrected))


async def test_a_shelf_that_the_sentence_names_is_taken_out_by_a_press(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        named = await ann.say("jasmine tea under 50")
        wider = await ann.press("✕ tea")

        assert labels(named)[:2] == ["✕ up to CN¥50.00", "✕ tea"]
        assert labels(wider)[0] == "✕ up to CN¥50.00"
        assert "✕ tea" not in labels(wider)
        assert "1 thing found · jasmine · up to" in text_of(wider)


async def test_what_she_finds_by_another_word_after_a_search_in_vain_is_kept_to_learn_from(
    open_shop: OpenShop,
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("zzkettle")
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("+")

        kept = await db.rows("SELECT term, other FROM search_reworded")
        assert [(row["term"], row["other"]) for row in kept] == [("zzkettl", "jasmin")]


async def test_a_number_of_hers_opens_her_order_and_nobody_elses(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        await buys(ann, "No points")
        await ann.find("Show the order")
        code = (await orders.find(1)).pickup_code
        assert code is not None

        by_number = await ann.say("заказ № А-10001")
        by_code = await ann.say(code)
        searched = await bob.say(code)
        in_vain = [await bob.say(text) for text in (f"code {code}", "A-10001")]
        anyway = await bob.press("Search for it")

        assert text_of(by_number).startswith("Order A-10001")
        assert text_of(by_code) == text_of(by_number)
        assert "Nothing found for" in text_of(searched)
        assert f"No order of yours waits for the code {code}." in text_of(in_vain[0])
        assert "You have no order A-10001 here." in text_of(in_vain[1])
        assert "Nothing found for" in text_of(anyway)


async def test_links_codes_and_photos_open_what_they_name(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        await campaign()
        payload = await opens(ann)
        code = payload[2:14]
        group = await bob.say(f"join me! https://t.me/anything?start={payload}")
        again = await bob.say(code.lower())
        await _sends(bob, _picture(f"https://shop.example/g/{code}?s=abc"))
        scanned = await _answered(bob, "have joined")
        await _sends(bob, _picture("a poem"))
        poem = await _answered(bob, "In a picture I can read codes only")
        elsewhere = await bob.say("https://t.me/another_shop?start=i_1")
        item = await bob.say("https://t.me/pindan_bot?start=i_1")
        gift = await bob.say("t.me/pindan_bot?start=t_ABCDEFGHJKLMNPQRSTUV")

        assert "1 of 2 have joined" in text_of(group)
        assert text_of(again) == text_of(group)
        assert (text_of(scanned), labels(scanned)) == (text_of(group), labels(group))
        assert poem["message_id"] > scanned["message_id"]
        assert "That link does not lead to this shop." in text_of(elsewhere)
        assert text_of(item).startswith("Wuchang rice")
        assert "Press to open it." in text_of(gift)


async def _shelved(row: Row) -> None:
    report = await catalog.import_rows([(1, row)], on_items=search.index)
    assert not report.errors


async def _answered(visitor: Visitor, text: str) -> Message:
    """What stands last in the chat, once it says this."""
    async with asyncio.timeout(10):
        while text not in text_of(last := (await visitor.history())[-1]):  # noqa: ASYNC110  (a page tells nobody)
            await asyncio.sleep(0.05)
    return last


def _picture(text: str) -> bytes:
    out = io.BytesIO()
    segno.make(text).save(out, kind="png", scale=8)
    return out.getvalue()


async def _sends(visitor: Visitor, photo: bytes) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("client_id", str(uuid.uuid4()))
    form.add_field("photo", photo, filename="photo.png", content_type="image/png")
    async with visitor.session.post(f"{visitor.address}/chat/upload", data=form) as response:
        assert response.status == 200, await response.text()


async def test_what_goes_with_a_thing_is_shown_with_its_reason_and_her_leave_is_hers_to_give(
    open_shop: OpenShop,
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("Wuchang rice")
        await ann.press("1")
        shown = await ann.press("What goes with it")
        agreed = await ann.press("Use what I buy")
        taken_back = await ann.press("Do not use what I buy")
        card = await ann.press("‹ Back")

        assert "Something like it" in text_of(shown) or "We know of nothing yet." in text_of(shown)
        assert "Nobody sees who bought what, and you can take that back here." in text_of(shown)
        assert "You let us count what you buy" in text_of(agreed)
        assert text_of(taken_back) == text_of(shown)
        assert text_of(card).startswith("Wuchang rice")


@pytest.mark.parametrize(
    ("language", "text", "chips", "wish"),
    [
        (
            "zh_Hans",
            "蓝色 大米 20-50元 有货 最新在前",
            ["蓝色", "¥20.00 至 ¥50.00", "有货", "最新在前"],
            "到货时告诉我",
        ),
        (
            *("ru", "красный рис до 500 ₽ в наличии сначала новые"),
            *(["красный", "до 500,00 CN¥", "в наличии", "сначала новые"], "Сообщить, когда появится"),
        ),
        (
            "ar",
            "أرز أحمر أقل من ٥٠ متوفر الأرخص",
            ["أحمر", "حتى 50.00 CN¥", "متوفر", "الأرخص أولًا"],
            "أخبرني عند توفّره",
        ),
    ],
)
async def test_chips_and_wishes_are_in_her_language(
    open_shop: OpenShop, language: str, text: str, chips: list[str], wish: str
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address, language=language) as ann:
        results = await ann.say(text)
        without = await ann.press(f"✕ {chips[0]}")
        await ann.say(text)
        await ann.press(wish)

        assert [_plain(label) for label in labels(results)[:4]] == [f"✕ {chip}" for chip in chips]
        assert [_plain(label) for label in labels(without)[:3]] == [f"✕ {chip}" for chip in chips[1:]]
        waiting = await db.rows("SELECT text FROM search_wish")
        assert [row["text"] for row in waiting] == [text]


def _plain(label: str) -> str:
    """The label without the marks that keep its direction."""
    return label.replace("\u200f", "").replace("\u200e", "").replace("\xa0", " ")
