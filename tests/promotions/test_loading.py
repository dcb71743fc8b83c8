"""An operator's file of promotions: taken whole or not at all, each mistake with its place, twice the same."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storefront import promotions
from storefront.kernel import clock, db
from storefront.kernel.operator_files import BadFile
from tests.promotions.offers import counted, coupon, flash, lasting, load
from tests.support.market import Market, books, drafted, left, placed, stocked


async def refused(**told: Any) -> list[str]:
    with pytest.raises(BadFile) as wrong:
        await load(**told)
    return wrong.value.lines


def sale(**told: Any) -> dict[str, Any]:
    return {"code": "RICE", "sku": "rice", "price_minor": 1000, "quota": 5, **lasting(), **told}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"coupons": [{"code": "X!"}]}, "coupons.0.code"),
        ({"coupons": [{"code": "TEN", "names": {"en": "x"}, "percent": 10, "off_minor": 5}]}, "coupons.0"),
        ({"coupons": [{"code": "TEN", "names": {"en": "x"}, "percent": 101}]}, "coupons.0.percent"),
        ({"flash_sales": [{"quota": 0}]}, "flash_sales.0.quota"),
        ({"sales": []}, "sales"),
    ],
)
def test_each_mistake_in_a_file_is_named_with_its_place(told: dict[str, Any], line: str) -> None:
    time = {"starts": "2026-11-01T00:00", "ends": "2026-12-01T00:00"}
    whole = {kind: [{**time, **one} for one in some] if kind != "sales" else some for kind, some in told.items()}

    with pytest.raises(BadFile) as wrong:
        promotions.read(json.dumps(whole))

    assert any(told_line.startswith(f"{line}:") for told_line in wrong.value.lines)


def test_a_coupon_that_ends_before_it_starts_is_refused() -> None:
    told = {
        "code": "TEN",
        "names": {"en": "x"},
        "percent": 10,
        "starts": "2026-12-01T00:00",
        "ends": "2026-11-01T00:00",
    }

    with pytest.raises(BadFile, match=r"coupons\.0: ends comes after starts"):
        promotions.read(json.dumps({"coupons": [told]}))


async def test_the_same_file_twice_changes_nothing(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    for _ in range(2):
        await load(flash_sales=[sale()], coupons=[{"code": "TEN", "names": {"en": "x"}, "percent": 10, **lasting()}])

    assert await left(rice) == 5
    assert [len(rows) for rows in (await promotions.show()).values()] == [1, 1]
    assert await books() == []


async def test_one_mistake_leaves_all_as_it_was(market: Market) -> None:
    rice = await stocked("rice", pieces=10)

    lines = await refused(flash_sales=[sale(), sale(code="TEA", sku="tea")])

    assert lines == ["flash_sales.1.sku: tea is not sold for CNY"]
    assert (await left(rice), await db.rows("SELECT code FROM flash_sale")) == (10, [])


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"quota": 11}, "flash_sales.0.quota: only 10 pieces are free at one place"),
        ({"price_minor": 4690}, "flash_sales.0.price_minor: the list says 4690, a flash price is lower"),
    ],
)
async def test_a_flash_sale_that_cannot_be_is_refused(market: Market, told: dict[str, Any], line: str) -> None:
    await stocked("rice", pieces=10)

    assert await refused(flash_sales=[sale(**told)]) == [line]


async def test_two_flash_sales_of_one_thing_do_not_overlap(market: Market) -> None:
    await stocked("rice", pieces=10)
    await load(flash_sales=[sale()])

    assert await refused(flash_sales=[sale(code="OTHER")]) == [
        "flash_sales.0.starts: rice has another flash sale at that time"
    ]


async def test_a_quota_grows_and_shrinks_with_the_stock_and_never_below_what_is_sold(market: Market) -> None:
    rice = await stocked("rice", pieces=10)
    sale_id = await flash("rice", quota=2, per_person=2)
    await placed(await drafted(market.ann, rice, 2))
    await promotions.wait(person_id=market.bob, sale_id=sale_id)

    await flash("rice", quota=6, per_person=2)
    more = (await left(rice), await counted(sale_id))
    await flash("rice", quota=3, per_person=2)
    fewer = await left(rice)
    with pytest.raises(BadFile, match="3 are sold or promised already"):
        await flash("rice", quota=2, per_person=2)

    assert (more, fewer) == ((4, (2, 1)), 7)
    assert await books() == []


async def test_a_sale_that_is_over_is_not_opened_again_under_its_code(market: Market) -> None:
    await stocked("rice", pieces=10)
    with clock.driven() as time:
        await flash("rice")
        time.forward(clock.DAY)
        await promotions.turn()

        with pytest.raises(BadFile, match="FLASH-RICE is over; give the next one another code"):
            await flash("rice")


async def test_a_limit_below_what_was_used_is_refused(market: Market) -> None:
    rice = await stocked("rice")
    await coupon("TEN", total=5)
    for person_id in (market.ann, market.bob):
        await promotions.collect(person_id=person_id, code="TEN")
        await placed(await drafted(person_id, rice))

    with pytest.raises(BadFile, match=r"coupons\.0\.total: 2 were used already"):
        await coupon("TEN", total=1)


async def test_a_time_without_an_offset_is_the_shops(market: Market) -> None:
    told = {
        "code": "TEN",
        "names": {"en": "x"},
        "percent": 10,
        "starts": "2026-11-01T00:00",
        "ends": "2030-11-01T08:00",
    }

    await promotions.load(
        told=promotions.PromotionsTold.model_validate({"coupons": [told]}), currency="CNY", timezone="Asia/Shanghai"
    )

    assert await db.rows("SELECT ends_at FROM coupon") == [
        {"ends_at": int(datetime(2030, 11, 1, tzinfo=UTC).timestamp() * 1000)}
    ]


def test_the_file_in_the_operators_page_is_a_file_that_can_be_loaded() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operators" / "promotions.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)

    assert example is not None
    told = promotions.read(example[1])
    assert (len(told.coupons), len(told.flash_sales), told.withdrawn) == (1, 1, ["OLD-COUPON"])
