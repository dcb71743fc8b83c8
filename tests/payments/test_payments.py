"""Money comes in as a fact, once; an order takes it, or it goes back."""

import asyncio

import pytest

from storefront import cart, catalog, ledger, orders, payments
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from tests.support.market import (
    POLICY,
    Market,
    asked,
    books,
    bought,
    charge_states,
    charged,
    drafted,
    given,
    left,
    letters,
    placed,
    stocked,
)


class Bank:
    """A provider that gives money back, or does not; it remembers what it was asked."""

    def __init__(self, *refusals: Exception) -> None:
        self.asked: list[payments.RefundWish] = []
        self._refusals = list(refusals)

    async def refund(self, wish: payments.RefundWish) -> None:
        self.asked.append(wish)
        await asyncio.sleep(0)
        if self._refusals:
            raise self._refusals.pop(0)


async def states() -> list[str]:
    return [row["state"] for row in await db.rows("SELECT state FROM refund ORDER BY id")]


async def charged_in_vain(market: Market) -> cart.Checkout:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await asked(draft)
    await orders.cancel(person_id=market.ann, order_id=order.id)
    await charged(draft)
    await payments.advance()
    return draft


async def test_an_invoice_asks_for_what_the_summary_says(market: Market) -> None:
    rice, tea = await stocked("rice", points_cap=1000), await stocked("tea", price=1990)
    await given(market.ann, 500)
    await cart.add(person_id=market.ann, variant_id=rice, quantity=2, key="rice")
    await cart.add(person_id=market.ann, variant_id=tea, quantity=1, key="tea")
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, points_wanted=500)

    told = payments.invoice(draft, provider="telegram", star_minor=POLICY.star_minor)

    assert told.due == draft.total == Money(2 * 4690 + 1990 - 500, "CNY")
    assert sum(money.minor for _, _, money in told.things) + told.shipping.minor == told.due.minor
    assert [(thing.names, quantity) for thing, quantity, _ in told.things] == [({"en": "rice"}, 2), ({"en": "tea"}, 1)]
    assert (told.points, told.payload) == (500, f"checkout:{draft.id}:{draft.revision}")


