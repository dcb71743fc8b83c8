"""The provider's callbacks come too early; twice, at once, too late and with another sum they are tested in tests/payments."""

from storefront import orders, payments
from storefront.kernel import clock, db
from tests.support.market import (
    Market,
    asked,
    asks_all_to_succeed,
    books,
    charge_states,
    charged,
    drafted,
    left,
    market,
    stocked,
)

__all__ = ["market"]


async def test_a_charge_that_is_told_before_the_shop_was_asked_goes_back_and_sells_nothing(market: Market) -> None:
    wishes = await asks_all_to_succeed()
    rice = await stocked("rice", 3)
    draft = await drafted(market.ann, rice)

    await charged(draft, "early")
    await payments.advance()
    await payments.refund_due()
    order = await asked(draft)
    await charged(draft, "in time")
    await payments.advance()
    await charged(draft, "early")
    await payments.advance()

    assert [(wish.charge_id, wish.amount) for wish in wishes] == [("early", draft.total)]
    assert await charge_states() == ["to_refund", "applied"]
    assert ((await orders.find(order.id)).state, await left(rice)) == ("confirmed", 2)
    assert await books() == []


async def test_a_provider_that_gave_back_and_timed_out_is_asked_again_with_its_key(market: Market) -> None:
    given_back: dict[str, int] = {}

    async def provider(wish: payments.RefundWish) -> None:
        first = wish.key not in given_back
        given_back.setdefault(wish.key, wish.amount.minor)
        if first:
            raise TimeoutError

    payments.use_refunders({"demo": provider})
    draft = await drafted(market.ann, await stocked("rice"))
    with clock.driven() as time:
        await charged(draft)
        await payments.advance()
        told = []
        for _ in range(3):
            told.append(await payments.refund_due())
            time.forward(clock.HOUR)

    assert told == [0, 1, 0]
    assert list(given_back.values()) == [draft.total.minor]
    assert await db.rows("SELECT state FROM refund") == [{"state": "done"}]
    assert await books() == []
