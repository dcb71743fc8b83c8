"""The same shop in Telegram and in the browser: one process, two bots, one person wherever she writes."""

import re

from storefront.kernel import db
from tests.bot.conftest import OpenShop, Telegram
from tests.support.visitor import Visitor, labels, text_of


async def test_people_of_both_chats_are_served_at_once_although_their_numbers_collide(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop() as shop, Visitor(shop.address) as ann, Visitor(telegram.address, language="ru") as bob:
        assert await ann.user_id() == await bob.user_id()

        here, there = await ann.say("tea"), await bob.say("чай")

        assert "Jasmine tea" in text_of(here)
        assert "Жасминовый чай" in text_of(there)
        kept = await db.rows("SELECT update_id, COUNT(DISTINCT bot_id) AS bots FROM inbox GROUP BY update_id")
        people = await db.rows("SELECT COUNT(*) AS n FROM person")
        assert [row["bots"] for row in kept] == [2]
        assert people[0]["n"] == 2


async def test_one_person_in_both_chats_has_one_cart_and_hears_where_she_wrote_last(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop() as shop, Visitor(shop.address) as here, Visitor(telegram.address) as there:
        await here.say("rice")
        await here.press("1")
        await here.press("Buy")
        code = re.search(r"/link (\S+)", text_of(await here.say("/link")))
        assert code is not None

        by_link = [text_of(await there.say(f"/start {kind}_{code[1]}")) for kind in "lb"]
        linked = await there.say(f"/link {code[1]}")
        await here.pay("✅ Pay")
        letter = await there.sees("Paid. Order")
        orders = await there.say("/orders")
        again = await there.say(f"/link {code[1]}")

        assert not any("one account" in text for text in by_link), "a link that she is sent takes nobody's account"
        assert "one account" in text_of(linked)
        assert "A-10001" in text_of(letter)
        assert "A-10001" in " ".join(labels(orders))
        assert "one account" not in text_of(again)


async def test_inside_telegram_goods_are_paid_there_or_at_the_branch_and_digital_things_with_stars(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with (
        open_shop(provider_token="1:LIVE:shop", star_minor=13) as shop,
        Visitor(shop.address) as here,
        Visitor(telegram.address) as there,
    ):
        offered = {}
        for name, visitor in (("browser", here), ("telegram", there)):
            for thing in ("rice", "top-up", "mug"):
                await visitor.say(thing)
                await visitor.press("1")
                summary = await visitor.press("Take it" if thing == "mug" else "Buy")
                offered[name, thing] = [label for label in labels(summary) if "Pay" in label]

        assert offered["browser", "rice"] == ["✅ Pay CN¥46.90", "Pay CN¥46.90 at the branch"]
        assert offered["telegram", "rice"] == ["✅ Pay CN¥46.90", "Pay CN¥46.90 at the branch"]
        assert offered["browser", "top-up"] == ["✅ Pay CN¥49.90"]
        assert offered["telegram", "top-up"] == ["✅ Pay 384 ⭐"]
        assert offered["browser", "mug"] == offered["telegram", "mug"] == ["✅ Pay 900 points"]
        invoices = [(wish["currency"], wish.get("provider_token", "")) for wish in telegram.called("createInvoiceLink")]
        assert invoices == [("CNY", "1:LIVE:shop"), ("XTR", "")]


async def test_without_a_provider_goods_are_paid_at_the_branch_and_digital_things_not_sold_in_telegram(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop(webchat=False), Visitor(telegram.address) as bob:
        offered = {}
        for thing in ("rice", "top-up"):
            await bob.say(thing)
            await bob.press("1")
            offered[thing] = [label for label in labels(await bob.press("Buy")) if "Pay" in label]

        assert offered == {"rice": ["Pay CN¥46.90 at the branch"], "top-up": []}


async def test_a_top_up_is_bought_with_stars(open_shop: OpenShop, telegram: Telegram) -> None:
    async with open_shop(star_minor=13), Visitor(telegram.address) as bob:
        await bob.say("top-up")
        await bob.press("1")
        await bob.press("Buy")
        status, told = await bob.pay("✅ Pay 384")
        letter = await bob.sees("Paid. Order")

        charge = (await db.rows("SELECT provider, currency, amount_minor, state FROM charge"))[0]
        assert (status, told["ok"]) == (200, True)
        assert "A-10001" in text_of(letter)
        assert tuple(charge.values()) == ("stars", "XTR", 384, "applied")


async def test_a_picture_is_uploaded_once_to_each_chat(open_shop: OpenShop, telegram: Telegram) -> None:
    async with open_shop() as shop, Visitor(shop.address) as ann, Visitor(telegram.address) as bob:
        for visitor in (ann, bob, bob):
            await visitor.say("rice")
            await visitor.press("1")
            await visitor.press("Buy")
            await visitor.press("at the branch")
            await visitor.sees("Reserved. Order")

        known = await db.rows("SELECT bot_id, file_id FROM sent_file WHERE name LIKE 'strip:%' OR name LIKE 'file:%'")
        bots = [row["bot_id"] for row in known]
        assert sorted(set(bots)) == [1, 777]
        assert len({row["file_id"] for row in known}) == len(known)
        strips = [wish for wish in telegram.called("sendPhoto") if isinstance(wish["photo"], str)]
        assert strips, "the second time its number is sent, not the picture"
