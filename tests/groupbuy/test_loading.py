"""An operator's file of campaigns: taken whole or not at all, each mistake with its place, twice the same."""

import json
from typing import Any

import pytest

from storefront import groupbuy
from storefront.kernel import clock
from storefront.kernel.operator_files import BadFile
from tests.groupbuy.groups import campaign, load, opened, wrong
from tests.promotions.offers import lasting
from tests.support.market import Market, left, stocked

STEP = {"people": 10, "price_minor": 3490}


def told(**changes: Any) -> dict[str, Any]:
    return {"code": "RICE", "sku": "rice", "size": 3, "price_minor": 3990, "minutes": 60, **changes}


async def refused(*campaigns: dict[str, Any], **whole: Any) -> list[str]:
    with pytest.raises(BadFile) as bad:
        await load(campaigns=[{**lasting(), **one} for one in campaigns], **whole)
    return bad.value.lines


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"code": "X!"}, "campaigns.0.code"),
        ({"size": 1}, "campaigns.0.size"),
        ({"size": 501}, "campaigns.0.size"),
        ({"minutes": 4}, "campaigns.0.minutes"),
        ({"ladder": [STEP]}, "campaigns.0: with a ladder, points is false"),
        ({"points": False, "ladder": [STEP, STEP]}, "campaigns.0: each step"),
        ({"points": False, "ladder": [{"people": 3, "price_minor": 3490}]}, "campaigns.0: each step"),
        ({"points": False, "ladder": [{"people": 9, "price_minor": 3990}]}, "campaigns.0: each step"),
        ({"starts": "2027-01-01T00:00", "ends": "2026-12-01T00:00"}, "campaigns.0: ends comes after starts"),
        ({"colour": "red"}, "campaigns.0.colour"),
    ],
)
def test_each_mistake_in_a_file_is_named_with_its_place(changes: dict[str, Any], line: str) -> None:
    time = {"starts": "2026-11-01T00:00", "ends": "2026-12-01T00:00"}

    with pytest.raises(BadFile) as bad:
        groupbuy.read(json.dumps({"campaigns": [told(**{**time, **changes})]}))

    assert bad.value.lines[0].startswith(line)


async def test_the_same_file_twice_changes_nothing(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    for _ in range(2):
        await load(campaigns=[{**lasting(), **told(quota=4)}])

    assert (await left(rice), len(await groupbuy.show())) == (6, 1)
    assert await wrong() == []


async def test_what_the_shop_cannot_keep_is_refused(market: Market) -> None:
    await stocked("rice", pieces=10)
    await stocked("tea", price=None, points_price=100)

    lines = await refused(
        told(),
        told(code="GONE", sku="gone"),
        told(code="TEA", sku="tea"),
        told(code="TWICE"),
        told(code="DEAR", price_minor=4690),
        withdrawn=["NOBODY"],
    )

    assert lines == [
        "campaigns.1.sku: gone is not sold for CNY",
        "campaigns.2.sku: tea is not sold for CNY",
        "campaigns.3.starts: rice has another campaign at that time",
        "campaigns.4.price_minor: the list says 4690, a group's price is lower",
        "withdrawn.0: there is no campaign NOBODY",
    ]
    assert await groupbuy.show() == []


async def test_pieces_set_aside_grow_and_shrink_but_not_below_what_is_taken(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    terms = await campaign(quota=4)
    await opened(market.ann, terms)
    await opened(market.bob, terms)

    await campaign(quota=6)
    more = await left(rice)
    await campaign(quota=2)

    assert (more, await left(rice)) == (4, 8)
    assert await refused(told(code="groups-rice", quota=1)) == ["campaigns.0.quota: 2 are taken already"]
    assert await refused(told(code="groups-rice", quota=60)) == [
        "campaigns.0.quota: only 8 pieces are free at one place"
    ]
    assert await refused(told(code="groups-rice")) == [
        "campaigns.0.quota: GROUPS-RICE keeps what it began with; give this one another code"
    ]
    assert await wrong() == []


async def test_a_withdrawn_campaign_opens_no_group_and_lets_the_open_ones_run(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    with clock.driven() as time:
        group = await opened(market.ann, await campaign(quota=4))

        await load(withdrawn=["groups-rice"])
        await groupbuy.turn()

        assert await groupbuy.campaign_of(rice) is None
        assert (await groupbuy.find(group.id)).open
        time.forward(clock.DAY)
        for _ in range(2):
            await groupbuy.turn()
        assert await left(rice) == 10
        assert await wrong() == []
