"""A crowd in group buys: 2,000 customers in 200 groups, with failures, retries and duplicates, to every deadline; and joins
per second into hot groups, next to the two conditional updates that a seat and its payment cannot do without.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Any

from benchmarks.figures import databases, figure, folder, per_second, remark
from benchmarks.orders import CLIENTS
from storefront import delivery, groupbuy, messaging, orders, payments, people
from storefront.kernel import clock, db, events
from storefront.kernel.errors import Refusal
from storefront.reactions import reactions
from tests.groupbuy.groups import campaign, joining, opened, wrong
from tests.support.market import asked, charged, placed, stocked

_SEED = 2026
_SIZES = (2, 3, 5, 10)


async def measure(joins: int = 300, groups: int = 200, customers: int = 2000) -> None:
    """Print joins per second into one hot group next to its floor, then what a crowd left behind."""
    with folder() as place:
        async with databases(place) as found:
            for dialect, url in found.items():
                await db.connect(url, pool=CLIENTS[dialect])
                await db.migrate()
                await _open_shop()
                await _hot(dialect, joins)
                began = time.perf_counter()
                told = await rush(groups=groups, customers=customers)
                figure(f"{dialect}_crowd", customers / (time.perf_counter() - began), "customers/s")
                names = ("succeeded", "failed", "over_full", "lost", "twice", "wrong")
                remark(f"{dialect}: {', '.join(f'{told[name]} {name}' for name in names)}")
                await db.disconnect()


async def rush(*, groups: int, customers: int) -> Counter[str]:
    """Let so many customers at so many groups, the clock driven past every end; returns what there is afterwards.

    `over_full`, `lost` (paid, and neither confirmed nor paid back), `twice` (paid back twice) and `wrong` are to be 0.
    """
    chance = random.Random(_SEED)
    with clock.driven() as driven:
        codes = [
            (await opened(await _somebody(f"Leader {number}"), await _terms(number))).code for number in range(groups)
        ]
        for wave in _waves([await _somebody(f"Customer {number}") for number in range(customers)], 40):
            comers = [_come(chance, person_id, chance.choice(codes)) for person_id in wave]
            await _quietly(*comers, orders.lapse(), groupbuy.turn(), groupbuy.turn())
            driven.forward(24 * clock.HOUR * 40 // max(customers, 40))
        for _ in range(4):
            driven.forward(12 * clock.HOUR)
            await _quietly(payments.advance(limit=10_000), orders.lapse(), groupbuy.turn(limit=10_000), groupbuy.turn())
        return await _told()


async def _come(chance: random.Random, person_id: int, code: str) -> None:
    """Join, more than once when the first answer was lost; then pay, pay twice, think better of it, or leave again."""
    draft = await joining(person_id, await groupbuy.by_code(code))
    dice = chance.random()
    await _quietly(*(asked(draft) for _ in range(1 + (dice < 0.3))))
    if dice < 0.75:
        for _ in range(1 + chance.randrange(3)):
            await charged(draft, f"charge {draft.id}")
        await _quietly(payments.advance(), payments.advance())
    elif dice < 0.85:
        order = await orders.by_key(payments.payload_of(draft.id, draft.revision))
        if order is not None:
            await orders.cancel(person_id=person_id, order_id=order.id)
            await charged(draft, f"late {draft.id}")
    if 0.65 < dice < 0.75:
        await groupbuy.leave(person_id=person_id, group_id=(await groupbuy.by_code(code)).id)


async def _told() -> Counter[str]:
    states = await db.rows("SELECT state, COUNT(*) AS n FROM group_buy GROUP BY state")
    over = await db.rows(
        "SELECT COUNT(*) AS n FROM (SELECT g.id FROM group_buy g JOIN group_seat s ON s.group_id = g.id AND s.state = 'paid'"
        " GROUP BY g.id, g.size HAVING COUNT(*) > g.size) x"
    )
    lost = await db.rows(
        "SELECT COUNT(*) AS n FROM charge c LEFT JOIN orders o ON o.id = c.order_id WHERE c.state = 'received'"
        " OR (c.refunding_minor < c.amount_minor AND COALESCE(o.state, '') <> 'confirmed')"
    )
    twice = await db.rows(
        "SELECT COUNT(*) AS n FROM (SELECT r.charge_id FROM refund r JOIN charge c ON c.id = r.charge_id"
        " GROUP BY r.charge_id, c.amount_minor HAVING SUM(r.amount_minor) > c.amount_minor) x"
    )
    counts = {"over_full": over[0]["n"], "lost": lost[0]["n"], "twice": twice[0]["n"], "wrong": len(await wrong())}
    return Counter({**{row["state"]: row["n"] for row in states}, **counts})


async def _hot(dialect: str, joins: int) -> None:
    group = await opened(await _somebody("Leader"), await _terms(0, size=min(500, joins + 1), sku="hot"))
    drafts = [await joining(await _somebody(f"Hot {number}"), group) for number in range(joins)]
    await db.execute("CREATE TABLE bare_group (id BIGINT PRIMARY KEY, size BIGINT NOT NULL, taken BIGINT NOT NULL)")
    await db.execute("INSERT INTO bare_group (id, size, taken) VALUES (1, ?, 0)", joins)

    async def bare(_draft: Any) -> None:
        async with db.tx():
            await db.execute("UPDATE bare_group SET taken = taken + 1 WHERE id = 1 AND taken < size")

    floor = await per_second(bare, drafts, CLIENTS[dialect])
    figure(f"{dialect}_bare_conditional_update", floor, "joins/s")
    figure(f"{dialect}_joins_into_a_hot_group", await per_second(placed, drafts, CLIENTS[dialect]), "joins/s", floor)


async def _open_shop() -> None:
    events.listen(reactions(welcome_points=0))
    names = {"en": "South"}
    await delivery.add_place(code="South", kind="branch", names=names, address=names, hours={}, region="city")


async def _terms(number: int, size: int | None = None, sku: str = "thing") -> int:
    """One of twenty campaigns, of which each ends its groups after so many hours."""
    name = f"{sku}-{number % 20}"
    known = await db.rows("SELECT id FROM group_campaign WHERE code = ?", f"GROUPS-{name.upper()}")
    if known:
        return int(known[0]["id"])
    await stocked(name, 10**6)
    return await campaign(name, size=size or _SIZES[number % 4], per_person=1000, minutes=60 * (1 + number % 20))


async def _somebody(name: str) -> int:
    person = await people.welcome(name=name, language="en")
    await messaging.connect(bot_id=1, user_id=person.id, person_id=person.id, username=None)
    return person.id


async def _quietly(*works: Awaitable[Any]) -> None:
    """All of it at once; a refusal is an answer."""
    for told in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(told, BaseException) and not isinstance(told, Refusal):
            raise told


def _waves(people_: Sequence[int], size: int) -> list[Sequence[int]]:
    return [people_[at : at + size] for at in range(0, len(people_), size)]
