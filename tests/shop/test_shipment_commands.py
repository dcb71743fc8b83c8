"""`pindan shipments`: out to the warehouse, filled in, and in again."""

import asyncio
import csv
from pathlib import Path

from storefront.kernel import db, events
from tests.fulfilment.parcels import sent_home
from tests.shop.conftest import Pindan
from tests.support.databases import all_models
from tests.support.market import opened_market


async def sell(folder: Path) -> None:
    """Ann has bought rice and tea, to be brought home."""
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}", models=all_models())
    await sent_home(await opened_market(), rice=2, tea=1)
    events.listen({})
    await db.disconnect()


def test_what_goes_out_comes_in_again_with_its_numbers_and_counts_once(pindan: Pindan, migrated: Path) -> None:
    asyncio.run(sell(migrated))
    file = migrated / "to-send.csv"

    out = pindan("shipments", "export", str(file))
    with file.open(encoding="utf-8", newline="") as told:
        rows = list(csv.DictReader(told))
    with file.open("w", encoding="utf-8", newline="") as filled:
        table = csv.DictWriter(filled, rows[0].keys())
        table.writeheader()
        table.writerows({**row, "carrier": "SF Express", "tracking": "SF1"} for row in rows)
        table.writerow({**rows[0], "order": "A-1", "carrier": "SF", "tracking": "SF2"})
    first, again = pindan("shipments", "import", str(file)), pindan("shipments", "import", str(file))
    after = pindan("shipments", "export", str(file))

    assert out.stdout == "2 rows are to be sent.\n"
    assert (first.exit_code, first.stdout, first.stderr) == (
        0,
        "2 shipped, 0 the same, 1 refused.\n",
        "  line 4: there is no order A-1\n",
    )
    assert (again.exit_code, again.stdout) == (0, "0 shipped, 2 the same, 1 refused.\n")
    assert after.stdout == "0 rows are to be sent.\n"
    assert pindan("verify").stdout == "All is well.\n"


def test_a_file_of_which_nothing_can_be_taken_says_so_and_fails(pindan: Pindan, migrated: Path) -> None:
    file = migrated / "sent.csv"
    file.write_text("order,sku\nA-1,rice\n")

    told = pindan("shipments", "import", str(file))

    assert (told.exit_code, told.stderr) == (1, "  line 1: the columns pieces, carrier, tracking are missing\n")
