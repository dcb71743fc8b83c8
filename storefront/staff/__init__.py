"""Who works here: agents, leads and admins, what they speak and what they may do."""

from storefront.staff.service import ROLES, Staff, add, be_present, find, name_of, present, take_turn

__all__ = ["ROLES", "Staff", "add", "be_present", "find", "name_of", "present", "take_turn"]
