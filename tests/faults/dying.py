"""One checkout, join or refund in a process of its own, which strace kills as it enters its n-th fdatasync.

`python -m tests.faults.dying` reads lives from its input, a line of JSON each, and answers each with how it ended. It has
imported the shop once: a life is a fork of it.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from storefront import cart, groupbuy, orders, payments
from storefront.kernel import db, events
from storefront.kernel.errors import Refusal
from storefront.reactions import reactions
from tests.support.market import POLICY, asked, charged

NOT_TRACED = 77
_TRACED_WITHIN_S = 10


async def pays(draft: cart.Checkout) -> None:
    """The provider asks, charges and tells, and the shop does what follows; again, it is the same payment."""
    with contextlib.suppress(Refusal):  # what is paid is not asked for again
        await asked(draft)
    await charged(draft, f"charge {draft.id}")
    await payments.advance()
    await groupbuy.turn()


async def takes_back(order_id: int, folder: Path) -> None:
    """All of an order is given back, by a provider whose own memory is a file; again, it is the same wish."""

    async def bank(wish: payments.RefundWish) -> None:
        with (folder / "bank.jsonl").open("a") as told:
            told.write(json.dumps({"key": wish.key, "minor": wish.amount.minor}) + "\n")

    payments.use_refunders({"demo": bank})
    pieces = {line.id: line.quantity for line in (await orders.find(order_id)).lines}
    await payments.credit(order_id=order_id, pieces=pieces, key="wish", cause="a test", actor="customer:1")
    await payments.refund_due()


async def _live(what: str, url: str, folder: str, person_id: int, number: int) -> None:
    events.listen(reactions(welcome_points=0))
    await db.connect(url)
    if what == "pays":
        await pays(await cart.find(person_id=person_id, checkout_id=number, policy=POLICY))
    else:
        await takes_back(number, Path(folder))
    await db.disconnect()


def _traced(when: int) -> bool:
    """Have ourselves killed as a thread of ours enters its fdatasync of this number; False where nobody may do that."""
    fault = f"inject=fdatasync:signal=KILL:when={when}"
    strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", fault)
    tracer = subprocess.Popen([*strace, "-p", str(os.getpid())], stderr=subprocess.DEVNULL)
    until = time.monotonic() + _TRACED_WITHIN_S
    while time.monotonic() < until and tracer.poll() is None:
        if "TracerPid:\t0\n" not in Path("/proc/self/status").read_text():
            return True
        time.sleep(0.005)
    return False


def _forked(when: int, life: Sequence[int | str]) -> int:
    """How a life ended: its exit code, or less than nothing the signal that killed it."""
    child = os.fork()
    if child == 0:
        code = NOT_TRACED
        try:
            if _traced(when):
                asyncio.run(_live(*life))  # type: ignore[arg-type]
                code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(_forked(*json.loads(line)), flush=True)
