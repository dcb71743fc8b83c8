"""Sharing pays when what was bought is there to stay, once, never oneself, and what comes back takes it along."""

import pytest

from storefront import ledger, orders, payments, people, points, sharing
from storefront.kernel import clock, db
from storefront.points import EarnRule
from tests.points.people import Had, has, outcome
from tests.sharing.friends import came_by, mei
from tests.support.market import Market, books, bought, drafted, letters, stocked

RULES = [EarnRule("shared", "share", rate=10), EarnRule("friend", "friend", points=200)]
KINDS = sharing.REWARDS


async def rewarded(person_id: int) -> tuple[int, int]:
    """What sharing brought her: usable, pending."""
    return await points.earned_as(person_id, KINDS)


async def kept(time: clock.DrivenClock, order: orders.Order) -> None:
    """The customer has had it for as long as it may come back."""
    for state in ("ready", "delivered"):
        await orders.step(order_id=order.id, to_state=state, actor="shop", cause="a test")
    time.forward(points.terms().return_days * clock.DAY)
    await points.ready()


async def back(order: orders.Order, pieces: int, key: str) -> None:
    await payments.credit(
        order_id=order.id, pieces={order.lines[0].id: pieces}, key=key, actor="staff:3", cause="torn bag"
    )


async def test_what_comes_by_a_link_pays_its_sharer_after_the_return_and_goes_back_in_proportion(
    market: Market,
) -> None:
    await points.set_rules(RULES)
    with clock.driven() as time:
        await came_by(market.ann, market.bob)
        order = await bought(await drafted(market.bob, await stocked("rice"), quantity=4))
        paid = await rewarded(market.ann)
        await back(order, 1, "one")
        less = await rewarded(market.ann)
        await kept(time, order)
        usable = await rewarded(market.ann)
        await points.hold(person_id=market.ann, order_id=99, points=usable[0] - 100)
        await points.capture(person_id=market.ann, order_id=99)
        await back(order, 2, "two")

        # 4 x 46.90 at 10 points each, a quarter of it gone, 200 for the friend in the same proportion.
        assert (paid, less, usable) == ((0, 1876 + 200), (0, 1407 + 150), (1557, 0))
        assert await rewarded(market.ann) == (469 + 50, 0)
        assert await has(market.ann) == Had(0, 0)
        assert (await points.statement(market.ann)).debt == 1557 - 519 - 100
        assert await letters(market.ann) == ["friend_came", "friend_rewarded"]
        assert await books() == []


async def test_a_sharer_earns_no_more_than_a_days_cap_from_all_who_come(market: Market) -> None:
    await points.set_rules([EarnRule("shared", "share", rate=10, daily_cap=600)])
    rice = await stocked("rice")
    with clock.driven() as time:
        for person_id in (market.bob, await mei()):
            await came_by(market.ann, person_id)
            await bought(await drafted(person_id, rice), f"today {person_id}")
        today = await rewarded(market.ann)
        time.forward(clock.DAY)
        await bought(await drafted(market.bob, rice), "tomorrow")

        assert (today, await rewarded(market.ann)) == ((0, 600), (0, 600 + 469))
        assert await books() == []


@pytest.mark.parametrize("delivered", [False, True], ids=["while it is pending", "when it is usable"])
async def test_who_turns_out_to_have_brought_herself_keeps_nothing_of_it(market: Market, delivered: bool) -> None:
    await points.set_rules(RULES)
    with clock.driven() as time:
        await came_by(market.ann, market.bob)
        order = await bought(await drafted(market.bob, await stocked("rice")))
        if delivered:
            await kept(time, order)

        await people.join(person_id=market.bob, code=await people.link_code(person_id=market.ann))

        assert await rewarded(market.ann) == (0, 0)
        assert (await has(market.ann), await ledger.balance(ledger.points_pending(market.ann))) == (Had(0, 0), 0)
        assert await books() == []


