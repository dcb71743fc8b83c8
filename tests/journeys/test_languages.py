"""The whole shop in the reader's language: every way to pay, every card, and not a word of another language.

On SQLite only: what is asked of a database has tests of its own.
"""

import asyncio
import re

import pytest

from storefront.kernel import db
from storefront.kernel.money import Money
from storefront.kernel.texts import LANGUAGES, Texts
from tests.journeys.conftest import OpenShop, settled
from tests.journeys.test_groups import campaign
from tests.support.visitor import Message, Visitor, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

RICE = {"en": "rice", "zh_Hans": "大米", "ru": "рис", "ar": "أرز"}
TEA = {"en": "jasmine", "zh_Hans": "茉莉花茶", "ru": "жасминовый", "ar": "الياسمين"}
MUG = {"en": "mug", "zh_Hans": "搪瓷杯", "ru": "кружка", "ar": "كوب"}
SOUTH_GATE = {"en": "South Gate", "zh_Hans": "城南支行", "ru": "Южные ворота", "ar": "البوابة الجنوبية"}
CITY = {"en": "In the city", "zh_Hans": "市区", "ru": "В городе", "ar": "داخل المدينة"}
PRICE_OF_RICE = {"en": "CN¥46.90", "zh_Hans": "¥46.90", "ru": "46,90\xa0CN¥", "ar": "46.90\xa0CN¥"}
OWN_WORDS = {"Pindan", "CN", "Ann", "Lee"}


