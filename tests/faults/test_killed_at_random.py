"""The shop is killed at random moments among visitors and an agent; the long run of `make faults`, short."""

from pathlib import Path

from benchmarks import faults

KILLS, SEED = 2, 20261127


async def test_visitors_and_an_agent_lose_nothing_and_get_nothing_twice(url: str, tmp_path: Path) -> None:
    told = await faults.measure(folder=tmp_path, url=url, kills=KILLS, seed=SEED, crowd=3)

    assert faults.summary(told) == f"faults: kills {KILLS} lost 0 twice 0 duplicates 0 violations 0"
    assert told["with people waiting"] == KILLS, "each kill came while somebody waited"
    assert told["journeys"] >= 3
