"""Ann talks with the shop in her browser, and nothing that either says is lost."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

import webchat
from tests.webchat.page.conftest import Ann, Opening, Shop, picture
from webchat.texts import TEXTS

ONE_KEY = {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy"}]]}


async def test_start_is_offered_first_and_what_ann_writes_arrives(visit: Opening, shop: Shop) -> None:
    ann = await visit()
    await ann.open()
    await expect(ann.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    await expect(ann.page.locator("#composer")).to_be_hidden()

    await ann.page.get_by_role("button", name="Start", exact=True).click()
    assert (await shop.next("message"))["text"] == "/start"
    await ann.write("rice under 50 <b>&amp;")

    assert (await shop.next("message"))["text"] == "rice under 50 <b>&amp;"
    await expect(ann.page.locator(".row.mine").last.get_by_role("img", name="Sent")).to_be_visible()
    assert await ann.texts() == ["/start", "rice under 50 <b>&amp;"]


async def test_a_time_that_is_told_as_how_far_off_it_is_goes_on_by_the_servers_clock(visit: Opening) -> None:
    ann = await visit()
    await ann.page.clock.install(time=time.time() + 5 * 3600)
    await ann.begin()
    unix = int(time.time()) + 2 * 3600 + 120

    await ann.answers(f'Ends <tg-time unix="{unix}" format="r">at six</tg-time>', parse_mode="HTML")
    told = ann.page.locator("[data-relative]")
    await expect(told).to_have_text("in 2 hours", timeout=10_000)
    await ann.page.clock.fast_forward("01:30:00")

    await expect(told).to_have_text(re.compile(r"^in 3[012] minutes$"), timeout=10_000)
    await ann.page.clock.fast_forward("01:00:00")
    await expect(told).to_have_text(re.compile(r"^2[6789] minutes ago$"), timeout=10_000)


async def test_a_newcomers_link_waits_for_start_and_a_known_visitors_goes_at_once(visit: Opening, shop: Shop) -> None:
    ann = await visit()
    await ann.open("?start=group_1")
    await ann.page.get_by_role("button", name="Start", exact=True).click()
    assert (await shop.next("message"))["text"] == "/start group_1"

    await ann.open("?start=group_2")
    assert (await shop.next("message"))["text"] == "/start group_2"
    assert "start=" not in ann.page.url


async def test_entities_are_shown_and_a_tapped_command_is_sent(ann: Ann, shop: Shop) -> None:
    text = "<b>bold <i>both</i></b> <u>u</u> <s>s</s> <code>c</code> <tg-spoiler>secret</tg-spoiler> /orders <pre>x &lt; y</pre>"
    await ann.answers(text, parse_mode="HTML")

    row = ann.page.locator(".row.theirs").last
    await expect(row.locator("strong em")).to_have_text("both")
    await expect(row.locator("pre")).to_have_text("x < y")
    await row.locator(".spoiler").click()
    await expect(row.locator(".spoiler.seen")).to_have_text("secret")
    await row.get_by_role("button", name="/orders").click()
    assert (await shop.next("message"))["text"] == "/orders"


async def test_a_pressed_key_turns_until_the_answer_comes(ann: Ann, shop: Shop) -> None:
    await ann.answers("Rice", reply_markup=ONE_KEY)
    key = ann.page.get_by_role("button", name="Buy")
    await key.dblclick()
    query = await shop.next("callback_query")
    await expect(key).to_have_attribute("aria-busy", "true")

    await shop.call("answerCallbackQuery", callback_query_id=query["id"], text="Into the cart")

    await expect(ann.page.locator(".toast")).to_have_text("Into the cart")
    await expect(key).not_to_have_attribute("aria-busy", "true")
    assert shop.updates.empty()


async def test_an_alert_is_a_dialog_that_escape_closes_and_focus_returns(
    ann: Ann, shop: Shop, screenshots: Path
) -> None:
    await ann.answers("Rice", reply_markup=ONE_KEY)
    await ann.page.get_by_role("button", name="Buy").focus()
    await ann.page.keyboard.press("Enter")
    query = await shop.next("callback_query")
    await shop.call("answerCallbackQuery", callback_query_id=query["id"], text="Sold out", show_alert=True)

    dialog = ann.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Sold out")
    await ann.page.wait_for_timeout(250)
    await ann.page.screenshot(path=screenshots / "chat-alert.png")
    await ann.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(ann.page.get_by_role("button", name="Buy")).to_be_focused()


async def test_an_edit_changes_the_bubble_in_place_and_what_is_read_stays(ann: Ann, shop: Shop) -> None:
    first = await ann.answers("short")
    for n in range(30):
        last = await ann.answers(f"message {n}")
    scroller = ann.page.locator("#scroll")
    await scroller.evaluate("node => { node.scrollTop = node.scrollHeight / 2 }")
    await ann.page.wait_for_timeout(100)
    seen = ann.page.locator(".row", has_text="message 20")
    before = await seen.bounding_box()

    await shop.call("editMessageText", chat_id=ann.id, message_id=first["message_id"], text="long\n" * 12)
    await expect(ann.page.locator(f'.row[data-id="{first["message_id"]}"]')).to_contain_text("long")
    after = await seen.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2

    await shop.call("deleteMessage", chat_id=ann.id, message_id=last["message_id"])
    await expect(ann.page.locator(f'.row[data-id="{last["message_id"]}"]')).to_have_count(0)
    assert (await ann.page.locator(".row.theirs").first.inner_text()).count("edited") == 0


async def test_the_way_down_counts_what_ann_has_not_read(ann: Ann, shop: Shop) -> None:
    for n in range(30):
        await ann.answers(f"message {n}")
    await ann.page.locator("#scroll").evaluate("node => { node.scrollTop = 0 }")
    await ann.page.wait_for_timeout(100)
    await ann.answers("unread one")
    await ann.answers("unread two")

    down = ann.page.get_by_role("button", name="Go to the newest message")
    await expect(down).to_have_text("2")
    await down.click()
    await expect(down).to_be_hidden()


async def test_an_album_is_one_mosaic_and_a_photo_opens_in_a_viewer(ann: Ann, shop: Shop, screenshots: Path) -> None:
    await shop.send_photos(ann.id, [picture(800, 600, "#c33"), picture(600, 800, "#3c3"), picture(800, 800, "#33c")])

    photos = ann.page.locator(".mosaic").get_by_role("button", name="Open the photo")
    await expect(photos).to_have_count(3)
    await photos.first.click()
    viewer = ann.page.get_by_role("dialog", name="Photo")
    await expect(viewer.get_by_role("button", name="Previous")).to_be_hidden()
    await ann.page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_role("button", name="Previous")).to_be_visible()
    await viewer.locator("img").click()
    await expect(viewer).to_have_class(re.compile("zoomed"))
    await ann.page.screenshot(path=screenshots / "chat-viewer.png")
    await ann.page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)


async def test_ann_sends_photos_as_an_album_with_a_caption(ann: Ann, shop: Shop, screenshots: Path) -> None:
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": picture(700, 500, "#a63")} for n in range(2)]
    await ann.page.locator("#files").set_input_files(files)  # type: ignore[arg-type]
    await ann.page.get_by_label("Caption").fill("my rice bag is torn")
    await ann.page.wait_for_timeout(300)
    await ann.page.screenshot(path=screenshots / "chat-photos.png")
    await ann.page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()

    one, two = await shop.next("message"), await shop.next("message")
    assert one["caption"] == "my rice bag is torn"
    assert one["media_group_id"] == two["media_group_id"]
    await expect(ann.page.locator(".row.mine .mosaic .photo")).to_have_count(2)
    await expect(ann.page.locator(".row.pending")).to_have_count(0)


async def test_a_page_that_was_away_for_long_takes_the_history_anew_and_loses_nothing(ann: Ann, shop: Shop) -> None:
    await ann.answers("before")
    shop.line.cut()
    await ann.write("are you there?")
    for number in range(70):
        await shop.call("sendMessage", chat_id=ann.id, text=f"message {number}")

    shop.line.mend()
    await shop.next("message")
    await ann.sees("message 69")
    await shop.call("sendMessage", chat_id=ann.id, text="here I am")
    await ann.sees("here I am")

    await expect(ann.page.locator(".row.pending")).to_have_count(0)
    said = [*(f"message {number}" for number in range(70)), "are you there?", "here I am"]
    texts = await ann.texts()
    assert texts == said[-len(texts) :]
    assert len(texts) >= 50
    ann.complaints.clear()


async def test_a_lost_line_loses_nothing_in_either_direction(ann: Ann, shop: Shop, screenshots: Path) -> None:
    said = await ann.answers("before")
    shop.line.cut()
    await ann.write("are you there?")
    await ann.write("hello?")
    await shop.call("sendMessage", chat_id=ann.id, text="while you were away")
    await shop.call("editMessageText", chat_id=ann.id, message_id=said["message_id"], text="changed meanwhile")
    await expect(ann.page.get_by_role("banner").get_by_role("status")).to_have_text("Connecting…")
    await expect(ann.page.locator(".row.pending").get_by_role("img", name="Waiting for the connection")).to_have_count(
        2
    )
    await ann.page.screenshot(path=screenshots / "chat-offline.png")

    shop.line.mend()

    assert [(await shop.next("message"))["text"] for _ in range(2)] == ["are you there?", "hello?"]
    await ann.sees("while you were away")
    await ann.sees("changed meanwhile")
    await expect(ann.page.locator(".row.pending")).to_have_count(0)
    await expect(ann.page.get_by_role("banner").get_by_role("status")).to_have_text("bot")
    texts = ["/start", "Welcome!", "changed meanwhile", "while you were away", "are you there?", "hello?"]
    assert await ann.texts() == texts
    ann.complaints.clear()


async def test_a_message_whose_answer_got_lost_is_not_said_twice(ann: Ann, shop: Shop) -> None:
    lost = []

    async def lose(route: Route) -> None:
        if lost:
            await route.continue_()
            return
        lost.append(await route.fetch())
        await route.abort()

    await ann.page.route("**/chat/send", lose)
    await ann.write("once")

    assert (await shop.next("message"))["text"] == "once"
    await expect(ann.page.locator(".row.pending")).to_have_count(0)
    await ann.page.wait_for_timeout(1500)
    assert await ann.texts() == ["/start", "Welcome!", "once"]
    assert shop.updates.empty()
    ann.complaints.clear()


async def test_two_tabs_show_the_same_chat_and_each_message_once(ann: Ann, shop: Shop) -> None:
    other = Ann(shop, await ann.page.context.new_page())
    await other.open()
    await ann.write("from the first tab")
    await shop.next("message")
    await other.sees("from the first tab")
    await other.write("from the second tab")
    await shop.next("message")
    await ann.sees("from the second tab")

    await ann.page.wait_for_timeout(200)
    assert await ann.texts() == await other.texts()
    assert (await ann.texts()).count("from the first tab") == 1


async def test_a_reload_keeps_history_draft_and_what_was_not_sent(ann: Ann, shop: Shop) -> None:
    await ann.answers("remember me")
    await ann.page.route("**/chat/send", lambda route: route.abort())
    await ann.write("not sent yet")
    await expect(ann.page.locator(".row.pending")).to_contain_text("not sent yet")
    await ann.page.locator("#text").fill("a draft")
    await ann.page.unroute_all()
    ann.complaints.clear()

    await ann.open()

    await ann.sees("remember me")
    await expect(ann.page.locator("#text")).to_have_value("a draft")
    assert (await shop.next("message"))["text"] == "not sent yet"


async def test_history_is_loaded_upward_and_nothing_jumps(ann: Ann, shop: Shop) -> None:
    for n in range(120):
        await shop.call("sendMessage", chat_id=ann.id, text=f"number {n:03d}")
    await ann.open()
    assert await ann.page.locator(".row[data-id]").count() == 50
    scroller = ann.page.locator("#scroll")
    await scroller.evaluate("node => { node.scrollTop = 300 }")
    await expect(ann.page.locator(".row", has_text="number 040")).to_have_count(1)
    for _ in range(12):
        await scroller.evaluate("node => { node.scrollTop = 0 }")
        await ann.page.wait_for_timeout(80)
    texts = await ann.texts()
    assert texts[:2] == ["/start", "Welcome!"]
    assert texts[2:] == [f"number {n:03d}" for n in range(120)]


async def test_a_long_text_goes_in_parts(ann: Ann, shop: Shop) -> None:
    text = "word " * 1700
    await ann.write(text)
    parts = [(await shop.next("message"))["text"] for _ in range(3)]
    assert " ".join(parts) == text.strip()


async def test_commands_are_offered_while_typing_and_chosen_by_arrows(ann: Ann, shop: Shop, screenshots: Path) -> None:
    commands = [
        {"command": "orders", "description": "My orders"},
        {"command": "open", "description": "Opening hours"},
        {"command": "help", "description": "Help"},
    ]
    await shop.call("setMyCommands", commands=commands)
    await ann.open()
    text = ann.page.get_by_role("combobox", name="Message")
    await text.press_sequentially("/o")
    await expect(ann.page.get_by_role("option")).to_have_count(2)
    await ann.page.keyboard.press("ArrowDown")
    await ann.page.keyboard.press("Enter")
    assert (await shop.next("message"))["text"] == "/open"
    await ann.page.get_by_role("button", name="Commands").click()
    await expect(ann.page.get_by_role("option")).to_have_count(3)
    await ann.page.set_viewport_size({"width": 390, "height": 700})
    await ann.page.screenshot(path=screenshots / "chat-commands.png")
    await ann.page.keyboard.press("Escape")
    await expect(ann.page.get_by_role("option")).to_have_count(0)


async def test_the_reply_keyboard_sends_its_words_and_asks_before_it_gives_a_number(
    ann: Ann, shop: Shop, screenshots: Path
) -> None:
    keyboard = [
        ["Cart", "Orders"],
        [{"text": "My number", "request_contact": True}, {"text": "My place", "request_location": True}],
    ]
    markup = {"keyboard": keyboard, "resize_keyboard": True, "input_field_placeholder": "What are you looking for?"}
    await ann.answers("Choose", reply_markup=markup)
    await expect(ann.page.locator("#text")).to_have_attribute("placeholder", "What are you looking for?")
    await ann.page.get_by_role("button", name="Cart").click()
    assert (await shop.next("message"))["text"] == "Cart"

    await ann.page.get_by_role("button", name="My number").click()
    await ann.page.get_by_role("textbox", name="Phone number").fill("+86 138 0000 0000")
    await ann.page.screenshot(path=screenshots / "chat-contact.png")
    await ann.page.get_by_role("button", name="Send my number").click()
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    await ann.page.set_viewport_size({"width": 390, "height": 700})
    await ann.page.screenshot(path=screenshots / "chat-keyboard.png")
    assert (await shop.next("message"))["contact"]["phone_number"].endswith("13800000000")

    await ann.page.get_by_role("button", name="My place").click()
    await ann.page.get_by_label("Latitude").fill("39.9")
    await ann.page.get_by_label("Longitude").fill("116.4")
    await ann.page.get_by_role("button", name="Send this place").click()
    assert (await shop.next("message"))["location"]["latitude"] == 39.9

    await ann.answers("Thanks", reply_markup={"remove_keyboard": True})
    await expect(ann.page.locator("#keyboard")).to_be_hidden()


async def test_typing_is_shown_until_the_message_comes(ann: Ann, shop: Shop) -> None:
    await shop.call("sendChatAction", chat_id=ann.id, action="typing")
    await expect(ann.page.get_by_role("banner").get_by_role("status")).to_contain_text("typing")
    await ann.answers("There it is")
    await expect(ann.page.get_by_role("banner").get_by_role("status")).to_have_text("bot")


async def test_ann_answers_a_message_and_copies_it(ann: Ann, shop: Shop) -> None:
    message = await ann.answers("Which colour?")
    await ann.page.locator(".row.theirs .bubble").last.click(button="right")
    await ann.page.get_by_role("menuitem", name="Reply").click()
    await ann.write("green")
    said = await shop.next("message")
    assert said["reply_to_message"]["message_id"] == message["message_id"]
    await expect(ann.page.locator(".row.mine .quote").last).to_contain_text("Which colour?")


async def test_a_message_is_forwarded_into_the_chat(ann: Ann, shop: Shop) -> None:
    said = await ann.answers("Rice, 5 kg")

    await ann.page.locator(f'.row[data-id="{said["message_id"]}"]').click(button="right")
    await ann.page.get_by_role("menuitem", name="Forward").click()

    forwarded = await shop.next("message")
    assert forwarded["text"] == "Rice, 5 kg"
    assert "forward_origin" in forwarded
    await expect(ann.page.locator(".row.mine .forwarded")).to_have_text("Forwarded")


async def test_links_say_where_they_go_and_the_shops_own_stay_in_the_chat(
    ann: Ann, shop: Shop, screenshots: Path
) -> None:
    rows = [
        [{"text": "Elsewhere", "url": "https://example.org/rice"}],
        [{"text": "Group", "url": "https://t.me/pindan_bot?start=g7"}],
        [
            {
                "text": "Share",
                "url": "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fpindan_bot%3Fstart%3Dg7&text=Rice%20with%20me",
            }
        ],
    ]
    await ann.answers("Links", reply_markup={"inline_keyboard": rows})
    await ann.page.get_by_role("button", name="Elsewhere").click()
    await expect(ann.page.get_by_role("dialog")).to_contain_text("https://example.org/rice")
    await ann.page.get_by_role("button", name="Cancel").click()
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    await ann.page.get_by_role("button", name="Group").click()
    assert (await shop.next("message"))["text"] == "/start g7"
    await ann.page.get_by_role("button", name="Share").click()
    await expect(ann.page.get_by_role("dialog")).to_contain_text("/chat/?start=g7")
    await ann.page.wait_for_timeout(300)
    await ann.page.screenshot(path=screenshots / "chat-share.png")
    await ann.page.get_by_role("button", name="Send to this chat").click()
    assert (await shop.next("message"))["text"].startswith("Rice with me")


async def test_the_menu_changes_language_look_and_name(ann: Ann, shop: Shop, screenshots: Path) -> None:
    await ann.page.get_by_role("button", name="Menu").click()
    await ann.page.get_by_label("Your name").fill("Ann")
    await ann.page.get_by_role("button", name="Dark").click()
    await ann.page.wait_for_timeout(300)
    await ann.page.screenshot(path=screenshots / "chat-menu.png")
    assert await ann.page.locator("html").get_attribute("data-theme") == "dark"
    async with ann.page.expect_navigation():
        await ann.page.get_by_label("Language").select_option("ar")
    assert await ann.page.locator("html").get_attribute("dir") == "rtl"
    await ann.page.locator("body.ready").wait_for(state="attached")
    await ann.write("hello")
    said = await shop.next("message")
    assert (said["from"]["first_name"], said["from"]["language_code"]) == ("Ann", "ar")


async def test_everything_works_without_a_mouse_and_has_a_name(ann: Ann, shop: Shop) -> None:
    await ann.answers("Rice", reply_markup=ONE_KEY)
    await expect(ann.page.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "polite")
    await ann.page.locator("#text").focus()
    await ann.page.keyboard.press("Shift+Tab")
    for _ in range(6):
        if await ann.page.evaluate("document.activeElement.textContent") == "Buy":
            break
        await ann.page.keyboard.press("Shift+Tab")
    await ann.page.keyboard.press("Enter")
    query = await shop.next("callback_query")
    await shop.call("answerCallbackQuery", callback_query_id=query["id"])

    nameless = await ann.page.eval_on_selector_all(
        "button, input:not([type=file]), textarea, select, a",
        "nodes => nodes.filter((node) => !(node.getAttribute('aria-label') || node.textContent.trim()"
        " || node.labels?.length)).map((node) => node.outerHTML)",
    )
    assert nameless == []

    row = ann.page.locator(".row.theirs").last
    await row.focus()
    await ann.page.keyboard.press("ArrowUp")
    await ann.page.keyboard.press("ArrowDown")
    await ann.page.keyboard.press("Enter")
    await expect(ann.page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await expect(row).to_be_focused()


async def test_a_hundred_messages_at_once_arrive_in_order(ann: Ann, shop: Shop) -> None:
    for n in range(5):
        await asyncio.gather(*(shop.call("sendMessage", chat_id=ann.id, text=f"burst {n}-{m}") for m in range(20)))
    await expect(ann.page.locator(".row.theirs").nth(100)).to_be_attached()
    ids = await ann.page.eval_on_selector_all(".row[data-id]", "rows => rows.map((row) => Number(row.dataset.id))")
    assert ids == sorted(set(ids))


async def test_a_stopped_bot_is_let_in_again_by_one_press(ann: Ann, shop: Shop) -> None:
    await ann.page.get_by_role("button", name="Menu").click()
    await ann.page.get_by_role("button", name="Stop the bot").click()
    again = ann.page.get_by_role("button", name="Let the bot write again")
    await expect(again).to_be_visible()
    await ann.open()
    await again.click()
    assert (await shop.next("message"))["text"] == "/start"
    await ann.answers("Welcome back")
    await expect(ann.page.locator("#composer")).to_be_visible()


async def test_a_new_picture_replaces_the_old_one_without_a_jump(ann: Ann, shop: Shop) -> None:
    sent = await shop.send_photos(ann.id, [picture(900, 600, "#c33")], caption="page 1")
    await ann.sees("page 1")
    row = ann.page.locator(f'.row[data-id="{sent["message_id"]}"]')
    before = await row.locator("img").bounding_box()
    other = await shop.send_photos(ann.id, [picture(900, 600, "#33c")])
    await ann.page.locator(f'.row[data-id="{other["message_id"]}"]').wait_for()
    media = {"type": "photo", "media": other["photo"][-1]["file_id"], "caption": "page 2"}
    await shop.call("editMessageMedia", chat_id=ann.id, message_id=sent["message_id"], media=media)
    await ann.sees("page 2")
    after = await row.locator("img").bounding_box()
    assert before
    assert after
    assert (after["width"], after["height"]) == pytest.approx((before["width"], before["height"]), abs=0.5)
    assert await row.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")


async def test_forgetting_begins_an_empty_chat(ann: Ann, shop: Shop) -> None:
    await ann.page.get_by_role("button", name="Menu").click()
    await ann.page.get_by_role("button", name="Forget me on this device").click()
    async with ann.page.expect_navigation():
        await ann.page.get_by_role("dialog").get_by_role("button", name="Forget me on this device").last.click()
    await expect(ann.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert await ann.texts() == []


async def test_the_words_of_the_page_are_all_there() -> None:
    folder = Path(webchat.__file__).parent / "page" / "static"
    script = "\n".join(path.read_text() for path in folder.glob("*.js"))
    used = set(re.findall(r"\bt\(\"(\w+)\"", script))
    assert used <= set(TEXTS)
    assert all(re.search(rf"\b{re.escape(key)}\b", script) for key in TEXTS if not key.startswith("theme_"))
