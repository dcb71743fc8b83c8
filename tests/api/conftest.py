"""The API on a port of its own, and a bank that calls it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from storefront import partners
from storefront.app import API, build
from storefront.kernel.settings import Settings
from storefront.partners import Scope
from tests.support.market import Market, market


@dataclass(frozen=True)
class Bank:
    """A bank's system: it calls the API with a key that may do all, or with another one."""

    client: TestClient[Any, Any]
    key: str
    id: int

    async def ask(
        self, method: str, path: str, *, key: str | None = None, headers: dict[str, str] | None = None, **wish: Any
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer; what is no success is problem details."""
        told = {"Authorization": f"Bearer {key or self.key}", **(headers or {})}
        async with self.client.request(method, f"{API}{path}", headers=told, **wish) as response:
            body = await response.json(content_type=None) if response.status != 204 else None
            if response.status >= 400:
                assert response.content_type == "application/problem+json"
                assert body["status"] == response.status
            return response.status, body

    async def key_for(self, *scopes: Scope) -> str:
        """One more key, with these scopes."""
        return await partners.add_key(name="Bank", scopes=scopes)


@pytest.fixture
async def bank(market: Market) -> AsyncIterator[Bank]:
    """The bank, at a market with Ann and Bob."""
    key = await partners.add(name="Bank", scopes=list(Scope))
    settings = Settings(_env_file=None, public_url="https://shop.example", api_per_minute=100_000)
    async with TestClient(TestServer(build(settings, ready=lambda: True))) as client:
        yield Bank(client, key, (await partners.find("Bank")).id)


__all__ = ["bank", "market"]
