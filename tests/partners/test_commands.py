"""What an operator does about partners at the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from shop.cli import app
from tests.support.databases import SqliteTemplate

Pindan = Callable[..., Result]


@pytest.fixture
def pindan(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Pindan]:
    """The command, at a shop of this test's own."""
    environment = {"DATABASE_URL": sqlite_template.copy_to(tmp_path), "DATA_DIR": str(tmp_path)}
    yield lambda *words: CliRunner().invoke(app, list(words), env=environment)
    # The command logs to the runner's stderr, which is closed by now.
    structlog.reset_defaults()


def test_a_partner_is_let_in_given_another_key_and_the_old_one_revoked(pindan: Pindan) -> None:
    old = pindan("partners", "add", "Bank", "--scope", "points:grant", "--scope", "points:read").output.strip()
    new = pindan("partners", "key", "Bank", "--scope", "points:grant").output.strip()
    revoked = pindan("partners", "revoke", old.split("_")[1])
    shown = pindan("partners", "list").output.splitlines()

    assert old.startswith("pk_")
    assert new != old
    assert revoked.exit_code == 0
    assert shown[0].startswith(f"Bank  {old.split('_')[1]}  points:grant points:read  revoked ")
    assert shown[1] == f"Bank  {new.split('_')[1]}  points:grant  used never"
    assert old.rpartition("_")[2] not in "".join(shown)


def test_what_cannot_be_done_is_said_in_one_line(pindan: Pindan) -> None:
    pindan("partners", "add", "Bank", "--scope", "points:grant")

    for words, told in [
        (("add", "Bank", "--scope", "points:grant"), "There is a partner of this name already."),
        (("key", "Nobody", "--scope", "points:grant"), "There is none of that name or number."),
        (("webhook", "Bank", "http://127.0.0.1:9/hook"), "Events are sent to an https:// address"),
        (("rotate", "Bank"), "There is none of that name or number."),
        (("events", "--retry", "404"), "There is none of that name or number."),
    ]:
        result = pindan("partners", *words)
        assert result.exit_code == 1
        assert told in result.output
        assert len(result.output.strip().splitlines()) == 1


def test_a_webhook_is_set_its_secret_changed_and_taken_away(pindan: Pindan) -> None:
    pindan("partners", "add", "Bank", "--scope", "points:grant")

    first = pindan("partners", "webhook", "Bank", "https://bank.example/hook").output.strip()
    moved = pindan("partners", "webhook", "Bank", "https://bank.example/other").output.strip()
    second = pindan("partners", "rotate", "Bank").output.strip()

    assert first.startswith("whsec_")
    assert moved == first
    assert second.startswith("whsec_")
    assert second != first
    assert pindan("partners", "unhook", "Bank").exit_code == 0
    assert pindan("partners", "events").output == ""


def test_a_file_of_points_says_which_rows_gave_nothing(pindan: Pindan, tmp_path: Path) -> None:
    pindan("partners", "add", "Bank", "--scope", "points:grant")
    file = tmp_path / "points.csv"
    file.write_text("key,customer,points,cause\na,C-1,10,Card\nb,C-1,ten,Card\n")

    result = pindan("points", "import", str(file), "--partner", "Bank")

    assert result.exit_code == 1
    assert "0 granted, 0 repeated, 0 conflict, 1 unknown customer, 1 refused." in result.output
    assert "line 2: unknown customer" in result.output
    assert "line 3: points: 'ten' is not a whole number" in result.output
