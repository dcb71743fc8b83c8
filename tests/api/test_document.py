"""The OpenAPI document says what the API does: read as a program reads it, and tried by one."""

import asyncio
import sys
from pathlib import Path

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
