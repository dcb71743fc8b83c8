"""A small schema of its own, so that the kernel is tested without any noun."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storefront.kernel import db
from tests.support.databases import PostgresTemplate, SqliteTemplate

MIGRATIONS = Path(__file__).parent / "migrations"


@pytest.fixture(scope="session")
def purses_sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("purses"), MIGRATIONS)


@pytest.fixture(scope="session")
def purses_postgres(postgres_url: str) -> Iterator[PostgresTemplate]:
    template = PostgresTemplate(postgres_url, "purses", MIGRATIONS)
    yield template
    template.close()


@pytest.fixture
def sqlite_purses_url(purses_sqlite: SqliteTemplate, tmp_path: Path) -> str:
    return purses_sqlite.copy_to(tmp_path)


@pytest.fixture
def postgres_purses_url(purses_postgres: PostgresTemplate) -> Iterator[str]:
    with purses_postgres.copy() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def purses_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_purses_url"))


@pytest.fixture
async def purses(purses_url: str) -> AsyncIterator[str]:
    """An open database with Ann's purse (id 1, 100) and Bob's (id 2, 100)."""
    await db.connect(purses_url, models=["tests.kernel.models"], pool=4)
    await db.many("INSERT INTO purse (owner, amount) VALUES (?, ?)", [("Ann", 100), ("Bob", 100)])
    yield purses_url
    await db.disconnect()
