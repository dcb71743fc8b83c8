"""The market of `tests.support.market`, for every test of this folder."""

from tests.support.market import market

__all__ = ["market"]
