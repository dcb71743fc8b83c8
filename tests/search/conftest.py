"""The shop that tests of suggestions sell in."""

from tests.support.market import market

__all__ = ["market"]
