"""Benchmarks rot unless somebody runs them: each one here with a handful of customers, for its figures and not their size."""

from pathlib import Path

import pytest

from benchmarks import answering, cases, groups, importing, replicas, search_quality, verifying
from tests.support import postgres, tools

Printed = pytest.CaptureFixture[str]


async def test_an_import_is_told_next_to_its_floor(capfd: Printed) -> None:
    await importing.measure(generated=600)

    figures = _figures(capfd)
    assert {"executemany_generated_sqlite", "import_generated_sqlite"} <= figures.keys()


async def test_purchases_are_told_next_to_their_floors(capfd: Printed) -> None:
    await answering.measure(visitors=3, pictured=False)

    figures = _figures(capfd)
    assert {"bare_aiohttp_handler", "sqlite_search_to_paid", "sqlite_purchases_to_empty_handler"} <= figures.keys()


async def test_two_replicas_are_told_next_to_one(capfd: Printed) -> None:
    if postgres.binaries() is None:
        tools.missing("PostgreSQL", "install Debian's `postgresql`, or set PG_BIN")
    await replicas.measure(visitors=4)

    assert {"replicas_1_purchases", "replicas_2_purchases", "replicas_2_searches"} <= _figures(capfd).keys()


async def test_joins_are_told_next_to_a_bare_update(capfd: Printed) -> None:
    await groups.measure(joins=6, groups=4, customers=12)

    figures = _figures(capfd)
    assert {"sqlite_bare_conditional_update", "sqlite_joins_into_a_hot_group", "sqlite_crowd"} <= figures.keys()


async def test_verifying_is_told_next_to_a_bare_sum(capfd: Printed) -> None:
    await verifying.measure(entries=400)

    assert {"sqlite_sealing", "sqlite_sum_over_all_postings", "sqlite_verify"} <= _figures(capfd).keys()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_queue_page_is_told(database: str, capfd: Printed) -> None:
    await cases.queue_page("sqlite", 60)

    assert {"sqlite_queue_all_p95", "sqlite_queue_search_p95"} <= _figures(capfd).keys()


def _figures(capfd: Printed) -> dict[str, float]:
    lines = [line.split() for line in capfd.readouterr().out.splitlines() if not line.startswith("#")]
    assert all(len(line) == 4 and float(line[1]) > 0 and float(line[3]) > 0 for line in lines), lines
    return {name: float(value) for name, value, _unit, _ratio in lines}


async def test_a_file_of_queries_is_answered(tmp_path: Path) -> None:
    goods, queries, out = tmp_path / "goods.csv", tmp_path / "queries.tsv", tmp_path / "run.tsv"
    goods.write_text("sku,name\nlamp-1,Desk lamp\ntea-1,Green tea\n", encoding="utf-8")
    queries.write_text("query_id\tquery\nq1\tlamps\nq2\tgreeen tea\nq3\tnothing\n", encoding="utf-8")

    for engine in search_quality.ENGINES:
        url = f"sqlite:///{tmp_path / engine}.sqlite3"
        await search_quality.answer_file(goods, queries, out, url, engine)
        if engine == "shop":
            assert out.read_text(encoding="utf-8") == "q1\tlamp-1\t1\nq2\ttea-1\t1\n"
