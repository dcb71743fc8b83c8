"""Every setting has its line in the operator's table, and no line speaks of a setting that is not there."""

import re
from pathlib import Path

from storefront.kernel.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operators" / "settings.md"


def documented() -> set[str]:
    return set(re.findall(r"^\| *`([A-Z][A-Z0-9_]+)` *\|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert documented() == {name.upper() for name in Settings.model_fields}


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
