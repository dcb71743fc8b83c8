"""Whether the shop does what it is there for, what it counts, and by which number a request is known."""

import asyncio
import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from shop import serving
from storefront import jobs, messaging, payments
from storefront.app import build
from storefront.kernel import clock, db, metrics, requests
from storefront.kernel.settings import Settings
from storefront.web import readiness
from tests.support.market import Market, bought, charged, drafted, market, stocked
from tests.web.conftest import Shop

__all__ = ["market"]

TOKEN = "a-token-for-metrics"
BOT = 1


def counted(name: str, state: str) -> float:
    return metrics.REGISTRY.get_sample_value(f"pindan_{name}_total", {"state": state}) or 0


async def readyz(shop: Shop) -> tuple[int, dict[str, Any]]:
    async with shop.client.get("/readyz") as response:
        told = await response.json()
    return response.status, told["parts"]


async def said(text: str, chat_id: int = 5) -> messaging.Said:
    await messaging.say(bot_id=BOT, chat_id=chat_id, person_id=None, kind="order_paid", payload={"text": text})
    return (await messaging.due(bot_id=BOT, busy=(), limit=1))[0]


async def test_the_shop_is_ready_and_says_what_it_looked_at(shop: Shop) -> None:
    status, parts = await readyz(shop)

    assert status == 200
    assert set(parts) == {"open", "database", "migrations", "inbox", "outbox", "jobs", "disk", "dead"}
    assert [name for name, part in parts.items() if not part["ok"]] == []
    assert len(await db.rows("SELECT at FROM probe")) == 1


async def test_what_waits_too_long_or_is_missing_is_named_by_its_part(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.driven() as time:
        await said("a secret")
        await messaging.receive(bot_id=BOT, updates=[{"update_id": 1, "message": {"text": "a secret"}}])
        await jobs.run_due([jobs.Job("the ledger is sealed", clock.SECOND, jobs.ledger.seal)])
        monkeypatch.setattr(readiness, "DISK_FREE_MIN_MB", 10**9)
        time.forward(clock.HOUR)

        status, parts = await readyz(shop)

    assert status == 503
    assert [name for name, part in parts.items() if not part["ok"]] == ["inbox", "outbox", "jobs", "disk"]
    assert (parts["inbox"]["late_s"], parts["outbox"]["late_s"], parts["jobs"]["late"]) == (
        3600,
        3600,
        ["the ledger is sealed"],
    )
    assert "secret" not in str(parts)


async def test_dead_letters_are_told_and_keep_the_shop_ready(shop: Shop) -> None:
    await messaging.dropped(said=await said("one"), error="Bad Request")

    status, parts = await readyz(shop)

    assert (status, parts["dead"]) == (200, {"ok": True, "updates": 0, "letters": 1})


async def test_without_its_database_the_shop_is_not_ready(shop: Shop) -> None:
    await db.disconnect()

    status, parts = await readyz(shop)

    assert (status, parts["database"]["ok"], parts["disk"]["ok"]) == (503, False, True)


async def test_a_database_that_takes_nothing_is_told_in_time_and_the_shop_is_ready_once_it_does(shop: Shop) -> None:
    async with db.tx():
        await db.execute("INSERT INTO probe (id, at) VALUES (1, 0)")
        began = asyncio.get_running_loop().time()

        status, parts = await readyz(shop)

        assert (status, parts["database"]) == (503, {"ok": False, "error": "TimeoutError"})
        assert parts["inbox"]["ok"]
        assert asyncio.get_running_loop().time() - began < 4
    await asyncio.sleep(1.1)  # so long the same is told

    assert (await readyz(shop))[0] == 200


async def test_the_metrics_tell_what_waits_and_which_routes_answered(shop: Shop) -> None:
    await said("one")
    await shop.client.get("/i/1?secret=1")
    await shop.client.get("/no/such/page")
    async with shop.client.get("/metrics") as response:
        told = await response.text()

    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'pindan_outbox_waiting{channel="webchat"} 1.0' in told
    assert re.search(r'pindan_http_requests_total\{route="/i/\{item\}",status="200"\} [1-9]', told)
    assert re.search(r'pindan_http_requests_total\{route="none",status="404"\} [1-9]', told)
    assert "secret" not in told
    assert "/no/such" not in told
    assert "process_resident_memory_bytes" in told


async def test_orders_and_refunds_are_counted_by_their_steps_once_they_are_kept(market: Market) -> None:
    before = counted("order_steps", "paid"), counted("refund_steps", "intended")
    draft = await drafted(market.ann, await stocked("rice"))
    await bought(draft)
    await charged(draft, "again")
    await payments.advance()

    assert counted("order_steps", "paid") == before[0] + 1
    assert counted("refund_steps", "intended") == before[1] + 1
    assert await payments.open_refunds() == {"intended": 1, "sent": 0, "desk": 0}


async def test_who_leaves_in_the_middle_of_her_words_is_no_crash_and_counted_apart(database: str) -> None:
    def left() -> float:
        labels = {"route": "/desk/sign-in", "status": "499"}
        return metrics.REGISTRY.get_sample_value("pindan_http_requests_total", labels) or 0

    before = left()
    pages = build(Settings(_env_file=None), ready=lambda: True)
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nlogin=m"
    with capture_logs() as logged:
        async with serving.served(pages, "127.0.0.1", 0, shutdown_s=1) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /desk/sign-in HTTP/1.1\r\nHost: shop\r\n" + form)
            await asyncio.sleep(0.1)
            writer.close()
            await asyncio.sleep(0.1)

    assert left() == before + 1
    assert [line["event"] for line in logged if line["log_level"] == "error"] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"X-Forwarded-Proto": "https"}, 403),
        ({"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {TOKEN}"}, 200),
        ({"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer another"}, 403),
        ({"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer ключ"}, 403),
    ],
)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_metrics_are_for_this_machine_and_for_who_has_the_token(
    database: str, headers: dict[str, str], status: int
) -> None:
    settings = Settings(_env_file=None, metrics_token=TOKEN)
    async with (
        TestClient(TestServer(build(settings, ready=lambda: True))) as client,
        client.get("/metrics", headers=headers) as response,
    ):
        assert response.status == status
        assert ("pindan_" in await response.text()) == (status == 200)


