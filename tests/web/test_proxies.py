"""Whoever asks is counted by her own address, whatever she claims about it."""

from ipaddress import ip_network

import pytest

from storefront.kernel import db
from storefront.web.proxies import visitor
from tests.web.conftest import Shop

OURS = (ip_network("127.0.0.0/8"), ip_network("10.9.0.0/16"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("remote", "told", "found"),
    [
        ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5"),  # what is left of it she claimed herself
        ("127.0.0.1", "203.0.113.5, 10.9.3.4", "203.0.113.5"),  # two proxies of ours
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours
        ("10.9.0.1", "10.9.0.2", "10.9.0.2"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "203.0.113.5, <script>", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("unix", "203.0.113.5", "unix"),
    ],
)
def test_the_visitor_is_the_nearest_one_who_is_no_proxy_of_ours(remote: str, told: str, found: str) -> None:
    assert visitor(remote, told, OURS) == found


async def test_tries_to_sign_in_are_counted_by_visitor_behind_a_proxy(shop: Shop) -> None:
    tried = {"login": "mei", "password": "guessed", "code": ""}
    async with shop.client.post("/desk/sign-in", data=tried, headers={"X-Forwarded-For": "203.0.113.5"}) as answer:
        status = answer.status
    counted = await db.rows("SELECT what FROM staff_try ORDER BY what")

    assert status == 403
    assert [row["what"] for row in counted] == ["from:203.0.113.5", "login:mei"]
