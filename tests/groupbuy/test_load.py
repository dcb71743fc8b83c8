"""A crowd at once, as the benchmark lets in 2,000: here with few enough for every run of the tests."""

from benchmarks import groups
from tests.support.market import Market


async def test_a_crowd_overfills_nothing_loses_nothing_and_is_paid_back_once(market: Market) -> None:
    told = await groups.rush(groups=20, customers=80)

    assert told["succeeded"] > 0
    assert told["failed"] > 0
    assert {name: told[name] for name in ("open", "over_full", "lost", "twice", "wrong")} == {
        "open": 0,
        "over_full": 0,
        "lost": 0,
        "twice": 0,
        "wrong": 0,
    }
