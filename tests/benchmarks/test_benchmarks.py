"""Benchmarks rot unless somebody runs them: each one here with a handful of customers, for its figures and not their size."""

import pytest

from benchmarks import answering, cases, groups, importing, verifying

Printed = pytest.CaptureFixture[str]


async def test_an_import_is_told_next_to_its_floor(capfd: Printed) -> None:
    await importing.measure(generated=600)

    figures = _figures(capfd)
    assert {"executemany_generated_sqlite", "import_generated_sqlite"} <= figures.keys()


async def test_purchases_are_told_next_to_their_floors(capfd: Printed) -> None:
    await answering.measure(visitors=3, pictured=False)

    figures = _figures(capfd)
    assert {"bare_aiohttp_handler", "sqlite_search_to_paid", "sqlite_purchases_to_empty_handler"} <= figures.keys()


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
