"""Orders and payments at the same instant: exactly one outcome, and the books are right; each race with its unguarded twin."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Iterable

from storefront import cart, orders, payments
from storefront.kernel import clock, db
from storefront.kernel.errors import Refusal
from tests.support.market import (
    HOLD_MS,
    POLICY,
    Market,
    asked,
    books,
    bought,
    charge_states,
    charged,
    customer,
    drafted,
    given,
    left,
    letters,
    placed,
    stocked,
)

ROUNDS = 10


async def at_once(wishes: Iterable[Awaitable[object]]) -> Counter[str]:
    """What became of wishes that are made at the same instant; a crash is a crash."""

    async def one(wish: Awaitable[object]) -> str:
        try:
            await wish
        except Refusal as refused:
            return type(refused).__name__
        return "yes"

    return Counter(await asyncio.gather(*(one(wish) for wish in wishes)))


async def loose_order(pieces: int = 1) -> None:
    """What a shop without our guards keeps."""
    await db.execute("CREATE TABLE loose (id BIGINT PRIMARY KEY, state VARCHAR(9), pieces BIGINT, taken BIGINT)")
    await db.execute("INSERT INTO loose (id, state, pieces, taken) VALUES (1, 'placed', ?, 0)", pieces)


async def loose() -> dict[str, object]:
    return (await db.rows("SELECT state, pieces, taken FROM loose"))[0]


async def look_then_write(looked: asyncio.Barrier, write: str) -> bool:
    """Read the order, test it, write it by its number only."""
    before = await loose()
    await looked.wait()
    if before["state"] != "placed":
        return False
    await db.execute(f"UPDATE loose SET {write} WHERE id = 1")
    return True


async def test_a_summary_that_is_ordered_ten_times_at_once_is_one_order(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2000)
    draft = await drafted(market.ann, rice, use=2000)

    placed_orders = await asyncio.gather(*(placed(draft) for _ in range(10)))

    assert len({order.id for order in placed_orders}) == 1
    assert (await left(rice), len((await orders.mine(person_id=market.ann, page=1))[0])) == (9, 1)
    assert await books() == []


async def test_a_summary_that_is_changed_while_it_is_ordered_is_ordered_as_shown_or_not_at_all(market: Market) -> None:
    rice = await stocked("rice", pieces=99)
    for _ in range(ROUNDS):
        person = await customer("Li", random.randint(100, 10**9))
        draft = await drafted(person, rice)

        await at_once([_change(draft, 3), placed(draft)])

        made, _ = await orders.mine(person_id=person, page=1)
        assert [order.lines[0].quantity for order in made] in ([], [1])
    assert await books() == []


async def test_the_last_piece_of_three_buyers_who_pay_at_once_is_sold_once(market: Market) -> None:
    for round_ in range(ROUNDS):
        vase = await stocked(f"vase {round_}", pieces=1)
        drafts = [await drafted(await customer("Li", round_ * 10 + n + 100), vase) for n in range(3)]

        told = await at_once(asked(draft) for draft in drafts)

        assert told == {"yes": 1, "SoldOut": 2}
        assert await left(vase) == 0
    assert await books() == []


async def test_without_the_guard_the_last_piece_is_sold_three_times(market: Market) -> None:
    await loose_order(pieces=1)
    looked = asyncio.Barrier(3)

    async def sell() -> bool:
        before = await loose()
        await looked.wait()
        if before["pieces"] == 0:
            return False
        await db.execute("UPDATE loose SET pieces = 0, taken = taken + 1 WHERE id = 1")
        return True

    assert await asyncio.gather(sell(), sell(), sell()) == [True, True, True]
    assert (await loose())["taken"] == 3


async def test_five_pieces_and_twenty_carts_are_five_orders(market: Market) -> None:
    rice = await stocked("rice", pieces=5)
    drafts = [await drafted(await customer("Li", 100 + n), rice) for n in range(20)]

    told = await at_once(bought(draft, f"c{n}") for n, draft in enumerate(drafts))

    assert (told["yes"], told["SoldOut"]) == (5, 15)
    assert await charge_states() == ["applied"] * 5
    assert await books() == []


async def test_two_things_wanted_in_opposite_order_by_many_never_lock_each_other_out(market: Market) -> None:
    rice, tea = await stocked("rice", pieces=50), await stocked("tea", pieces=50)
    drafts = []
    for number in range(12):
        person = await customer("Li", 100 + number)
        for variant_id in (rice, tea) if number % 2 else (tea, rice):
            await cart.add(person_id=person, variant_id=variant_id, quantity=1, key=f"{variant_id}")
        drafts.append(await cart.draft(person_id=person, policy=POLICY))

    assert await at_once(placed(draft) for draft in drafts) == {"yes": 12}
    assert (await left(rice), await left(tea)) == (38, 38)


async def test_the_same_callback_sixteen_times_at_once_counts_once(market: Market) -> None:
    draft = await drafted(market.ann, await stocked("rice"))
    order = await asked(draft)

    await asyncio.gather(*(charged(draft) for _ in range(16)))
    await asyncio.gather(*(payments.advance() for _ in range(4)))

    assert await db.rows("SELECT state, times_seen FROM charge") == [{"state": "applied", "times_seen": 16}]
    assert (await orders.find(order.id)).state == "confirmed"
    assert await letters(market.ann) == ["order_paid"]
    assert await books() == []


async def test_two_payments_for_one_order_at_once_are_one_sale_and_one_refund(market: Market) -> None:
    rice = await stocked("rice", pieces=99)
    for round_ in range(ROUNDS):
        draft = await drafted(market.ann, rice)
        await asked(draft)
        await asyncio.gather(*(charged(draft, f"{round_} {which}") for which in ("card", "wallet")))

        await asyncio.gather(payments.advance(), payments.advance(), payments.advance())

    assert Counter(await charge_states()) == {"applied": ROUNDS, "to_refund": ROUNDS}
    assert await books() == []


async def test_without_the_guard_two_payments_pay_one_order_twice(market: Market) -> None:
    await loose_order()
    looked = asyncio.Barrier(2)
    pay = "state = 'paid', taken = taken + 4690"

    told = await asyncio.gather(look_then_write(looked, pay), look_then_write(looked, pay))

    assert (told, (await loose())["taken"]) == ([True, True], 2 * 4690)


async def test_a_payment_and_the_deadline_at_once_are_a_sale_or_a_refund(market: Market) -> None:
    rice = await stocked("rice", pieces=99)
    with clock.driven() as time:
        for round_ in range(ROUNDS):
            draft = await drafted(market.ann, rice)
            order = await asked(draft)
            time.forward(HOLD_MS)
            await charged(draft, f"c{round_}")

            await asyncio.gather(payments.advance(), orders.lapse(), payments.advance(), orders.lapse())

            state = (await orders.find(order.id)).state
            assert ((await charge_states())[-1], state) in {("applied", "confirmed"), ("to_refund", "expired")}
    assert await books() == []


async def test_a_payment_and_a_cancellation_at_once_are_a_sale_or_a_refund(market: Market) -> None:
    rice = await stocked("rice", pieces=99, points_cap=10)
    await given(market.ann, 10 * ROUNDS)
    for round_ in range(ROUNDS):
        draft = await drafted(market.ann, rice, use=10)
        order = await asked(draft)
        await charged(draft, f"c{round_}")

        told = await at_once([payments.advance(), orders.cancel(person_id=market.ann, order_id=order.id)])

        state = (await orders.find(order.id)).state
        assert ((await charge_states())[-1], state, told["NotCancellable"]) in {
            ("applied", "confirmed", 1),
            ("to_refund", "cancelled", 0),
        }
    assert await books() == []


async def test_without_the_guard_a_cancelled_order_becomes_paid(market: Market) -> None:
    await loose_order()
    looked = asyncio.Barrier(2)

    told = await asyncio.gather(
        look_then_write(looked, "state = 'cancelled', pieces = pieces + 1"),
        look_then_write(looked, "state = 'paid', taken = taken + 4690"),
    )

    kept = await loose()
    assert (told, kept["pieces"], kept["taken"]) == ([True, True], 2, 4690)


async def test_an_order_that_is_cancelled_and_lapses_at_once_gives_back_once(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await given(market.ann, 2000)
    with clock.driven() as time:
        for _ in range(ROUNDS):
            order = await placed(await drafted(market.ann, rice, use=2000))
            time.forward(HOLD_MS)

            await at_once([orders.lapse(), orders.cancel(person_id=market.ann, order_id=order.id), orders.lapse()])

            assert (await orders.find(order.id)).state in ("expired", "cancelled")
            assert await left(rice) == 10
    assert await books() == []


async def test_four_runners_ask_for_one_refund_once(market: Market) -> None:
    asked_for: list[str] = []

    async def refund(wish: payments.RefundWish) -> None:
        asked_for.append(wish.key)
        await asyncio.sleep(0.01)

    payments.use_refunders({"demo": refund})
    draft = await drafted(market.ann, await stocked("rice"))
    await charged(draft)
    await payments.advance()

    told = await asyncio.gather(*(payments.refund_due() for _ in range(4)))

    assert (sum(told), len(asked_for)) == (1, 1)
    assert await letters(market.ann) == ["charge_unused", "refund_done"]
    assert await books() == []


async def test_the_clerk_and_a_card_at_once_are_one_payment(market: Market) -> None:
    rice = await stocked("rice", pieces=99)
    for round_ in range(ROUNDS):
        draft = await drafted(market.ann, rice)
        order = await placed(draft, "branch")
        await charged(draft, f"c{round_}")

        await asyncio.gather(
            payments.advance(), payments.take_at_branch(order_id=order.id, actor="clerk", key=f"till {round_}")
        )

        assert (await orders.find(order.id)).state == "confirmed"
    assert await books() == []


async def test_a_market_day_ends_with_right_books(market: Market) -> None:
    chance = random.Random(2026)
    things = [await stocked(f"thing {n}", pieces=6, price=500 + n, points_cap=200) for n in range(4)]
    people_here = [await customer("Li", 100 + n) for n in range(6)]
    for person in people_here:
        await given(person, 600)

    async def visit(person: int, number: int) -> None:
        thing = chance.choice(things)
        draft = await drafted(person, thing, chance.randint(1, 2), use=chance.choice([0, 100, 200]))
        order = await asked(draft)
        what = chance.choice(["pay", "pay", "pay twice", "cancel", "pay and cancel", "leave"])
        if "pay" in what:
            await charged(draft, f"{number}")
        if "twice" in what:
            await charged(draft, f"{number} again")
        if "cancel" in what:
            await orders.cancel(person_id=person, order_id=order.id)

    with clock.driven() as time:
        for morning in range(4):
            visits = [visit(chance.choice(people_here), morning * 100 + n) for n in range(12)]
            await at_once([*visits, payments.advance(), orders.lapse(), payments.advance()])
            time.forward(HOLD_MS)
            await asyncio.gather(orders.lapse(), payments.advance(), orders.lapse())
            assert await books() == []
    assert await payments.advance() == 0


async def _change(draft: cart.Checkout, quantity: int) -> None:
    await cart.change(person_id=draft.person_id, checkout_id=draft.id, policy=POLICY, quantity=quantity)
