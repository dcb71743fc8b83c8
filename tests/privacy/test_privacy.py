"""What the shop holds of Ann is handed out whole, and taken away when she asks for it; the books still hold."""

import json

import pytest

from storefront import audit, ledger, messaging, people, privacy, search, support
from storefront.kernel import db
from tests.cases.desk import agent, complained, delivered
from tests.support.market import Market, asks_all_to_succeed, books

SECRETS = (
    "Ann Secret",
    "+8613800138000",
    "18 Hidden Road",
    "torn by the cat",
    "rice with a name",
    "a thing she waits for",
    "her word for rice",
)


async def _lived(market: Market) -> support.Case:
    """Ann was here: a name, an address, a search, an order, a complaint with a photo, something typed."""
    await asks_all_to_succeed()
    await people.rename(person_id=market.ann, name=SECRETS[0])
    await people.save_address(
        person_id=market.ann, recipient=SECRETS[0], phone=SECRETS[1], region="chengdu", line=SECRETS[2]
    )
    await db.execute("INSERT INTO searched (person_id, text, at) VALUES (?, ?, 1)", market.ann, SECRETS[4])
    waited = await search.remember(person_id=market.ann, text=SECRETS[5])
    await search.wish(person_id=market.ann, searched_id=waited, currency="CNY")
    case = await complained(await delivered(market))
    await db.execute(
        "INSERT INTO search_reworded (person_id, term, other, item_id, at) SELECT ?, ?, 'rice', MIN(id), 1 FROM item",
        *(market.ann, SECRETS[6]),
    )
    said = support.Said(1, 1, 5)
    await support.say(person_id=market.ann, case_id=case.id, text=SECRETS[3], key="1", photos=["tg"], said=said)
    await support.photo_fetched(photo=(await support.photos_wanted(bot_id=1))[0], content=b"her kitchen")
    update = {"update_id": 9, "message": {"text": SECRETS[3], "chat": {"id": 1}, "from": {"id": 1}}}
    await messaging.receive(bot_id=1, updates=[update])
    return case


async def _everything() -> str:
    """All that stands in all tables but the log of who did what."""
    listed = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%_fts%'"
        if db.dialect() == "sqlite"
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    tables = [row["name"] for row in await db.rows(listed)]
    told = [await db.rows(f'SELECT * FROM "{table}"') for table in tables if "config" not in table]
    return str([dict(row) for rows in told for row in rows])


async def test_all_that_is_held_of_her_is_handed_out_and_nothing_of_others(market: Market) -> None:
    case = await _lived(market)
    mei = await agent()
    await support.note(staff_id=mei, case_id=case.id, text="among us", key="n")
    await people.rename(person_id=market.bob, name="Bob Secret")

    told = json.dumps(await privacy.export(person_id=market.ann, actor="operator"), default=str, ensure_ascii=False)

    assert all(secret in told for secret in SECRETS)
    assert "among us" not in told
    assert "Bob Secret" not in told
    assert [photo.content for photo in await privacy.photos(market.ann)] == [b"her kitchen"]
    assert [entry.action for entry in await audit.of(f"person:{market.ann}")] == ["person.export"]


async def test_she_is_taken_away_and_the_books_stay(market: Market) -> None:
    case = await _lived(market)
    await audit.seal()
    await ledger.seal()
    with pytest.raises(privacy.Busy):
        await privacy.erase(person_id=market.ann, actor="operator")
    mei = await agent()
    await support.close(staff_id=mei, case_id=case.id, text=f"Dear {SECRETS[0]}", key="c")

    done = await privacy.erase(person_id=market.ann, actor="operator")
    again = await privacy.erase(person_id=market.ann, actor="operator")
    left = await _everything()

    assert (done, again) == (True, False)
    assert [secret for secret in SECRETS if secret in left] == []
    assert "her kitchen" not in left
    assert await messaging.channels_of(market.ann) == []
    assert await messaging.channels_of(market.bob) != []
    assert await books() == []


async def test_an_account_that_was_joined_goes_with_her(market: Market) -> None:
    code = await people.link_code(person_id=market.ann)
    await people.join(person_id=market.bob, code=code)
    await db.execute("UPDATE person SET name = 'Old Name' WHERE joined_into IS NOT NULL")

    await privacy.erase(person_id=market.ann, actor="operator")

    assert [row["name"] for row in await db.rows("SELECT name FROM person ORDER BY id")] == ["", ""]
