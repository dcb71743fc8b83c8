"""The desk at the command line: who works there, its terms, and how it did."""

import asyncio
import json
import re
from pathlib import Path

from storefront import support
from storefront.kernel import db, events
from tests.cases.desk import agent, complained, delivered
from tests.shop.conftest import Pindan
from tests.support.databases import all_models
from tests.support.market import opened_market

HANDBOOK = Path(__file__).parents[2] / "docs" / "operators" / "support.md"


async def refuse_a_torn_bag(folder: Path) -> None:
    """Ann's bag of rice came torn, and Mei said no."""
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}", models=all_models())
    case = await complained(await delivered(await opened_market()))
    await support.refuse(staff_id=await agent(), case_id=case.id, text="No", key="r")
    events.listen({})
    await db.disconnect()


def test_somebody_is_taken_in_with_an_address_that_works_once_reset_and_let_go(pindan: Pindan, migrated: Path) -> None:
    added = pindan("staff", "add", "mei", "--name", "Mei", "--language", "en", "--language", "ru")
    again = pindan("staff", "add", "Mei", "--name", "Other")
    wrong = pindan("staff", "add", "lin", "--name", "Lin", "--role", "boss")
    reset = pindan("staff", "reset", "mei")
    told = pindan("staff", "list")
    gone = pindan("staff", "leave", "mei")

    assert "/desk/welcome?code=" in added.stdout
    assert (again.exit_code, again.stderr) == (1, "Somebody has the login Mei, or had it. Choose another one.\n")
    assert wrong.exit_code == 2
    assert reset.stdout != added.stdout
    assert told.stdout == "mei  Mei  agent  en ru  8 cases\n"
    assert gone.stdout == "0 of her cases are for all again.\n"
    assert pindan("staff", "list").stdout == ""


def test_terms_are_taken_whole_or_not_and_printed_as_they_are_taken(pindan: Pindan, migrated: Path) -> None:
    file = migrated / "terms.json"
    file.write_text(json.dumps({"hours": {"week": {"mon": ["09:00-12:00", "11:00-18:00"]}}}))
    bad = pindan("support", "load", str(file))
    file.write_text(json.dumps({"hours": {"timezone": "Asia/Shanghai", "week": {"mon": ["09:00-12:00"]}}}))
    good = pindan("support", "load", str(file))
    shown = pindan("support", "show")
    tried = pindan("support", "try", str(file))
    report = pindan("support", "report", "--csv", str(migrated / "desk.csv"))

    assert bad.exit_code == 2
    assert "hours of a day do not overlap" in bad.stderr
    assert good.stdout == "Terms 1 count from now on: 0 rules.\n"
    assert json.loads(shown.stdout)["hours"]["week"] == {"mon": ["09:00-12:00"]}
    assert tried.stdout == "0 cases looked at, nothing changed.\n"
    assert report.exit_code == 0
    assert "figure,,cases,0" in (migrated / "desk.csv").read_text().replace("\r", "")


def test_the_handbooks_terms_count_and_are_tried_on_what_was_decided_otherwise(pindan: Pindan, migrated: Path) -> None:
    told = re.findall(r"```json\n(.*?)```", HANDBOOK.read_text(encoding="utf-8"), re.DOTALL)
    file, loose = migrated / "terms.json", migrated / "loose.json"
    file.write_text(told[0], encoding="utf-8")
    rule = {"name": "torn", "reasons": ["damaged"], "then": "refund"}
    loose.write_text(json.dumps({"automatic": {"daily_minor": 5000, "new_account_days": 0, "rules": [rule]}}))
    asyncio.run(refuse_a_torn_bag(migrated))

    loaded = pindan("support", "load", str(file))
    off = pindan("support", "rules", "off")
    switched = json.loads(pindan("support", "show").stdout)
    as_told = pindan("support", "try", str(file))
    as_loose = pindan("support", "try", str(loose), "--days", "1")

    assert loaded.stdout == "Terms 1 count from now on: 5 rules.\n"
    assert off.stdout == "Rules are off, by terms 2.\n"
    assert (switched["automatic"]["on"], len(switched["automatic"]["rules"])) == (False, 5)
    assert pindan("support", "rules", "of").exit_code == 2
    assert as_told.stdout.splitlines()[-1] == "1 cases looked at, nothing changed."
    assert [" ".join(line.split()) for line in as_loose.stdout.splitlines()] == [
        "1 refund by torn 46.90 CNY",
        "C-1 was refused: refund, by torn, 46.90",
        "1 cases looked at, nothing changed.",
    ]
