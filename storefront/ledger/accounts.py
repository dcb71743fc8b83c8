"""The chart of accounts: a customer's, an order's, a merchant's, and the shop's own."""

from typing import NamedTuple

PTS = "PTS"
# Whose balance is kept as a row and never goes below zero; the shop's own accounts would be rows that everybody waits for.
_GUARDED = frozenset({"customer_points", "points_held", "points_pending", "points_debt", "order_hold"})


class Account(NamedTuple):
    """An account by what it is for: its kind, whose it is (0: the shop's), and its one unit (ISO 4217 or PTS)."""

    kind: str
    owner: int
    unit: str

    @property
    def guarded(self) -> bool:
        """Whether it may never go below zero."""
        return self.kind in _GUARDED


def customer_points(person_id: int) -> Account:
    """Points a customer may spend."""
    return Account("customer_points", person_id, PTS)


def points_held(person_id: int) -> Account:
    """Points of a customer that an unpaid order holds, or that are on their way to a friend."""
    return Account("points_held", person_id, PTS)


def points_pending(person_id: int) -> Account:
    """Points that a customer has earned and cannot spend yet."""
    return Account("points_pending", person_id, PTS)


def points_debt(person_id: int) -> Account:
    """Points that a customer owes: earned by what was given back, and spent before."""
    return Account("points_debt", person_id, PTS)


def points_receivable() -> Account:
    """What customers owe in points, mirrored; below zero."""
    return Account("points_receivable", 0, PTS)


def order_hold(order_id: int, unit: str) -> Account:
    """What was paid for an order and is not yet earned."""
    return Account("order_hold", order_id, unit)


def gateway(provider: str, unit: str) -> Account:
    """Money that a provider took for us; it goes negative as money comes in from outside."""
    return Account(f"gateway:{provider}", 0, unit)


def revenue(unit: str) -> Account:
    """The shop's own of completed orders, less what it bears of what merchants are owed."""
    return Account("revenue", 0, unit)


def merchant_payable(merchant_id: int, unit: str) -> Account:
    """What is owed to a merchant; below zero, he owes the shop what came back after he was paid."""
    return Account("merchant_payable", merchant_id, unit)


def commission(merchant_id: int, unit: str) -> Account:
    """What the shop keeps of what a merchant's things sold for."""
    return Account("commission", merchant_id, unit)


def bank(unit: str) -> Account:
    """Money that left the shop's bank account, to merchants."""
    return Account("bank", 0, unit)


def to_refund(unit: str) -> Account:
    """Money that goes back, until the provider has given it back."""
    return Account("to_refund", 0, unit)


def points_issued() -> Account:
    """Where points come from."""
    return Account("points_issued", 0, PTS)


def points_redeemed() -> Account:
    """Points spent in completed orders."""
    return Account("points_redeemed", 0, PTS)


def points_expired() -> Account:
    """Points that nobody spent in time."""
    return Account("points_expired", 0, PTS)
