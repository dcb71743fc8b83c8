"""Each check of `pindan verify` finds what it is for, by its name, and says what it is about."""

import json

from shop.audit_commands import CHECKS
from storefront import staff, support
from storefront.kernel import db
from tests.auditing.lively import lively
from tests.cases.desk import agent, complained, delivered, shown
from tests.support.market import Market, market

__all__ = ["market"]

JOB = "INSERT INTO job (name, next_at, last_at) VALUES ('{}', 0, 4000000000000)"
CHARGE = (
    "INSERT INTO charge (provider, charge_id, payload, currency, amount_minor, state, at)"
    " VALUES ('demo', '{0}', '', 'CNY', 5, '{0}', 0)"
)
STEP = "INSERT INTO order_event (order_id, from_state, to_state, actor, cause, at) VALUES (1, {}, 'shop', 'not paid in time', 0)"
ENTRY = "INSERT INTO ledger_entry (id, kind, key, cause, actor, at) VALUES ({0}, 'test', '{0}', 'x', 'shop', 0)"
POSTED = (
    "INSERT INTO ledger_posting (entry_id, account_id, amount) SELECT 900, id, {} FROM ledger_account"
    " WHERE kind = 'customer_points' AND owner = 1"
)
INBOX = (
    "INSERT INTO inbox (bot_id, update_id, chat_id, user_id, payload, state, received_at, done_at)"
    " VALUES (7, {0}, 77, 77, '{{}}', '{1}', 0, 50)"
)
OUTBOX = (
    "INSERT INTO outbox (bot_id, chat_id, card_id, kind, payload, state, created_at, done_at)"
    " SELECT 7, 77, MIN(id), 'x', '{{}}', '{0}', 0, {1} FROM card"
)
DIALOGUE = "INSERT INTO dialogue (bot_id, chat_id, name, step, data, updated_at) VALUES (7, 78, 'x', 'x', '{}', 50)"
DAMAGES = [
    (
        "no balance was ever below zero",
        [ENTRY.format(900), POSTED.format(-99999), POSTED.format(99999)],
        "below zero after entry 900",
    ),
    ("entries balance", [ENTRY.format(901)], "entry 901 moves nothing"),
    ("the ledger's chain", ["DELETE FROM ledger_unsealed WHERE entry_id = 901"], "entry 901 has no number"),
    ("the audit log's chain", ["DELETE FROM audit_unsealed"], "of the audit log has no number"),
    ("orders go step by step", [STEP.format("'x', 'placed'")], "order A-10001 came to be placed 2 times"),
    (
        "orders go step by step",
        ["UPDATE orders SET state = 'confirmed' WHERE id = 2"],
        "order A-10002 is confirmed, its last step led to cancelled",
    ),
    (
        "unpaid orders lapse in time",
        [JOB.format("unpaid orders lapse"), "UPDATE orders SET expires_at = 1 WHERE id = 1"],
        "order A-10001 is not paid and has not lapsed",
    ),
    ("unpaid orders lapse in time", [STEP.format("'placed', 'expired'")], "order A-10001 lapsed before its time"),
    (
        "every charge is applied, or goes back",
        [JOB.format("charges advance"), CHARGE.format("received")],
        "came, nothing was made of it",
    ),
    ("every charge is applied, or goes back", [CHARGE.format("applied")], "no order is paid by it"),
    ("every charge is applied, or goes back", [CHARGE.format("to_refund")], "of 5 CNY is nobody's, 0 go back"),
    ("no more goes back than was paid", ["UPDATE refund SET amount_minor = amount_minor + 1"], "reserved for that are"),
    ("no more goes back than was paid", ["UPDATE credit_note SET points = points + 9000"], "points gave back"),
    (
        "what was given back is booked, once",
        ["UPDATE refund SET amount_minor = 1 WHERE id = 1"],
        "refund 1 gave back 1,",
    ),
    (
        "what was given back is booked, once",
        ["UPDATE credit_note SET points = 1 WHERE id = 1"],
        "credit note 1 gave back 1,",
    ),
    ("a dead order keeps nothing", ["UPDATE orders SET state = 'cancelled' WHERE id = 3"], "CNY of it stay"),
    (
        "a dead order keeps nothing",
        ["UPDATE orders SET state = 'expired' WHERE id = 1"],
        "order A-10001 has ended, 1 pieces of variant 2 are held for it",
    ),
    (
        "a dead order keeps nothing",
        ["UPDATE flash_use SET state = 'active'"],
        "was never paid, 1 pieces of flash sale 1 are its",
    ),
    (
        "groups hold as many as they may, and end for each",
        [JOB.format("groups turn"), "UPDATE group_buy SET ends_at = 1 WHERE state = 'open'"],
        "its time is up, and it goes on",
    ),
    (
        "refunds are decided by who may",
        ["UPDATE support_decision SET actor = 'staff:99'"],
        "somebody who never worked here",
    ),
    (
        "updates are handled in order",
        [INBOX.format(1, "pending"), INBOX.format(2, "done")],
        "of chat 77 waits",
    ),
    (
        "messages leave in order",
        [OUTBOX.format("pending", "NULL"), OUTBOX.format("sent", 50)],
        "of chat 77 waits",
    ),
    (
        "dialogues go on by updates",
        [DIALOGUE],
        "of chat 78 has version 1, no update that was handled",
    ),
]


async def found_by(name: str) -> list[str]:
    """What a check finds, in words."""
    return [str(finding) async for finding in CHECKS[name]()]


async def found() -> dict[str, list[str]]:
    """What each check finds that finds something."""
    return {name: told for name in CHECKS if (told := await found_by(name))}


async def test_a_lively_shop_is_accused_of_nothing(market: Market) -> None:
    await lively(market)

    assert await found() == {}


async def test_each_check_finds_what_it_is_for(market: Market) -> None:
    await lively(market)

    for name, damage, told in DAMAGES:
        before = "\n".join(await found_by(name))
        for statement in damage:
            await db.execute(statement)
        after = "\n".join(await found_by(name))

        assert (told in before, told in after) == (False, True), (name, told)


async def test_who_agreed_above_her_own_limit_is_named(market: Market) -> None:
    limits = {"agent": {"decision_minor": 10, "daily_minor": 10}, "lead": {"decision_minor": 20, "daily_minor": 20}}
    await support.load_terms(told=support.read_terms(json.dumps({"limits": limits})), actor="operator")
    case = await complained(await delivered(market))
    mei, ida = await agent(), await agent("Ida", "admin")
    made = await support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key="r", shown=shown(case))
    await support.approve(staff_id=ida, decision_id=made.id)
    well = await found()

    await db.execute("UPDATE staff SET role = 'lead' WHERE id = ?", ida)

    assert well == {}
    assert await found() == {
        "refunds are decided by who may": [
            f"decision {made.id} of case {case.id} is above the limit of {(await staff.find(ida)).actor}, who agreed to it"
        ]
    }
