"""Who works here: agents, leads and admins, what they speak and what they may do."""

from storefront.staff.service import ROLES, Staff, add, find

__all__ = ["ROLES", "Staff", "add", "find"]
