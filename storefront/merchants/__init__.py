"""Whose things the shop sells: merchants, known by their codes."""

from storefront.merchants.service import CODE_MAX, Merchant, know, known

__all__ = ["CODE_MAX", "Merchant", "know", "known"]
