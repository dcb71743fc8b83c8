"""The OpenAPI document says what the API does: read as a program reads it, and tried by one."""

import asyncio
import re
import sys
from pathlib import Path

from markupsafe import escape

from storefront.app import API
from tests.api.conftest import Bank
from tests.partners.bank import linked
from tests.support.market import Market, books, given

CONFIG = '[parameters]\n"path.customer" = "C-1"\n'


async def test_the_document_is_public_and_names_every_route(bank: Bank) -> None:
    async with bank.client.get(f"{API}/openapi.json") as response:
        document = await response.json()

    assert document["openapi"] == "3.1.0"
    operations = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert operations == {
        ("post", f"{API}/points/grants"),
        ("get", f"{API}/points/redemptions"),
        ("get", f"{API}/customers/{{customer}}/points"),
        ("post", f"{API}/customers/{{customer}}/link-codes"),
        ("delete", f"{API}/customers/{{customer}}/link"),
    }
    grant = document["paths"][f"{API}/points/grants"]["post"]
    assert grant["summary"] == "Give points to customers"
    assert "points:grant" in grant["description"]


async def test_the_page_for_people_says_all_that_the_document_says_and_lets_nothing_else_in(bank: Bank) -> None:
    async with bank.client.get(f"{API}/openapi.json") as response:
        document = await response.json()
    async with bank.client.get(f"{API}/docs") as response:
        page, headers = await response.text(), response.headers

    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert f"{method.upper()} {path}" in page
            assert str(escape(told["summary"])) in page
    for name, schema in document["components"]["schemas"].items():
        assert all(f"<code>{field}</code>" in page for field in schema.get("properties", {})), name
    links = set(re.findall(r'(?:href|src)="([^"]*)"', page))
    assert {link for link in links if not link.startswith("#")} == {f"{API}/openapi.json", f"{API}/docs.css"}
    assert {link[1:] for link in links if link.startswith("#")} <= set(re.findall(r' id="([^"]*)"', page))
    assert re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page) is None
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    async with bank.client.get(f"{API}/docs.css") as response:
        assert (response.status, response.content_type) == (200, "text/css")


async def test_every_answer_is_as_the_document_says_whatever_is_sent(
    market: Market, bank: Bank, tmp_path: Path
) -> None:
    await linked(bank.id, market.ann, "C-1")
    await given(market.ann, 100)
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)

    tried = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        str(bank.client.make_url(f"{API}/openapi.json")),
        *("--header", f"Authorization: Bearer {bank.key}", "--phases", "coverage,fuzzing"),
        *("--max-examples", "15", "--seed", "2026", "--no-color"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    told, _ = await tried.communicate()

    assert tried.returncode == 0, told.decode()[-6000:]
    assert "Tested: 5" in told.decode(), told.decode()[-2000:]
    assert await books() == []
