"""A backup is the shop of one moment, made while it sells; nothing is restored over anything, and nothing that was changed."""

import json
import os
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.shop.conftest import Pindan, rows
from tests.support import postgres, tools
from tests.support.databases import PostgresTemplate


@pytest.fixture
def backed_up(pindan: Pindan, migrated: Path, tmp_path: Path) -> Path:
    """A backup of a shop with three things and a word in the browser chat."""
    pindan("catalog", "import", str(rows(migrated, 3)))
    with sqlite3.connect(migrated / "webchat.sqlite3") as chat:
        chat.execute("CREATE TABLE message (body TEXT)")
        chat.execute("INSERT INTO message VALUES ('hello')")
    chat.close()
    file = tmp_path / "backups" / "shop.tar.gz"
    file.parent.mkdir()
    assert pindan("backup", str(file)).exit_code == 0
    return file


def test_a_backup_becomes_a_shop_again_and_verifies(pindan: Pindan, backed_up: Path, tmp_path: Path) -> None:
    made = tmp_path / "again"

    restored = pindan("restore", str(backed_up), "--verify", DATA_DIR=str(made))

    assert (restored.exit_code, restored.stdout) == (0, f"Restored from {backed_up}.\nAll is well.\n")
    assert backed_up.stat().st_mode & 0o077 == 0
    assert (made / "shop.sqlite3").stat().st_mode & 0o077 == 0
    with sqlite3.connect(made / "shop.sqlite3") as shop, sqlite3.connect(made / "webchat.sqlite3") as chat:
        assert shop.execute("SELECT COUNT(*) FROM variant").fetchone() == (3,)
        assert chat.execute("SELECT body FROM message").fetchone() == ("hello",)
    shop.close()
    chat.close()
    assert sorted(path.name for path in backed_up.parent.iterdir()) == ["shop.tar.gz"]


def test_nothing_is_written_over(pindan: Pindan, backed_up: Path, migrated: Path) -> None:
    before = (migrated / "shop.sqlite3").read_bytes()

    restored, again = pindan("restore", str(backed_up)), pindan("backup", str(backed_up))

    assert (restored.exit_code, again.exit_code) == (2, 2)
    assert restored.stderr == f"There is something in {migrated}: a backup is restored where no shop is\n"
    assert (migrated / "shop.sqlite3").read_bytes() == before


def test_what_was_changed_is_not_restored(pindan: Pindan, backed_up: Path, tmp_path: Path) -> None:
    place, changed, made = tmp_path / "open", tmp_path / "changed.tar.gz", tmp_path / "again"
    with tarfile.open(backed_up) as packed:
        packed.extractall(place, filter="data")
    with (place / "shop.sqlite3").open("ab") as shop:
        shop.write(b"x")
    with tarfile.open(changed, "w:gz") as packed:
        for file in place.iterdir():
            packed.add(file, arcname=file.name)
    (tmp_path / "none.tar.gz").write_bytes(b"not a backup")

    restored = pindan("restore", str(changed), DATA_DIR=str(made))
    none = pindan("restore", str(tmp_path / "none.tar.gz"), DATA_DIR=str(made))

    assert (restored.exit_code, none.exit_code) == (2, 2)
    assert "shop.sqlite3 is not what was backed up" in restored.stderr
    assert "is no backup of a shop" in none.stderr
    assert list(made.iterdir()) == []
    assert set(json.loads((place / "manifest.json").read_text())["sha256"]) == {"shop.sqlite3", "webchat.sqlite3"}


def test_a_backup_while_somebody_writes_is_of_one_moment(pindan: Pindan, migrated: Path, tmp_path: Path) -> None:
    with sqlite3.connect(migrated / "shop.sqlite3") as shop:
        shop.execute("CREATE TABLE one (n INTEGER, filling TEXT)")
        shop.execute("CREATE TABLE other (n INTEGER)")
        shop.executemany("INSERT INTO one VALUES (0, ?)", [("x" * 4000,)] * 5000)
        shop.execute("INSERT INTO other VALUES (0)")
    shop.close()
    made = tmp_path / "again"

    with _writing(migrated / "shop.sqlite3") as written:
        written.wait(10)
        assert pindan("backup", str(tmp_path / "b.tar.gz")).exit_code == 0
    assert pindan("restore", str(tmp_path / "b.tar.gz"), DATA_DIR=str(made)).exit_code == 0

    with sqlite3.connect(made / "shop.sqlite3") as shop:
        assert shop.execute("SELECT COUNT(*) FROM one WHERE n <> (SELECT n FROM other)").fetchone() == (0,)
        assert shop.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    shop.close()


def test_postgres_is_backed_up_by_its_own_program_or_told_how(
    pindan: Pindan,
    migrated: Path,
    tmp_path: Path,
    postgres_templates: PostgresTemplate | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = postgres.binaries()
    if postgres_templates is None or folder is None or not (folder / "pg_dump").exists():
        tools.missing("PostgreSQL", "install Debian's `postgresql`, or set PG_BIN")
    file = tmp_path / "shop.dump"
    with postgres_templates.copy() as url, postgres_templates.empty() as empty:
        monkeypatch.setenv("PATH", "/nowhere")
        without = pindan("backup", str(file), DATABASE_URL=url.replace("postgres@", "postgres:hidden@"))
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.defpath}")
        made = pindan("backup", str(file), DATABASE_URL=url)
        restored = pindan("restore", str(file), "--verify", DATABASE_URL=empty)
        again = pindan("restore", str(file), DATABASE_URL=empty)
        other = pindan("restore", str(file), DATA_DIR=str(tmp_path / "sqlite"))

    assert without.exit_code == 2
    told = f"pg_dump is not installed here; where it is, run: pg_dump --format=custom --file={file} --dbname="
    assert without.stderr.startswith(told)
    assert "hidden" not in without.stderr
    assert made.exit_code == 0, made.stderr
    assert (restored.exit_code, restored.stdout) == (0, f"Restored from {file}.\nAll is well.\n"), restored.stderr
    assert "There is something in the database" in again.stderr
    assert "is a backup of the other kind of database" in other.stderr


@contextmanager
def _writing(file: Path) -> Iterator[threading.Event]:
    """Somebody who makes both tables say the same, over and over."""
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        shop, number = sqlite3.connect(file, timeout=30), 0
        while not stop.is_set():
            number += 1
            with shop:
                shop.execute("UPDATE one SET n = ?", [number])
                shop.execute("UPDATE other SET n = ?", [number])
            written.set()
        shop.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()
