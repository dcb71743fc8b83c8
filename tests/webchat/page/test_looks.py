"""Pictures of the chat for people to look at, and what must hold at every width, in the dark and right to left."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.webchat.page.conftest import Ann, Opening, picture

CARD = (
    "<b>Five-year rice, 5 kg</b>\nHarvested 12 October in Wuchang. Lab report inside.\n\n"
    "Alone <b>¥46.90</b>, with 3 friends <b>¥39.90</b>"
)
KEYS = {
    "inline_keyboard": [
        [{"text": "Buy ¥46.90", "callback_data": "buy"}, {"text": "Join group ¥39.90", "callback_data": "join"}],
        [
            {"text": "+ Cart", "callback_data": "cart"},
            {"text": "♡", "callback_data": "like"},
            {"text": "Share", "url": "https://t.me/share/url?url=https://t.me/pindan_bot?start=g1&text=Rice"},
        ],
        [{"text": "Pay ¥26.90", "url": "https://t.me/$abcdefgh1234"}, {"text": "About", "url": "https://example.org/"}],
    ]
}
ARABIC = "<b>أرز ووتشانغ، ٥ كغ</b>\nحُصد في ١٢ أكتوبر. وحدك ¥46.90، ومع ثلاثة أصدقاء ¥39.90."

# The contrast (WCAG 2) of each colour of writing on what it is written on; a veil or key lies on the wall.
CONTRASTS = """(() => {
    const style = getComputedStyle(document.documentElement);
    const wall = getComputedStyle(document.getElementById("app")).backgroundImage.match(/rgba?\\([^)]*\\)/)[0];
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const light = (colour) => {
        for (const one of [wall, colour]) { canvas.fillStyle = one; canvas.fillRect(0, 0, 1, 1); }
        const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const pairs = ["ink paper", "soft paper", "link paper", "accent paper", "danger paper", "accent-ink accent", "ink theirs",
        "soft theirs", "link theirs", "mine-ink mine", "mine-soft mine", "key-ink key", "veil-ink veil"];
    return Object.fromEntries(pairs.map((pair) => {
        const [one, other] = pair.split(" ").map((name) => light(style.getPropertyValue(`--${name}`).trim()) + 0.05);
        return [pair, Math.max(one, other) / Math.min(one, other)];
    }));
})()"""
# Where the letters of the first price stand, and how far each line reaches.
PLACES_OF_LETTERS = """node => {
    const text = node.firstChild, range = document.createRange();
    const box = (from, to) => { range.setStart(text, from); range.setEnd(text, to); return range.getBoundingClientRect(); };
    const price = text.data.indexOf("CN¥"), end = text.data.indexOf("\\n");
    return {
        lines: [box(0, end), box(end + 1, text.length)].map(({ right }) => ({ right })),
        C: box(price, price + 1).left, N: box(price + 1, price + 2).left, "¥": box(price + 2, price + 3).left,
    };
}"""


@pytest.mark.parametrize(
    ("name", "width", "height", "language", "dark"),
    [
        ("desktop", 1280, 860, "en", False),
        ("phone", 390, 844, "en", False),
        ("small", 320, 568, "en", False),
        ("dark", 390, 844, "en", True),
        ("arabic", 390, 844, "ar", False),
        ("desktop-dark", 1280, 860, "zh_Hans", True),
    ],
)
async def test_the_chat_fits_every_screen(
    visit: Opening, screenshots: Path, name: str, width: int, height: int, language: str, dark: bool
) -> None:
    ann: Ann = await visit(width=width, height=height, language=language, dark=dark, phone=width < 500)
    await ann.open()
    await ann.page.screenshot(path=screenshots / f"chat-{name}-empty.png")
    await ann.begin()
    await ann.write("大米 50以内" if language != "ar" else "أرز أقل من 50")
    await ann.shop.next("message")
    await ann.shop.send_photos(ann.id, [picture(900, 700, c) for c in ("#c9a36b", "#6b8fc9", "#8fc96b", "#c96b8f")])
    text = ARABIC if language == "ar" else CARD
    await ann.shop.send_photos(ann.id, [picture(1200, 800, "#d8b26e")], caption=text, parse_mode="HTML")
    await ann.answers(text, parse_mode="HTML", reply_markup=KEYS)
    await ann.page.locator("#text").fill("2")
    await ann.page.wait_for_timeout(400)
    await ann.page.screenshot(path=screenshots / f"chat-{name}.png")
    await ann.page.evaluate("document.getElementById('scroll').scrollTop = 0")
    await ann.page.wait_for_timeout(150)
    await ann.page.screenshot(path=screenshots / f"chat-{name}-top.png")

    wider = await ann.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0
    assert await ann.page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    mine = await ann.page.locator(".row.mine .bubble").last.bounding_box()
    assert mine is not None
    left, right = mine["x"], width - mine["x"] - mine["width"]
    assert (left < right) == (language == "ar")


async def test_an_arabic_reader_finds_every_line_at_the_right_and_every_price_whole(visit: Opening) -> None:
    ann: Ann = await visit(width=390, height=844, language="ar", phone=True)
    await ann.begin()
    price = "\u200f46.90\u00a0CN¥\u200e"

    card = await ann.answers(f"Wuchang rice · 5 kg\n{price} · مع الأصدقاء {price}")

    drawn = await ann.page.locator(f'.row[data-id="{card["message_id"]}"] .text').evaluate(PLACES_OF_LETTERS)
    lines = drawn["lines"]
    assert lines[0]["right"] == pytest.approx(lines[1]["right"], abs=3)
    assert drawn["C"] < drawn["N"] < drawn["¥"], "CN¥ is read from left to right"


async def test_a_thumb_hits_every_key_and_the_phones_keyboard_hides_nothing(visit: Opening) -> None:
    ann: Ann = await visit(width=390, height=844, phone=True)
    await ann.begin()
    await ann.answers(CARD, parse_mode="HTML", reply_markup=KEYS)

    small = await ann.page.eval_on_selector_all(
        "button:not(.link)",
        "nodes => nodes.map((node) => [node.getBoundingClientRect(), node.outerHTML])"
        ".filter(([{ width, height }]) => width && Math.min(width, height) < 44).map(([, told]) => told)",
    )
    await ann.page.locator("#text").focus()
    await ann.page.set_viewport_size({"width": 390, "height": 480})  # what `interactive-widget=resizes-content` leaves
    await expect(ann.page.locator("#app")).to_have_js_property("clientHeight", 480)

    assert small == []
    await expect(ann.page.locator("#text")).to_be_in_viewport(ratio=1)
    await expect(ann.page.locator(".key").last).to_be_in_viewport(ratio=1)


async def test_nothing_moves_for_who_wants_no_motion(visit: Opening) -> None:
    ann: Ann = await visit(width=390, height=844, phone=True)
    await ann.page.emulate_media(reduced_motion="reduce")
    await ann.begin()

    await ann.page.get_by_role("button", name="Menu").click()
    lasting = await ann.page.evaluate(
        "document.getAnimations().map((one) => one.effect.getTiming().duration).filter((ms) => ms > 1)"
    )

    assert lasting == []


@pytest.mark.parametrize("dark", [False, True])
async def test_what_is_written_stands_out_from_its_ground(visit: Opening, dark: bool) -> None:
    ann: Ann = await visit(dark=dark)
    await ann.open()

    contrasts = await ann.page.evaluate(CONTRASTS)

    assert {pair: told for pair, told in contrasts.items() if told < 4.5} == {}


@pytest.mark.parametrize("dark", [False, True])
async def test_every_kind_of_message_has_its_look(visit: Opening, screenshots: Path, dark: bool) -> None:
    ann: Ann = await visit(width=390, height=1500, dark=dark, phone=True)
    await ann.begin()
    shop = ann.shop
    rich = (
        "<b>Bold</b>, <i>italic</i>, <u>underlined</u>, <s>struck</s>, <code>code</code>, <tg-spoiler>a spoiler</tg-spoiler>,"
        ' <a href="https://example.org/">a link</a>, @pindan_bot, /orders\n'
        '<blockquote>A quotation\nof two lines</blockquote><pre><code class="language-python">print("rice")</code></pre>'
    )
    said = await ann.answers(rich, parse_mode="HTML")
    await ann.answers("And an answer to it", reply_parameters={"message_id": said["message_id"]})
    await shop.call("sendLocation", chat_id=ann.id, latitude=39.9, longitude=116.4)
    await shop.call(
        "sendVenue", chat_id=ann.id, latitude=39.9, longitude=116.4, title="South Street branch", address="1 South St"
    )
    await shop.call("sendContact", chat_id=ann.id, phone_number="+86 138 0000 0000", first_name="Mei", last_name="Lin")
    await shop.send_photos(ann.id, [picture(400, 900, "#7a6bc9")])
    await ann.write("👍")
    await ann.write("Thank you! يوم سعيد")
    await ann.answers("🎉")
    await ann.answers("https://example.org/a/very/long/address/that/does/not/end?" + "x" * 120)
    await ann.page.wait_for_timeout(400)
    await ann.page.screenshot(path=screenshots / f"chat-kinds{'-dark' if dark else ''}.png")

    assert await ann.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    sticking_out = await ann.page.eval_on_selector_all(
        ".bubble",
        "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth + 12).map((node) => node.textContent)",
    )
    assert sticking_out == []
