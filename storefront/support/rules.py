"""What is decided by rule, at once, and what is not; which step of a case follows which. Pure."""

from storefront.kernel import clock
from storefront.kernel.errors import N_, Refusal
from storefront.orders import IN_THE_HOUSE, PAID_IN, NotPaid, Order

# Why somebody wants back what has not left the house yet; it changes nothing about what comes back.
IN_THE_HOUSE_REASONS = ("late", "mind", "mistake", "other")
# And what did.
REASONS_AFTER = ("missing", "late", "damaged", "wrong", "described", "mind", "other")
REASONS = tuple(dict.fromkeys((*IN_THE_HOUSE_REASONS, *REASONS_AFTER)))
WISHES = ("refund", "replace", "partial", "answer")
# In these a case is with us: somebody here, she or a parcel is waited for.
OPEN = ("open", "waiting", "returning")
ENDED = ("decided", "refused", "closed")
# So long after its end what she writes belongs to a case still.
LOW_STARS = 2
REOPENS_MS = 14 * clock.DAY
# So long goods may be on their way back.
RETURN_MS = 21 * clock.DAY
TEXT_MAX = 4000
PHOTOS_MAX = 10
# Due at no time: the last place in the queue.
NEVER = 2**62
# Snoozed until she writes, or something happens to the order.
UNTIL_SOMETHING_HAPPENS = NEVER
# What the shop says in a case to those who work here, and what the desk makes of it; she is told in letters.
OWN_WORDS = {
    "refund stuck": N_(
        "The provider does not give back what is to go back. Pay it by hand, and say by which reference."
    ),
    "order late": N_("The order should have left by now; the customer was told. Send it, or tell her when it leaves."),
    "parcel silent": N_("Nothing was heard of a parcel for too long; the customer was told. Ask the carrier."),
    "parcel lost": N_("The carrier has lost a parcel; the customer was told."),
    "parcel returned": N_("The carrier brings a parcel back to us; the customer was told."),
}


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


class NothingSaid(Refusal):
    """A message has a word or a photo."""

    text = N_("There is nothing in this message. Write a word, or add a photo.")


class OpenAlready(Refusal):
    """What goes wrong with an order is talked about in one place."""

    text = N_("We are looking into order %(number)s already. Write there, and add what is new.")


class Taken(Refusal):
    """Somebody else here has the case."""

    text = N_("%(name)s has this case. Ask for it, or take another one.")


class ForLead(Refusal):
    """An agent may not settle it."""

    text = N_("This case is for a lead. Hand it over, or take another one.")


class Ended(Refusal):
    """Nothing is open about the case any more."""

    text = N_("This case has come to its end. Open it again first.")


class OtherThanShown(Refusal):
    """Something came back meanwhile: other sums than those that were shown."""

    text = N_("Something has changed meanwhile. Look at the sums once more, then decide.")


class NothingToGive(Refusal):
    """A decision gives something."""

    text = N_("There is nothing in this decision. Choose pieces, or a sum.")


class SamePerson(Refusal):
    """Two people look at it, or it is not looked at twice."""

    text = N_("You proposed this yourself. Somebody else has to agree.")


class NotYours(Refusal):
    """Your role does not let you do that."""

    text = N_("You may not do that here. Ask a lead.")


class AppealedAlready(Refusal):
    """A refusal is looked at a second time, not a third."""

    text = N_("Somebody else here has looked at this a second time already. That decision stands.")


def promised_at(due_at: int | None, asked_at: int | None) -> int | None:
    """By when she is to hear from us, epoch ms; None when nobody waits, or nothing is promised."""
    return due_at if asked_at is not None and due_at != NEVER else None


def why_not(order: Order) -> Refusal | None:
    """Why nothing of an order comes back by rule, None when something does: the pieces that are `here`.

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
    if not all_left(order):
        return NothingChosen()
    return None if here(order) else LeftTheHouse(number=order.number)


def why_no_case(order: Order) -> Refusal | None:
    """Why nothing of an order can be asked back, not even of an agent; None when it can."""
    if order.state not in PAID_IN:
        return NotPaid(number=order.number)
    if order.deal is not None and order.state == "paid":
        return InGroup(number=order.number)
    return None if all_left(order) else NothingChosen()


def all_left(order: Order) -> dict[int, int]:
    """All pieces of an order that did not come back yet (line id -> pieces)."""
    return {line.id: line.quantity - line.credited for line in order.lines if line.quantity > line.credited}


def here(order: Order) -> dict[int, int]:
    """The pieces of an order that are in the house still (line id -> pieces)."""
    return {line.id: line.here for line in order.lines if line.here}


def gone(order: Order) -> dict[int, int]:
    """The pieces of an order that have left the house, and did not come back (line id -> pieces)."""
    return {line.id: line.gone for line in order.lines if line.gone}


def in_parts(order: Order) -> bool:
    """Whether some pieces come back at once, and others have left."""
    return why_not(order) is None and bool(gone(order))


def choosable(order: Order, *, of_left: bool) -> dict[int, int]:
    """What she may choose from (line id -> pieces): what has left, what comes back at once, or all there is to talk about."""
    if of_left:
        return gone(order)
    return here(order) if why_not(order) is None else all_left(order)


def at_once(order: Order, *, of_left: bool) -> bool:
    """Whether what she chooses comes back at once."""
    return not of_left and why_not(order) is None


def reasons(order: Order, *, of_left: bool = False) -> tuple[str, ...]:
    """What she may give as her reason."""
    return IN_THE_HOUSE_REASONS if at_once(order, of_left=of_left) else REASONS_AFTER


def clean_text(text: str) -> str:
    """What somebody wrote, at most 4,000 characters of it."""
    return text.strip()[:TEXT_MAX]
