"""Telegram pushes to the shop: taken only from Telegram, answered with 200 only once it is kept."""

import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from storefront.kernel import db
from tests.bot.conftest import BOT, OpenShop, Telegram
from tests.support import process
from tests.support.databases import SqliteTemplate
from tests.support.visitor import Visitor, text_of

PUBLIC = "https://127.0.0.1:8443"


def update(number: int, text: str = "/points") -> dict[str, Any]:
    """What Telegram pushes when Bob writes."""
    bob = {"id": 5, "is_bot": False, "first_name": "Bob", "language_code": "en"}
    chat = {"id": 5, "type": "private", "first_name": "Bob"}
    message = {"message_id": number, "date": 1795555257, "chat": chat, "from": bob, "text": text}
    return {"update_id": number, "message": message}


async def kept() -> list[int]:
    return [int(row["update_id"]) for row in await db.rows("SELECT update_id FROM inbox ORDER BY id")]


async def test_with_a_public_https_address_updates_are_pushed_and_none_fetched(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop(public_url=PUBLIC, webchat=False), Visitor(telegram.address) as bob:
        answer = await bob.say("tea")

        hook = telegram.called("setWebhook")[0]
        assert "Jasmine tea" in text_of(answer)
        assert hook["url"] == f"{PUBLIC}/telegram/777"
        assert len(hook["secret_token"]) >= 32
        assert telegram.pushed == {200: 1}
        assert telegram.called("getUpdates") == []


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # roles apart are PostgreSQL's part
async def test_what_is_pushed_to_a_process_with_the_pages_is_answered_by_one_with_the_bot(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    told: dict[str, Any] = {"public_url": PUBLIC, "webchat": False}
    async with Visitor(telegram.address) as bob:
        async with open_shop(roles="web", **told):
            asked = await bob.say("tea", wait=False)
            while not telegram.pushed:
                await db.wait("nothing", 0.05)
            waiting = await db.rows("SELECT state FROM inbox")
            said = telegram.called("sendMessage")
        async with open_shop(roles="bot", **told):
            answer = await bob.answer_to(asked)

    assert telegram.pushed == {200: 1}
    assert ([row["state"] for row in waiting], said) == (["pending"], [])
    assert "Jasmine tea" in text_of(answer)
    assert len(telegram.called("setWebhook")) == 1
    assert telegram.called("deleteWebhook") == []


async def test_only_telegram_is_heard_and_only_what_is_an_update(open_shop: OpenShop, telegram: Telegram) -> None:
    async with open_shop(public_url=PUBLIC, webchat=False) as shop, aiohttp.ClientSession() as anybody:
        secret, address = telegram.called("setWebhook")[0]["secret_token"], f"{shop.address}/telegram/777"

        async def pushed(body: Any, given: str | None = secret) -> int:
            headers = {} if given is None else {"X-Telegram-Bot-Api-Secret-Token": given}
            content = json.dumps(body).encode() if isinstance(body, dict) else body
            async with anybody.post(address, headers=headers, data=io.BytesIO(content)) as answer:
                return answer.status

        assert await pushed(update(1), "guessed") == 403
        assert await pushed(update(1), None) == 403
        assert await pushed(update(1, "x" * 2**20)) == 413
        for rubbish in (b"", b"\xff", b"[]", b"{}", b'{"update_id":"1"}', b'{"update_id":true}', b"[" * 10**5):
            assert await pushed(rubbish) == 400, rubbish[:20]
        assert await pushed({"update_id": 2**70}) == 400
        assert await kept() == []

        assert [await pushed(update(7)), await pushed(update(7))] == [200, 200]
        assert await pushed(update(8, "half a pair: \ud800")) == 200
        assert await pushed({"update_id": 9, "message": {"chat": "?", "from": []}}) == 200
        assert await kept() == [7, 8, 9]


async def test_what_the_database_cannot_take_is_not_acknowledged_and_comes_again(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop(public_url=PUBLIC, webchat=False), Visitor(telegram.address) as bob:
        await db.execute("ALTER TABLE inbox RENAME TO away")
        await bob.say("tea", wait=False)
        while not telegram.pushed:
            await db.wait("nothing", 0.05)
        refused = dict(telegram.pushed)
        await db.execute("ALTER TABLE away RENAME TO inbox")

        await bob.sees("Jasmine tea", seconds=20)

        assert list(refused) == [500]
        assert telegram.pushed[200] == 1


@pytest.mark.parametrize(
    ("wrong", "token", "address"),
    [("TELEGRAM_TOKEN", "778:" + "t" * 35, ""), ("PUBLIC_URL", BOT.token, "https://shop.example")],
)
async def test_what_telegram_refuses_stops_the_start_with_a_line_that_names_it(
    sqlite_template: SqliteTemplate, tmp_path: Path, telegram: Telegram, wrong: str, token: str, address: str
) -> None:
    sqlite_template.copy_to(tmp_path)
    settings = {
        "TELEGRAM_TOKEN": token,
        "TELEGRAM_API": telegram.upstream,
        **({"PUBLIC_URL": address} if address else {}),
    }

    refused = await process.run(tmp_path, "serve", PORT=0, WEBCHAT="no", **settings)

    assert (refused.code, refused.out) == (2, "")
    # A slow machine may log before it that the commands could not be told.
    assert refused.err.splitlines()[-1].startswith(f"{wrong}: {telegram.upstream} ")
    assert "Traceback" not in refused.err
