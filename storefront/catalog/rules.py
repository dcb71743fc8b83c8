"""What the catalog refuses."""

from storefront.kernel.errors import N_, Refusal


class OutOfStock(Refusal):
    """Fewer pieces are left than were wanted; `n` says how many, `name` of what."""

    text = N_("Only %(n)s piece of %(name)s is left. Take one?")
    text_plural = N_("Only %(n)s pieces of %(name)s are left. Take fewer?")


class SoldOut(Refusal):
    """Not one piece is left."""

    text = N_("%(name)s has just sold out. Search for something like it.")
