"""Group buys in the chat: opened, shared, joined by link in another language, complete, failed, left, and whatever is forged."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from shop.running import Shop
from storefront import groupbuy
from storefront.kernel import db
from tests.journeys.conftest import settled
from tests.journeys.test_bad_input import _offered as offered
from tests.journeys.test_promotions import rice
from tests.support.visitor import Message, Visitor, buttons, labels, text_of


async def campaign(**told: Any) -> None:
    """Groups for rice, from a minute ago on."""
    now = datetime.now(UTC)
    terms = {"code": "RICE", "sku": (await rice()).sku, "size": 2, "price_minor": 3990, "minutes": 60}
    lasting = {"starts": now - timedelta(minutes=1), "ends": now + timedelta(days=1)}
    await groupbuy.load(
        told=groupbuy.CampaignsTold.model_validate({"campaigns": [{**terms, **lasting, **told}]}),
        currency="CNY",
        timezone="UTC",
    )


async def opens(visitor: Visitor) -> str:
    """She finds the rice, starts a group and pays; returns the payload of its link."""
    await visitor.say("rice")
    await visitor.press("1")
    await visitor.press("Start a group for CN¥39.90")
    await visitor.pay("✅ Pay")
    return shared(await visitor.sees("waits for its group"))


def shared(message: Message) -> str:
    """What the link that a message shares starts with."""
    button = next(one for one in buttons(message) if "Share" in one["text"])
    address = parse_qs(urlparse(button["url"]).query)["url"][0]
    return parse_qs(urlparse(unquote(address)).query)["start"][0]


async def end_now() -> None:
    """Its time is up."""
    await db.execute("UPDATE group_buy SET ends_at = opened_at + 1 WHERE state = 'open'")
    await groupbuy.turn()


async def test_ann_opens_a_group_and_bob_joins_by_its_link_in_three_taps_and_his_language(shop: Shop) -> None:
    await campaign()
    async with Visitor(shop.address) as ann, Visitor(shop.address, language="zh_Hans") as bob:
        await ann.say("rice")
        card = await ann.press("1")
        payload = await opens(ann)
        landed = await bob.say(f"/start {payload}")
        bob.taps = 0
        await bob.press("参团")
        await bob.pay("✅")
        await bob.sees("拼团成功")
        done = await ann.sees("Your group is complete")
        changed = await ann.sees("This group is complete.")
        mine = await bob.say("/groups")

        assert "CN¥39.90 together with 1 more person" in text_of(card)
        assert re.fullmatch(r"g_[2-9A-Z]{12}-[0-9A-Za-z]{10}", payload)
        assert "拼团价 ¥39.90" in text_of(landed)
        assert "单买价 ¥46.90" in text_of(landed)
        assert "还差1人" in text_of(landed)
        assert bob.taps == 3
        assert "with the code" in text_of(done)
        assert "2 of 2 have joined" in text_of(changed)
        assert "已成团" in text_of(mine)
        states = await db.rows("SELECT DISTINCT state FROM orders")
        assert states == [{"state": "confirmed"}]


async def test_a_group_that_fails_pays_ann_back_in_points_and_money_and_offers_the_next_step(shop: Shop) -> None:
    await campaign()
    async with Visitor(shop.address) as ann:
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Start a group")
        await ann.press("1,000 points")
        await ann.pay("✅ Pay")
        waiting = await ann.sees("waits for its group")
        await ann.press("Show the order")
        order = await ann.sees("paid, waiting for its group")
        await end_now()

        failed = await ann.sees("Not enough people came in time.")
        await ann.sees("is on its way back")
        points = await ann.say("/points")

        assert "1 of 2 have joined" in text_of(waiting)
        assert "👥 Show the group" in labels(order)
        assert "CN¥29.90 go back the way you paid, and 1,000 points are in your account again." in text_of(failed)
        assert "Buy alone for CN¥46.90" in labels(failed)
        assert "👥 Start a group for CN¥39.90" in labels(failed)
        assert "2,310 points" in text_of(points)


async def test_ann_leaves_before_the_end_and_is_paid_back(shop: Shop) -> None:
    await campaign()
    async with Visitor(shop.address) as ann:
        await opens(ann)
        poster = await ann.press("🖼 Poster")
        await ann.press("Leave the group")
        stayed = await ann.press("No, stay")
        await ann.press("Leave the group")
        await ann.press("Yes, leave", wait=False)  # her money's way back may be told first
        left = await ann.sees("You left the group.")

        assert "A poster for your group" in text_of(poster)
        assert poster["photo"]
        assert "You are in." in text_of(stayed)
        assert "You left the group. CN¥39.90 go back the way you paid." in text_of(left)
        assert await db.rows("SELECT state, taken, paid FROM group_buy") == [{"state": "failed", "taken": 0, "paid": 0}]


async def test_links_and_presses_that_lead_nowhere_say_what_to_do(shop: Shop) -> None:
    await campaign(size=3)
    async with Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        payload = await opens(ann)
        code = payload.removeprefix("g_").partition("-")[0]
        card = await bob.say(f"/start {payload.lower()}")
        gone = [text_of(await bob.say(f"/start {forged}")) for forged in ("g_NOSUCHGROUP2", "g_%27", "g_" + "9" * 60)]
        foreign, own = await offered(shop, bob, [f"gy:{code}"]), await offered(shop, ann, [f"gj:{code}"])
        await bob.tap(foreign, f"gy:{code}")
        await ann.tap(own, f"gj:{code}")
        await settled()
        inside = [text_of(message) for message in await ann.history()][-1] + ann.toast
        await bob.say(f"/start {payload}")
        twice = await bob.find("Join for")
        await bob.tap(twice[0], twice[1]["callback_data"], times=2)
        await bob.pay("✅ Pay")
        await bob.sees("waits for its group")
        await end_now()
        await bob.say(f"/start {payload}")
        await bob.sees("This group has ended")

        assert "Join for CN¥39.90" in " ".join(labels(card))
        assert all("is not sold any more" in told for told in gone)
        assert "You are in this group already" in inside
        seats = await db.rows("SELECT person_id FROM group_seat")
        assert len(seats) == 2


async def test_who_comes_to_a_full_group_is_offered_another_one_and_her_own(shop: Shop) -> None:
    await campaign()
    async with Visitor(shop.address) as ann, Visitor(shop.address) as bob, Visitor(shop.address) as mei:
        payload = await opens(ann)
        await bob.say(f"/start {payload}")
        await bob.press("Join for")
        await bob.pay("✅ Pay")
        await bob.sees("Your group is complete")
        async with Visitor(shop.address) as lin:
            await opens(lin)

        full = await mei.say(f"/start {payload}")
        await mei.press("👥 Join")
        other = await mei.press("Join for")

        assert "This group is complete." in text_of(full)
        assert [label for label in labels(full) if "1 more person" in label]
        assert "👥 Start a group for CN¥39.90" in labels(full)
        assert "To pay: CN¥39.90" in text_of(other)