async def test_each_way_to_pay_in_each_language(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop:
        await campaign()
        await asyncio.gather(*(_pays_in_every_way(shop.address, language) for language in LANGUAGES))

        paid = await db.rows("SELECT provider, state, COUNT(*) AS n FROM payment GROUP BY provider, state ORDER BY 1")

    assert [(row["provider"], row["state"], row["n"]) for row in paid] == [
        ("branch", "pending", 4),
        ("demo", "captured", 8),
        ("points", "captured", 4),
    ]


async def _pays_in_every_way(address: str, language: str) -> None:
    texts = Texts(language)
    async with Visitor(address, language=language) as ann:
        await ann.say("/start")
        await _pays_with_points_and_money(ann, texts)
        await _pays_with_money_only_as_last_time(ann, texts)
        await _pays_with_points_only(ann, texts)
        await _pays_at_the_branch(ann, texts)


async def _pays_with_points_and_money(ann: Visitor, texts: Texts) -> None:
    ann.taps = ann.typed = 0
    await ann.say(RICE[ann.language])
    card = await ann.press("1")
    await ann.press(texts.fill("Buy %(amount)s", amount=Money(4690, "CNY")))
    summary = await ann.press(texts.points(1000))
    await ann.pay(texts.fill("✅ Pay %(amount)s", amount=Money(3690, "CNY")))
    letter = await _letter(ann, texts, "Paid. Order %(number)s")

    assert (ann.taps, ann.typed) == (5, 1)
    # Alone and with friends stand side by side, as the reader writes money.
    line = next(line for line in text_of(card).splitlines() if PRICE_OF_RICE[ann.language] in _plain(line))
    assert texts.money(Money(3990, "CNY")) in line
    assert SOUTH_GATE[ann.language] in text_of(summary)
    assert f"{texts.money(Money(3690, 'CNY'))} + {texts.points(1000)}" in text_of(letter)


async def _pays_with_money_only_as_last_time(ann: Visitor, texts: Texts) -> None:
    ann.taps = 0
    await ann.say(TEA[ann.language])
    await ann.press("1")
    await ann.pay(texts.fill("⚡ %(amount)s", amount=Money(2980, "CNY")))
    letter = await _letter(ann, texts, "Paid. Order %(number)s")

    assert ann.taps == 3
    assert texts.money(Money(2980, "CNY")) in text_of(letter)


async def _pays_with_points_only(ann: Visitor, texts: Texts) -> None:
    await ann.say(MUG[ann.language])
    await ann.press("1")
    await ann.press(texts.fill("Take it for %(points)s", points=texts.points(900)))
    await ann.press(texts.fill("✅ Pay %(points)s", points=texts.points(900)))
    letter = await _letter(ann, texts, "Paid. Order %(number)s")

    assert texts.points(900) in text_of(letter)
    assert texts.fill("You have %(points)s.", points=texts.points(410)) in text_of(await ann.say("/points"))


async def _pays_at_the_branch(ann: Visitor, texts: Texts) -> None:
    await ann.say(TEA[ann.language])
    await ann.press("1")
    await ann.press(texts.fill("Buy %(amount)s", amount=Money(2980, "CNY")))
    await ann.press(texts.fill("Pay %(amount)s at the branch", amount=Money(2980, "CNY")))
    letter = await _letter(ann, texts, "Reserved. Order %(number)s")

    assert SOUTH_GATE[ann.language] in text_of(letter)


async def test_no_word_of_another_language_is_said(open_shop: OpenShop) -> None:
    others = [language for language in LANGUAGES if language != "en"]

    async with open_shop(limits=False) as shop:
        said = await asyncio.gather(*(_sees_everything(shop.address, language) for language in others))

    for language, told in zip(others, said, strict=True):
        assert len(told) > 60, "the tour is too short to tell"
        foreign = {word: text for text in told for word in _latin_words(text)}
        assert foreign == {}, language


async def _sees_everything(address: str, language: str) -> list[str]:
    """All that is said and all that stands on buttons, on a tour of every card."""
    texts, seen = Texts(language), list[str]()
    _ = texts.gettext

    async with Visitor(address, language=language) as ann:

        async def says(text: str, **wish: object) -> None:
            seen.extend(_words_of(await ann.say(text, **wish)))

        async def presses(*told: str) -> None:
            for label in told:
                seen.extend(_words_of(await ann.press(label)))
                await settled()
                seen.append(ann.toast)

        for command in ("start", "menu", "help", "cart", "orders", "points", "language", "nothing", "stop"):
            await says(f"/{command}")
        await says("zzzz")
        await presses(_("🛍 Browse"))
        await says(RICE[language])
        await presses("1", "+", "−", _("+ Cart"), texts.fill("Buy %(amount)s", amount=Money(4690, "CNY")))
        await presses(_("Other…"))
        await says("x")
        await says("123")
        await presses(_("📍 Change where it goes"), _("🚚 To a new address"), CITY[language])
        await says("1")
        await says("和平路 7号")
        await says("Ann Lee")
        await says("12")
        await says("", contact={"phone_number": "+8613800138000"})
        await ann.sees(texts.fill("Delivery: %(amount)s", amount=Money(600, "CNY")))
        await ann.pay(_("✅ Pay %(amount)s").split("%", maxsplit=1)[0])
        await _letter(ann, texts, "Paid. Order %(number)s")
        await presses(_("📦 Show the order"), _("🧾 Receipt"), _("Change the address"), _("‹ Back"))
        await presses(_("Tax invoice"))
        await says("和平公司")
        await says("12")
        await says("91510100")
        await presses(_("‹ Back"), _("🔁 Order again"), _("🛒 Cart"), "+", "−", _("✅ Order all of it"))
        await presses(_("📍 Change where it goes"), SOUTH_GATE[language], _("🛒 Cart"), _("Empty the cart"))
        await says(TEA[language])
        await presses("1", texts.fill("Buy %(amount)s", amount=Money(2980, "CNY")))
        await presses(_("📍 Change where it goes"), SOUTH_GATE[language])
        await presses(texts.fill("Pay %(amount)s at the branch", amount=Money(2980, "CNY")))
        await _letter(ann, texts, "Reserved. Order %(number)s")
        await presses(_("📦 Show the order"), _("Cancel it"), _("Yes, cancel it"))
        await _letter(ann, texts, "Order %(number)s is cancelled.")
        await says("/link wrong")
        everything = [words for message in await ann.history() if _is_ours(message) for words in _words_of(message)]
        return [*seen, *everything]


async def _letter(ann: Visitor, texts: Texts, sentence: str) -> Message:
    """What the shop writes about the newest order."""
    numbers = await db.rows(
        "SELECT o.number FROM orders o JOIN channel c ON c.person_id = o.person_id WHERE c.user_id = ? ORDER BY o.id DESC",
        await ann.user_id(),
    )
    return await ann.sees(texts.fill(sentence, number=numbers[0]["number"]))


def _is_ours(message: Message) -> bool:
    return bool(message["from"]["is_bot"])


def _words_of(message: Message) -> list[str]:
    return [text_of(message), *labels(message)]


def _plain(text: str) -> str:
    """Without the marks that tell a phone which way to write."""
    return re.sub(r"[\u200e\u200f\u061c]", "", text)


def _latin_words(text: str) -> list[str]:
    # Commands are typed as they are; what the customer wrote herself comes back as she wrote it; a language's own name.
    said = re.sub(r"/[a-z]+|zzzz|English", "", text)
    return [word for word in re.findall(r"[A-Za-z]{2,}", said) if word not in OWN_WORDS]
