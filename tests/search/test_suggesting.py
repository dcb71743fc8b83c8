"""What goes with a thing: counted of those who let us only, and shown only when several of them bought it."""

from storefront import catalog, people, search
from storefront.kernel import db
from storefront.search import Why
from tests.search.test_finding import shelved, thing
from tests.support.market import Market, bought, customer, drafted, stocked

ALL = people.SUGGESTIONS


async def seen_by(person_id: int, item_id: int) -> list[tuple[int, Why]]:
    return [
        (one.item_id, one.why)
        for one in await search.suggest(item_id=item_id, text="", category_id=0, person_id=person_id)
    ]


async def test_what_several_who_let_us_bought_together_is_shown_and_nothing_of_the_others(market: Market) -> None:
    rice, jam, tea = [await stocked(sku, pieces=40) for sku in ("rice", "jam", "tea")]
    item = {
        sku: (await catalog.variant(number)).item_id for sku, number in (("rice", rice), ("jam", jam), ("tea", tea))
    }
    buyers = [await customer(f"Buyer {number}", 200 + number) for number in range(4)]
    for number, buyer in enumerate(buyers):
        if number < 3:
            await people.agree(person_id=buyer, purpose=ALL)
        await bought(await drafted(buyer, rice), f"rice {number}")
        # One of those who let us, and the one who does not.
        await bought(await drafted(buyer, tea if number in (2, 3) else jam), f"more {number}")

    await people.agree(person_id=market.ann, purpose=ALL)
    together = await seen_by(market.ann, item["rice"])
    await people.withdraw(person_id=buyers[0], purpose=ALL)
    after = await seen_by(market.ann, item["rice"])

    counted = {row["item_id"]: row["orders"] for row in await db.rows("SELECT item_id, orders FROM search_ordered")}

    assert counted == {item["rice"]: 4, item["jam"]: 2, item["tea"]: 2}, "whoever ordered"
    assert (item["jam"], Why.TOGETHER) in together
    assert (item["tea"], Why.TOGETHER) not in together, (
        "one of two who bought tea does not let us, and one is nobody's business"
    )
    assert (item["jam"], Why.TOGETHER) not in after, "what she took back is forgotten"
    assert await db.rows("SELECT 1 FROM bought WHERE person_id IN (?, ?)", buyers[0], buyers[3]) == []


async def test_what_those_who_joined_a_group_with_her_bought_is_shown_to_her_alone(database: str) -> None:
    await shelved(thing("rice", "Rice", 100, path="food"), thing("jam", "Jam", 100, path="food"))
    rice, jam = [
        row["id"] for row in await db.rows("SELECT id FROM item WHERE code IN ('rice', 'jam') ORDER BY code DESC")
    ]
    ann, bob, eve, stranger = [
        (await people.welcome(name=name, language="en")).id for name in ("Ann", "Bob", "Eve", "Li")
    ]
    for person in (ann, bob, eve):
        await search.note_bought(person_id=person, item_ids=[rice], deal="group:1")
    for person in (bob, eve):
        await search.note_bought(person_id=person, item_ids=[jam], deal=None)

    assert (jam, Why.GROUP) in await seen_by(ann, item_id=0)
    assert (jam, Why.GROUP) not in await seen_by(stranger, item_id=0)


async def test_without_leave_only_what_is_like_it_is_shown(database: str) -> None:
    await shelved(*(thing(f"t{number}", f"Green tea {number}", 100, path="tea") for number in range(3)))
    first = (await db.rows("SELECT id, category_id FROM item WHERE code = 't0'"))[0]
    for number in range(3):
        person = (await people.welcome(name=f"P{number}", language="en")).id
        await search.note_bought(person_id=person, item_ids=[first["id"]], deal=None)

    found = await search.suggest(
        item_id=first["id"], text="Green tea", category_id=first["category_id"], person_id=None
    )

    assert {one.why for one in found} == {Why.ALIKE}
    assert first["id"] not in {one.item_id for one in found}
    assert len(found) == 2


async def test_two_accounts_of_one_person_count_once_and_not_without_leave(database: str) -> None:
    await shelved(thing("rice", "Rice", 100, path="food"))
    rice = (await db.rows("SELECT id FROM item"))[0]["id"]
    ann, phone = [(await people.welcome(name="Ann", language="en")).id for _ in range(2)]
    for person in (ann, phone):
        await search.note_bought(person_id=person, item_ids=[rice], deal=None)
    await people.agree(person_id=ann, purpose=ALL)

    await search.follow(from_person_id=phone, to_person_id=ann)

    assert [row["person_id"] for row in await db.rows("SELECT person_id FROM bought")] == [ann]
