"""What an order does with its promotions as a whole."""

from storefront.kernel import db
from storefront.promotions import coupons, flash


@db.transaction
async def give_back(*, order_id: int) -> None:
    """An order ended in whole, and let go of its stock: its coupons are hers again, its flash pieces somebody's turn."""
    await coupons.give_back(order_id=order_id)
    await flash.give_back(order_id=order_id)


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person, with one set of coupons and limits."""
    await coupons.follow(from_person_id=from_person_id, to_person_id=to_person_id)
    await flash.follow(from_person_id=from_person_id, to_person_id=to_person_id)
