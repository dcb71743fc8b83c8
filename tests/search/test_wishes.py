"""What is not there is counted, a shelf comes close, and who waits is told once when it comes."""

from collections.abc import Iterator

import pytest

from storefront import catalog, people, search
from storefront.kernel import clock, db, events
from storefront.kernel.errors import NotFound
from storefront.search.events import WishCame
from tests.search.test_finding import shelved, thing


@pytest.fixture
def told() -> Iterator[list[WishCame]]:
    """Whom the shop told of what she waited for."""
    heard: list[WishCame] = []

    async def hear(fact: WishCame) -> None:
        heard.append(fact)

    events.listen({WishCame: [hear]})
    yield heard
    events.listen({})


async def wished(person_id: int, text: str) -> str:
    searched_id = await search.remember(person_id=person_id, text=text)
    return await search.wish(person_id=person_id, searched_id=searched_id, currency="CNY")


async def two_people() -> tuple[int, int]:
    ann, bob = [(await people.welcome(name=name, language="en")).id for name in ("Ann", "Bob")]
    return ann, bob


async def test_who_waits_is_told_once_when_it_comes(database: str, told: list[WishCame]) -> None:
    ann, bob = await two_people()
    await shelved(thing("tea", "Green tea", 8800, path="food"))
    await wished(ann, "black coffee under 50")
    await wished(ann, "black coffee under 50")
    await wished(bob, "rice cooker")

    assert await search.fulfil() == 0
    await shelved(thing("dear", "Black coffee", 9900, path="food"))
    assert await search.fulfil() == 0
    await shelved(thing("cheap", "Black coffee", 4900, path="food"))
    assert [await search.fulfil() for _ in range(2)] == [1, 0]

    cheap = (await db.rows("SELECT id FROM item WHERE code = 'cheap'"))[0]["id"]
    assert [(fact.person_id, fact.text, list(fact.item_ids)) for fact in told] == [
        (ann, "black coffee under 50", [cheap])
    ]


async def test_what_came_with_a_catalog_is_told_once_it_can_be_found(database: str, told: list[WishCame]) -> None:
    ann, _bob = await two_people()
    await wished(ann, "rice cooker")
    row = thing("cooker", "Rice cooker", 100, path="kitchen")
    await catalog.import_rows([(1, row)], on_items=search.mark)

    early = await search.fulfil()
    await search.catch_up()

    assert (early, await search.fulfil()) == (0, 1)


async def test_what_only_comes_close_is_not_what_she_waits_for(database: str, told: list[WishCame]) -> None:
    ann, _bob = await two_people()
    await wished(ann, "green lamp")

    await shelved(thing("tea", "Green tea", 8800, path="food"))

    assert await search.fulfil() == 0
    assert told == []


async def test_wishes_are_looked_for_in_turns_and_only_when_something_new_came(
    database: str, told: list[WishCame]
) -> None:
    ann, _bob = await two_people()
    await shelved(thing("tea", "Green tea", 8800, path="food"))
    for number in range(5):
        await wished(ann, f"tea number {number}")

    for _ in range(3):
        await search.fulfil(limit=2)
    seen = await db.rows("SELECT DISTINCT seen_item_id FROM search_wish")

    assert len(seen) == 1
    assert await search.fulfil() == 0


async def test_one_waits_for_twenty_things_and_for_nothing_that_has_no_words(database: str) -> None:
    ann, bob = await two_people()
    for number in range(20):
        await wished(ann, f"thing {number}")

    assert await wished(ann, "thing 7") == "thing 7"
    with pytest.raises(search.TooManyWishes):
        await wished(ann, "thing 20")
    with pytest.raises(NotFound):
        await wished(bob, "under 50")
    other = await search.remember(person_id=ann, text="lamp")
    with pytest.raises(NotFound):
        await search.wish(person_id=bob, searched_id=other, currency="CNY")


async def test_two_accounts_that_become_one_wait_once(database: str, told: list[WishCame]) -> None:
    ann, bob = await two_people()
    await wished(ann, "tea")
    await wished(bob, "tea")
    await wished(ann, "lamp")

    async with db.tx():
        await search.follow(from_person_id=ann, to_person_id=bob)
    await shelved(thing("tea", "Green tea", 8800, path="food"), thing("lamp", "Lamp", 100, path="home"))
    await search.fulfil()

    assert sorted((fact.person_id, fact.text) for fact in told) == [(bob, "lamp"), (bob, "tea")]


async def test_searches_in_vain_are_counted_without_names_and_numbers(database: str) -> None:
    for text in ("Blue LAMP under 50", "blue lamp", "call 13800138000 lamp", "under 50", "!!!"):
        await search.miss(text)

    assert [(one.text, one.count) for one in await search.missed()] == [("blue lamp", 2), ("call lamp", 1)]


async def test_old_wishes_and_misses_are_forgotten(database: str) -> None:
    ann, _bob = await two_people()
    with clock.driven() as time:
        await wished(ann, "lamp")
        await search.miss("lamp")
        time.forward(181 * clock.DAY)
        await search.miss("tea")
        await search.forget()

    assert [one.text for one in await search.missed()] == ["tea"]
    assert await db.rows("SELECT 1 FROM search_wish") == []


async def test_the_nearest_shelf_is_the_one_of_what_comes_close_or_is_called_alike(database: str) -> None:
    await shelved(
        thing("tea", "Green tea", 8800, path="food/tea", category_names={"en": ["Food", "Teas"]}),
        thing("lamp", "Lamp", 100, path="lighting", category_names={"en": ["Lighting"]}),
    )
    ids = {row["path"]: row["id"] for row in await db.rows("SELECT id, path FROM category")}
    tea = (await db.rows("SELECT id FROM item WHERE code = 'tea'"))[0]["id"]

    assert await search.shelf_near(text="green rice", items=[tea]) == ids["food/tea"]
    assert await search.shelf_near(text="lightning", items=[]) == ids["lighting"]
    assert await search.shelf_near(text="quantum", items=[]) is None
    assert await search.shelf_near(text="", items=[]) is None


async def test_a_photo_is_looked_at_once_and_tried_three_times(database: str) -> None:
    ann, _bob = await two_people()
    with clock.driven() as time:
        for name in ("one", "two"):
            await search.scan(bot_id=1, chat_id=2, person_id=ann, card_id=3, file_id=name)
        first, second = await search.scans(bot_id=1)

        assert [await search.scanned(first.id), await search.scanned(first.id)] == [True, False]
        for _ in range(3):
            time.forward(clock.MINUTE)
            await search.unscanned((await search.scans(bot_id=1))[0])

        assert second.file_id == "two"
        assert await search.scans(bot_id=1) == []


async def test_who_sends_many_photos_at_once_has_a_few_of_them_looked_at(database: str) -> None:
    ann, bob = await two_people()
    for person_id, count in ((ann, 9), (bob, 1)):
        for number in range(count):
            await search.scan(bot_id=1, chat_id=2, person_id=person_id, card_id=3, file_id=f"{person_id}:{number}")

    assert [scan.person_id for scan in await search.scans(bot_id=1)] == [ann] * 5 + [bob]
