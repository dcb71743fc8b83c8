"""Another process keeps SQLite's file locked for longer than the shop waits for its turn: what was said is answered after."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storefront.kernel import db
from tests.journeys.conftest import OpenShop, open_shop, settled
from tests.support.visitor import Visitor, text_of

__all__ = ["open_shop"]
LOCKED_S = 11  # the shop waits ten


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_is_said_while_the_file_is_locked_is_answered_once_when_it_is_not(
    open_shop: OpenShop, url: str
) -> None:
    async with open_shop() as shop, Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        await ann.say("rice")
        with _locked(Path(url.removeprefix("sqlite:///"))):
            await ann.press("1", wait=False)
            await bob.say("zqbdfx", wait=False)
            await asyncio.sleep(LOCKED_S)
            unheard = await bob.history()
        await ann.find("Buy")
        await bob.sees("“zqbdfx”", seconds=30)
        await settled()

        assert [message["from"]["is_bot"] for message in unheard] == [False], "the file was locked"
        answers = [text_of(message) for message in await bob.history() if message["from"]["is_bot"]]
        assert len(answers) == 1
        assert await db.rows("SELECT 1 FROM inbox WHERE state <> 'done'") == []


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("COMMIT")
