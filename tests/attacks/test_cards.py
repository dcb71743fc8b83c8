"""A card's number that is typed in chat is masked before anything of ours keeps it; numbers that are no card's stay."""

import time

import pytest

from storefront import messaging
from storefront.kernel import cards, db
from tests.journeys.conftest import OpenShop, open_shop, settled
from tests.support.visitor import Visitor

__all__ = ["open_shop"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("4242424242424242", "••••••••••••4242"),
        ("my card is 4242 4242 4242 4242, thanks", "my card is •••• •••• •••• 4242, thanks"),
        ("卡号5555-5555-5555-4444。", "卡号••••-••••-••••-4444。"),
        ("3782 822463 10005 12/27", "•••• •••••• •0005 12/27"),
        ("30569309025904", "••••••••••5904"),
        ("4222222222222", "•••••••••2222"),
        ("6200000000000000000", "•••••••••••••••0000"),
        ("٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "•••• •••• •••• ٤٢٤٢"),
        ("of order 100023 4242 4242 4242 4242 138 0013 8000", "of order 100023 •••• •••• •••• 4242 138 0013 8000"),
        ("4242 4242 4242 4242 and 5555555555554444", "•••• •••• •••• 4242 and ••••••••••••4444"),
    ],
)
def test_all_but_the_last_four_digits_of_a_card_are_masked(said: str, kept: str) -> None:
    assert cards.masked(said) == kept
    assert len(kept) == len(said)


@pytest.mark.parametrize(
    "said",
    [
        *("4242424242424241", "13800138000", "+8613800138000", "+7 495 123-45-67", "+49 4242 4242 4242 426", "A-100023"),
        *("order 1234567", "A1000001 A1000002", "C-17", "1795555257000", "6901234567892", "4006381333931", "9" * 16),
        *("42424242424242424242424242", "4242 4242 4242", "4242,4242,4242,4242", "under 4242", "", "12.50 - 13.70", "0" * 16),
    ],
)  # fmt: skip
def test_other_numbers_stay_as_they_were_typed(said: str) -> None:
    assert cards.masked(said) == said


def test_no_text_makes_the_masker_slow() -> None:
    began = time.perf_counter()
    for part in ("4", "4 ", "4- ", "42424242424242424 ", "+4", "4242 4242 4242 4242 "):
        cards.masked(part * (4096 // len(part)))

    assert time.perf_counter() - began < 0.5


async def test_what_comes_is_kept_without_the_number_wherever_it_stands(database: str) -> None:
    card = "4242 4242 4242 4242"
    answered = {"message_id": 1, "chat": {"id": 4242424242424242}, "caption": card}
    update = {
        "update_id": 1,
        "message": {"message_id": 2, "from": {"id": 5}, "text": f"it is {card}", "reply_to_message": answered},
    }

    await messaging.receive(bot_id=1, updates=[update])
    received = await messaging.next_update([1])

    assert received is not None
    assert received.payload["message"]["text"] == "it is •••• •••• •••• 4242"
    assert received.payload["message"]["reply_to_message"]["caption"] == "•••• •••• •••• 4242"
    assert received.payload["message"]["reply_to_message"]["chat"]["id"] == 4242424242424242
    assert answered["caption"] == card


async def test_nothing_in_the_shops_files_knows_the_number_that_was_typed(open_shop: OpenShop) -> None:
    card = "5555 5555 5555 4444"
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("/start")
        await ann.say(f"my card is {card}, is that all right?")
        await ann.say("rice 5555555555554444")
        await settled()
        told = [message["text"] for message in await ann.history() if not message["from"]["is_bot"]]
        tables = ("inbox", "outbox", "card", "searched", "dialogue", "unclear")
        kept = str([await db.rows(f"SELECT * FROM {table}") for table in tables])

    assert told[1:] == ["my card is •••• •••• •••• 4444, is that all right?", "rice ••••••••••••4444"]
    assert "4444" in kept
    assert card not in kept
    assert card.replace(" ", "") not in kept
