"""Many cases at once while the desk dies again and again; the benchmark takes 500 of them."""

from pathlib import Path

from benchmarks import desk
from storefront.kernel import db, events


async def test_cases_are_settled_exactly_however_often_the_desk_dies(database: str, tmp_path: Path) -> None:
    await desk.stock(16)

    told = await desk.rush(tmp_path, database, kills=1)
    events.listen({})

    assert (told["cases"], told["open"], told["waiting"]) == (16, 0, 0)
    assert told["kills"] >= 1, "it died in the middle"
    assert told["refunds"] > 0
    assert (told["wrong"], told["silent"], told["findings"]) == (0, 0, 0)
    assert await db.rows("SELECT 1 FROM refund WHERE state <> 'done'") == []
