"""Something is wrong with what came: she says so in three taps, talks with somebody, and is told of every step.

On SQLite only: what is asked of a database has tests of its own (tests/cases).
"""

import asyncio
import io

import aiohttp
import pytest
from PIL import Image

from storefront import files, orders, staff, support
from storefront.kernel.errors import NotFound
from storefront.kernel.texts import Texts
from tests.journeys.conftest import OpenShop, settled
from tests.journeys.test_giving_back import buys
from tests.journeys.test_taps import Twice
from tests.support.visitor import Visitor, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def test_a_torn_bag_is_shown_in_a_photo_and_settled_by_somebody_with_a_name(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        mei = (await staff.add(login="mei", name="Mei", role="agent")).id
        await _has_it(ann)

        before = ann.taps
        await ann.press("Something is wrong")
        wish = await ann.press("It is damaged")
        card = await ann.press("Give back what I paid")
        taps = ann.taps - before
        await _sends_photo(ann, "see the tear")
        await ann.sees("We have it: somebody looks at it")
        await support.claim(staff_id=mei, case_id=1)
        await ann.sees("Mei looks at C-1 now.")
        answer = await support.answer(staff_id=mei, case_id=1, text="Which side is torn?", key="a", waits=True)
        await ann.sees("Which side is torn?")
        await ann.say("The left one")
        await support.correct(staff_id=mei, message_id=answer, text="Which side is it?")
        await ann.sees("Which side is it?")
        photo = (await _photos(1))[0]
        case = await support.case(1)
        await support.refund(
            staff_id=mei, case_id=1, pieces=case.pieces, key="k", shown=(case.points, case.money.minor)
        )
        await ann.sees("is on its way back to you")
        await ann.press("5 ★")
        await ann.sees("Thank you: we read each of them.")

        assert taps == 3
        assert "CN¥46.90" in text_of(wish)
        assert "Send photos, or write more about it" in text_of(card)
        assert [message.text for message in await support.messages(1)] == [
            "see the tear",
            "Which side is it?",
            "The left one",
        ]
        assert not Image.open(io.BytesIO((await files.content(photo)).content)).getexif()
        async with ann.session.get(f"{shop.address}/files/{photo}") as response:
            assert response.status == 404
        assert (await support.case(1)).stars == 5


async def test_a_refusal_is_objected_to_in_arabic_and_a_lead_decides(open_shop: OpenShop) -> None:
    texts = Texts("ar")
    _ = texts.gettext
    async with open_shop(limits=False) as shop, Visitor(shop.address, language="ar") as ann:
        mei = (await staff.add(login="mei", name="Mei", role="agent")).id
        lin = (await staff.add(login="lin", name="Lin", role="lead")).id
        await ann.say("rice")
        await ann.press("1")
        await ann.press(_("Buy %(amount)s").split("%", maxsplit=1)[0])
        await ann.pay(_("✅ Pay %(amount)s").split("%", maxsplit=1)[0])
        await ann.find(_("📦 Show the order"))
        await orders.step(order_id=1, to_state="delivered", actor="staff:1", cause="handed over")

        for label in ("📦 Show the order", "⚠️ Something is wrong", "It is not as described", "I keep it for less"):
            await ann.press(_(label))
        await support.refuse(staff_id=mei, case_id=1, text="It is as described", key="r")
        await ann.press(_("I do not accept that"))
        await ann.say("ليست كما وُصفت")
        objected = await support.case(1)
        await support.give_sum(staff_id=lin, case_id=1, points=0, money_minor=1000, key="s")
        await ann.sees(texts.money(objected.order.total.__class__(1000, "CNY")))

        assert (objected.level, objected.state) == ("lead", "open")
        assert (await support.case(1)).state == "decided"


async def test_a_photo_is_enough_where_a_rule_says_so_and_a_rules_no_is_told_in_her_language(
    open_shop: OpenShop,
) -> None:
    texts = Texts("ru")
    _ = texts.gettext
    why = dict.fromkeys(("en", "zh_Hans", "ar"), "Opened rice is not taken back") | {"ru": "Открытый рис не принимаем"}
    torn = {"name": "torn", "reasons": ["damaged"], "photo": True, "then": "refund"}
    opened = {"name": "opened", "reasons": ["mind"], "categories": ["produce"], "then": "refuse", "texts": why}
    automatic = {"daily_minor": 10_000, "new_account_days": 0, "rules": [torn, opened]}
    async with (
        open_shop(limits=False) as shop,
        Visitor(shop.address) as ann,
        Visitor(shop.address, language="ru") as bob,
    ):
        await support.load_terms(told=support.TermsTold.model_validate({"automatic": automatic}), actor="operator")
        await _has_it(ann)
        for label in ("Something is wrong", "It is damaged", "Give back what I paid"):
            await ann.press(label)
        await _sends_photo(ann, "see the tear")
        await ann.sees("is on its way back to you")
        await bob.say("rice")
        await bob.press("1")
        await bob.press(_("Buy %(amount)s").split("%", maxsplit=1)[0])
        await bob.pay(_("✅ Pay %(amount)s").split("%", maxsplit=1)[0])
        await bob.find(_("📦 Show the order"))
        await orders.step(order_id=2, to_state="delivered", actor="staff:1", cause="handed over")
        for label in ("📦 Show the order", "⚠️ Something is wrong", "I changed my mind", "Give back what I paid"):
            await bob.press(_(label))
        await bob.sees(_("We cannot give anything back for this, and we are sorry."))
        card = await bob.press("C-2")
        await bob.press(_("I do not accept that"))
        await bob.say("Он закрыт")
        await settled()

        assert [(await support.decisions(number))[0].actor for number in (1, 2)] == ["rule:torn", "rule:opened"]
        assert _("We: %(text)s") % {"text": "Открытый рис не принимаем"} in text_of(card)
        assert ((await support.case(2)).level, (await support.case(2)).state) == ("lead", "open")


async def test_a_question_finds_somebody_and_a_reply_goes_to_its_case(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        mei = (await staff.add(login="mei", name="Mei", role="agent")).id
        await ann.say("/help")
        await ann.press("Talk to somebody")
        await ann.say("Do you sell on Sundays?")
        await support.answer(staff_id=mei, case_id=1, text="We do", key="a")
        answer = await ann.sees("We do")
        await ann.say("/menu")
        await ann.post("send", client_id="b" * 8, text="Thanks!", reply_to=answer["message_id"])
        await settled()
        # What she looked for meanwhile does not take her next answer away from the case.
        await ann.say("/menu")
        await ann.say("honey")
        await support.answer(staff_id=mei, case_id=1, text="From nine", key="n")
        await ann.sees("From nine")
        await ann.say("See you at ten")
        await settled()
        await ann.say("/cases", wait=False)
        await ann.press("C-1 · a question")
        await ann.press("Give it up")
        await ann.press("Yes, give it up")
        await settled()

        assert [message.text for message in await support.messages(1)] == [
            "Do you sell on Sundays?",
            "We do",
            "Thanks!",
            "From nine",
            "See you at ten",
        ]
        assert (await support.case(1)).state == "closed"
        with pytest.raises(NotFound):
            await support.case(2)


async def test_every_button_of_a_case_pressed_twice_does_it_once(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        mei = (await staff.add(login="mei", name="Mei", role="agent")).id
        await _has_it(ann)
        twice = Twice(ann)

        await twice("Something is wrong", "It is something else", "Send another one")
        await twice("Add something")
        await twice("‹ C-1", "Give it up", "No, go on")
        case = await support.case(1)
        await support.refund(
            staff_id=mei,
            case_id=1,
            pieces=case.pieces,
            key="k",
            shown=(case.points, case.money.minor),
            goods_first=True,
        )
        await ann.sees("Please bring or send it back")
        await twice("I have sent it")
        await ann.say("SF 1234")
        await support.refuse(staff_id=mei, case_id=1, text="Not ours", key="r")
        await ann.sees("We cannot give anything back for this")
        await twice("I do not accept that", "‹ C-1", "‹ What you asked us", "C-1", "‹ Menu", "My orders")
        await twice("What you asked us", "Talk to somebody")

        assert twice.actions >= {"rf", "rr", "rw", "ra", "rv", "rg", "rk", "ro", "rm", "rt"}
        assert (await support.case(1)).state == "refused"
        assert len(await support.mine(person_id=1)) == 1


async def _has_it(ann: Visitor) -> None:
    """An order of one bag of rice, in her hands, and its card."""
    await buys(ann, "No points")
    await ann.find("Show the order")
    await orders.step(order_id=1, to_state="delivered", actor="staff:1", cause="handed over")
    await ann.sees("is delivered")
    await ann.press("Show the order")


async def _sends_photo(ann: Visitor, caption: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    content = io.BytesIO()
    Image.new("RGB", (1200, 900), "brown").save(content, "JPEG", exif=exif)
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("client_id", "a" * 8)
    form.add_field("caption", caption)
    form.add_field("photo", content.getvalue(), filename="photo.jpg", content_type="image/jpeg")
    async with ann.session.post(f"{ann.address}/chat/upload", data=form) as response:
        assert response.status == 200, await response.text()


async def _photos(case_id: int) -> list[str]:
    """The photos of a case, once they are fetched."""
    async with asyncio.timeout(10):
        while True:
            found = [photo for message in await support.messages(case_id) for photo in message.photos]
            if found:
                return found
            await asyncio.sleep(0.05)
