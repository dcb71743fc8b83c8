"""Merchants whose things are sold, and what the ledger says of them."""

import json
from typing import Any

from storefront import cart, ledger, merchants, orders, payments
from storefront.kernel.money import Money
from tests.support.market import POLICY, asked, bought, charged, drafted, given, stocked

FARM, KILN = "green-farm", "kiln"


async def rates(**basis_points: int | None) -> None:
    """Have merchants of these codes (`_` for `-`) at these commissions."""
    told = [{"code": code.replace("_", "-"), "commission_basis_points": rate} for code, rate in basis_points.items()]
    await merchants.load(told=merchants.read(json.dumps({"merchants": told})))


async def in_accounts() -> dict[str, int]:
    """What is in the accounts that money of orders comes to, in fen; empty ones are left out."""
    codes = {merchant.id: merchant.code for merchant in (await merchants.known()).values()}
    found = {
        f"{kind} {codes.get(account.owner, '')}".rstrip(): amount
        for kind in ("merchant_payable", "commission", "revenue", "to_refund", "bank", "gateway:demo")
        for account, amount in (await ledger.sums(kind)).items()
        if account.unit == "CNY"
    }
    return {name: amount for name, amount in found.items() if amount}


async def basket(person_id: int) -> orders.Order:
    """Two bags of rice of the farm with points, a cup of the kiln for points alone, and tea of the shop's own; paid."""
    await given(person_id, 3000)
    rice = await stocked("rice", price=4690, points_cap=1000, merchant=FARM)
    cup = await stocked("cup", price=0, points_price=900, merchant=KILN)
    tea = await stocked("tea", price=1000)
    for variant, pieces in ((rice, 2), (cup, 1), (tea, 1)):
        await cart.add(person_id=person_id, variant_id=variant, quantity=pieces, key=f"k{variant}")
    draft = await cart.draft(person_id=person_id, policy=POLICY)
    draft = await cart.change(person_id=person_id, checkout_id=draft.id, policy=POLICY, points_wanted=1500)
    return await bought(draft, "basket")


async def completed(order: orders.Order) -> orders.Order:
    """The order, as far as it gets: delivered, and its time to come back over."""
    for state in ("delivered", "completed"):
        await orders.step(order_id=order.id, to_state=state, actor="shop", cause="a test")
    return await orders.find(order.id)


async def sold(person_id: int, price: int, pieces: int = 1, merchant: str = FARM) -> orders.Order:
    """So many pieces of one merchant's thing, bought, delivered and kept."""
    thing = await stocked(f"{merchant}'s for {price}", pieces, price, merchant=merchant)
    return await completed(await bought(await drafted(person_id, thing, pieces), f"{merchant}:{price}"))


async def credit(order: orders.Order, line: int, pieces: int, key: str) -> payments.CreditNote:
    """So many pieces of a line come back."""
    wanted = {order.lines[line].id: pieces}
    return await payments.credit(order_id=order.id, pieces=wanted, key=key, actor="staff:1", cause="torn")


async def sorry(order: orders.Order, minor: int, key: str) -> payments.CreditNote:
    """Money without pieces comes back."""
    return await payments.compensate(order_id=order.id, amount_minor=minor, key=key, actor="staff:1", cause="late")


async def pay(minor: int, key: str, code: str = FARM) -> bool:
    """The operator paid a merchant."""
    return await merchants.pay_out(code=code, amount=Money(minor, "CNY"), key=key, actor="shop")


async def for_stars(person_id: int, thing: int) -> orders.Order:
    """A digital thing, paid in Stars."""
    draft = await drafted(person_id, thing)
    stars = payments.due(draft.total, provider="stars", star_minor=POLICY.star_minor)
    told: dict[str, Any] = {"provider": "stars", "currency": stars.currency}
    order = await asked(draft, stars.minor, **told)
    await charged(draft, "stars", amount_minor=stars.minor, **told)
    await payments.advance()
    return await orders.find(order.id)
