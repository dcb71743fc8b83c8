"""The schema goes forward in numbered steps, once each, to the same end on both databases."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storefront.kernel import db
from storefront.kernel.db.migrator import MIGRATIONS as REAL
from storefront.kernel.db.migrator import statements
from tests.kernel.conftest import MIGRATIONS
from tests.support.databases import PostgresTemplate
from tests.support.schema import Index, Table, schema

MIGRATOR = Path(__file__).parent / "migrating.py"


@pytest.fixture
def nothing_sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


@pytest.fixture
def nothing_postgres(purses_postgres: PostgresTemplate) -> Iterator[str]:
    with purses_postgres.empty() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def nothing_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"nothing_{request.param}"))


@pytest.fixture
async def nothing(nothing_url: str) -> AsyncIterator[str]:
    """An open database without a table."""
    await db.connect(nothing_url)
    yield nothing_url
    await db.disconnect()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small migrations, to be changed."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


async def applied() -> list[int]:
    return [row["number"] for row in await db.rows("SELECT number FROM migration ORDER BY number")]


async def test_each_migration_is_applied_once(nothing: str) -> None:
    first = await db.migrate(MIGRATIONS)
    second = await db.migrate(MIGRATIONS)

    assert (first, second) == (["0001_open", "0002_kept"], [])
    assert await applied() == [1, 2]


async def test_what_it_says_holds(nothing: str) -> None:
    await db.migrate(MIGRATIONS)
    made = await db.rows("INSERT INTO purse (owner, amount) VALUES (?, ?) RETURNING id", "Ann", 1)
    await db.execute("INSERT INTO note (purse_id) VALUES (?)", made[0]["id"])

    with pytest.raises(Exception, match="notes; are kept"):
        await db.execute("DELETE FROM note")

    assert (await db.rows("SELECT text FROM note"))[0]["text"] == "what; is?"


async def test_a_new_migration_is_added_later(nothing: str, folder: Path) -> None:
    await db.migrate(folder)
    (folder / "0003_phone.sql").write_text("ALTER TABLE purse ADD COLUMN phone VARCHAR(20);\n")

    assert await db.unapplied(folder) == ["0003_phone"]
    assert await db.migrate(folder) == ["0003_phone"]
    assert await db.unapplied(folder) == []
    assert await db.rows("SELECT phone FROM purse") == []


async def test_a_part_for_one_database_comes_after_the_common_one(nothing: str, folder: Path) -> None:
    (folder / "0003_phone.sql").write_text("CREATE TABLE phone (number VARCHAR(20) NOT NULL);")
    for dialect in ("sqlite", "postgres"):
        (folder / f"0003_phone.{dialect}.sql").write_text(f"INSERT INTO phone VALUES ('{dialect}');")

    await db.migrate(folder)

    assert await db.rows("SELECT number FROM phone") == [{"number": db.dialect()}]


async def test_a_failing_migration_leaves_nothing_behind(nothing: str, folder: Path) -> None:
    (folder / "0003_torn.sql").write_text("CREATE TABLE half (id {id});\nINSERT INTO nowhere VALUES (1);\n")

    with pytest.raises(db.MigrationError, match="0003_torn failed"):
        await db.migrate(folder)

    assert await applied() == [1, 2]
    assert "half" not in await schema()


async def test_a_migration_that_was_changed_is_refused(nothing: str, folder: Path) -> None:
    await db.migrate(folder)
    with (folder / "0001_open.sql").open("a") as file:
        file.write("-- changed\n")

    with pytest.raises(db.MigrationError, match="0001_open was changed") as refused:
        await db.migrate(folder)

    assert "\n" not in str(refused.value)


async def test_a_database_of_a_newer_program_is_refused(nothing: str, folder: Path) -> None:
    (folder / "0003_phone.sql").write_text("ALTER TABLE purse ADD COLUMN phone VARCHAR(20);\n")
    await db.migrate(folder)

    with pytest.raises(db.MigrationError, match="newer version"):
        await db.migrate(MIGRATIONS)


async def test_a_migration_that_comes_late_with_a_lower_number_is_refused(nothing: str, folder: Path) -> None:
    (folder / "0004_phone.sql").write_text("ALTER TABLE purse ADD COLUMN phone VARCHAR(20);\n")
    await db.migrate(folder)
    (folder / "0003_late.sql").write_text("ALTER TABLE purse ADD COLUMN late VARCHAR(20);\n")

    with pytest.raises(db.MigrationError, match="0003_late comes before 0004"):
        await db.migrate(folder)


@pytest.mark.parametrize(
    ("name", "reason"), [("3_short.sql", "not named"), ("0001_other.sql", "Several"), ("0003_x.mysql.sql", "not named")]
)
async def test_a_name_that_does_not_fit_is_refused(nothing: str, folder: Path, name: str, reason: str) -> None:
    (folder / name).write_text("SELECT 1;")

    with pytest.raises(db.MigrationError, match=reason):
        await db.migrate(folder)


async def test_a_statement_without_an_end_is_refused(nothing_sqlite: str, folder: Path) -> None:
    (folder / "0003_open_end.sql").write_text("CREATE TABLE endless (id {id})\n-- the end; is missing\n")
    await db.connect(nothing_sqlite)

    with pytest.raises(db.MigrationError, match="no end: CREATE TABLE endless"):
        await db.migrate(folder)

    await db.disconnect()


async def test_a_table_may_be_made_anew_without_losing_the_rows_that_refer_to_it(
    nothing_sqlite: str, folder: Path
) -> None:
    await db.connect(nothing_sqlite)
    await db.migrate(folder)
    await db.execute("INSERT INTO purse (owner, amount) VALUES ('Ann', 5)")
    await db.execute("INSERT INTO note (purse_id) VALUES (1)")
    (folder / "0003_anew.sqlite.sql").write_text(
        "CREATE TABLE purse_new (id {id}, owner VARCHAR(80) NOT NULL UNIQUE, amount BIGINT NOT NULL, picture {bytes});\n"
        "INSERT INTO purse_new SELECT * FROM purse; DROP TABLE purse; ALTER TABLE purse_new RENAME TO purse;\n"
    )

    await db.migrate(folder)

    assert await db.rows("SELECT n.id FROM note n JOIN purse p ON p.id = n.purse_id") == [{"id": 1}]
    with pytest.raises(db.IntegrityError):
        await db.execute("INSERT INTO note (purse_id) VALUES (9)")
    await db.disconnect()


async def test_a_migration_that_leaves_rows_without_what_they_refer_to_is_refused(
    nothing_sqlite: str, folder: Path
) -> None:
    await db.connect(nothing_sqlite)
    await db.migrate(folder)
    await db.execute("INSERT INTO purse (owner, amount) VALUES ('Ann', 5)")
    await db.execute("INSERT INTO note (purse_id) VALUES (1)")
    (folder / "0003_gone.sql").write_text("DELETE FROM purse;")

    with pytest.raises(db.MigrationError, match="rows of note that refer to nothing"):
        await db.migrate(folder)

    assert len(await db.rows("SELECT * FROM purse")) == 1
    await db.disconnect()


async def test_replicas_that_start_at_once_apply_each_migration_once(nothing: str) -> None:
    def run() -> subprocess.Popen[str]:
        command = [sys.executable, str(MIGRATOR), nothing, str(MIGRATIONS)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    replicas = [run() for _ in range(4)]
    said = [await asyncio.to_thread(replica.communicate, timeout=60) for replica in replicas]

    names = [name for out, _ in said for name in json.loads(out)]
    assert sorted(names) == ["0001_open", "0002_kept"]
    assert await applied() == [1, 2]


def test_a_script_is_split_where_statements_end_and_not_inside_triggers() -> None:
    script = (
        "-- one; two\nCREATE TABLE a (x TEXT DEFAULT ';'); CREATE TABLE b (y TEXT);\n"
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM a; END;\n-- the end; really\n"
    )

    assert [statement.split()[-1] for statement in statements(script)] == ["';');", "TEXT);", "END;"]


async def both_schemas(folder: Path, *urls: str) -> list[dict[str, Table]]:
    found = []
    for url in urls:
        await db.connect(url)
        await db.migrate(folder)
        found.append(await schema())
        await db.disconnect()
    return found


async def test_both_databases_end_with_the_same_small_schema(nothing_sqlite: str, nothing_postgres: str) -> None:
    sqlite, postgres = await both_schemas(MIGRATIONS, nothing_sqlite, nothing_postgres)

    assert sqlite == postgres
    assert sqlite["note"] == Table(
        columns=("id", "purse_id", "text", "at"),
        not_null=frozenset({"id", "purse_id", "text", "at"}),
        primary_key=("id",),
        indexes=(Index(("purse_id", "at"), unique=False, partial=False),),
        checks=0,
        foreign_keys=frozenset({(("purse_id",), "purse", ("id",))}),
        triggers=True,
    )
    assert (sqlite["purse"].checks, sqlite["purse"].triggers) == (1, False)


async def test_both_databases_end_with_the_same_schema(nothing_sqlite: str, nothing_postgres: str) -> None:
    sqlite, postgres = await both_schemas(REAL, nothing_sqlite, nothing_postgres)

    assert sqlite.keys() == postgres.keys()
    for table, there in sqlite.items():
        assert there == postgres[table], f"the table {table} differs"


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE extra (id {id});",
        "ALTER TABLE purse ADD COLUMN phone VARCHAR(20);",
        "CREATE UNIQUE INDEX one_note ON note (purse_id) WHERE at > 0;",
        "CREATE TABLE checked (id {id}, a BIGINT CHECK (a > 0));",
    ],
)
async def test_a_difference_between_the_databases_is_seen(
    nothing_sqlite: str, nothing_postgres: str, folder: Path, change: str
) -> None:
    (folder / "0003_differs.sqlite.sql").write_text(change)

    sqlite, postgres = await both_schemas(folder, nothing_sqlite, nothing_postgres)

    assert sqlite != postgres
