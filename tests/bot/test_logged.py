"""What the operator reads: one number from the update to the message, an alarm for what is lost, and nobody's words."""

import asyncio
import json
from typing import Any

import pytest

from shop import logs
from storefront.kernel import db, metrics
from tests.bot.conftest import BOT, Fault, OpenShop, Telegram
from tests.support.visitor import Visitor

WORDS = "Peace Road 7"


def counted(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(f"pindan_{name}_total", {"channel": "telegram", **labels}) or 0


async def until(statement: str) -> dict[str, Any]:
    for _ in range(400):
        if found := await db.rows(statement):
            return dict(found[0])
        await asyncio.sleep(0.05)
    raise AssertionError(statement)


async def test_an_update_is_followed_by_one_number_and_what_is_lost_is_alarmed_without_anybodys_words(
    open_shop: OpenShop, telegram: Telegram, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: counted("updates", outcome=name) for name in ("taken", "handled", "failed", "aside")}
    sent, dead = counted("outbox", outcome="sent"), counted("outbox", outcome="dead")
    async with open_shop(webchat=False), Visitor(telegram.address) as ann:
        logs.to_stderr("DEBUG", "json")
        await ann.say(WORDS)
        telegram.faults.append(Fault("send", 1, 400))
        await ann.say("/cart", wait=False)
        letter = await until("SELECT id, request FROM outbox WHERE state = 'dead'")
        await db.execute("ALTER TABLE link_code RENAME TO away")
        await ann.say("/link", wait=False)
        aside = await until("SELECT id, update_id, reference FROM inbox WHERE state = 'dead'")
        await ann.sees("Something went wrong on our side")
        first = await until("SELECT request FROM outbox ORDER BY id LIMIT 1")
        await asyncio.sleep(0.2)

    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    of_first = {line["event"] for line in lines if line.get("request") == first["request"]}
    alarms = {line["event"]: line for line in lines if line["level"] == "error"}
    assert {"update.ended", "delivery.sent"} <= of_first
    assert (alarms["delivery.dead"]["outbox"], alarms["delivery.dead"]["request"]) == (letter["id"], letter["request"])
    assert alarms["update.put_aside"]["number"] == aside["id"]
    assert alarms["update.put_aside"]["request"] == f"{BOT.id}:{aside['update_id']}"
    assert alarms["update.crashed"]["reference"]
    assert "Peace Road" not in written
    assert BOT.token not in written
    after = {name: counted("updates", outcome=name) - was for name, was in before.items()}
    # Several hands may try it at once; one of them is counted in its row.
    assert after.pop("failed") >= 4
    assert after == {"taken": 3, "handled": 2, "aside": 1}
    assert (counted("outbox", outcome="sent") - sent, counted("outbox", outcome="dead") - dead) == (2, 1)
