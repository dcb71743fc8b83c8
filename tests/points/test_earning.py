"""Points are earned once, pending until nothing can come back, and what comes back takes along what it had earned."""

import random
from collections.abc import Iterator

import pytest

from storefront import cart, ledger, orders, payments, people, points
from storefront.kernel import clock, db
from storefront.points import EarnLine, EarnRule, Terms
from tests.points.people import Had, found, give, has, somebody
from tests.sharing.friends import came_by
from tests.support.market import POLICY, Market, books, bought, drafted, letters, market, stocked

__all__ = ["market"]

ORDER = 7
# 24 November 2026, 20:00 in Shanghai; the tests' shop counts its days in UTC.
NOON = 1_795_521_600_000
RATE = EarnRule("base", "purchase", rate=1)
TERMS = Terms(life_days=30, return_days=7)


@pytest.fixture(autouse=True)
def terms() -> Iterator[None]:
    points.use_terms(TERMS)
    yield
    points.use_terms(Terms())


def line(number: int, money_minor: int, quantity: int = 1, category: str = "") -> EarnLine:
    return EarnLine(number, category, money_minor, quantity)


async def earned(person_id: int, *lines: EarnLine, order_id: int = ORDER, first: bool = False) -> None:
    await points.earn(person_id=person_id, order_id=order_id, lines=lines, first=first)


async def delivered(time: clock.DrivenClock, order_id: int = ORDER) -> None:
    """The customer has had it for as long as it may come back."""
    await points.mature(order_id=order_id)
    time.forward(TERMS.return_days * clock.DAY)
    await points.ready()


async def pending(person_id: int) -> int:
    return await ledger.balance(ledger.points_pending(person_id))


async def owes(person_id: int) -> int:
    return (await points.statement(person_id)).debt


