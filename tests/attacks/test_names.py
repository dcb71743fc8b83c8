"""Whatever people, things and branches are called: it is shown as it is written, and turns nothing around it."""

import json
from pathlib import Path

from storefront import people
from storefront.kernel import db
from tests.attacks.conftest import Whole
from tests.attacks.test_pages import call_everything_evil
from tests.catalog.shelf import as_lines, taken, written
from tests.journeys.conftest import settled
from tests.support.market import Market, bought, drafted
from tests.support.visitor import text_of

TURNING = "\u202egnp.exe\u2066\u200f"


async def test_names_run_nothing_in_the_chat_and_break_no_letter(whole: Whole) -> None:
    await call_everything_evil(whole)
    ann, anns = whole.ann, whole.anns

    for command in ("/start", "/cart", "/orders", "/groups", "/cases", "/points", "/invite", "rice", "A-1"):
        await ann.say(command)
    market = Market(anns.person, anns.person, 0, 0)
    variant = (await db.rows("SELECT id FROM variant WHERE sku = 'tea'"))[0]["id"]
    await bought(await drafted(market.ann, variant), "evil")
    await settled()

    said = [message for message in await ann.history() if message["from"]["is_bot"]]
    assert any("<img src=x onerror=alert(1)>{{7*7}}" in text_of(message) for message in said)
    assert not any("alert(1)>49" in text_of(message) for message in said)
    assert await db.rows("SELECT kind, error FROM outbox WHERE state = 'dead'") == []
    assert await db.rows("SELECT reference FROM inbox WHERE attempts > 0") == []


async def test_what_turns_text_around_is_taken_out_of_what_customers_and_merchants_name(
    database: str, tmp_path: Path
) -> None:
    person = await people.welcome(name=f"Ann {TURNING}", language="en")
    renamed = await people.welcome(name="Bob", language="en")
    await people.rename(person_id=renamed.id, name=f"Bob {TURNING}")
    row = {"sku": "rice", "name_en": f"Rice {TURNING}", "brand_en": f"Hill {TURNING}", "price_minor": 100}
    assert (await taken(written(tmp_path, as_lines([row]), "in.jsonl"))).refused == 0
    kept = [(await people.find(who)).name for who in (person.id, renamed.id)]
    kept += [
        str(json.loads(row["names"]))
        for table in ("item", "brand")
        for row in await db.rows(f"SELECT names FROM {table}")
    ]

    assert len(kept) == 4
    assert all(name.isascii() and "\\u" not in name for name in kept), kept
