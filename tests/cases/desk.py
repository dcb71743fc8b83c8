"""Those who work at the desk, and cases that reach it."""

from storefront import orders, staff, support
from storefront.kernel import clock
from tests.support.market import Market, bought, drafted, stocked


async def agent(name: str = "Mei", role: str = "agent", *, here: bool = True, may_refund: bool = True) -> int:
    """Somebody who works here, and is here."""
    who = await staff.add(login=name.lower(), name=name, role=role, may_refund=may_refund)
    if here:
        await staff.be_present(staff_id=who.id, until=clock.now() + clock.HOUR)
    return who.id


async def delivered(market: Market, sku: str = "rice", quantity: int = 2, use: int = 0) -> orders.Order:
    """Ann's order, paid, with so many points, and in her hands."""
    variant = await stocked(sku, points_cap=use)
    order = await bought(await drafted(market.ann, variant, quantity=quantity, use=use), f"charge of {sku}")
    await orders.step(order_id=order.id, to_state="delivered", actor="staff:1", cause="handed over")
    return await orders.find(order.id)


async def complained(order: orders.Order, pieces: int = 1, reason: str = "damaged") -> support.Case:
    """Something is wrong with so many pieces of the order's first line, and she asks for an agent."""
    case = await support.begin(person_id=order.person_id, order_id=order.id)
    await support.choose(person_id=order.person_id, case_id=case.id, line_id=order.lines[0].id, quantity=pieces)
    await support.explain(person_id=order.person_id, case_id=case.id, reason=reason)
    return await support.submit(person_id=order.person_id, case_id=case.id, text="The bag is torn")


def shown(case: support.Case) -> support.Shown:
    """The sums that the desk shows for the pieces of a case."""
    return case.points, case.money.minor
