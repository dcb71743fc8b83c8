"""Benchmarks rot unless somebody runs them: each one here with a handful of customers, for its figures and not their size."""

import pytest

from benchmarks import answering, importing

Printed = pytest.CaptureFixture[str]


async def test_an_import_is_told_next_to_its_floor(capfd: Printed) -> None:
    await importing.measure(generated=600)

    figures = _figures(capfd)
    assert {"executemany_generated_sqlite", "import_generated_sqlite"} <= figures.keys()


async def test_purchases_are_told_next_to_their_floors(capfd: Printed) -> None:
    await answering.measure(visitors=3, pictured=False)

    figures = _figures(capfd)
    assert {"bare_aiohttp_handler", "sqlite_search_to_paid", "sqlite_purchases_to_empty_handler"} <= figures.keys()


def _figures(capfd: Printed) -> dict[str, float]:
    lines = [line.split() for line in capfd.readouterr().out.splitlines() if not line.startswith("#")]
    assert all(len(line) == 4 and float(line[1]) > 0 and float(line[3]) > 0 for line in lines), lines
    return {name: float(value) for name, value, _unit, _ratio in lines}
