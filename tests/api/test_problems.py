"""Saying no to a machine: problem details with the right status, and what to do."""

import io
import json

from aiohttp.test_utils import TestClient, TestServer

from storefront.app import build
from storefront.kernel import clock, db
from storefront.kernel.settings import Settings
from storefront.partners import Scope
from tests.api.conftest import Bank

ROW = {"key": "k", "customer": "C-1", "points": 1, "cause": "Card"}


async def test_whoever_shows_no_key_of_ours_is_asked_for_one(bank: Bank) -> None:
    for shown in ("", "Bearer", "Bearer pk_no_key", f"Basic {bank.key}", bank.key, f"Bearer {bank.key}x"):
        headers = {"Authorization": shown}
        status, told = await bank.ask("GET", "/points/redemptions", headers=headers)
        assert (status, told["title"]) == (401, "Unauthorized")

    async with bank.client.get("/api/v1/points/redemptions") as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


async def test_a_key_does_only_what_its_scopes_say(bank: Bank) -> None:
    grants = await bank.key_for(Scope.GRANT)
    reads = await bank.key_for(Scope.READ)

    assert (await bank.ask("POST", "/points/grants", key=grants, json={"grants": [ROW]}))[0] == 200
    assert (await bank.ask("GET", "/points/redemptions", key=reads))[0] == 200
    for method, path, key, lacks in [
        ("GET", "/points/redemptions", grants, "points:read"),
        ("POST", "/points/grants", reads, "points:grant"),
        ("POST", "/customers/C-1/link-codes", grants, "customers:link"),
        ("DELETE", "/customers/C-1/link", reads, "customers:link"),
    ]:
        status, told = await bank.ask(method, path, key=key)
        assert status == 403
        assert lacks in told["detail"]


async def test_what_is_not_there_is_said_so(bank: Bank) -> None:
    for path in ("/nothing", "/customers/C-404/points", "/customers/%20/points", "/customers/..%2f/points", "/"):
        assert (await bank.ask("GET", path))[0] == 404

    async with bank.client.put("/api/v1/points/grants") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
        assert response.content_type == "application/problem+json"


async def test_a_body_that_is_not_json_or_says_something_else_is_refused(bank: Bank) -> None:
    as_json = {"Content-Type": "application/json"}
    for body in (b"", b"{", b"\xff", b'{"grants": "\\ud800"}', b"[" * 100_000):
        assert (await bank.ask("POST", "/points/grants", data=body, headers=as_json))[0] == 400

    text = {"Content-Type": "text/plain"}
    assert (await bank.ask("POST", "/points/grants", data=b"{}", headers=text))[0] == 415
    form = {"grants": json.dumps([ROW])}
    assert (await bank.ask("POST", "/points/grants", data=form))[0] == 415


async def test_a_body_that_is_not_as_the_document_says_is_refused_whole_and_says_where(bank: Bank) -> None:
    wrong: list[tuple[object, str]] = [
        ({}, "/grants"),
        ({"grants": []}, "/grants"),
        ({"grants": [ROW] * 1001}, "/grants"),
        ({"grants": [ROW], "more": 1}, "/more"),
        ({"grants": [ROW, {**ROW, "points": "5"}]}, "/grants/1/points"),
        ({"grants": [ROW, {**ROW, "points": 1.5}]}, "/grants/1/points"),
        ({"grants": [{**ROW, "expires_at": "2026-12-31T10:00:00"}]}, "/grants/0/expires_at"),
        ({"grants": [{**ROW, "person": 7}]}, "/grants/0/person"),
        ([], "/"),
    ]

    for body, pointer in wrong:
        status, told = await bank.ask("POST", "/points/grants", json=body)
        assert status == 422
        assert told["errors"][0]["pointer"] == pointer


async def test_a_query_that_is_not_as_the_document_says_is_refused(bank: Bank) -> None:
    for query, name in [("after=x", "?after"), ("after=-1", "?after"), ("limit=1001", "?limit"), ("from=1", "?from")]:
        status, told = await bank.ask("GET", f"/points/redemptions?{query}")
        assert status == 422
        assert told["errors"][0]["pointer"] == name


async def test_a_body_of_more_than_a_mebibyte_is_refused(bank: Bank) -> None:
    body = json.dumps({"grants": [{**ROW, "cause": "x" * 1024 * 1024}]})

    status, _ = await bank.ask(
        "POST", "/points/grants", data=io.BytesIO(body.encode()), headers={"Content-Type": "application/json"}
    )

    assert status == 413


async def test_who_calls_too_often_is_told_when_to_call_again(bank: Bank) -> None:
    settings = Settings(_env_file=None, api_per_minute=3)
    with clock.driven() as time:
        async with TestClient(TestServer(build(settings, ready=lambda: True))) as client:
            eager = Bank(client, bank.key, bank.id)
            other = await bank.key_for(Scope.READ)
            statuses = [(await eager.ask("GET", "/points/redemptions"))[0] for _ in range(4)]
            assert statuses == [200, 200, 200, 429]
            assert (await eager.ask("GET", "/points/redemptions", key=other))[0] == 200

            headers = {"Authorization": f"Bearer {bank.key}"}
            async with client.get("/api/v1/points/redemptions", headers=headers) as response:
                wait_s = int(response.headers["Retry-After"])
            assert 1 <= wait_s <= 21
            time.forward(wait_s * clock.SECOND)
            assert (await eager.ask("GET", "/points/redemptions"))[0] == 200


async def test_a_crash_of_ours_has_a_reference_and_says_nothing_of_what_is_inside(bank: Bank) -> None:
    await db.execute("ALTER TABLE partner_event RENAME TO lost_event")

    status, told = await bank.ask("GET", "/points/redemptions")

    assert status == 500
    assert len(told["reference"]) == 6
    assert "partner_event" not in json.dumps(told)
