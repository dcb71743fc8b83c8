"""What happens to money that others care about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChargeUnused:
    """Money came that no order could take (late, twice, another sum): it goes back."""

    charge_id: int
    person_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class RefundFact:
    """Something happened to a refund."""

    refund_id: int
    person_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class OrderCredited:
    """Something of an order is given back: its points are back already, its money is wished back."""

    order_id: int
    person_id: int
    note_id: int


class RefundDone(RefundFact):
    """The provider gave the money back."""


class RefundAtDesk(RefundFact):
    """No machine can give it back: a person has to."""
