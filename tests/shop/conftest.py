"""A small stocked shop in a folder of its own, for the `pindan` process to open."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from shop import running
from shop.cli import app
from shop.demo import preparing
from storefront import catalog, search
from storefront.catalog import Source
from storefront.kernel import db
from storefront.kernel.settings import Settings
from tests.support.databases import SqliteTemplate

Pindan = Callable[..., Result]
GOODS = Path(__file__).parents[1] / "journeys" / "goods.jsonl"


@pytest.fixture
async def stocked(url: str, tmp_path: Path) -> dict[str, Any]:
    """The settings of a shop with branches and a few goods, on each database in turn."""
    await _stock(url, tmp_path)
    return {"DATABASE_URL": url, "WELCOME_POINTS": 2310}


@pytest.fixture
def migrated(sqlite_template: SqliteTemplate, tmp_path: Path) -> Path:
    """A folder with a migrated, empty SQLite file."""
    sqlite_template.copy_to(tmp_path)
    return tmp_path


@pytest.fixture
def pindan(migrated: Path) -> Iterator[Pindan]:
    """The command in this very process, at the empty shop of `migrated`."""
    environment = {"DATA_DIR": str(migrated)}
    yield lambda *words, **settings: CliRunner().invoke(app, list(words), env={**environment, **settings})
    # The command logs to the runner's stderr, which is closed by now.
    structlog.reset_defaults()


def rows(folder: Path, count: int) -> Path:
    """A catalog file with so many things."""
    file = folder / "goods.jsonl"
    told = (
        {"sku": f"s{number}", "name": f"Thing {number}", "category": "things", "price_minor": 100 + number, "stock": 5}
        for number in range(count)
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
    return file


async def _stock(url: str, folder: Path) -> None:
    settings = Settings.model_validate({"data_dir": folder, "database_url": url})
    await running.open_database(settings)
    try:
        await preparing.open_branches(settings)
        await catalog.import_rows(catalog.read_rows(GOODS, Source()), on_items=search.index)
    finally:
        await db.disconnect()
