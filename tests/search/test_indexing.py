"""The index follows the catalog: with its rows, or, for a whole catalog, soon after them and for sure."""

import asyncio

from storefront import catalog, search
from tests.search.test_finding import shelved, thing


async def test_a_whole_catalog_is_marked_with_its_rows_and_findable_once_caught_up_by_whoever_does_it(
    database: str,
) -> None:
    rows = [thing(f"t{number}", f"Lantern {number}", 100, path="light") for number in range(12)]
    await catalog.import_rows(list(enumerate(rows, 1)), on_items=search.mark)
    before = await search.find(text="lantern")
    told = await asyncio.gather(search.catch_up(), search.catch_up())
    after = await search.find(text="lantern")

    assert (before.total, sum(told), after.total) == (0, 12, 12)
    assert await search.catch_up() == 0


async def test_signs_alone_ask_for_nothing(database: str) -> None:
    await shelved(thing("tea", "Tea", 100, path="food"))

    assert [(await search.find(text=text)).total for text in ("🙂", "%%%", "", " ", "in stock")] == [0, 0, 1, 1, 1]
