"""The page about catalog files names every column that is exported, and no other."""

import re
from pathlib import Path

from storefront import catalog
from storefront.kernel.texts import LANGUAGES

PAGE = Path(__file__).parents[2] / "docs" / "operators" / "catalogs.md"


def test_every_column_of_a_catalog_file_is_documented() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| column | what |")[2].partition("\n\n")[0]
    told = {
        name for cells in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cells)
    }

    plain = {re.sub(rf"_({'|'.join(LANGUAGES)})$", "", column) for column in catalog.COLUMNS}
    assert told == plain
