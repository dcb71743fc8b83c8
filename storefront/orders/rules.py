"""Which step follows which, and what the shop refuses about orders. Pure."""

from storefront.kernel import clock
from storefront.kernel.errors import N_, NP_, Refusal

UNPAID_MAX = 5
BRANCH_HOLD_MS = 3 * clock.DAY
PAYING_MS = 10 * clock.MINUTE

# state -> the states that may follow it
STEPS: dict[str, frozenset[str]] = {
    "placed": frozenset({"paid", "cancelled", "expired"}),
    "paid": frozenset({"confirmed", "cancelled"}),
    "confirmed": frozenset({"shipped", "ready", "delivered", "cancelled"}),
    "shipped": frozenset({"ready", "delivered"}),
    "ready": frozenset({"delivered", "cancelled"}),
    "delivered": frozenset({"completed"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}
# What each is called.
STATES = {
    "placed": N_("waiting for payment"),
    "paid": N_("paid"),
    "confirmed": N_("being prepared"),
    "shipped": N_("on its way"),
    "ready": N_("ready for pick-up"),
    "delivered": N_("delivered"),
    "completed": N_("completed"),
    "cancelled": N_("cancelled"),
    "expired": N_("not paid in time"),
}
# In these there is something to give a receipt for.
PAID_IN = frozenset({"paid", "confirmed", "shipped", "ready", "delivered", "completed"})
# In these an order has let go of all that it held.
ENDED = frozenset({"cancelled", "expired"})
# In these the goods have not left, or not all of them.
IN_THE_HOUSE = frozenset({"paid", "confirmed", "ready"})
ADDRESS_CHANGES_IN = frozenset({"placed", "paid", "confirmed"})


class NoWay(Refusal):
    """It is not yet known where the order goes."""

    text = N_("Choose first where the order shall go: a branch or an address.")


class TooManyUnpaid(Refusal):
    """Too many orders hold goods that nobody else can buy meanwhile."""

    text = N_("You have %(limit)s unpaid orders. Pay or cancel one of them in My orders, then go on.")


class NotPayable(Refusal):
    """The order was cancelled or ran out of time."""

    text = N_("Order %(number)s cannot be paid any more. Look at My orders: you can order the same again with one tap.")


class PaidAlready(NotPayable):
    """There is nothing left to pay."""

    text = N_("Order %(number)s is paid already, nothing more is charged. Look at My orders to see where it is.")


class NotCancellable(Refusal):
    """The order went too far to be cancelled by a tap."""

    text = N_("Order %(number)s is paid already and cannot be cancelled here. Write to us, and we will help.")


class NotPaid(Refusal):
    """There is nothing to give a receipt for."""

    text = N_("Order %(number)s is not paid, so there is no receipt for it. Look at My orders.")


class EnoughGifts(Refusal):
    """The operator lets each customer have so many pieces of a gift."""

    text, text_plural = NP_(
        "Each customer can have %(n)s piece of %(name)s. Take no more than that in all, or choose another gift.",
        "Each customer can have %(n)s pieces of %(name)s. Take no more than that in all, or choose another gift.",
    )


class MoreThanBought(Refusal):
    """More pieces are to come back than are left of the line."""

    text, text_plural = NP_(
        "Of %(name)s only %(n)s piece can still come back. Choose no more than that.",
        "Of %(name)s only %(n)s pieces can still come back. Choose no more than that.",
    )


class NotToShip(Refusal):
    """Nothing of the order waits to be sent."""

    text = N_("Order %(number)s is not waiting to be sent. Look at how it stands.")


class MoreThanHere(Refusal):
    """More pieces are to leave than are here."""

    text, text_plural = NP_(
        "Of %(name)s only %(n)s piece is here to be sent. Send no more than that.",
        "Of %(name)s only %(n)s pieces are here to be sent. Send no more than that.",
    )


class AddressFixed(Refusal):
    """The parcel has left, or the order is picked up."""

    text = N_("The address of order %(number)s cannot be changed any more.")


class FeeDiffers(Refusal):
    """Another region costs another fee."""

    text = N_(
        "Delivery there costs %(fee)s, not what order %(number)s was placed with. Choose an address in the same region."
    )
