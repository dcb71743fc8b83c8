"""Merchants at the command line: their commissions, what they are owed, what was paid to them."""

import asyncio
import json
from pathlib import Path

from storefront import ledger
from storefront.kernel import db
from storefront.ledger import Posting
from tests.shop.conftest import Pindan

FILE = {"merchants": [{"code": "green-farm", "name": "Green Farm", "commission_basis_points": 800}, {"code": "kiln"}]}


async def sell(folder: Path) -> None:
    """The farm sold something for 100 yuan."""
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}")
    moved = {ledger.revenue("CNY"): -10_000, ledger.merchant_payable(1, "CNY"): 9200, ledger.commission(1, "CNY"): 800}
    postings = [Posting(account, amount) for account, amount in moved.items()]
    await ledger.book(kind="commission", key="k", cause="a test", actor="shop", postings=postings, order_id=1)
    await db.disconnect()


def test_a_merchant_is_paid_what_it_is_owed_and_no_more_once_for_each_reference(pindan: Pindan, migrated: Path) -> None:
    file = migrated / "merchants.json"
    file.write_text(json.dumps(FILE))

    loaded = pindan("merchants", "load", str(file))
    asyncio.run(sell(migrated))
    first, again = (pindan("merchants", "paid", "green-farm", "90.50", "CNY", "--key", "0017") for _ in range(2))
    too_much = pindan("merchants", "paid", "green-farm", "1.51", "CNY", "--key", "0018")
    told = pindan("merchants", "owed")

    assert loaded.stdout == "2 merchants.\n"
    assert first.stdout == "Booked: 90.50 CNY to green-farm, reference 0017.\n"
    assert again.stdout == "Booked before: 90.50 CNY to green-farm, reference 0017.\n"
    assert (too_much.exit_code, too_much.stderr) == (1, "Green Farm is owed CN¥1.50. Pay out no more than that.\n")
    assert json.loads(told.stdout) == [
        {
            "merchant": "green-farm",
            "name": "Green Farm",
            "currency": "CNY",
            "owed": "1.50",
            "commission": "8.00",
            "paid": "90.50",
        }
    ]


def test_mistakes_in_a_file_or_an_amount_are_named_and_nothing_is_taken(pindan: Pindan, migrated: Path) -> None:
    file = migrated / "merchants.json"
    file.write_text(json.dumps({"merchants": [{"code": "kiln", "commission_basis_points": 10_001}, {"code": "kiln"}]}))

    wrong = pindan("merchants", "load", str(file))
    file.write_text(json.dumps({"merchants": [{"code": "kiln"}, {"code": "kiln"}]}))
    twice = pindan("merchants", "load", str(file))
    amounts = [
        pindan("merchants", "paid", "kiln", told, "CNY", "--key", "1") for told in ("1.001", "0", "NaN", "a lot")
    ]
    nobody = pindan("merchants", "paid", "kiln", "1", "CNY", "--key", "1")

    assert (wrong.exit_code, "merchants.0.commission_basis_points" in wrong.stderr) == (2, True)
    assert (twice.exit_code, "each code stands once: kiln" in twice.stderr) == (2, True)
    assert [told.exit_code for told in amounts] == [2] * 4
    assert nobody.exit_code == 1
