"""Linking over the API."""

from storefront import partners
from tests.api.conftest import Bank
from tests.support.market import Market


async def test_a_bank_makes_a_code_and_a_link_that_opens_the_chat_with_it(market: Market, bank: Bank) -> None:
    status, told = await bank.ask("POST", "/customers/C-1/link-codes")

    assert status == 200
    assert len(told["code"]) == 12
    assert told["link"] == f"https://shop.example/chat/?start=b_{told['code']}"
    linking = await partners.redeem(person_id=market.ann, code=told["code"])
    assert linking is not None
    assert linking.done


async def test_a_bank_ends_a_link_once(market: Market, bank: Bank) -> None:
    _, told = await bank.ask("POST", "/customers/C-1/link-codes")
    await partners.redeem(person_id=market.ann, code=told["code"])

    assert await bank.ask("DELETE", "/customers/C-1/link") == (204, None)

    status, told = await bank.ask("DELETE", "/customers/C-1/link")
    assert (status, told["detail"]) == (404, "This customer has not linked a chat yet.")
    assert (await bank.ask("GET", "/customers/C-1/points"))[0] == 404
