"""The fixtures of every test."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from playwright.async_api import Browser, async_playwright

from storefront.kernel import db
from storefront.kernel.texts import use_timezone
from tests.support import browser as browsers
from tests.support import network, postgres, tools
from tests.support.databases import PostgresTemplate, SqliteTemplate, all_models

network.stay_home()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a missing tool is a failure (as with CI_STRICT=1)")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--no-skips"):
        tools.be_strict()


def pytest_sessionfinish(session: pytest.Session) -> None:
    # One of several processes tells the one that writes the summary.
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["missing"] = tools.counted()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    tools.count(getattr(node, "workeroutput", {}).get("missing", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := tools.summary():
        terminalreporter.section("SKIPPED FOR MISSING TOOLS", red=True, bold=True)
        for line in lines:
            terminalreporter.line(line, red=True)


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Nobody reads what a shop that is well tells: only what is wrong is written, and captured where a test fails."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@pytest.fixture(autouse=True)
def at_greenwich() -> None:
    """A shop that was opened leaves its time zone to no other test."""
    use_timezone("UTC")


@pytest.fixture(autouse=True)
async def closed_after() -> AsyncIterator[None]:
    """A test that fails half-way leaves no open database to the next one."""
    yield
    await db.disconnect()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str | None]:
    """URL of a server for this session, or None when the machine has no PostgreSQL."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield given
    elif folder := postgres.binaries():
        with postgres.server(folder) as url:
            yield url
    else:
        yield None


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str | None) -> str:
    """URL of the server's own database; skips loudly when there is no PostgreSQL."""
    return postgres_server or tools.missing("PostgreSQL", "install Debian's `postgresql`, or set PG_BIN")


@pytest.fixture(scope="session")
def postgres_templates(postgres_server: str | None) -> Iterator[PostgresTemplate | None]:
    if postgres_server is None:
        yield None
        return
    template = PostgresTemplate(postgres_server)
    yield template
    template.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated database of this test's own, on each database in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_template").copy_to(tmp_path)
        return
    template: PostgresTemplate | None = request.getfixturevalue("postgres_templates")
    if template is None:
        tools.missing("PostgreSQL", "install Debian's `postgresql`, or set PG_BIN")
    with template.copy() as copied:
        yield copied


@pytest.fixture
async def database(url: str) -> AsyncIterator[str]:
    """A migrated database of this test's own, open with all models, on each database in turn; gives its URL."""
    await db.connect(url, models=all_models())
    yield url
    await db.disconnect()


@pytest.fixture(scope="session")
def chromium() -> Iterator[str]:
    """Where the session's Chromium is driven from; skips loudly when there is none."""
    path = browsers.chromium_path() or tools.missing("Chromium", "install Debian's `chromium`, or set CHROMIUM")
    with browsers.chromium(path) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A Chromium in which nobody has been yet: `await browser.new_context(viewport=...)`."""
    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(chromium)
        yield connected
        for context in connected.contexts:
            await context.close()
        await connected.close()


@pytest.fixture
def screenshots() -> Path:
    """The folder for pictures of what people see."""
    return browsers.screenshots()
