"""What the catalog refuses."""

from storefront.kernel.errors import N_, NP_, Refusal


class OutOfStock(Refusal):
    """Fewer pieces are left than were wanted; `n` says how many, `name` of what."""

    text, text_plural = NP_(
        "Only %(n)s piece of %(name)s is left. Take one?", "Only %(n)s pieces of %(name)s are left. Take fewer?"
    )


class SoldOut(Refusal):
    """Not one piece is left."""

    text = N_("%(name)s has just sold out. Search for something like it.")
