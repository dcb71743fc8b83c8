"""What a link names, and which links are ours."""

import pytest

from bot import links
from bot.context import House
from bot.links import Named
from storefront.kernel.settings import Settings

HERE = House(Settings(public_url="https://shop.example"), "telegram", "https://t.me/Pindan_bot")
GROUP = "ABCDEFGH2345"


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("https://t.me/pindan_bot?start=i_5-xY9", Named("item", "5", "xY9")),
        ("t.me/Pindan_bot?start=i_5", Named("item", "5")),
        (f"https://t.me/Pindan_bot?start=g_{GROUP}-xY9", Named("group", GROUP, "xY9")),
        (f"https://t.me/another?start=g_{GROUP}", Named("group", GROUP)),
        (f"https://shop.example/g/{GROUP}?s=xY9", Named("group", GROUP, "xY9")),
        (f"shop.example:8080/g/{GROUP}?lang=ru&s=xY9", Named("group", GROUP, "xY9")),
        ("https://t.me/Pindan_bot?start=t_ABC", Named("start", "t_ABC")),
        ("https://t.me/Pindan_bot?start=i_x", Named("start", "i_x")),
        ("https://t.me/Pindan_bot?start=f_xY9", Named("start", "f_xY9", "xY9")),
        ("https://shop.example/i/5?s=xY9", Named("item", "5", "xY9")),
        ("https://other.example/i/5?s=xY9", None),
        ("https://t.me/another?start=i_5", None),
        ("https://t.me/another?start=t_ABC", None),
        ("https://shop.example/other", None),
        ("", None),
    ],
)
def test_what_a_link_names(address: str, named: Named | None) -> None:
    assert links.read(HERE, address) == named
