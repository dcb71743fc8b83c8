"""The office sees what customers searched in vain, and what was learned from them."""

import asyncio
from pathlib import Path

from storefront import search
from storefront.kernel import db
from tests.shop.conftest import Pindan
from tests.support.databases import all_models


async def searched_in_vain(folder: Path) -> None:
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}", models=all_models())
    for text in ("Blue tractor", "blue tractor under 50", "квас"):
        await search.miss(text)
    await db.disconnect()


def test_what_was_searched_in_vain_is_printed_the_most_wanted_first(pindan: Pindan, migrated: Path) -> None:
    asyncio.run(searched_in_vain(migrated))

    told = pindan("search", "missed").stdout.splitlines()
    first = pindan("search", "missed", "--limit", "1").stdout.splitlines()

    assert [line.split()[0] for line in told] == ["2", "1"]
    assert [" ".join(line.split()[3:]) for line in told] == ["blue tractor", "квас"]
    assert first == told[:1]


async def learned(folder: Path) -> None:
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}", models=all_models())
    await db.execute(
        "INSERT INTO search_synonym (term, other, weight, learned) VALUES ('spectacl', 'glass', 0.5, TRUE)"
    )
    await db.disconnect()


def test_what_was_learned_is_printed_and_taken_away_by_its_number(pindan: Pindan, migrated: Path) -> None:
    asyncio.run(learned(migrated))

    told = pindan("search", "synonyms", "learned").stdout.splitlines()
    pindan("search", "synonyms", "forget", told[0].split()[0])

    assert [line.split()[1:] for line in told] == [["spectacl", ">", "glass"]]
    assert pindan("search", "synonyms", "learned").stdout == ""
