"""Sessions: whose browser it is stays true whatever else it is sent, and no cookie can be read by a page."""

import aiohttp

from tests.attacks.conftest import Whole


async def test_who_opens_a_friends_link_stays_who_she_is_in_the_chat(whole: Whole) -> None:
    me = await whole.ann.user_id()
    async with whole.ann.session.get(f"{whole.address}/?s=Friend123") as page:
        assert page.status == 200
    async with whole.ann.session.get(f"{whole.address}/chat/") as page:
        assert page.cookies == {}

    assert await whole.ann.user_id() == me


async def test_every_cookie_is_http_only_and_secure_where_the_shop_is(whole: Whole) -> None:
    token = whole.staff["lead"][0]
    addresses = (
        "/?s=Friend123&lang=ru",
        f"/g/{whole.anns.group}?s=Friend123",
        "/chat/",
        "/desk/sign-in?lang=ru",
        "/desk",
    )
    seen = set()
    for address in addresses:
        headers = {"X-Forwarded-Proto": "https", **({"Cookie": f"pindan_desk={token}"} if address == "/desk" else {})}
        async with aiohttp.ClientSession() as session, session.get(whole.address + address, headers=headers) as page:
            for cookie in page.cookies.values():
                seen.add(cookie.key)
                assert (cookie["httponly"], cookie["secure"]) == (True, True), cookie.key
                assert cookie["samesite"] in ("Lax", "Strict"), cookie.key

    wish = {"login": "agent", "password": "paper boats at dawn"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{whole.address}/desk/sign-in", data=wish, allow_redirects=False) as answer,
    ):
        desk = answer.cookies["pindan_desk"]

    assert seen >= {"pindan_sharer", "pindan_visitor"}
    assert (desk["httponly"], desk["secure"], desk["samesite"], desk["path"]) == (True, True, "Strict", "/desk")
