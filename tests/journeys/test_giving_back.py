"""A customer takes an order back before it has left, in three taps; late, nothing happens, and twice, once."""

from contextlib import AsyncExitStack

from storefront import orders, support
from storefront.kernel import db
from storefront.kernel.texts import Texts
from tests.journeys.conftest import OpenShop, settled
from tests.journeys.test_taps import Twice
from tests.support.visitor import Message, Visitor, buttons, labels, text_of


async def test_an_order_comes_back_whole_in_three_taps(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await buys(ann, "1,000 points")
        await ann.press("Show the order")
        before = ann.taps

        why = await ann.press("Cancel and get it back")
        sure = await ann.press("It takes too long")
        await ann.press("Yes, cancel it")
        done = await ann.sees("· cancelled")
        letter = await ann.sees("You get back 1,000 points and CN¥36.90 of order A-10001.")
        await ann.sees("CN¥36.90 is on its way back to you")

        assert ann.taps - before == 3
        assert "Cancel order A-10001?" in text_of(why)
        assert "You get back 1,000 points at once, and CN¥36.90 the way you paid it." in text_of(sure)
        assert not any("Cancel" in label for label in labels(done))
        assert "we tell you when it leaves" in text_of(letter)
        assert "You have 2,310 points." in text_of(await ann.say("/points"))
        assert await _given_back() == [3690]


async def test_only_some_of_it_comes_back_in_her_language(open_shop: OpenShop) -> None:
    texts = Texts("ar")
    _ = texts.gettext
    async with open_shop(limits=False) as shop, Visitor(shop.address, language="ar") as ann:
        await ann.say("rice")
        for label in ("1", "+", _("Buy %(amount)s").split("%", maxsplit=1)[0]):
            await ann.press(label)
        await ann.pay(_("✅ Pay %(amount)s").split("%", maxsplit=1)[0])
        await ann.press(_("📦 Show the order"))

        await ann.press(_("↩️ Cancel and get it back"))
        await ann.press(_("Only some of it…"))
        await ann.press("−")
        await ann.press(_("✅ These"))
        await ann.press(_("I changed my mind"))
        await ann.press(_("Yes, cancel it"))
        await ann.sees(texts.ngettext("%(num)s given back", "%(num)s given back", 1) % {"num": 1})

        lines = await db.rows("SELECT quantity, credited FROM order_line")
        assert [(line["quantity"], line["credited"]) for line in lines] == [(2, 1)]
        assert (await orders.find(1)).state == "confirmed"


async def test_a_yes_that_comes_after_the_parcel_left_gives_nothing_back(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        sure, yes = await _is_asked(ann, "Something else")

        await orders.step(order_id=1, to_state="shipped", actor="staff:1", cause="handed over")
        await ann.tap(sure, yes)

        assert "has left already and cannot be stopped here" in ann.toast
        assert await db.rows("SELECT id FROM credit_note") == []


async def test_yes_that_is_pressed_twice_gives_back_once(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        sure, yes = await _is_asked(ann, "I changed my mind")

        await ann.tap(sure, yes, times=3)
        await ann.sees("is on its way back to you")
        await settled()

        assert await _given_back() == [4690]


async def test_yes_outlives_a_restart(open_shop: OpenShop) -> None:
    async with AsyncExitStack() as visitors:
        async with open_shop(limits=False) as shop:
            ann = await visitors.enter_async_context(Visitor(shop.address))
            sure, yes = await _is_asked(ann, "I ordered by mistake")

        async with open_shop(limits=False) as shop:
            await ann.opens(shop.address)
            await ann.tap(sure, yes)
            await ann.sees("is on its way back to you")

            assert await _given_back() == [4690]


async def test_yes_to_what_was_chosen_anew_meanwhile_is_asked_once_more(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        sure, yes = await _is_asked(ann, "It takes too long", "+")
        case = (await db.rows("SELECT order_line_id AS line FROM support_case_line"))[0]

        await support.choose(person_id=1, case_id=1, line_id=case["line"], quantity=1)
        await ann.tap(sure, yes)
        told = ann.toast
        await ann.sees("You get back CN¥46.90 the way you paid it.")
        nothing = await _given_back()
        await ann.press("Yes, cancel it")
        await ann.sees("is on its way back to you")

        assert told == "Something has changed. Look once more, then say yes."
        assert (nothing, await _given_back()) == ([], [4690])


async def test_every_button_on_the_way_pressed_twice_at_the_same_instant_does_it_once(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await buys(ann, "+")
        await ann.press("Show the order")
        twice = Twice(ann)

        await twice("Cancel and get it back", "Only some of it…", "−", "✅ These", "I changed my mind")
        await twice("Yes, cancel it")
        await ann.sees("is on its way back to you")

        assert twice.actions == {"rf", "rl", "rn", "rr", "ry"}
        assert await _given_back() == [4690]


async def _is_asked(ann: Visitor, reason: str, *chosen: str) -> tuple[Message, str]:
    """An order is bought and not wanted any more: the question, and what its yes carries."""
    await buys(ann, *(chosen or ("No points",)))
    await ann.press("Show the order")
    await ann.press("Cancel and get it back")
    sure = await ann.press(reason)
    return sure, next(button["callback_data"] for button in buttons(sure) if button["text"].startswith("Yes"))


async def _given_back() -> list[int]:
    return [row["amount_minor"] for row in await db.rows("SELECT amount_minor FROM refund WHERE state = 'done'")]


async def buys(ann: Visitor, *chosen: str) -> None:
    """She orders rice and pays for it; `chosen` are the buttons of the summary."""
    await ann.say("rice")
    for label in ("1", "Buy", *chosen):
        await ann.press(label)
    await ann.pay("✅ Pay")
    await ann.sees("Paid. Order A-1000")
