"""What bringing costs, and which branch is nearest."""

import pytest

from storefront.delivery import FeeRule, NoDelivery, fee_of
from storefront.delivery.rules import distance
from storefront.kernel.money import Money

CITY = FeeRule("chengdu", base_minor=600, free_above_minor=5900)
FAR = FeeRule("xinjiang", base_minor=1500, per_kg_minor=800)
ELSEWHERE = FeeRule("*", base_minor=1200, per_kg_minor=200, free_above_minor=19_900)


@pytest.mark.parametrize(
    ("region", "weight_g", "goods_minor", "fee_minor"),
    [
        ("chengdu", 9_000, 5_899, 600),
        ("chengdu", 9_000, 5_900, 0),
        ("xinjiang", 0, 100, 1500),
        ("xinjiang", 1, 100, 2300),
        ("xinjiang", 1_000, 100, 2300),
        ("xinjiang", 1_001, 100, 3100),
        ("xinjiang", 5_000, 10**9, 5500),
        ("beijing", 2_500, 100, 1800),
        ("beijing", 2_500, 19_900, 0),
    ],
    ids=[
        "flat whatever it weighs",
        "free from its limit on",
        "nothing to weigh",
        "a gram is a kilogram begun",
        "just a kilogram",
        "the second begun",
        "never free without a limit",
        "everywhere else by weight",
        "everywhere else free above",
    ],
)
def test_the_fee_is_flat_by_weight_or_free_above_a_limit(
    region: str, weight_g: int, goods_minor: int, fee_minor: int
) -> None:
    fee = fee_of([CITY, FAR, ELSEWHERE], region=region, weight_g=weight_g, goods=Money(goods_minor, "CNY"))

    assert fee == Money(fee_minor, "CNY")


def test_the_first_rule_that_fits_decides() -> None:
    fee = fee_of([ELSEWHERE, CITY], region="chengdu", weight_g=0, goods=Money(100, "CNY"))

    assert fee == Money(1200, "CNY")


@pytest.mark.parametrize("rules", [[], [CITY]], ids=["no rule", "another region's rule"])
def test_where_nobody_delivers_the_shop_says_so(rules: list[FeeRule]) -> None:
    with pytest.raises(NoDelivery):
        fee_of(rules, region="atlantis", weight_g=100, goods=Money(100, "CNY"))


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [
        ((30.66, 104.06), (30.66, 104.06), 0),
        ((39.904, 116.407), (31.230, 121.474), 1067),
        ((69.0, 88.2), (69.0, 89.2), 40),
        ((0.0, 179.9), (0.0, -179.9), 22),
    ],
    ids=["here", "Beijing to Shanghai", "far north", "across the date line"],
)
def test_a_distance_is_right_wherever_on_earth(
    here: tuple[float, float], there: tuple[float, float], kilometres: float
) -> None:
    assert distance(here, there) == pytest.approx(kilometres, rel=0.02)
