"""Catalogs in and out, as an operator does it at the command line."""

import asyncio
import gzip
import os
import pty
import signal
import sqlite3
from pathlib import Path

import pytest

from shop.demo.preparing import CATALOG
from tests.shop.conftest import Pindan, rows
from tests.support import process, tools
from tests.support.databases import SqliteTemplate

CATALOGS = ("produce81/produce81.jsonl", "wm_catalog.csv.gz", "en_catalog.csv.gz")
REAL = Path(__file__).parents[2].parent / "shared" / "data" / "search"
_SAMPLED_EVERY_S = 0.05


def count(folder: Path, table: str = "variant") -> int:
    with sqlite3.connect(f"file:{folder / 'shop.sqlite3'}?mode=ro", uri=True) as looked_at:
        return int(looked_at.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_good_rows_are_taken_and_bad_ones_told_with_line_and_reason(pindan: Pindan, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text("sku,name,price\na,Apple,1.20\nb,Pear,cheap\n,Plum,2\nc,Fig,3\n")

    ended = pindan("catalog", "import", str(file))

    assert ended.exit_code == 0
    assert ended.stdout.splitlines() == ["2 new, 0 changed, 0 the same, 2 refused."]
    assert [line.split(":")[0].strip() for line in ended.stderr.splitlines()] == ["line 3", "line 4"]
    assert "'cheap'" in ended.stderr
    assert "no SKU" in ended.stderr


async def test_a_bar_is_drawn_for_who_looks_on_and_not_into_a_pipe(migrated: Path) -> None:
    file = rows(migrated, 1200)
    ours, theirs = pty.openpty()

    seen = await asyncio.create_subprocess_exec(
        *(process.PINDAN, "catalog", "import", str(file)),
        cwd=migrated,
        env={**process.environment(migrated, DATA_DIR=migrated), "TERM": "xterm"},
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = await asyncio.to_thread(_all_of, ours)
    await seen.communicate()
    os.close(ours)
    piped = await process.run(migrated, "catalog", "import", str(file))

    assert "goods.jsonl" in drawn
    assert "%" in drawn
    assert (piped.out, piped.err) == ("0 new, 0 changed, 1200 the same, 0 refused.\n", "")


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [("nothing.csv", 2, "exist"), ("folder", 2, "directory"), ("empty.csv", 1, "neither CSV")],
)
def test_what_is_no_catalog_is_said(pindan: Pindan, tmp_path: Path, name: str, code: int, told: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").touch()

    ended = pindan("catalog", "import", str(tmp_path / name))

    assert ended.exit_code == code
    assert told in ended.stderr


def test_a_catalog_goes_only_where_it_can_be_found_again(pindan: Pindan) -> None:
    sheet = pindan("catalog", "export", "goods.xlsx")
    nowhere = pindan("catalog", "export", "/nowhere/goods.csv")

    assert (sheet.exit_code, sheet.stderr) == (2, "goods.xlsx: the name ends in .csv or .jsonl, also with .gz\n")
    assert (nowhere.exit_code, nowhere.stderr) == (2, "/nowhere/goods.csv: No such file or directory\n")


def test_out_and_in_and_out_again_are_the_same_files(
    pindan: Pindan, sqlite_template: SqliteTemplate, tmp_path: Path
) -> None:
    names, other = ("out.csv", "out.csv.gz", "out.jsonl", "out.jsonl.gz"), tmp_path / "other"
    other.mkdir()
    elsewhere = sqlite_template.copy_to(other)
    pindan("catalog", "import", str(CATALOG))

    for name in names:
        assert pindan("catalog", "export", str(tmp_path / name)).exit_code == 0
    pindan("catalog", "import", str(tmp_path / "out.csv.gz"), DATABASE_URL=elsewhere)
    for name in names:
        pindan("catalog", "export", str(other / name), DATABASE_URL=elsewhere)

    assert [(tmp_path / name).read_bytes() for name in names] == [(other / name).read_bytes() for name in names]
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()) == (tmp_path / "out.csv").read_bytes()


async def test_killed_in_the_middle_an_import_is_finished_by_the_next_one(migrated: Path) -> None:
    file = rows(migrated, 5000)
    cut = await process.start(migrated, "catalog", "import", str(file), DATA_DIR=migrated)
    while count(migrated) < 1000:
        assert cut.returncode is None
        await asyncio.sleep(0.01)
    cut.send_signal(signal.SIGKILL)
    await cut.communicate()
    had = count(migrated)

    ended = await process.run(migrated, "catalog", "import", str(file))

    assert 1000 <= had < 5000
    assert ended.out == f"{5000 - had} new, 0 changed, {had} the same, 0 refused.\n"
    assert [count(migrated, table) for table in ("variant", "item", "stock_move")] == [5000, 5000, 5000]
    assert (await process.run(migrated, "verify")).code == 0


async def test_real_catalogs_are_taken_in_the_memory_of_the_smallest_and_again_change_nothing(migrated: Path) -> None:
    if not all((REAL / name).exists() for name in CATALOGS):
        tools.absent("../shared/data/search")
    peaks = {}

    for name in CATALOGS:
        before = count(migrated)
        said, peaks[name] = await _watched(migrated, REAL / name)
        assert said.startswith(f"{count(migrated) - before} new, 0 changed, 0 the same")
    taken = count(migrated) - before
    again, _ = await _watched(migrated, REAL / CATALOGS[-1])

    assert again.startswith(f"0 new, 0 changed, {taken} the same")
    assert max(peaks.values()) < min(peaks.values()) + 48, f"SQLite keeps 16 MB of pages, search its words: {peaks}"


async def _watched(folder: Path, file: Path) -> tuple[str, int]:
    """What an import said, and the most memory that it held, in MB."""
    running = await process.start(folder, "catalog", "import", str(file), DATA_DIR=folder)
    ended, peak = asyncio.create_task(running.communicate()), 0
    while not ended.done():
        peak = max(peak, _peak(running.pid))
        await asyncio.wait({ended}, timeout=_SAMPLED_EVERY_S)
    assert running.returncode == 0
    return (await ended)[0].decode(), peak


def _all_of(terminal: int) -> str:
    drawn = b""
    try:
        while part := os.read(terminal, 10_000):
            drawn += part
    except OSError:  # the other end is closed
        pass
    return drawn.decode()


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
