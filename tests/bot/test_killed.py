"""The process ends in the middle of a burst, or beside another one: nothing is lost, and nothing is done twice."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Any

import pytest

from storefront.kernel import db
from storefront.kernel.settings import Settings
from tests.bot.conftest import Telegram, at, stock
from tests.support import process
from tests.support.visitor import Visitor, text_of

PEOPLE = 10
WORDS = ("uma", "vyx", "wozh", "xipt", "yuk", "zof")  # nothing in the shop is called so


@pytest.fixture
async def settings(url: str, tmp_path: Path, telegram: Telegram) -> dict[str, Any]:
    """What a process of the shop is told, whose goods lie on the shelves."""
    told = {"database_url": url, "data_dir": tmp_path, "webchat": False, **at(telegram)}
    await stock(Settings.model_validate(told))
    await db.connect(url)
    return {name.upper(): value for name, value in told.items()}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_of_a_burst_nothing_is_lost_or_done_twice_however_the_shop_ends(
    tmp_path: Path, telegram: Telegram, settings: dict[str, Any], how: signal.Signals
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        people = [await stack.enter_async_context(Visitor(telegram.address)) for _ in range(PEOPLE)]
        async with process.opened(tmp_path, **settings) as shop:
            saying = asyncio.gather(*(_says_all(person) for person in people))
            await _until_handled(10)
            ended = await shop.end(how)
            await saying
        handled = await _handled()
        async with process.opened(tmp_path, **settings) as shop:
            await _until_handled(PEOPLE * len(WORDS))
            await asyncio.gather(*(person.sees(f"“{WORDS[-1]}”", seconds=60) for person in people))
            await shop.end()

        said = await db.rows("SELECT chat_id, COUNT(*) AS n FROM outbox GROUP BY chat_id")
        assert ended.code == (0 if how == signal.SIGTERM else -how)
        assert handled < PEOPLE * len(WORDS), "the shop ended in the middle"
        assert [row["n"] for row in said] == [len(WORDS)] * PEOPLE
        for person in people:
            answers = [text_of(message) for message in await person.history() if message["from"]["is_bot"]]
            # What had arrived when the shop was killed, and was not noted yet, arrives again; it is not said again.
            heard = list(dict.fromkeys(answers))
            assert [word in answer for word, answer in zip(WORDS, heard, strict=True)] == [True] * len(WORDS)


@pytest.mark.parametrize("locked", [False, True])
async def test_told_to_close_the_shop_does_within_ten_seconds_though_telegram_hangs_and_the_database_is_locked(
    tmp_path: Path, telegram: Telegram, settings: dict[str, Any], *, locked: bool
) -> None:
    async with (
        Visitor(telegram.address) as ann,
        process.opened(tmp_path, **settings) as shop,
        contextlib.AsyncExitStack() as stack,
    ):
        telegram.hanging = "send"
        await ann.say("/points", wait=False)
        await telegram.hung.wait()
        if locked:
            await stack.enter_async_context(db.tx())
            await db.execute("UPDATE inbox SET not_before = not_before WHERE bot_id = 0")
            if db.dialect() == "postgres":
                await db.execute("LOCK TABLE inbox, lease, outbox IN ACCESS EXCLUSIVE MODE")
        began = asyncio.get_running_loop().time()

        ended = await shop.end()

        assert ended.code == 0
        assert asyncio.get_running_loop().time() - began < 10
        assert ("closing.cut" in ended.err) == locked
    await db.disconnect()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # several processes are PostgreSQL's part
async def test_of_two_processes_one_fetches_and_the_other_follows_when_it_is_killed(
    tmp_path: Path, telegram: Telegram, settings: dict[str, Any]
) -> None:
    async with (
        Visitor(telegram.address) as ann,
        process.opened(tmp_path, **settings) as first,
        process.opened(tmp_path, **settings) as second,
    ):
        await ann.say("/points")
        alone = telegram.most_polling
        await first.end(signal.SIGKILL)
        await ann.say("/cart", wait=False)

        await ann.sees("Your cart is empty", seconds=30)

        assert alone == 1
        assert "Conflict" not in (tmp_path / "stderr").read_text()
        await second.end()


async def _says_all(person: Visitor) -> None:
    for word in WORDS:
        await person.say(word, wait=False)


async def _until_handled(count: int) -> None:
    for _ in range(6000):
        if await _handled() >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(await db.rows("SELECT state, COUNT(*) AS n FROM inbox GROUP BY state"))


async def _handled() -> int:
    return int((await db.rows("SELECT COUNT(*) AS n FROM inbox WHERE state = 'done'"))[0]["n"])
