"""Two processes of the shop on one PostgreSQL database, behind a proxy that sends a browser to either."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import process
from tests.support.visitor import Visitor, text_of


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # several processes are PostgreSQL's part
async def test_ann_buys_in_the_process_that_does_not_carry_the_bots_messages(
    tmp_path: Path, stocked: dict[str, Any]
) -> None:
    async with (
        process.opened(tmp_path, **stocked) as first,
        process.opened(tmp_path, **stocked) as second,
        Visitor(second.address) as ann,
    ):
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")
        status, told = await ann.pay("✅ Pay")
        paid = await ann.sees("Paid. Order")
        await ann.opens(first.address)

        assert (status, told["ok"]) == (200, True)
        assert text_of(paid) in [text_of(message) for message in await ann.history()]
        assert [(await shop.end()).code for shop in (first, second)] == [0, 0]
