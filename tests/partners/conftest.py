"""A bank that the shop knows."""

import pytest

from storefront import partners
from storefront.partners import Scope
from tests.support.market import Market, market


@pytest.fixture
async def bank(market: Market) -> int:
    """The number of a partner called Bank, in a market with Ann and Bob."""
    await partners.add(name="Bank", scopes=list(Scope))
    return (await partners.find("Bank")).id


__all__ = ["bank", "market"]
