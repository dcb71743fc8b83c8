"""How goods reach the customer: branches where she picks up, and what it costs to bring them to her."""

from storefront.delivery.rules import FeeRule, NoDelivery, fee_of
from storefront.delivery.service import Branch, add_place, branch, branches, fee, regions, set_fees, warehouse_address

__all__ = [
    "Branch",
    "FeeRule",
    "NoDelivery",
    "add_place",
    "branch",
    "branches",
    "fee",
    "fee_of",
    "regions",
    "set_fees",
    "warehouse_address",
]