async def test_the_invoice_of_an_order_is_the_same_as_its_summarys_until_it_is_paid(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"), quantity=2)
    before = payments.invoice(draft, provider="demo", star_minor=POLICY.star_minor)
    order = await asked(draft)

    told = payments.invoice_of(order)
    await bought(draft)

    assert (told.payload, told.due, told.shipping, told.place) == (
        *(before.payload, before.due, before.shipping, before.place),
    )
    assert [(quantity, money) for _, quantity, money in told.things] == [(2, Money(9380, "CNY"))]
    with pytest.raises(orders.PaidAlready):
        payments.invoice_of(await orders.find(order.id))


async def test_there_is_no_invoice_for_a_summary_that_is_not_the_newest(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    await stocked("rice", price=9999)

    dearer = await cart.find(person_id=market.ann, checkout_id=draft.id, policy=POLICY)

    with pytest.raises(cart.StaleCheckout):
        payments.invoice(dearer, provider="demo", star_minor=POLICY.star_minor)


async def test_nothing_is_held_for_a_look_only_when_the_provider_asks(market: Market) -> None:
    rice = await stocked("rice")
    draft = await drafted(market.ann, rice)

    before = await left(rice)
    order = await asked(draft)

    assert (before, await left(rice), order.state) == (10, 9, "placed")
    assert (await asked(draft)).id == order.id


@pytest.mark.parametrize("wrong", [{"amount": 4689}, {"currency": "USD"}])
async def test_another_sum_than_is_due_is_not_charged(market: Market, wrong: dict[str, object]) -> None:
    rice = await stocked("rice")
    draft = await drafted(market.ann, rice)

    with pytest.raises(payments.WrongAmount):
        await asked(draft, **wrong)

    assert await left(rice) == 10


async def test_an_invoice_of_an_older_summary_is_not_charged(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, quantity=2)

    with pytest.raises(cart.StaleCheckout):
        await asked(draft)


async def test_a_forwarded_invoice_is_not_charged_to_somebody_else(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))

    with pytest.raises(payments.WrongPayer):
        await asked(draft, person_id=market.bob)
    await asked(draft)
    with pytest.raises(payments.WrongPayer):
        await asked(draft, person_id=market.bob)


@pytest.mark.parametrize("payload", ["", "checkout:1", "checkout:x:1", "order:1", "checkout:99999999999999999999:1"])
async def test_an_unknown_payload_is_not_charged(market: Market, payload: str) -> None:
    draft = await drafted(market.ann, await stocked("rice"))

    with pytest.raises(NotFound):
        await asked(draft, payload=payload)


async def test_a_paid_cancelled_or_lapsed_order_is_not_charged_again(market: Market) -> None:
    rice = await stocked("rice")
    with clock.driven() as time:
        paid, cancelled, lapsed = [await drafted(market.ann, rice) for _ in range(3)]
        await bought(paid)
        await orders.cancel(person_id=market.ann, order_id=(await asked(cancelled)).id)
        await asked(lapsed)
        time.forward(clock.HOUR)
        await orders.lapse()

        for draft in (paid, cancelled, lapsed):
            with pytest.raises(orders.NotPayable):
                await asked(draft)


async def test_the_last_piece_is_refused_before_anybody_is_charged(market: Market) -> None:
    vase = await stocked("vase", pieces=1)
    anns, bobs = await drafted(market.ann, vase), await drafted(market.bob, vase)
    await asked(anns)

    with pytest.raises(catalog.SoldOut):
        await asked(bobs)


async def test_a_charge_that_is_told_sixteen_times_counts_once(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await asked(draft)

    for _ in range(16):
        await charged(draft)
        await payments.advance()

    assert await db.rows("SELECT state, times_seen FROM charge") == [{"state": "applied", "times_seen": 16}]
    assert (await orders.find(order.id)).state == "confirmed"
    assert await letters(market.ann) == ["order_paid"]
    assert await books() == []


async def test_a_payment_after_the_customer_cancelled_goes_back(market: Market) -> None:
    bank = Bank()
    payments.use_refunders({"demo": bank.refund})
    await charged_in_vain(market)

    assert await charge_states() == ["to_refund"]
    assert await books() == []
    assert await payments.refund_due() == 1

    assert [(wish.charge_id, wish.amount) for wish in bank.asked] == [("c1", Money(4690, "CNY"))]
    assert await letters(market.ann) == ["order_cancelled", "charge_unused", "refund_done"]
    assert await ledger.balance(ledger.gateway("demo", "CNY")) == 0
    assert await books() == []


async def test_a_payment_after_the_order_lapsed_goes_back(market: Market) -> None:
    with clock.driven() as time:
        draft = await drafted(market.ann, await stocked("rice"))
        order = await asked(draft)
        time.forward(clock.HOUR)
        await orders.lapse()
        await charged(draft)

        await payments.advance()

    assert (await orders.find(order.id)).state == "expired"
    assert await charge_states() == ["to_refund"]
    assert await letters(market.ann) == ["order_expired", "charge_unused"]
    assert await books() == []


async def test_a_second_payment_for_one_order_goes_back(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await bought(draft, "first")

    await charged(draft, "second")
    await payments.advance()

    assert await charge_states() == ["applied", "to_refund"]
    assert (await orders.find(order.id)).state == "confirmed"
    assert await books() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 4689},
        {"amount_minor": 46900},
        {"currency": "USD"},
        {"payload": "checkout:4711:1"},
        {"payload": "nonsense"},
        {"payload": "x" * 500},
    ],
)
async def test_money_that_fits_no_order_goes_back_and_the_order_waits_on(
    market: Market, wrong: dict[str, object]
) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await asked(draft)

    await charged(draft, **wrong)
    await payments.advance()

    assert (await orders.find(order.id)).state == "placed"
    assert await charge_states() == ["to_refund"]
    assert await letters(market.ann) == ["charge_unused"]
    assert await books() == []


