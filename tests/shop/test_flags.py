"""Accounts that may be one person, as the office lists and decides them at the command line."""

import json
import sqlite3
from pathlib import Path

from tests.shop.conftest import Pindan


def test_the_office_lists_the_flags_and_says_of_one_that_they_are_two_people(pindan: Pindan, migrated: Path) -> None:
    none = pindan("people", "flags")
    with sqlite3.connect(migrated / "shop.sqlite3") as shop:
        for name in ("Ann", "Bob"):
            shop.execute("INSERT INTO person (name, language, created_at) VALUES (?, 'en', 0)", (name,))
        shop.execute("INSERT INTO account_flag (person_id, other_id, what, at) VALUES (1, 2, 'phone', 1795521600000)")
    shop.close()

    cleared = pindan("people", "clear", "1", "--by", "Mei")
    unknown = pindan("people", "clear", "9", "--by", "Mei")

    assert none.stdout == "[]\n"
    assert (cleared.exit_code, cleared.stdout) == (0, "Flag 1 is cleared.\n")
    assert unknown.exit_code == 1
    (flag,) = json.loads(pindan("people", "flags", TIMEZONE="Asia/Shanghai").stdout)
    assert (flag["person"], flag["other"], flag["what"], flag["cleared_by"]) == ("Ann", "Bob", "phone", "Mei")
    assert flag["at"] == "2026-11-24T20:00:00+08:00"
