"""Points over the API: grants in, balances and redemptions out."""

import asyncio
from datetime import UTC, datetime, timedelta

from storefront import points
from storefront.kernel import clock
from tests.api.conftest import Bank
from tests.partners.bank import linked
from tests.support.market import Market, books, given


def grant(key: str, **changes: object) -> dict[str, object]:
    return {"key": key, "customer": "C-1", "points": 100, "cause": "Card points", **changes}


async def test_a_batch_of_grants_has_a_result_for_each_row(market: Market, bank: Bank) -> None:
    await linked(bank.id, market.ann, "C-1")
    batch = [grant("m1"), grant("m2", points=0), grant("m3", customer="C-404"), grant("m1", points=7), grant("m4")]

    status, told = await bank.ask("POST", "/points/grants", json={"grants": batch})

    assert status == 200
    outcomes = [(row["key"], row["outcome"]) for row in told["results"]]
    assert outcomes == [
        ("m1", "granted"),
        ("m2", "refused"),
        ("m3", "unknown_customer"),
        ("m1", "conflict"),
        ("m4", "granted"),
    ]
    assert told["results"][1]["reason"] == "points: 1 to 10000000"
    assert await books() == []


async def test_a_batch_that_is_sent_twice_at_once_is_given_once(market: Market, bank: Bank) -> None:
    await linked(bank.id, market.ann, "C-1")
    batch = {"grants": [grant(f"k{number}", points=1) for number in range(200)]}

    told = await asyncio.gather(*(bank.ask("POST", "/points/grants", json=batch) for _ in range(3)))

    given_ = [row["outcome"] for _, answer in told for row in answer["results"]]
    assert (given_.count("granted"), given_.count("repeated")) == (200, 400)
    assert (await points.balance(market.ann)).available == 200


async def test_what_a_customer_has_is_told_with_what_ends_next(market: Market, bank: Bank) -> None:
    await linked(bank.id, market.ann, "C-1")
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    await bank.ask("POST", "/points/grants", json={"grants": [grant("m1", expires_at=end.isoformat()), grant("m2")]})
    await points.hold(person_id=market.ann, order_id=7, points=40)

    status, told = await bank.ask("GET", "/customers/C-1/points")

    assert status == 200
    ends = told.pop("ends_next")
    assert told == {"customer": "C-1", "balance": 160, "held": 40}
    assert (ends["points"], datetime.fromisoformat(ends["at"])) == (60, end)


async def test_redemptions_are_read_page_by_page_without_a_gap(market: Market, bank: Bank) -> None:
    await linked(bank.id, market.ann, "C-1")
    await given(market.ann, 100)
    for order_id in (1, 2, 3):
        await points.hold(person_id=market.ann, order_id=order_id, points=order_id)
        await points.capture(person_id=market.ann, order_id=order_id)
    await points.give_back(person_id=market.ann, order_id=3, points=2, key="r", actor="shop", cause="a refund")

    seen, after = [], 0
    while True:
        status, told = await bank.ask("GET", f"/points/redemptions?after={after}&limit=3")
        assert status == 200
        if not told["redemptions"]:
            break
        seen += told["redemptions"]
        after = seen[-1]["seq"]

    facts = [(one["type"], one["data"]["points"], one["data"]["order"]) for one in seen]
    assert facts == [
        ("points.redeemed", 1, 1),
        ("points.redeemed", 2, 2),
        ("points.redeemed", 3, 3),
        ("points.returned", 2, 3),
    ]
    assert seen[0]["data"]["customer"] == "C-1"
    age = datetime.now(UTC) - datetime.fromisoformat(seen[0]["timestamp"])
    assert timedelta(0) <= age < timedelta(milliseconds=5 * clock.MINUTE)
