"""What is decided by rule, at once, and what is not. Pure."""

from storefront.kernel.errors import N_, Refusal
from storefront.orders import IN_THE_HOUSE, PAID_IN, NotPaid, Order

# Why somebody wants it back that has not left the house yet; it changes nothing about what comes back.
REASONS = ("late", "mind", "mistake", "other")


class LeftTheHouse(Refusal):
    """What is on its way is not stopped by a tap."""

    text = N_(
        "Order %(number)s has left already and cannot be stopped here. If something is wrong with it, write to us."
    )


class AtOnce(Refusal):
    """What is delivered in the chat was delivered when it was paid."""

    text = N_(
        "Order %(number)s was delivered when you paid, so it cannot be cancelled here. Write to us, and we will help."
    )


class InGroup(Refusal):
    """The price of others hangs on a member who goes."""

    text = N_(
        "Order %(number)s was bought together with others. Leave its group while it is open: all that you paid comes back."
        " Once it is complete, write to us."
    )


class NothingChosen(Refusal):
    """A case is about one piece at least."""

    text = N_("Choose at least one piece that you want to give back.")


def why_not(order: Order) -> Refusal | None:
    """Why an order does not come back by rule, None when it does.

    The rule: what has not left the house is given back at once, whatever the reason. What is delivered in the chat left when
    it was paid; in a group, the price of others hangs on each member.
    """
    if order.state not in PAID_IN:
        return NotPaid(number=order.number)
    if order.delivery == "digital":
        return AtOnce(number=order.number)
    if order.state not in IN_THE_HOUSE:
        return LeftTheHouse(number=order.number)
    if order.deal is not None:
        return InGroup(number=order.number)
    return NothingChosen() if all(line.credited == line.quantity for line in order.lines) else None
