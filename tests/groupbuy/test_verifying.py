"""What verify says of groups: nothing while all is well, and a sentence for each damage."""

import pytest

from storefront import groupbuy
from storefront.kernel import clock, db
from tests.groupbuy.groups import DAY, campaign, joined, opened, sat
from tests.support.market import Market, customer, stocked


async def busy(market: Market) -> None:
    """A shop with a group that failed, one with a ladder that succeeded, one that is open with an unpaid seat."""
    mei = await customer("Mei", 3)
    await stocked("rice", pieces=10)
    await stocked("tea", pieces=10)
    with clock.driven(clock.now() - 2 * DAY) as time:
        await opened(market.ann, await campaign(quota=8, per_person=2))
        tea = await campaign("tea", size=2, ladder=[{"people": 3, "price_minor": 2990}], points=False)
        group = await opened(market.ann, tea)
        await joined(market.bob, group)
        await joined(mei, group)
        time.forward(DAY)
        await groupbuy.turn()
        await groupbuy.turn()
    await sat(mei, await opened(market.bob, await campaign(quota=8, per_person=2)))


async def found() -> list[str]:
    names = {row["code"]: f"G{row['id']}" for row in await db.rows("SELECT id, code FROM group_buy")}
    told = [finding async for finding in groupbuy.findings()]
    for code, name in names.items():
        told = [finding.replace(code, name) for finding in told]
    return told


async def test_a_busy_shop_has_nothing_to_find(market: Market) -> None:
    await busy(market)

    assert await found() == []


@pytest.mark.parametrize(
    ("damage", "sentences"),
    [
        ("UPDATE group_buy SET taken = 3 WHERE id = 3", ["group G3: 3 seats taken, members have 2"]),
        ("UPDATE group_buy SET paid = 2 WHERE id = 3", ["group G3: 2 seats paid, members have 1"]),
        (
            """INSERT INTO group_seat (group_id, person_id, order_id, quantity, newcomer, state, twin, at, settled_at)
            SELECT 2, 2, 900 + id, 1, 0, 'late', id, 0, 0 FROM group_seat WHERE group_id = 2 AND id <> 3""",
            ["group G2: 3 seats taken, members have 5", "group G2: of 3 seats 5 are taken"],
        ),
        (
            "UPDATE group_seat SET settled_at = NULL WHERE group_id = 1",
            ["group G1: it ended, order A-10001 was neither confirmed nor paid back"],
        ),
        (
            "UPDATE credit_note SET money_minor = 3000 WHERE order_id = 1",
            ["group G1: order A-10001 of 3990 CNY and 0 points got back 3000 and 0"],
        ),
        ("UPDATE orders SET state = 'paid' WHERE id = 3", ["group G2: it succeeded, order A-10003 waits"]),
        (
            "UPDATE group_campaign SET taken = 1 WHERE code = 'GROUPS-RICE'",
            ["groups GROUPS-RICE: 1 pieces taken, orders have 2"],
        ),
        (
            "UPDATE group_buyer SET taken = 0 WHERE person_id = 3 AND campaign_id = 1",
            ["groups GROUPS-RICE of person 3: 0 seats, orders have 1"],
        ),
        (
            "UPDATE credit_note SET money_minor = 2000 WHERE key = 'ladder:3'",
            ["group G2: order A-10003 gets 1000 back for the ladder, it got 2000"],
        ),
        (
            "UPDATE group_seat SET back_minor = 0 WHERE id = 4",
            ["group G2: order A-10004 gets 1000 back for the ladder, it got 1000"],
        ),
    ],
)
async def test_each_damage_is_named(market: Market, damage: str, sentences: list[str]) -> None:
    await busy(market)

    await db.execute(damage)

    told = await found()
    assert [sentence for sentence in told if sentence in sentences] == sentences