@pytest.mark.parametrize(
    ("given", "kept"), [("order-7_of.ann", False), ("short", False), ("a" * 65, False), ("trace_1-abcdef", True)]
)
async def test_a_request_keeps_its_clients_number_when_that_is_well_formed(shop: Shop, given: str, kept: bool) -> None:
    async with shop.client.get("/nowhere", headers={"X-Request-Id": given}) as response:
        known = response.headers["X-Request-Id"]

    assert (known == given) == kept
    assert re.fullmatch(r"[0-9A-Za-z_-]{8,64}", known)


async def test_every_answer_bears_a_number_and_no_two_the_same(shop: Shop) -> None:
    numbers = set()
    for address in ("/", "/nowhere", "/static/shop.css", "/api/v1/docs", "/api/v1/nowhere"):
        async with shop.client.get(address) as response:
            numbers.add(response.headers["X-Request-Id"])

    assert len(numbers) == 5


async def test_what_is_said_keeps_the_request_it_was_said_for(database: str) -> None:
    with requests.bound("trace_1-abcdef"):
        await said("one")
    await messaging.change(card_id=1, bot_id=BOT, chat_id=5, person_id=None, kind="k", payload={"text": "two"})
    unasked = await messaging.due(bot_id=BOT, busy=(), limit=1)
    with requests.bound("trace_2-abcdef"):
        await messaging.change(card_id=1, bot_id=BOT, chat_id=5, person_id=None, kind="k", payload={"text": "three"})
    asked_again = await messaging.due(bot_id=BOT, busy=(), limit=1)

    assert [row.request for row in (*unasked, *asked_again)] == [None, "trace_2-abcdef"]


def test_a_client_cannot_name_its_request_like_an_update() -> None:
    assert requests.named(requests.of_update(777, 12345678)) != "777:12345678"
