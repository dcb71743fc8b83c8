"""How a price is told: in money, in points, or in both."""

from storefront import cart
from storefront.kernel.money import Money
from storefront.kernel.settings import Settings


def with_points(price: Money | None, points_cap: int, settings: Settings) -> tuple[Money, int] | None:
    """What one piece costs in money and points when as many points are used as may be; None when none may."""
    if price is None or not points_cap:
        return None
    policy = cart.Policy(settings.point_minor, settings.points_percent, settings.minimum_charge_minor)
    priced = cart.price(
        [cart.Piece(quantity=1, unit_minor=price.minor, points_cap=points_cap)],
        shipping_minor=0,
        points_wanted=points_cap,
        points_available=points_cap,
        policy=policy,
    )
    return (Money(priced.total_minor, price.currency), priced.points) if priced.points else None
