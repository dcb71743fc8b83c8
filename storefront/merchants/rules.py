"""What is refused about merchants. Pure."""

from storefront.kernel.errors import N_, Refusal


class MoreThanOwed(Refusal):
    """More is paid out than the merchant is owed."""

    text = N_("%(name)s is owed %(owed)s. Pay out no more than that.")


class ReferenceUsed(Refusal):
    """The reference stands for another payment."""

    text = N_("The reference %(key)s stands for another payment to a merchant. Give this payment's own.")