async def test_accounts_with_one_phone_or_address_are_flagged_and_bring_each_other_nothing(market: Market) -> None:
    await points.set_rules(RULES)
    rice, lin = await stocked("rice"), await mei()
    await came_by(market.ann, market.bob)
    await came_by(market.ann, lin)
    await bought(await drafted(market.bob, rice), "before it was known")
    home = {"recipient": "Ann", "region": "city", "line": "Hill Street 9"}

    await people.save_phone(person_id=market.ann, phone="+8613800138000")
    await people.save_address(person_id=market.bob, phone="138 0013 8000", **home)
    await people.save_address(person_id=lin, phone="+8613900139000", **home)
    await people.save_phone(person_id=market.ann, phone="+8613800138000")
    await bought(await drafted(market.bob, rice), "after")
    await bought(await drafted(lin, rice), "another")

    told = [(flag.person, flag.other, flag.what, flag.cleared_by) for flag in await sharing.flags()]
    assert told == [("Bob", "Mei", "address", None), ("Ann", "Bob", "phone", None)]
    assert await rewarded(market.ann) == (0, 469 + 200), "what Mei bought, who has nothing in common with her"
    assert await books() == []


async def test_once_the_office_has_said_that_they_are_two_they_are_rewarded(market: Market) -> None:
    await points.set_rules(RULES)
    await came_by(market.ann, market.bob)
    for person_id in (market.ann, market.bob):
        await people.save_phone(person_id=person_id, phone="+8613800138000")
    (flag,) = await sharing.flags()

    for name in ("Mei", "Lin"):
        await sharing.clear(flag_id=flag.id, by=name)
    await people.save_phone(person_id=market.bob, phone="+8613800138000")
    await bought(await drafted(market.bob, await stocked("rice")))

    assert [one.cleared_by for one in await sharing.flags()] == ["Mei"]
    assert await rewarded(market.ann) == (0, 469 + 200)
    assert await outcome(sharing.clear(flag_id=flag.id + 1, by="Mei")) == "NotFound"


async def test_flags_follow_an_account_that_was_joined_to_another(market: Market) -> None:
    lin = await mei()
    for person_id in (market.ann, market.bob, lin):
        await people.save_phone(person_id=person_id, phone="+8613800138000")

    await people.join(person_id=lin, code=await people.link_code(person_id=market.ann))

    assert [(flag.person, flag.other) for flag in await sharing.flags()] == [("Ann", "Bob")]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE share_link SET person_id = 2", "order A-10001 came by its own customer's link"),
        ("UPDATE orders SET state = 'expired'", "order A-10001 came by a link, and was not paid"),
        ("UPDATE share_order SET person_id = 1", "is said to be of person 1 instead of 2"),
        ("DELETE FROM share_order", "reward share:1: order A-10001 did not come by a link of person 1"),
        ("DELETE FROM invite", "reward friend:2: nobody of person 1's bought for the first time"),
        ("UPDATE earning SET of_person_id = 1", "reward share:1: person 1 has it for herself"),
        ("UPDATE earning SET kind = 'share', order_line_id = 1", "order line 1: 2 rewards for sharing it"),
        ("UPDATE earning SET key = 'share:9' WHERE kind = 'share'", "reward share:9: the ledger has no entry for it"),
        (
            "INSERT INTO account_flag (person_id, other_id, what, at) VALUES (1, 2, 'phone', 0)",
            "reward friend:2: it waits although persons 1 and 2 may be one",
        ),
    ],
)
async def test_verify_names_whatever_is_wrong_with_sharing(market: Market, damage: str, told: str) -> None:
    await points.set_rules(RULES)
    await came_by(market.ann, market.bob)
    await bought(await drafted(market.bob, await stocked("rice")))
    well = [finding async for finding in sharing.findings()]

    await db.execute(damage)

    assert well == []
    assert any(told in finding for finding in [finding async for finding in sharing.findings()])
