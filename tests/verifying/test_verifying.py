"""Whatever was tampered with is named, and a shop where nothing was is not accused."""

import pytest

from storefront import cart, orders, partners, payments, promotions
from storefront.kernel import db
from tests.partners.bank import card_points, linked, outcomes
from tests.promotions.offers import coupon
from tests.support.market import POLICY, Market, books, bought, drafted, given, market, placed, stocked

__all__ = ["market"]


TWICE = (
    "INSERT INTO charge (provider, charge_id, payload, order_id, currency, amount_minor, state, at)"
    " VALUES ('demo', 'twice', '', 4, 'CNY', 2690, 'applied', 0)"
)


ANOTHER_GRANT = (
    "INSERT INTO partner_grant (id, partner_id, key, customer, person_id, points, cause, at)"
    " VALUES (7, 1, 'k7', 'C-1', 1, 100, '', 0)"
)


async def gives_back(_wish: payments.RefundWish) -> None: ...


async def busy(market: Market) -> orders.Order:
    """An order paid with points and money, one that waits, one given back in part, a completed one with a coupon; a grant."""
    await partners.add(name="Bank", scopes=[])
    bank = (await partners.find("Bank")).id
    await linked(bank, market.ann, "C-1")
    await outcomes(bank, card_points("march"))
    payments.use_refunders({"demo": gives_back})
    await given(market.ann, 5000)
    rice, tea = await stocked("rice", points_cap=2000), await stocked("tea", price=1000, points_cap=100)
    await placed(await drafted(market.ann, tea, use=100))
    await cart.add(person_id=market.ann, variant_id=tea, quantity=3, key="tea")
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    part = await bought(
        await cart.change(person_id=market.ann, checkout_id=draft.id, policy=POLICY, points_wanted=200), "c1"
    )
    piece = {part.lines[0].id: 1}
    await payments.credit(order_id=part.id, pieces=piece, key="was given back", actor="staff:1", cause="torn")
    await payments.refund_due()
    await payments.credit(order_id=part.id, pieces=piece, key="is to be given back", actor="staff:1", cause="torn")
    await promotions.collect(person_id=market.ann, code=await coupon("TEN"))
    done = await bought(await drafted(market.ann, rice, use=300), "c2")
    for state in ("ready", "delivered", "completed"):
        await orders.step(order_id=done.id, to_state=state, actor="shop", cause="a test")
    return await bought(await drafted(market.ann, rice, use=2000), "c3")


async def test_a_shop_in_order_is_not_accused(market: Market) -> None:
    await busy(market)

    assert await books() == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = 1", "of rice at main 10 lie there and 1 are held"),
        ("UPDATE stock SET held = held + 1 WHERE variant_id = 2", "of tea at main 10 lie there and 3 are held"),
        (
            "UPDATE orders SET points = points - 1 WHERE id = 4",
            "order A-10004 is of 1999 points, its lines sum to 2000",
        ),
        (
            "UPDATE orders SET total_minor = 1 WHERE id = 4",
            "order A-10004 is of 1 minor units of money, its lines sum to 2690",
        ),
        ("UPDATE order_line SET points = points + 1 WHERE order_id = 4", "its lines sum to 2001"),
        ("UPDATE order_line SET tax_minor = 5 WHERE order_id = 4", "is of 0 minor units of tax, its lines sum to 5"),
        ("UPDATE orders SET coupon_minor = 5 WHERE id = 4", "is of 5 minor units of coupons, its lines sum to 0"),
        ("UPDATE point_use SET returned = 1 WHERE order_id = 4", "order A-10004 has 1999 points to its name"),
        ("UPDATE charge SET amount_minor = 2691 WHERE order_id = 4", "order A-10004 took 2691 CNY, due was 2690 CNY"),
        ("UPDATE charge SET amount_minor = 2691 WHERE order_id = 4", "2691 CNY were paid for order number 4 and not"),
        ("UPDATE coupon_use SET state = 'given_back'", "order A-10003 stands, its coupons do not count as used"),
        (
            "UPDATE orders SET state = 'cancelled' WHERE id = 3",
            "order A-10003 ended in whole, its coupons count as used",
        ),
        (
            "UPDATE order_line SET credited = quantity, returned = shipped WHERE order_id = 3",
            "order A-10003 ended in whole, its coupons count as used",
        ),
        ("DELETE FROM charge WHERE order_id = 4", "order A-10004 counts as paid with 2690 CNY, no charge says so"),
        (TWICE, "order A-10004 took 2 charges"),
        (TWICE, "demo took 12101 CNY and gave back 933, the ledger says 8478"),
        ("UPDATE refund SET state = 'sent' WHERE id = 1", "demo took 9411 CNY and gave back 0, the ledger says 8478"),
        ("UPDATE refund SET amount_minor = 1 WHERE id = 2", "1 CNY are to be given back, the ledger says 933"),
        ("UPDATE partner_grant SET points = 99", "grant number 1 is of 99 points to person 1, the ledger gave 100"),
        ("UPDATE partner_grant SET person_id = 2", "grant number 1 is of 100 points to person 2, the ledger gave 0"),
        (ANOTHER_GRANT, "grant number 7 is of 100 points to person 1, the ledger gave 0"),
        ("DELETE FROM partner_grant", "the ledger has a grant number 1, which no partner made"),
    ],
)
async def test_what_was_tampered_with_is_named(market: Market, damage: str, told: str) -> None:
    last = await busy(market)

    await db.execute(damage)

    assert last.id == 4
    assert told in "\n".join(await books())
