"""Dead letters and updates put aside at the command line."""

import asyncio
from pathlib import Path

from storefront import messaging
from storefront.kernel import db
from tests.shop.conftest import Pindan


async def lose(folder: Path) -> None:
    """One letter reached nobody, and one update could not be handled."""
    await db.connect(f"sqlite:///{folder / 'shop.sqlite3'}")
    await messaging.say(bot_id=1, chat_id=10, person_id=None, kind="order_paid", payload={"text": "Dear Ann Li"})
    said = (await messaging.due(bot_id=1, busy=(), limit=1))[0]
    await messaging.dropped(said=said, error="Bad Request: chat not found")
    await messaging.receive(bot_id=1, updates=[{"update_id": 7, "message": {"text": "Peace Road 7"}}])
    await db.execute("UPDATE inbox SET state = 'dead', attempts = 5, reference = 'R2D2', done_at = 0")
    await db.disconnect()


def test_the_office_sees_what_was_lost_has_it_tried_again_or_drops_it(pindan: Pindan, migrated: Path) -> None:
    asyncio.run(lose(migrated))

    letters, updates = pindan("outbox"), pindan("inbox")
    unsaid = pindan("outbox", "drop", "1", "--why", " ")
    said = [
        pindan("outbox", "retry", "1").stdout,
        pindan("inbox", "drop", "1", "--why", "spam").stdout,
        pindan("outbox").stdout,
        pindan("inbox").stdout,
    ]
    gone = pindan("inbox", "retry", "1")

    assert "1  1970-01-01" not in letters.stdout
    assert "bot 1  private  order_paid  1 tries  -  Bad Request: chat not found\n1 dead letters.\n" in letters.stdout
    assert "bot 1  message  5 tries  1:7  R2D2\n1 updates put aside.\n" in updates.stdout
    assert "Ann" not in letters.stdout
    assert "Peace" not in updates.stdout
    assert unsaid.exit_code == 2
    assert said == ["Letter 1 leaves again.\n", "Update 1 is dropped.\n", "0 dead letters.\n", "0 updates put aside.\n"]
    assert (gone.exit_code, gone.stderr) == (1, "There is none of that name or number.\n")
