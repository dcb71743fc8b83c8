"""What several customers called otherwise before they found it is found by that word too; what one did decides nothing."""

import pytest

from storefront import people, search
from storefront.kernel import clock, db
from tests.search.test_finding import found, shelved, thing


@pytest.fixture
async def shop(database: str) -> None:
    """Things with names that not everybody uses."""
    await shelved(thing("glasses", "Reading glasses", 900, path="home"), thing("tea", "Green tea", 900, path="food"))


async def customers(count: int) -> list[int]:
    return [(await people.welcome(name=f"Customer {number}", language="en")).id for number in range(count)]


async def rewords(person_id: int, vain: str, text: str, code: str) -> None:
    """She searches in vain, searches again, and opens what she finds."""
    searched_id = await search.remember(person_id=person_id, text=vain)
    await search.note_vain(person_id=person_id, searched_id=searched_id)
    again = await search.remember(person_id=person_id, text=text)
    item = (await db.rows("SELECT id FROM item WHERE code = ?", code))[0]
    await search.note_opened(person_id=person_id, searched_id=again, item_id=item["id"])


async def told() -> list[tuple[str, str]]:
    await search.learn()
    return [(one.term, one.other) for one in await search.learned()]


async def test_three_who_found_the_same_by_another_word_teach_it_and_the_office_takes_it_away_for_good(
    shop: None,
) -> None:
    ann, bob, eve = await customers(3)
    for person_id in (ann, bob, bob):
        await rewords(person_id, "reading spectacles", "reading glasses", "glasses")
    before = await told()
    await rewords(eve, "spectacles", "glasses", "glasses")
    after = await told()

    assert before == []
    assert after == [("spectacl", "glass")]
    assert await found("spectacles") == ["glasses"]

    number = (await search.learned())[0].id
    assert [await search.forget_learned(number) for _ in range(2)] == [True, False]
    assert await told() == []
    assert await found("spectacles") == []


@pytest.mark.parametrize(
    ("vain", "text", "code"),
    [
        ("spectacles", "tea", "glasses"),
        ("kettle", "green tea leaves", "tea"),
        ("call 13800138000", "tea", "tea"),
        ("tea", "green tea", "tea"),
        ("green tea", "tea", "tea"),
        ("one two three four five", "tea", "tea"),
        ("", "tea", "tea"),
    ],
)
async def test_nothing_is_learned_from_words_that_do_not_name_the_thing(
    shop: None, vain: str, text: str, code: str
) -> None:
    for person_id in await customers(3):
        await rewords(person_id, vain, text, code)

    assert await told() == []
    assert await db.rows("SELECT term FROM search_reworded") == []


async def test_what_was_long_ago_or_somebody_elses_is_not_counted_and_nobody_is_remembered_for_long(
    shop: None,
) -> None:
    ann, bob, eve, late = await customers(4)
    for person_id in (ann, bob, eve):
        await rewords(person_id, "spectacles", "glasses", "glasses")
    vain = await search.remember(person_id=late, text="goggles")
    await search.note_vain(person_id=late, searched_id=vain)
    await db.execute("UPDATE searched SET at = at - ? WHERE id = ?", 6 * clock.MINUTE, vain)
    again = await search.remember(person_id=late, text="glasses")
    item = (await db.rows("SELECT id FROM item WHERE code = 'glasses'"))[0]["id"]
    for person_id in (late, ann):
        await search.note_opened(person_id=person_id, searched_id=again, item_id=item)
    kept = await db.rows("SELECT person_id, term FROM search_reworded ORDER BY person_id")
    await search.follow(from_person_id=ann, to_person_id=bob)
    one_less = await told()
    await db.execute("UPDATE search_reworded SET at = at - ?", 31 * clock.DAY)
    await search.learn()

    assert [(row["person_id"], row["term"]) for row in kept] == [(one, "spectacl") for one in (ann, bob, eve)]
    assert one_less == [], "two accounts of one person are one"
    assert await db.rows("SELECT term FROM search_reworded") == []
