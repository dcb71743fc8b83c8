"""A shop in which much has happened, for those who look it over."""

from storefront import cart, groupbuy, messaging, orders, partners, payments, promotions, support
from storefront.kernel import clock, db
from tests.cases.desk import agent, complained, delivered
from tests.groupbuy.groups import campaign, joined, opened, sat
from tests.partners.bank import card_points, linked, outcomes
from tests.promotions.offers import coupon, flash
from tests.support.market import (
    BOT,
    POLICY,
    Market,
    asked,
    asks_all_to_succeed,
    bought,
    charged,
    customer,
    drafted,
    given,
    placed,
    stocked,
)


async def lively(market: Market) -> None:
    """Orders with points and money in every state, money that no order took, coupons, a flash sale, groups, cases, a grant."""
    await asks_all_to_succeed()
    await given(market.ann, 9000)
    await _from_the_bank(market)
    await _orders(market)
    await _offers(market)
    await _groups(market)
    await _cases(market)
    await payments.refund_due()
    await _talk()


async def _talk() -> None:
    for number in (1, 2):
        update = {"update_id": 2**40 + number, "message": {"text": "rice", "chat": {"id": 1}, "from": {"id": 1}}}
        await messaging.receive(bot_id=BOT, updates=[update])
    async with db.tx():
        received = await messaging.next_update([BOT])
        assert received is not None
        await messaging.done(received)
    due = await messaging.due(bot_id=BOT, busy=(), limit=5)
    await messaging.delivered([messaging.Delivered(said, 70 + said.id, False) for said in due[:1]])
    await messaging.dropped(said=due[1], error="Forbidden: bot was blocked by the user")


async def _from_the_bank(market: Market) -> None:
    await partners.add(name="Bank", scopes=[])
    bank = (await partners.find("Bank")).id
    await linked(bank, market.ann, "C-1")
    await outcomes(bank, card_points("march"))


async def _orders(market: Market) -> None:
    rice, tea = await stocked("rice", pieces=50, points_cap=2000), await stocked("tea", 50, 1000, points_cap=100)
    await placed(await drafted(market.ann, tea, use=100))
    gone = await placed(await drafted(market.ann, tea, use=50))
    await orders.cancel(person_id=market.ann, order_id=gone.id)
    await cart.add(person_id=market.ann, variant_id=tea, quantity=3, key="tea")
    await cart.add(person_id=market.ann, variant_id=rice, quantity=2, key="rice")
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    draft = await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, points_wanted=1001)
    part = await bought(draft, "c1")
    await payments.credit(
        order_id=part.id, pieces={part.lines[0].id: 1}, key="torn", actor=f"person:{market.ann}", cause="torn"
    )
    done = await bought(await drafted(market.ann, rice, use=300), "c2")
    for state in ("ready", "delivered", "completed"):
        await orders.step(order_id=done.id, to_state=state, actor="shop", cause="a test")
    await payments.credit(order_id=done.id, pieces={done.lines[0].id: 1}, key="all", actor="shop", cause="all of it")
    with clock.driven(clock.now() - clock.HOUR) as time:
        late = await drafted(market.bob, rice)
        await asked(late)
        time.forward(clock.HOUR)
        await orders.lapse()
    await charged(late, "too late")
    await charged(late, "for nobody", payload="checkout:999:1")
    await payments.advance()
    await charged(late, "just came")


async def _offers(market: Market) -> None:
    rice = await stocked("rice", points_cap=2000)
    await promotions.collect(person_id=market.ann, code=await coupon("TEN", total=5))
    await bought(await drafted(market.ann, rice, use=200), "with a coupon")
    eggs = await stocked("eggs", pieces=10, price=2000)
    await flash("eggs", quota=3)
    await bought(await drafted(market.bob, eggs), "in the flash sale")
    back = await placed(await drafted(market.ann, eggs))
    await orders.cancel(person_id=market.ann, order_id=back.id)


async def _groups(market: Market) -> None:
    mei = await customer("Mei", 3)
    await stocked("oil", pieces=20)
    await stocked("salt", pieces=20)
    with clock.driven(clock.now() - 2 * clock.DAY) as time:
        await opened(market.ann, await campaign("oil", quota=8, per_person=2))
        ladder = await campaign("salt", size=2, ladder=[{"people": 3, "price_minor": 2990}], points=False)
        group = await opened(market.ann, ladder)
        await joined(market.bob, group)
        time.forward(clock.DAY + 1)
        await groupbuy.turn()
        await groupbuy.turn()
        await payments.refund_due()
    await sat(mei, await opened(market.bob, await campaign("oil", quota=8, per_person=2)))


async def _cases(market: Market) -> None:
    mei = await agent()
    order = await delivered(market, sku="flour", use=100)
    case = await complained(order)
    pieces = {order.lines[0].id: 1}
    points_back, money = await payments.quote(order_id=order.id, pieces=pieces)
    await support.refund(staff_id=mei, case_id=case.id, pieces=pieces, key="r", shown=(points_back, money.minor))
    other = await complained(await delivered(market, sku="bread"))
    await support.refuse(staff_id=mei, case_id=other.id, text="No", key="no")


async def counts(table: str) -> int:
    """How many rows a table of ours has."""
    return int((await db.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"])