async def test_a_paid_order_earns_points_that_can_be_spent_once_it_cannot_come_back(market: Market) -> None:
    await points.set_rules([RATE])
    with clock.driven(NOON) as time:
        order = await bought(await drafted(market.ann, await stocked("rice"), quantity=2))
        assert (await has(market.ann), await pending(market.ann)) == (Had(0, 0), 93)

        for state in ("ready", "delivered"):
            await orders.step(order_id=order.id, to_state=state, actor="shop", cause="a test")
        due = NOON + 7 * clock.DAY
        told = await points.statement(market.ann)
        time.forward(7 * clock.DAY - 1)
        assert await points.ready() == 0
        time.forward(1)
        assert (await points.ready(), await points.ready()) == (1, 0)

        assert told.pending == [points.Pending(93, "purchase", order.id, due)]
        assert (await has(market.ann), await pending(market.ann)) == (Had(93, 0), 0)
        last_day = (due // clock.DAY + 31) * clock.DAY - 1
        assert (await points.balance(market.ann)).ends_next == (93, last_day)
        assert await books() == []


async def test_a_merchants_campaign_multiplies_what_its_things_earn_and_no_others(market: Market) -> None:
    await points.set_rules([RATE, EarnRule("farm", "purchase", multiplier=300, merchant="green-farm")])
    rice, tea = await stocked("rice", price=10_000, merchant="green-farm"), await stocked("tea", price=10_000)

    await bought(await drafted(market.ann, rice), "c1")
    await bought(await drafted(market.bob, tea), "c2")

    assert (await pending(market.ann), await pending(market.bob)) == (300, 100)
    assert await points.earn_rules() == [RATE, EarnRule("farm", "purchase", multiplier=300, merchant="green-farm")]


async def test_an_order_that_is_confirmed_twice_earns_once(database: str) -> None:
    await points.set_rules([RATE])
    ann = await somebody()

    await earned(ann, line(1, 4690))
    await earned(ann, line(1, 4690))

    assert await pending(ann) == 46
    assert await found() == []


async def test_what_comes_back_takes_its_pending_points_along_in_proportion_and_in_any_split(market: Market) -> None:
    await points.set_rules([RATE])
    order = await bought(await drafted(market.ann, await stocked("tea", price=1050), quantity=3))
    assert await pending(market.ann) == 31
    left = []

    for number in range(3):
        await payments.credit(
            order_id=order.id, pieces={order.lines[0].id: 1}, key=f"{number}", actor="staff:3", cause="torn bag"
        )
        left.append(await pending(market.ann))

    assert left == [21, 11, 0]
    assert await points.ready() == 0
    assert await books() == []


async def test_money_for_the_trouble_takes_its_part_of_what_the_purchase_earned(market: Market) -> None:
    await points.set_rules([RATE, EarnRule("first", "first_order", points=100)])
    order = await bought(await drafted(market.ann, await stocked("tea", price=10_000), quantity=2))
    line_id = order.lines[0].id
    left = [await pending(market.ann)]

    await payments.compensate(order_id=order.id, amount_minor=5000, key="late", actor="staff:3", cause="late")
    left.append(await pending(market.ann))
    await payments.credit(order_id=order.id, pieces={line_id: 1}, key="one", actor="staff:3", cause="torn bag")
    left.append(await pending(market.ann))
    await payments.compensate(order_id=order.id, amount_minor=5000, key="late again", actor="staff:3", cause="late")
    left.append(await pending(market.ann))

    assert left == [200 + 100, 150 + 100, 50 + 50, 0 + 50]
    assert await points.earned_by(person_id=market.ann, order_id=order.id) == 50
    assert await books() == []


@pytest.mark.parametrize("seed", range(4))
async def test_what_an_order_still_earns_does_not_depend_on_the_order_of_what_goes_back(
    market: Market, seed: int
) -> None:
    await points.set_rules([EarnRule("base", "purchase", rate=37)])
    chance = random.Random(seed)
    things = {await stocked(f"thing {n}", 99, chance.randint(100, 9999)): chance.randint(1, 5) for n in range(3)}
    sums = [chance.randint(1, 90) for _ in range(2)]
    back = {variant_id: chance.randint(0, quantity) for variant_id, quantity in things.items()}
    for person_id in (market.ann, market.bob):
        for variant_id, quantity in things.items():
            await cart.add(person_id=person_id, variant_id=variant_id, quantity=quantity, key=f"{variant_id}")
        order = await bought(await cart.draft(person_id=person_id, policy=POLICY), f"c{person_id}")
        wishes: list[int | dict[int, int]] = [*sums]
        wishes += [{line.id: 1} for line in order.lines for _ in range(back[line.variant_id])]
        chance.shuffle(wishes)

        for number, wish in enumerate(wishes):
            told = {"order_id": order.id, "key": f"{person_id} {number}", "actor": "staff:3", "cause": "torn"}
            if isinstance(wish, int):
                await payments.compensate(amount_minor=wish, **told)
            else:
                await payments.credit(pieces=wish, **told)

    assert await pending(market.ann) == await pending(market.bob)
    assert await books() == []


async def test_points_that_were_spent_before_their_goods_came_back_are_owed_and_netted_from_the_next(
    database: str,
) -> None:
    await points.set_rules([RATE])
    ann = await somebody()
    with clock.driven(NOON) as time:
        await earned(ann, line(1, 10_000))
        await delivered(time)
        await points.hold(person_id=ann, order_id=8, points=70)
        await points.capture(person_id=ann, order_id=8)

        await points.unearn(order_id=ORDER, returned={1: 1})
        await points.unearn(order_id=ORDER, returned={1: 1})

        assert (await has(ann), await owes(ann)) == (Had(0, 0), 70)
        await earned(ann, line(2, 5_000), order_id=9)
        await delivered(time, 9)
        assert (await has(ann), await owes(ann)) == (Had(0, 0), 20)
        await earned(ann, line(3, 5_000), order_id=10)
        await delivered(time, 10)
        assert (await has(ann), await owes(ann)) == (Had(30, 0), 0)
        assert -(await ledger.balance(ledger.points_issued())) == 100
        assert await found() == []


async def test_what_is_given_pays_what_is_owed_first_once_per_key(database: str) -> None:
    await points.set_rules([RATE])
    ann = await somebody()
    with clock.driven(NOON) as time:
        await earned(ann, line(1, 10_000))
        await delivered(time)
        await points.hold(person_id=ann, order_id=8, points=100)
        await points.unearn(order_id=ORDER, returned={1: 1})

        await give(ann, 60, key="welcome")
        await give(ann, 60, key="welcome")
        left = await owes(ann)
        await give(ann, 500, key="from the bank")

        assert (left, await has(ann), await owes(ann)) == (40, Had(460, 100), 0)
        assert await found() == []


async def test_what_is_given_ends_by_the_terms_unless_the_giver_says_when(database: str) -> None:
    ann = await somebody()
    with clock.driven(NOON):
        await give(ann, 10)
        await give(ann, 20, days=400)

        ends = (await points.statement(ann)).ends

    midnight = (NOON // clock.DAY + TERMS.life_days + 1) * clock.DAY
    assert ends == [(10, midnight - 1), (20, NOON + 400 * clock.DAY)]


async def test_a_daily_cap_holds_over_all_orders_of_a_day(database: str) -> None:
    await points.set_rules([EarnRule("base", "purchase", rate=1, daily_cap=50)])
    ann = await somebody()
    with clock.driven(NOON) as time:
        await earned(ann, line(1, 3_000), line(2, 3_000))
        await earned(ann, line(3, 3_000), order_id=8)
        assert await pending(ann) == 50

        time.forward(clock.DAY)
        await earned(ann, line(4, 3_000), order_id=9)

        assert await pending(ann) == 80
        assert await found() == []


async def test_the_first_order_pays_once_and_only_the_first(market: Market) -> None:
    await points.set_rules([EarnRule("first", "first_order", points=100)])
    rice = await stocked("rice")

    await bought(await drafted(market.ann, rice), "c1")
    await bought(await drafted(market.ann, rice), "c2")
    await bought(await drafted(market.bob, rice), "c3")

    assert (await pending(market.ann), await pending(market.bob)) == (100, 100)
    assert await books() == []


async def test_an_invited_friend_pays_once_her_first_order_cannot_come_back_and_both_hear_of_it(market: Market) -> None:
    await points.set_rules([EarnRule("friend", "friend", points=200)])
    with clock.driven() as time:
        assert await came_by(market.ann, market.bob)
        order = await bought(await drafted(market.bob, await stocked("rice")))
        assert (await pending(market.ann), await pending(market.bob)) == (200, 0)

        await delivered(time, order.id)

        assert await has(market.ann) == Had(200, 0)
        assert await letters(market.ann) == ["friend_came", "friend_rewarded"]
        assert await books() == []


async def test_a_friend_who_gives_everything_back_brings_nothing(market: Market) -> None:
    await points.set_rules([EarnRule("friend", "friend", points=200)])
    await came_by(market.ann, market.bob)
    order = await bought(await drafted(market.bob, await stocked("rice")))

    await payments.credit(
        order_id=order.id, pieces={order.lines[0].id: 1}, key="all", actor="staff:3", cause="torn bag"
    )

    assert await pending(market.ann) == 0
    assert await books() == []


@pytest.mark.parametrize("paid", [False, True], ids=["before it was paid", "after it was paid"])
async def test_a_friend_who_turns_out_to_be_herself_brings_nothing(market: Market, paid: bool) -> None:
    await points.set_rules([EarnRule("friend", "friend", points=200)])
    await came_by(market.ann, market.bob)
    with clock.driven() as time:
        order = await bought(await drafted(market.bob, await stocked("rice")))
        if paid:
            await delivered(time, order.id)

        await people.join(person_id=market.bob, code=await people.link_code(person_id=market.ann))

        assert (await has(market.ann), await pending(market.ann), await owes(market.ann)) == (Had(0, 0), 0, 0)
        assert await books() == []


async def test_two_accounts_of_one_person_earn_and_owe_together(database: str) -> None:
    await points.set_rules([RATE])
    ann, ann_on_the_web = await somebody(), await somebody()
    with clock.driven(NOON) as time:
        await earned(ann_on_the_web, line(1, 10_000))
        await delivered(time)
        await points.hold(person_id=ann_on_the_web, order_id=8, points=100)
        await points.unearn(order_id=ORDER, returned={1: 1})
        await earned(ann_on_the_web, line(2, 30_000), order_id=9)

        await points.follow(from_person_id=ann_on_the_web, to_person_id=ann)

        assert (await pending(ann), await owes(ann), await pending(ann_on_the_web)) == (300, 100, 0)
        await delivered(time, 9)
        assert (await has(ann), await owes(ann)) == (Had(200, 100), 0)
        assert await found() == []


async def test_a_check_in_pays_once_a_day_and_more_on_the_seventh_in_a_row(database: str) -> None:
    await points.set_rules([EarnRule("daily", "check_in", points=5), EarnRule("week", "check_in", points=30, every=7)])
    ann = await somebody()
    told = []
    with clock.driven(NOON) as time:
        for _ in range(8):
            told.append(await points.check_in(person_id=ann))
            with pytest.raises(points.CheckedIn):
                await points.check_in(person_id=ann)
            time.forward(clock.DAY)
        time.forward(clock.DAY)
        offer = await points.check_in_offer(ann)
        told.append(await points.check_in(person_id=ann))

        assert [(day.points, day.streak) for day in told] == [
            *((5, streak) for streak in range(1, 7)),
            *((30, 7), (5, 8), (5, 1)),
        ]
        assert offer == points.CheckIn(5, 1)
        assert await points.check_in_offer(ann) is None
        assert await has(ann) == Had(70, 0)
        assert await found() == []


async def test_who_was_here_is_forgotten_after_a_month_and_her_days_in_a_row_go_on(database: str) -> None:
    await points.set_rules([EarnRule("daily", "check_in", points=5, daily_cap=5)])
    ann = await somebody()
    with clock.driven(NOON) as time:
        for _ in range(33):
            await points.check_in(person_id=ann)
            time.forward(clock.DAY)

        assert (await points.forget(), await points.forget()) == (4, 0)

        assert (await points.check_in(person_id=ann)).streak == 34
        days = await db.rows(
            "SELECT (SELECT COUNT(*) FROM check_in) AS here, (SELECT COUNT(*) FROM earned_today) AS caps"
        )
        assert days == [{"here": 32, "caps": 32}]
        assert await found() == []


async def test_a_review_pays_once_per_line_of_an_order_and_no_more_a_day_than_its_cap(database: str) -> None:
    await points.set_rules([EarnRule("review", "review", points=20, daily_cap=30)])
    ann = await somebody()

    paid = [await points.reward(person_id=ann, kind="review", key=f"review:{line_id}") for line_id in (1, 1, 2, 3)]

    assert paid == [20, 0, 10, 0]
    assert await has(ann) == Had(30, 0)
    assert await found() == []


async def test_what_no_rule_pays_for_brings_nothing(database: str) -> None:
    ann = await somebody()
    await points.set_rules([EarnRule("over", "review", points=20, ends_at=NOON)])
    with clock.driven(NOON):
        assert await points.check_in_offer(ann) is None
        assert await points.reward(person_id=ann, kind="review", key="review:1") == 0


async def test_a_birthday_is_paid_once_a_year_also_when_it_is_told_anew(database: str) -> None:
    await points.set_rules([EarnRule("birthday", "birthday", points=188)])
    ann = await somebody()
    with clock.driven(NOON) as time:
        await people.set_birthday(person_id=ann, birthday="11/24")
        assert (await points.birthdays(), await points.birthdays()) == (1, 0)
        with pytest.raises(people.BirthdayFixed):
            await people.set_birthday(person_id=ann, birthday="12-01")

        time.forward(365 * clock.DAY)
        assert (await points.birthdays(), await points.birthdays()) == (1, 0)
        await people.set_birthday(person_id=ann, birthday="11-25")
        time.forward(clock.DAY)

        assert await points.birthdays() == 0
        assert await has(ann) == Had(188, 0)


async def test_new_rules_replace_the_old_ones(database: str) -> None:
    rules = [RATE, EarnRule("double", "purchase", multiplier=200, category="tea", starts_at=1, ends_at=2, daily_cap=9)]

    await points.set_rules([EarnRule("gone", "review", points=1)])
    await points.set_rules(rules)

    assert await points.earn_rules() == rules


async def test_pending_points_that_differ_from_the_ledger_are_named(database: str) -> None:
    await points.set_rules([RATE])
    ann = await somebody()
    await earned(ann, line(1, 10_000))
    await points.hold(person_id=await somebody_with(50), order_id=8, points=50)

    await db.execute("UPDATE earning SET points = 90")
    await db.execute("UPDATE point_use SET amount = 40")

    assert await found() == [
        f"person {ann} has earned 90 pending points, the ledger says 100",
        "order 8 has 40 points of lots, the ledger says 50",
    ]


async def somebody_with(amount: int) -> int:
    bob = await somebody("Bob")
    await give(bob, amount)
    return bob
