"""Whatever is bought, given back and paid out in whatever order: what merchants are owed, the commission, the shop's own and
what goes back are together what was paid."""

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from storefront import cart, merchants, orders, payments
from storefront.kernel import db, events
from tests.merchants.selling import FARM, completed, in_accounts, pay, rates, sorry
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.market import POLICY, books, bought, given, opened_market, stocked
from tests.support.stateful import run_on_postgres, run_on_sqlite

T = TypeVar("T")
OWNERS = (FARM, "kiln", "")
pieces_of_each = st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any)


class Merchants(RuleBasedStateMachine):
    """One customer, two merchants, the shop's own things, and orders of all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner())
        self.orders: list[int] = []
        # Of these no money was given back without pieces: each kept piece is owed to the fen.
        self.plain: dict[int, bool] = {}
        self.paid = self._count = 0

    def opened(self) -> str:
        """URL of an empty shop."""
        raise NotImplementedError

    def teardown(self) -> None:
        self._run(self._all_back())
        events.listen({})
        self._stack.close()

    def _run(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.run(run())

    def _next(self) -> str:
        self._count += 1
        return f"{self._count}"

    @initialize(prices=st.lists(st.integers(100, 9999), min_size=3, max_size=3), rate=st.integers(0, 10_000))
    def open(self, prices: list[int], rate: int) -> None:
        self._run(self._open(prices, rate))

    async def _open(self, prices: list[int], rate: int) -> None:
        await db.connect(self.opened())
        self.ann = (await opened_market()).ann
        await given(self.ann, 10**6)
        self.things = [
            await stocked(f"thing {owner}", 10**6, price, points_cap=price, merchant=owner)
            for owner, price in zip(OWNERS, prices, strict=True)
        ]
        await rates(green_farm=rate)

    @precondition(lambda self: len(self.orders) < 3)
    @rule(pieces=pieces_of_each, use=st.integers(0, 20_000), rate=st.integers(0, 10_000))
    def buy(self, pieces: list[int], use: int, rate: int) -> None:
        self._run(self._buy(pieces, use, rate))

    async def _buy(self, pieces: list[int], use: int, rate: int) -> None:
        for variant, count in zip(self.things, pieces, strict=True):
            if count:
                await cart.add(person_id=self.ann, variant_id=variant, quantity=count, key=self._next())
        draft = await cart.draft(person_id=self.ann, policy=POLICY)
        draft = await cart.change(person_id=self.ann, checkout_id=draft.id, policy=POLICY, points_wanted=use)
        order = await bought(draft, self._next())
        self.orders.append(order.id)
        self.plain[order.id] = True
        self.paid += order.total.minor
        await rates(kiln=rate)

    @precondition(lambda self: self.orders)
    @rule(which=st.randoms(use_true_random=False))
    def complete(self, which: Random) -> None:
        self._run(self._complete(which.choice(self.orders)))

    async def _complete(self, order_id: int) -> None:
        await completed(await orders.find(order_id))

    @precondition(lambda self: self.orders)
    @rule(which=st.randoms(use_true_random=False))
    def give_back(self, which: Random) -> None:
        self._run(self._give_back(which))

    async def _give_back(self, which: Random) -> None:
        order = await orders.find(which.choice(self.orders))
        left = {line.id: line.quantity - line.credited for line in order.lines if line.quantity > line.credited}
        if left:
            line_id = which.choice(sorted(left))
            await self._credit(order.id, {line_id: which.randint(1, left[line_id])})

    async def _credit(self, order_id: int, pieces: dict[int, int]) -> None:
        await payments.credit(order_id=order_id, pieces=pieces, key=self._next(), actor="staff:1", cause="torn")

    @precondition(lambda self: self.orders)
    @rule(which=st.randoms(use_true_random=False), minor=st.integers(1, 500))
    def give_money_back(self, which: Random, minor: int) -> None:
        self._run(self._sorry(which.choice(self.orders), minor))

    async def _sorry(self, order_id: int, minor: int) -> None:
        order = await orders.find(order_id)
        given_back = sum(note.money.minor for note in await payments.credit_notes(order_id))
        if given_back + minor <= order.total.minor:
            self.plain[order_id] = False
            await sorry(order, minor, self._next())

    @rule()
    def pay_out(self) -> None:
        self._run(self._pay_out())

    async def _pay_out(self) -> None:
        for one in await merchants.owed():
            if one.owed_minor > 0:
                await pay(one.owed_minor, self._next(), one.merchant.code)

    @invariant()
    def what_was_paid_is_somebodys(self) -> None:
        if self._count:
            self._run(self._look())

    async def _look(self) -> None:
        there = await in_accounts()
        assert there.get("gateway:demo", 0) == -self.paid
        holding = 0
        for_merchants: int | None = 0
        for order_id in self.orders:
            order = await orders.find(order_id)
            if order.state != "completed":
                holding += order.total.minor - sum(note.money.minor for note in await payments.credit_notes(order_id))
            elif not self.plain[order_id]:
                for_merchants = None
            elif for_merchants is not None:
                for line in order.lines:
                    if line.variant_id != self.things[2]:
                        back = line.credited, line.quantity
                        for_merchants += sum(
                            paid - paid * back[0] // back[1] for paid in (line.money.minor, line.points_minor)
                        )
        told = sum(amount for name, amount in there.items() if name.startswith(("merchant_payable", "commission")))
        assert told + there.get("revenue", 0) + there.get("to_refund", 0) + there.get("bank", 0) + holding == self.paid
        if for_merchants is not None:
            assert told + there.get("bank", 0) == for_merchants
        assert await books() == []

    async def _all_back(self) -> None:
        """At last everything comes back, and nobody is owed anything but what he was paid."""
        for order_id in self.orders:
            order = await orders.find(order_id)
            if left := {
                line.id: line.quantity - line.credited for line in order.lines if line.quantity > line.credited
            }:
                await self._credit(order_id, left)
            await completed(await orders.find(order_id))
        there = await in_accounts()
        assert there.get("to_refund", 0) == self.paid
        assert there.get("revenue", 0) == 0
        for one in await merchants.owed():
            assert (one.owed_minor, one.commission_minor) == (-one.paid_minor, 0)
        assert await books() == []
        await db.disconnect()


def test_on_sqlite_what_was_paid_is_always_somebodys(sqlite_template: SqliteTemplate) -> None:
    run_on_sqlite(Merchants, sqlite_template, examples=5, steps=10)


def test_on_postgresql_what_was_paid_is_always_somebodys(postgres_templates: PostgresTemplate | None) -> None:
    run_on_postgres(Merchants, postgres_templates, examples=2, steps=10)
