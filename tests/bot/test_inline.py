"""Inline mode over HTTP: what is found from any chat, who may ask, and what is posted there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from storefront import catalog, search, sharing
from storefront.catalog import Row
from storefront.groupbuy import Group
from storefront.kernel import db
from tests.bot.conftest import OpenShop
from tests.bot.elsewhere import Elsewhere, Refused, Somebody, elsewhere
from tests.groupbuy.groups import campaign, joined, opened
from tests.support.market import customer

PUBLIC = "http://shop.example"
ON_SQLITE = pytest.mark.parametrize(
    "url", ["sqlite"], indirect=True
)  # what is asked of a database has tests of its own


@pytest.fixture
async def there() -> AsyncIterator[Elsewhere]:
    """Telegram, with people who ask from their own chats."""
    async with elsewhere() as server:
        yield server


async def customer_of(somebody: Somebody) -> int:
    """She has come into the shop before."""
    await somebody.says("/start")
    found = await db.rows("SELECT person_id FROM channel WHERE bot_id = 777 AND user_id = ?", somebody.id)
    return int(found[0]["person_id"])


async def group_of_three(leader_id: int, **told: Any) -> Group:
    """A group for rice at 39.90 in place of 46.90, in which the leader has paid."""
    return await opened(leader_id, await campaign("rice-5", **told))


def names(answer: dict[str, Any]) -> list[str]:
    """What an answer offers."""
    return [result["id"] for result in answer["results"]]


async def jars(count: int) -> None:
    """So many kinds of honey."""
    rows = [
        Row(line=n, sku=f"jar-{n}", item=f"jar-{n}", names={"en": f"Honey {n}"}, price_minor=900 + n, stock=1)
        for n in range(1, count + 1)
    ]
    report = await catalog.import_rows(list(enumerate(rows, 1)), on_items=search.index)
    assert not report.errors


@ON_SQLITE
async def test_who_types_after_the_bots_name_is_offered_groups_and_items_in_her_language(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann, li = Somebody(there, 5, "Ann"), Somebody(there, 6, "李", "zh-hans")
    async with open_shop(telegram_api=there.api, webchat=False, public_url=PUBLIC):
        group = await group_of_three(await customer_of(ann))

        english, chinese = await ann.asks("rice"), await li.asks("大米")
        offered = await li.asks("")

        name = f"g_{group.code}"
        first, second = english["results"]
        assert [result["id"] for result in chinese["results"]] == [name, "i_1"]
        assert names(offered) == [name, *(f"i_{number}" for number in range(1, 6))], "groups, then what is best"
        assert first["title"] == "👥 Wuchang rice · 5 kg"
        assert first["description"].startswith("CN¥39.90 together · 2 more people until ")
        assert second["description"] == "CN¥46.90 · CN¥39.90 together with 2 more people"
        assert chinese["results"][0]["title"] == "👥 五常大米 · 5公斤"
        card = chinese["results"][0]
        assert "已有1人参团，共需3人" in card["input_message_content"]["message_text"]
        assert card["reply_markup"]["inline_keyboard"][0][0]["url"] == f"https://t.me/market_bot?start={name}"
        assert card["thumbnail_url"].startswith(f"{PUBLIC}/files/")
        preview = card["input_message_content"]["link_preview_options"]
        assert preview["url"] == f"{PUBLIC}/g/{group.code}.jpg?lang=zh_Hans&v=open-1"
        assert (english["is_personal"], english["cache_time"], english["next_offset"]) == (True, 10, "")
        assert await db.rows("SELECT 1 FROM channel WHERE user_id = 6") == [], "who only asks is nobody's customer yet"


@ON_SQLITE
async def test_results_go_on_page_by_page_and_whatever_is_typed_is_answered(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann = Somebody(there, 5, "Ann")
    async with open_shop(telegram_api=there.api, webchat=False):
        await jars(45)

        pages, offset = [], ""
        while not pages or offset:
            page = await ann.asks("honey", offset)
            pages.append(names(page))
            offset = page["next_offset"]
        beyond = [await ann.asks("honey", odd) for odd in ("4", "9999")]
        begun = [await ann.asks("honey", odd) for odd in ("0", "-1", "x", "9" * 30)]
        nothing = await ann.asks("zzzzqqqq")
        odd = ["%_'\"; --", "\ud800", "\x00", "🍯" * 128, "g_" + "9" * 12, "g_NOSUCHGROUP2", "i_1", "ж" * 256, "<b>&"]
        odder = [await ann.asks(text) for text in odd]

        assert [len(page) for page in pages] == [20, 20, 5]
        assert len({name for page in pages for name in page}) == 45
        assert [(names(page), page["next_offset"], page.get("button")) for page in beyond] == [([], "", None)] * 2
        assert all(names(page) == pages[0] for page in begun)
        assert names(nothing) == []
        assert nothing["button"] == {"text": "Nothing found. Look around in the shop", "start_parameter": "inline"}
        assert len(odder) == len(odd)
        unpictured = (await ann.asks("tea"))["results"][0]
        assert unpictured["input_message_content"]["link_preview_options"] == {"is_disabled": True}
        assert "thumbnail_url" not in unpictured, "nobody can fetch it without a public address"
        assert "Welcome" in await ann.says("/start inline")


@ON_SQLITE
async def test_an_answer_waits_as_long_as_telegram_says_and_one_that_is_too_late_holds_up_nobody(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann, bob = Somebody(there, 5, "Ann"), Somebody(there, 6, "Bob")
    async with open_shop(telegram_api=there.api, webchat=False):
        there.faults["answerInlineQuery"] = [Refused(429, "Too Many Requests: retry after 1", retry_after=1)]

        waited = await ann.asks("rice")
        typed = await ann.types("tea")
        typed.cancel()
        later = await bob.asks("tea")
        await there.until(lambda: len(there.called("answerInlineQuery")) == 4)

        assert names(waited) == ["i_1"]
        assert names(later) == ["i_2"]


@ON_SQLITE
async def test_a_card_that_she_posts_in_the_bots_own_chat_is_nothing_that_she_says_to_it(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann = Somebody(there, 5, "Ann")
    async with open_shop(telegram_api=there.api, webchat=False):
        result = (await ann.asks("rice"))["results"][0]
        posted = result["input_message_content"]["message_text"]
        via = {"id": 777, "is_bot": True, "first_name": "Market", "username": "market_bot"}
        await ann.writes(posted, via_bot=via)

        assert "Your cart is empty" in await ann.says("/cart")
        assert len(there.said) == 1


async def test_a_posted_card_says_who_passed_it_on_and_keeps_itself_current_to_the_groups_end(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann, bob = Somebody(there, 5, "Ann"), Somebody(there, 6, "Bob")
    async with open_shop(telegram_api=there.api, webchat=False, public_url=PUBLIC):
        ann_id = await customer_of(ann)
        group = await group_of_three(ann_id)
        post = await ann.chooses((await ann.asks("rice"))["results"][0])
        item = await bob.chooses((await bob.asks("rice"))["results"][1])
        await there.until(lambda: len(post.looks) == 2 and len(item.looks) == 2)
        hers, his = post.button["url"].partition("?start=")[2], item.button["url"].partition("?start=")[2]

        await bob.says(f"/start {hers}")
        await joined(await customer("Bob's friend", 20), group)
        await there.until(lambda: "2 of 3 have joined" in post.text)
        await joined(await customer("Mei", 21), group)
        await there.until(lambda: "This group is complete." in post.text)

        assert hers.startswith(f"g_{group.code}-")
        assert his.startswith("i_1-"), "who posts has become a customer"
        assert (await sharing.what_came(ann_id)).started == 1
        assert [text.count("1 of 3 have joined") for text, _ in post.looks] == [1, 1, 0, 0]
        assert post.preview["url"].endswith(f"/g/{group.code}.jpg?lang=en&v=succeeded-3")
        assert post.button["text"] == "🛍 Open in the shop"
        assert await db.rows("SELECT 1 FROM group_card WHERE posted = 1") == []


@ON_SQLITE
async def test_a_groups_card_is_shared_by_choosing_a_chat_and_where_inline_mode_is_off_by_its_link(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann, bob = Somebody(there, 5, "Ann"), Somebody(there, 6, "Bob")
    offered = []
    for there.inline in (True, False):
        async with open_shop(telegram_api=there.api, webchat=False):
            if not offered:
                group = await group_of_three(await customer_of(ann), strangers=False)
            await bob.says(f"/start g_{group.code}")
            rows = there.said[-1]["reply_markup"]["inline_keyboard"]
            offered.append(next(button for row in rows for button in row if "Share" in button["text"]))
            to_ann, to_stranger = [
                (await somebody.asks(f"g_{group.code}"))["results"] for somebody in (ann, Somebody(there, 7, "Max"))
            ]

    chats = {"allow_user_chats": True, "allow_group_chats": True, "allow_channel_chats": True}
    assert offered[0]["switch_inline_query_chosen_chat"] == {"query": f"g_{group.code}", **chats}
    assert offered[1]["url"].startswith("https://t.me/share/url?")
    assert [result["id"] for result in (*to_ann, *to_stranger)] == [f"g_{group.code}"] * 2
    links = [result["reply_markup"]["inline_keyboard"][0][0]["url"] for result in (*to_ann, *to_stranger)]
    assert links[0].startswith(f"https://t.me/market_bot?start=g_{group.code}-")
    assert links[1] == f"https://t.me/market_bot?start=g_{group.code}"


@ON_SQLITE
async def test_a_posted_card_waits_for_telegram_and_a_restart_and_is_given_up_when_it_is_gone(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann = Somebody(there, 5, "Ann")
    async with open_shop(telegram_api=there.api, webchat=False):
        group = await group_of_three(await customer_of(ann))
        result = (await ann.asks(f"g_{group.code}"))["results"][0]
        stays, gone = await ann.chooses(result), await ann.chooses(result)
        await there.until(lambda: len(there.called("editMessageText")) == 2)
        unchanged = [len(stays.looks), len(gone.looks)]
        del there.posts[gone.inline_message_id]
        there.faults["editMessageText"] = [Refused(429, "Too Many Requests: retry after 1", retry_after=1)]
        await joined(await customer("Bob", 20), group)
        await there.until(lambda: len(there.called("editMessageText")) == 3)

    async with open_shop(telegram_api=there.api, webchat=False):
        await there.until(lambda: len(there.called("editMessageText")) == 5)
        told_of_two = stays.text
        await joined(await customer("Mei", 21), group)
        await there.until(lambda: "This group is complete." in stays.text)

        assert unchanged == [1, 1], "it says already who passes it on: nothing to modify"
        assert "2 of 3 have joined" in told_of_two
        edited = [wish["inline_message_id"] for wish in there.called("editMessageText")]
        assert edited[-1] == stays.inline_message_id, "what is gone is not asked for again"
        assert len(edited) == 6


@ON_SQLITE
async def test_without_feedback_a_card_works_and_what_nobody_offered_is_no_card(
    open_shop: OpenShop, there: Elsewhere
) -> None:
    ann = Somebody(there, 5, "Ann")
    there.feedback = False
    async with open_shop(telegram_api=there.api, webchat=False):
        result = (await ann.asks("rice"))["results"][0]
        post = await ann.chooses(result)
        there.feedback = True
        for forged in ("", "x", "i_", "i_x", "i_" + "9" * 40, "g_NOSUCHGROUP2", "g_\ud800", "\x00"):
            await ann.chooses({**result, "id": forged})

        await ann.says("/cart")

        assert post.button["url"] == "https://t.me/market_bot?start=i_1"
        assert await db.rows("SELECT 1 FROM card WHERE inline_message_id IS NOT NULL") == []
        assert await db.rows("SELECT 1 FROM inbox WHERE attempts > 0 OR state <> 'done'") == []
