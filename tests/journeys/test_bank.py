"""A bank's customer links her chat, is given points, and moves to another chat; the bank hears of it by itself."""

import asyncio
from typing import Any

import aiohttp

from storefront import partners
from storefront.partners import Scope
from tests.journeys.conftest import OpenShop
from tests.partners.receiver import receiver
from tests.support.visitor import Visitor, labels, text_of


async def test_a_banks_customer_links_her_chat_has_points_and_moves_to_another_chat(open_shop: OpenShop) -> None:
    async with open_shop() as shop, receiver() as system, aiohttp.ClientSession() as bank:
        key = await partners.add(name="Bank", scopes=list(Scope))
        await partners.set_endpoint(name="Bank", url=system.url, to_loopback=True)

        async def ask(path: str, **wish: Any) -> Any:
            headers = {"Authorization": f"Bearer {key}"}
            async with bank.post(f"{shop.address}/api/v1{path}", headers=headers, **wish) as response:
                assert response.status == 200, await response.text()
                return await response.json()

        async with Visitor(shop.address) as ann, Visitor(shop.address) as bob:
            await ann.say("/start")
            await bob.say("/start")

            code = (await ask("/customers/C-1/link-codes"))["code"]
            linked = await ann.say(f"/start b_{code}")
            row = {"key": "march", "customer": "C-1", "points": 500, "cause": "Card points for March"}
            granted = await ask("/points/grants", json={"grants": [row]})
            statement = await ann.say("/points")

            code = (await ask("/customers/C-1/link-codes"))["code"]
            asked = await bob.say(f"/link {code[:4]}-{code[4:8]}-{code[8:]}")
            moved = await bob.press("Yes, link this chat")
            await ann.sees("Bank is not linked with this chat any more.")

            shown = await bob.say("/link")
            await bob.press("Unlink Bank")
            unlinked = await bob.press("Yes, unlink")
            wrong = await bob.say(f"/link {code}")

            assert "This chat is linked with Bank." in text_of(linked)
            assert granted["results"][0]["outcome"] == "granted"
            assert "2,810" in text_of(statement)
            assert "Link this chat with Bank?" in text_of(asked)
            assert "This chat is linked with Bank." in text_of(moved)
            assert "Unlink Bank" in labels(shown)
            assert "It is not linked any more." in text_of(unlinked)
            assert "Get a new one where you got this one." in text_of(wrong)
            async with asyncio.timeout(10):
                while len(system.got) < 4:
                    system.arrived.clear()
                    await system.arrived.wait()
            assert [body["type"] for _, body in system.got] == [
                "customer.linked",
                "customer.unlinked",
                "customer.linked",
                "customer.unlinked",
            ]
