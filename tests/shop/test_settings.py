"""What an operator may set wrongly stops the start in one line that names the setting; nothing secret is repeated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from shop.cli import app
from storefront.kernel.settings import Settings
from tests.support import process

WRONG = {
    "PORT": "http",
    "ROLES": "web,cook",
    "PROXIES": "10.0.0.1,nginx",
    "PUBLIC_URL": "shop.example",
    "DATABASE_URL": "mysql://shop:opensesame@host/shop",
    "DATABASE_POOL": "0",
    "SQLITE_SYNCHRONOUS": "OFF",
    "TELEGRAM_TOKEN": "opensesame",
    "TELEGRAM_API": "api.telegram.org",
    "WEBCHAT": "perhaps",
    "SHOP_NAME": "x" * 65,
    "CURRENCY": "ABC",
    "TIMEZONE": "Mars/Olympus",
    "DEFAULT_LANGUAGE": "fr",
    "PAYMENT_MINUTES": "0",
    "POINT_MINOR": "0",
    "POINTS_PERCENT": "101",
    "MINIMUM_CHARGE_MINOR": "-1",
    "STAR_MINOR": "-1",
    "WELCOME_POINTS": "many",
    "LOG_LEVEL": "LOUD",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder where the shop is started, in an environment that sets nothing."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    yield tmp_path
    # The command logs to the runner's stderr, which is closed by now.
    structlog.reset_defaults()


def started(**settings: str) -> Result:
    return CliRunner().invoke(app, ["serve"], env=settings)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_stops_the_start_with_a_line_that_names_it(folder: Path, name: str) -> None:
    result = started(**{name: WRONG[name]})

    assert result.exit_code == 2
    assert result.stderr.startswith(f"{name}: ")
    assert result.stderr.count("\n") == 1
    assert "opensesame" not in result.stderr


def test_every_wrong_setting_is_named_at_once(folder: Path) -> None:
    result = started(PORT="http", CURRENCY="yuan", TIMEZONE="Mars")

    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["PORT", "CURRENCY", "TIMEZONE"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "sqlite:////nowhere/at/all/shop.sqlite3", "Cannot open the database /nowhere/at/all/"),
        ("DATABASE_URL", "postgres://shop:opensesame@127.0.0.1:1/shop", "Cannot open the database shop on 127.0.0.1"),
        ("DATABASE_URL", "sqlite://shop.sqlite3", "sqlite:///path"),
        ("ROLES", "web", "on SQLite one process has all roles"),
        ("DATA_DIR", "a file", "there can be no folder a file"),
        ("DATA_DIR", "/proc/shop", "there can be no folder /proc/shop"),
        ("DATA_DIR", "taken", "Cannot open the database"),
    ],
)
def test_a_shop_that_cannot_be_opened_is_told_by_the_setting_that_is_to_blame(
    folder: Path, name: str, value: str, told: str
) -> None:
    (folder / "a file").touch()
    (folder / "taken" / "shop.sqlite3").mkdir(parents=True)

    result = started(**{name: value})

    assert result.exit_code == 2
    assert result.stderr.startswith(f"{name}: ")
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert "opensesame" not in result.stderr


def test_settings_are_read_from_a_file_and_the_environment_comes_before_it(folder: Path) -> None:
    (folder / ".env").write_text("SHOP_NAME=Green Market\nCURRENCY=EUR\n")

    result = started(CURRENCY="yuan", DATA_DIR=str(folder))

    assert result.stderr.startswith("CURRENCY: ")
    assert Settings().shop_name == "Green Market"


async def test_the_shop_bears_the_name_that_its_file_gives_it(migrated: Path) -> None:
    (migrated / ".env").write_text(f"SHOP_NAME=Green Market\nPORT=0\nDATA_DIR={migrated}\nWEBCHAT=false\n")

    async with process.opened(migrated) as shop:
        ended = await shop.end()

    assert "Green Market is open." in ended.out
    assert "browser chat" not in ended.out
