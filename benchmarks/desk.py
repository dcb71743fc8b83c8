"""Cases under load while the desk is killed again and again: every sum exact, nobody without an answer or an escalation."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from storefront import orders, payments, points, staff, support
from storefront.kernel import clock, db, events
from storefront.kernel.errors import Refusal
from storefront.payments import RefundFailed, RefundWish
from storefront.reactions import reactions
from tests.support.market import asks_all_to_succeed, books, bought, customer, drafted, given, opened_market, stocked

AGENTS = 4


async def stock(cases: int) -> None:
    """So many delivered orders, each with something wrong: some paid with points too; and those who settle it."""
    events.listen(reactions(welcome_points=0))
    await opened_market()
    await asks_all_to_succeed()
    rice = await stocked("rice", pieces=cases * 3, points_cap=1000)
    for number in range(AGENTS):
        role = "lead" if number == 0 else "agent"
        await staff.add(login=f"agent{number}", name=f"Agent {number}", role=role, may_refund=number != 1)
    for number in range(cases):
        person = await customer(f"Customer {number}", 100 + number)
        use = 0
        if number % 2:
            use = 777
            await given(person, use)
        order = await bought(await drafted(person, rice, quantity=3, use=use), f"c{number}")
        await orders.step(order_id=order.id, to_state="delivered", actor="staff:1", cause="handed over")
        draft = await support.begin(person_id=person, order_id=order.id)
        await support.explain(person_id=person, case_id=draft.id, reason="damaged")
        await support.submit(person_id=person, case_id=draft.id, text="It is broken")


async def work(folder: Path, seed: int) -> None:
    """The desk at work, until nothing is open or it is killed."""
    events.listen(reactions(welcome_points=0))
    chance = random.Random(seed)

    async def bank(wish: RefundWish) -> None:
        # As a provider does it: by its key, once. What it did is on its side, whatever becomes of us.
        with (folder / "bank.jsonl").open("a") as told:
            told.write(json.dumps({"key": wish.key, "charge": wish.charge_id, "minor": wish.amount.minor}) + "\n")
        if chance.random() < 0.05:
            os.kill(os.getpid(), signal.SIGKILL)
        if chance.random() < 0.1:
            raise RefundFailed("busy")

    payments.use_refunders({"demo": bank})
    await asyncio.gather(*(_agent(number + 1, random.Random(f"{seed}:{number}")) for number in range(AGENTS)), _pay())


async def rush(folder: Path, url: str, kills: int, seed: int = 1) -> Counter[str]:
    """Have the desk settle what there is, killed so many times; returns what came of it, counted."""
    chance = random.Random(seed)
    done: Counter[str] = Counter()
    for life in range(kills + 200):
        # An hour passes: what was on its way when the desk died is asked for again.
        await db.execute("UPDATE refund SET not_before = not_before - ?", clock.HOUR)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.desk", url, str(folder), str(life)
        )
        if life < kills:
            await _paid(folder, process, more=chance.randint(1, 5))
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.wait_for(process.wait(), 120)
        done["kills"] += process.returncode != 0
        if process.returncode == 0:
            break
    return done + await _outcome(folder)


async def _paid(folder: Path, process: asyncio.subprocess.Process, *, more: int) -> None:
    """Wait until the bank has paid so many times more, or the desk has come to its end by itself."""
    told = folder / "bank.jsonl"
    told.touch()
    before = told.read_bytes().count(b"\n")
    while process.returncode is None and told.read_bytes().count(b"\n") < before + more:
        await asyncio.sleep(0.002)


async def _outcome(folder: Path) -> Counter[str]:
    paid: dict[str, int] = {}
    for line in (folder / "bank.jsonl").read_text().splitlines():
        told = json.loads(line)
        paid[told["key"]] = told["minor"]
    found = Counter[str]()
    for row in await db.rows("SELECT id, amount_minor, state FROM refund"):
        found["refunds"] += 1
        found["wrong"] += row["state"] != "done" or paid.pop(f"refund:{row['id']}", None) != row["amount_minor"]
    found["wrong"] += len(paid)
    for row in await db.rows("SELECT id, person_id, points, total_minor FROM orders"):
        notes = await payments.credit_notes(row["id"])
        balance = (await points.balance(row["person_id"])).available
        found["wrong"] += sum(note.points for note in notes) != balance
        found["wrong"] += sum(note.money.minor for note in notes) > row["total_minor"]
    for row in await db.rows("SELECT answered_at, state, level FROM support_case"):
        found["cases"] += 1
        found[str(row["state"])] += 1
        found["silent"] += row["answered_at"] is None and row["state"] == "open" and row["level"] != "lead"
    found["findings"] = len(await books())
    return found


async def _agent(staff_id: int, chance: random.Random) -> None:
    while True:
        found = await db.rows(
            "SELECT id FROM support_case WHERE state IN ('open', 'waiting') AND (staff_id IS NULL OR staff_id = ?)",
            staff_id,
        )
        proposed = await db.rows(
            "SELECT id FROM support_decision WHERE state = 'proposed' AND actor <> ?", f"staff:{staff_id}"
        )
        if not found and not proposed:
            others = await db.rows("SELECT 1 FROM support_case WHERE state IN ('open', 'waiting') LIMIT 1")
            if not others:
                return
        try:
            if proposed and staff_id != 2:
                await support.approve(staff_id=staff_id, decision_id=chance.choice(proposed)["id"])
            elif found:
                await _settle(staff_id, await support.case(chance.choice(found)["id"]), chance)
        except Refusal:
            pass
        await asyncio.sleep(0.002)


async def _settle(staff_id: int, case: support.Case, chance: random.Random) -> None:
    if case.answered_at is None:
        await support.answer(staff_id=staff_id, case_id=case.id, text="I look", key=f"answer:{case.id}:{staff_id}")
    line = case.order.lines[0]
    left_points, left = await payments.left_of(case.order.id)
    wish: dict[str, Any] = {"staff_id": staff_id, "case_id": case.id, "key": f"decide:{case.id}:{staff_id}"}
    if chance.random() < 0.6:
        pieces = {line.id: chance.randint(1, line.quantity - line.credited)}
        quoted, money = await payments.quote(order_id=case.order.id, pieces=pieces)
        await support.refund(**wish, pieces=pieces, shown=(quoted, money.minor))
    elif chance.random() < 0.7:
        await support.give_sum(**wish, points=chance.randint(0, left_points), money_minor=chance.randint(1, left.minor))
    else:
        await support.refuse(**wish, text="We cannot see it")


async def _pay() -> None:
    while True:
        await payments.refund_due()
        await support.watch()
        waits = await db.rows(
            "SELECT (SELECT COUNT(*) FROM support_case WHERE state IN ('open', 'waiting'))"
            " + (SELECT COUNT(*) FROM refund WHERE state <> 'done') AS n"
        )
        if not waits[0]["n"]:
            return
        # What failed a moment ago is tried again now: the bank has no memory for waiting.
        await db.execute("UPDATE refund SET not_before = 0 WHERE state = 'intended'")
        await asyncio.sleep(0.01)


async def main(url: str, folder: str, seed: str) -> None:
    """One life of the desk."""
    await db.connect(url)
    await work(Path(folder), int(seed))
    await db.disconnect()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
