"""The demo shop: its own goods, branches, fees and pictures, so that it opens with no account and no data."""

from shop.demo.packing import CARRIER, pack
from shop.demo.preparing import DEFAULTS, PASSWORD, prepare

__all__ = ["CARRIER", "DEFAULTS", "PASSWORD", "pack", "prepare"]
