"""What was not understood, at the command line: listed, labelled, learnt from."""

import asyncio
from pathlib import Path

import pytest

from bot import understanding
from storefront import messaging
from storefront.kernel import db
from tests.shop.conftest import Pindan
from tests.support.databases import all_models


async def _not_understood(folder: Path) -> None:
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}", models=all_models())
    await messaging.keep_unclear(text="flurb my gorblats", language="en", guess="help")
    await db.disconnect()


def test_what_was_not_understood_is_listed_labelled_and_learnt(pindan: Pindan, migrated: Path) -> None:
    pytest.importorskip("sklearn")
    asyncio.run(_not_understood(migrated))

    listed = pindan("understanding", "unlabelled")
    wrong = pindan("understanding", "label", "1", "gorblats")
    labelled = pindan("understanding", "label", "1", "points_balance")
    again = pindan("understanding", "unlabelled")
    trained = pindan("understanding", "train")

    assert "1×" in listed.stdout
    assert "flurb my gorblats" in listed.stdout
    assert (wrong.exit_code, labelled.stdout, again.stdout) == (2, "1 means points_balance.\n", "")
    assert trained.exit_code == 0, trained.stderr
    assert [line.split()[0] for line in trained.stdout.splitlines()[:2]] == ["before", "after"]
    assert "1 labelled texts among them" in trained.stdout
    assert understanding.understand("flurb my gorblats", migrated).intents[0][0] == "points_balance"