async def test_a_stranger_who_pays_gets_the_money_back_and_not_the_goods(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await asked(draft)

    await charged(draft, person_id=market.bob)
    await payments.advance()

    assert (await orders.find(order.id)).state == "placed"
    assert (await letters(market.bob), await letters(market.ann)) == (["charge_unused"], [])
    assert await books() == []


async def test_a_charge_that_cannot_be_decided_is_kept_and_holds_up_no_other(market: Market) -> None:
    rice = await stocked("rice")
    first, second = await drafted(market.ann, rice), await drafted(market.bob, rice)
    broken, sound = await asked(first), await asked(second)
    await charged(first, "c1")
    await charged(second, "c2")
    await db.execute("UPDATE charge SET amount_minor = 0 WHERE charge_id = 'c1'")

    assert await payments.advance() == 1

    assert await charge_states() == ["received", "applied"]
    assert ((await orders.find(broken.id)).state, (await orders.find(sound.id)).state) == ("placed", "confirmed")
    await db.execute("UPDATE charge SET amount_minor = 4690 WHERE charge_id = 'c1'")
    assert await payments.advance() == 1
    assert (await orders.find(broken.id)).state == "confirmed"


async def test_a_refund_that_fails_is_asked_again_later_with_the_same_key(market: Market) -> None:
    bank = Bank(payments.RefundFailed("503"), payments.RefundFailed("503"))
    payments.use_refunders({"demo": bank.refund})
    with clock.driven() as time:
        await charged_in_vain(market)

        told = []
        for _ in range(5):
            told.append(await payments.refund_due())
            time.forward(clock.MINUTE)

    assert (sum(told), await states()) == (1, ["done"])
    assert len(bank.asked) == 3
    assert len({wish.key for wish in bank.asked}) == 1
    assert await books() == []


async def test_a_refund_whose_answer_was_lost_is_asked_again_with_the_same_key(market: Market) -> None:
    bank = Bank(ConnectionResetError("the line went dead"))
    payments.use_refunders({"demo": bank.refund})
    with clock.driven() as time:
        await charged_in_vain(market)

        assert [await payments.refund_due(), await payments.refund_due()] == [0, 0]
        assert await states() == ["sent"]
        time.forward(5 * clock.MINUTE)
        assert await payments.refund_due() == 1

    assert len({wish.key for wish in bank.asked}) == 1
    assert await books() == []


async def test_a_refund_that_breaks_holds_up_no_other(market: Market) -> None:
    bank = Bank(ValueError("a bug"))
    payments.use_refunders({"demo": bank.refund})
    await charged_in_vain(market)
    draft = await drafted(market.bob, await stocked("tea"))
    await bought(draft, "c2")
    await charged(draft, "c3")
    await payments.advance()

    assert await payments.refund_due() == 1

    assert await states() == ["sent", "done"]


async def test_what_no_machine_gives_back_becomes_a_task_and_the_customer_is_told_when(market: Market) -> None:
    payments.use_refunders({})
    await charged_in_vain(market)

    assert [await payments.refund_due(), await payments.refund_due()] == [1, 0]

    assert await states() == ["desk"]
    assert await letters(market.ann) == ["order_cancelled", "charge_unused", "refund_at_desk"]
    assert await books() == []


async def test_a_provider_that_never_answers_ends_at_the_desk(market: Market) -> None:
    bank = Bank(*[payments.RefundFailed("503")] * 99)
    payments.use_refunders({"demo": bank.refund})
    with clock.driven() as time:
        await charged_in_vain(market)
        for _ in range(40):
            await payments.refund_due()
            time.forward(clock.HOUR)

    assert (await states(), len(bank.asked)) == (["desk"], 8)


async def test_an_order_to_be_paid_at_the_branch_is_reserved_paid_by_the_clerk_once_and_confirmed(
    market: Market,
) -> None:
    rice = await stocked("rice")
    order = await placed(await drafted(market.ann, rice), "branch")

    took = [await payments.take_at_branch(order_id=order.id, actor="clerk", key="till 7") for _ in range(2)]

    assert took == [True, False]
    assert (await orders.find(order.id)).state == "confirmed"
    assert await letters(market.ann) == ["order_reserved", "order_paid"]
    assert await ledger.balance(ledger.gateway("branch", "CNY")) == -4690
    assert await books() == []


async def test_a_reservation_waits_three_days_for_its_customer(market: Market) -> None:
    rice = await stocked("rice")
    with clock.driven() as time:
        await placed(await drafted(market.ann, rice), "branch")

        time.forward(3 * clock.DAY - 1)
        before = await orders.lapse()
        time.forward(1)

        assert (before, await orders.lapse(), await left(rice)) == (0, 1, 10)
    assert await letters(market.ann) == ["order_reserved", "order_expired"]


async def test_a_reservation_may_be_paid_by_invoice_after_all(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await placed(draft, "branch")

    await bought(draft)

    paid = await orders.find(order.id)
    assert (paid.state, paid.provider) == ("confirmed", "demo")
    assert not await payments.take_at_branch(order_id=order.id, actor="clerk", key="till 7")
    assert await books() == []


async def test_digital_things_are_sold_for_stars_and_stars_are_booked_as_stars(market: Market) -> None:
    topup = await stocked("topup", kind="digital", price=4695)
    draft = await drafted(market.ann, topup)
    told = payments.invoice(draft, provider="stars", star_minor=POLICY.star_minor)
    stars = {"currency": "XTR", "amount_minor": 470, "provider": "stars"}

    order = await asked(draft, **stars)
    await charged(draft, **stars)
    await payments.advance()
    for state in ("delivered", "completed"):
        await orders.step(order_id=order.id, to_state=state, actor="shop", cause="a test")

    assert told.due == Money(470, "XTR")
    assert (order.total, order.due) == (Money(4695, "CNY"), Money(470, "XTR"))
    assert (await orders.find(order.id)).state == "completed"
    assert await ledger.balance(ledger.revenue("XTR")) == 470
    assert await books() == []


async def test_stars_go_back_to_the_account_that_paid(market: Market) -> None:
    given: list[tuple[int, str]] = []

    async def give_back(user_id: int, charge_id: str) -> str | None:
        given.append((user_id, charge_id))
        return None

    payments.use_refunders({"stars": payments.stars_refunder(1, give_back)})
    draft = await drafted(market.ann, await stocked("topup", kind="digital"))
    await charged(draft, provider="stars", currency="XTR", amount_minor=5)
    await payments.advance()

    assert await payments.refund_due() == 1
    assert given == [(1, "tg c1")]
    assert await books() == []


async def test_stars_that_telegram_does_not_give_back_are_asked_for_again(market: Market) -> None:
    async def refuse(user_id: int, charge_id: str) -> str | None:
        return "Too Many Requests"

    payments.use_refunders({"stars": payments.stars_refunder(1, refuse)})
    draft = await drafted(market.ann, await stocked("topup", kind="digital"))
    await charged(draft, provider="stars", currency="XTR", amount_minor=5)
    await payments.advance()

    assert (await payments.refund_due(), await states()) == (0, ["intended"])
