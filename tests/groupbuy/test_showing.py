"""Messages that show a group: changed when it changes, not too often, and never when they show something else by now."""

import json

from storefront import groupbuy, messaging
from storefront.groupbuy import Group
from storefront.kernel import clock, db
from tests.groupbuy.groups import DAY, campaign, joined, opened, sat
from tests.support.market import BOT, Market, customer, stocked


async def shown(person_id: int, group: Group) -> int:
    """A card in somebody's chat that shows the group, and has arrived."""
    card_id = await messaging.say(
        bot_id=BOT, chat_id=person_id, person_id=person_id, kind=groupbuy.CARD, payload={"text": "1 of 5"}
    )
    assert card_id is not None
    await groupbuy.watch(card_id=card_id, group=group)
    await left()
    return card_id


async def left() -> None:
    """All that was said has left."""
    await db.execute("UPDATE outbox SET state = 'sent' WHERE state = 'pending'")


async def changes(card_id: int) -> list[int]:
    """How many had paid, by each letter that waits to change this card."""
    found = await db.rows("SELECT payload FROM outbox WHERE card_id = ? AND state = 'pending' ORDER BY id", card_id)
    return [json.loads(row["payload"])["facts"]["paid"] for row in found]


async def test_a_card_changes_when_somebody_joins_and_when_the_group_ends(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        group = await opened(market.ann, await campaign(size=5))
        card = await shown(market.bob, group)
        await joined(market.bob, group)
        await groupbuy.turn()
        after_joining = await changes(card)
        await left()
        time.forward(DAY)

        await groupbuy.turn()

        assert (after_joining, await changes(card)) == ([2], [2])
        assert await db.rows("SELECT 1 FROM group_card") == []


async def test_many_who_join_at_once_change_a_card_once(market: Market) -> None:
    await stocked("rice")
    with clock.driven() as time:
        group = await opened(market.ann, await campaign(size=5))
        card = await shown(market.bob, group)
        told = []
        for number in range(3):
            await joined(await customer(f"Customer {number}", 10 + number), group)
            await groupbuy.turn()
            told.append(await changes(card))
            await left()
        time.forward(10 * clock.SECOND)

        await groupbuy.turn()

        assert (told, await changes(card)) == ([[2], [], []], [4])


async def test_a_card_that_shows_something_else_by_now_is_left_alone(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign(size=5))
    card = await shown(market.bob, group)
    await messaging.change(
        card_id=card, bot_id=BOT, chat_id=market.bob, person_id=market.bob, kind="menu/menu", payload={"text": "Menu"}
    )
    await left()

    await joined(await customer("Mei", 3), group)
    await groupbuy.turn()

    assert await changes(card) == []


async def test_a_letter_that_has_not_left_is_written_when_it_leaves(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign(size=5))

    await joined(market.bob, group)
    await groupbuy.turn()

    found = await db.rows("SELECT payload FROM outbox WHERE person_id = ?", market.ann)
    assert [json.loads(row["payload"])["letter"] for row in found] == ["group_joined"]


async def test_a_posted_card_changes_before_the_others_and_not_for_a_seat_that_is_only_held(market: Market) -> None:
    await stocked("rice")
    group = await opened(market.ann, await campaign(size=5))
    posted = await messaging.post(
        bot_id=BOT, inline_message_id="AgA", person_id=market.ann, kind=groupbuy.POSTED, payload={"text": "1 of 5"}
    )
    assert posted is not None
    await groupbuy.watch(card_id=posted, group=group, posted=True)
    card = await shown(market.bob, group)
    await sat(market.bob, group)
    await groupbuy.turn()
    held = [await changes(posted), await changes(card)]
    await db.execute("UPDATE group_buy SET shown_at = 0")

    await joined(await customer("Mei", 3), group)
    await groupbuy.turn()

    found = await db.rows("SELECT card_id, payload FROM outbox WHERE card_id IN (?, ?) ORDER BY id", posted, card)
    assert held == [[], []]
    assert [(row["card_id"], json.loads(row["payload"]).get("letter")) for row in found][2:] == [
        (posted, "group_posted"),
        (card, "group_card"),
    ]
