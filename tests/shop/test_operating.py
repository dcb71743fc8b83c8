"""Migrating and verifying, as an operator does it at the command line."""

import json
import sqlite3
from pathlib import Path

import pytest
import structlog

from shop import logs
from tests.shop.conftest import Pindan, rows


def test_migrating_says_what_was_applied_and_then_that_nothing_is_left(pindan: Pindan, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'new.sqlite3'}"

    first = pindan("migrate", DATABASE_URL=elsewhere)
    second = pindan("migrate", DATABASE_URL=elsewhere)

    assert first.stdout.startswith("Applied: 0001_open, ")
    assert (second.exit_code, second.stdout) == (0, "Nothing to apply.\n")


def test_verify_is_content_until_a_row_is_tampered_with_and_then_names_it(pindan: Pindan, migrated: Path) -> None:
    pindan("catalog", "import", str(rows(migrated, 3)))
    well = pindan("verify")
    with sqlite3.connect(migrated / "shop.sqlite3") as intruder:
        intruder.execute("UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = 2")
    intruder.close()

    robbed = pindan("verify")
    told = json.loads(pindan("verify", "--json").stdout)

    assert (well.exit_code, well.stdout) == (0, "All is well.\n")
    assert robbed.exit_code == 1
    assert "s1" in robbed.stdout
    assert robbed.stdout.endswith("1 findings.\n")
    assert not told["ok"]
    assert [check["name"] for check in told["checks"] if not check["ok"]] == ["stock is what moved"]
    (finding,) = next(check for check in told["checks"] if not check["ok"])["findings"]
    assert finding["told"].startswith("of s1 at main 6 lie there")
    assert finding["facts"]["variant_id"] == 2


def test_verify_changes_nothing_not_even_an_older_database(pindan: Pindan, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'new.sqlite3'}"

    old = pindan("verify", DATABASE_URL=elsewhere)

    assert (old.exit_code, old.stderr) == (
        2,
        "The database is not of this version: run `pindan migrate` first, after a backup.\n",
    )


def test_a_crash_is_logged_without_what_its_frames_held(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr("INFO")
    try:
        _unlock("open" + "sesame")
    except LookupError:
        structlog.get_logger().exception("update.crashed", reference="R4T")
    structlog.reset_defaults()

    logged = capsys.readouterr().err
    assert "update.crashed" in logged
    assert "LookupError: no such door" in logged
    assert "opensesame" not in logged


def _unlock(token: str) -> None:
    assert token
    raise LookupError("no such door")
