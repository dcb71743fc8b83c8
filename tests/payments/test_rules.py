"""Which ways to pay are offered where."""

from typing import Any

import pytest

from storefront.kernel.money import Money
from storefront.payments import due, providers

GOODS, DIGITAL, BOTH = {"goods"}, {"digital"}, {"goods", "digital"}


@pytest.mark.parametrize(
    ("told", "offered"),
    [
        ({"total_minor": 0}, ["points"]),
        ({"channel": "webchat"}, ["demo"]),
        ({"channel": "webchat", "pickup": True}, ["demo", "branch"]),
        ({"channel": "webchat", "kinds": DIGITAL}, ["demo"]),
        ({"channel": "webchat", "kinds": BOTH, "pickup": True}, ["demo"]),
        ({}, ["telegram"]),
        ({"pickup": True}, ["telegram", "branch"]),
        ({"has_token": False}, []),
        ({"has_token": False, "pickup": True}, ["branch"]),
        ({"total_minor": 99, "pickup": True}, ["branch"]),
        ({"kinds": DIGITAL}, ["stars"]),
        ({"kinds": DIGITAL, "star_minor": 0}, []),
        ({"kinds": DIGITAL, "total_minor": 0}, ["points"]),
        ({"kinds": BOTH, "pickup": True}, []),
    ],
)
def test_only_what_is_allowed_there_is_offered(told: dict[str, Any], offered: list[str]) -> None:
    usual = {"total_minor": 4690, "kinds": GOODS, "pickup": False, "channel": "telegram", "has_token": True}

    assert providers(**{**usual, "minimum_minor": 100, "star_minor": 10, **told}) == offered


@pytest.mark.parametrize(("minor", "stars"), [(4690, 469), (4691, 470), (1, 1)])
def test_stars_are_whole_and_rounded_up(minor: int, stars: int) -> None:
    assert due(Money(minor, "CNY"), provider="stars", star_minor=10) == Money(stars, "XTR")


def test_every_other_provider_takes_the_total() -> None:
    assert due(Money(4690, "CNY"), provider="telegram", star_minor=10) == Money(4690, "CNY")
