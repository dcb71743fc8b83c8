"""A visitor is taken away with all that was said; others stay."""

from pathlib import Path

import webchat
from storefront.kernel import db
from tests.journeys.conftest import OpenShop, open_shop, settled
from tests.support.visitor import Visitor

__all__ = ["open_shop"]


async def test_a_visitor_is_handed_out_and_taken_away_and_her_cookie_opens_nothing_of_it(
    open_shop: OpenShop, tmp_path: Path, url: str
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        for visitor in (ann, bob):
            await visitor.say("rice")
        await settled()
        own = f"sqlite:///{tmp_path / 'webchat.sqlite3'}" if db.dialect() == "sqlite" else url

        said = await webchat.said(own, await ann.user_id())
        await webchat.forget(own, await ann.user_id())

        assert said[0]["text"] == "rice"
        assert await webchat.said(own, await ann.user_id()) == []
        assert len(await bob.history()) > 0
        async with ann.session.get(f"{ann.address}/chat/history?limit=10") as response:
            assert response.status != 200 or (await response.json())["messages"] == []
