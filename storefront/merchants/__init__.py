"""Whose things the shop sells: merchants, known by their codes, what the shop keeps of it, and what they are owed."""

from storefront.merchants.loading import MerchantsTold, load, read
from storefront.merchants.rules import MoreThanOwed, ReferenceUsed
from storefront.merchants.service import CODE_MAX, Merchant, Owed, know, known, owed, pay_out

__all__ = [
    "CODE_MAX",
    "Merchant",
    "MerchantsTold",
    "MoreThanOwed",
    "Owed",
    "ReferenceUsed",
    "know",
    "known",
    "load",
    "owed",
    "pay_out",
    "read",
]
