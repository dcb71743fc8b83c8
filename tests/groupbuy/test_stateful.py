"""Whatever members and the clock do in whatever order: a group's two counters and its end are what a plain model says."""

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from storefront import delivery, groupbuy, orders, payments
from storefront.groupbuy import Group
from storefront.kernel import clock, db, events
from storefront.kernel.errors import Refusal
from storefront.reactions import reactions
from tests.groupbuy.groups import campaign, given_back, group_of, joining, opening, order_state, state, wrong
from tests.support.market import HOLD_MS, asked, charged, customer, stocked
from tests.support.stateful import run_on_postgres, run_on_sqlite

T = TypeVar("T")
SIZE, MINUTES, MEMBERS = 3, 60, 5
who = st.integers(0, MEMBERS - 1)


@dataclass
class Seat:
    """One order of one member in the model: placed, paid, gone, confirmed or back."""

    person: int
    order: orders.Order
    draft: Any
    placed_at: int
    state: str = "placed"


@dataclass
class Told:
    """The group in plain words."""

    ends_at: int = 0
    state: str = "open"
    seats: list[Seat] = field(default_factory=list)

    def of(self, *states: str) -> list[Seat]:
        """The seats in these states."""
        return [seat for seat in self.seats if seat.state in states]


class Groups(RuleBasedStateMachine):
    """One group after the other, each from its opening to its end."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._time = self._stack.enter_context(clock.driven(1_795_521_600_000))
        self.group: Group | None = None
        self.told = Told()
        self.charges = 0
        self.people = self.do(self._open_shop(self.opened()))

    def opened(self) -> str:
        """The URL of a database of this machine's own."""
        raise NotImplementedError

    async def _open_shop(self, url: str) -> list[int]:
        await db.connect(url)
        events.listen(reactions(welcome_points=0))
        names = {"en": "South"}
        await delivery.add_place(code="South", kind="branch", names=names, address=names, hours={}, region="city")
        self.rice = await stocked("rice", 1000)
        self.terms = await campaign(size=SIZE, minutes=MINUTES, per_person=500, quota=500)
        return [await customer(f"Member {number}", 1 + number) for number in range(MEMBERS)]

    def do(self, work: Awaitable[T]) -> T:
        """Let the shop do this."""

        async def run() -> T:
            return await work

        return self._runner.run(run())

    def teardown(self) -> None:
        self.do(db.disconnect())
        events.listen({})
        self._stack.close()

    @precondition(lambda self: self.group is None or self.told.state != "open")
    @rule(person=who)
    def opens(self, person: int) -> None:
        """Somebody opens a group."""
        draft = self.do(opening(self.people[person], self.terms))
        order = self.do(asked(draft))
        self.group = self.do(group_of(order))
        self.told = Told(self._time.at + MINUTES * clock.MINUTE)
        self.told.seats.append(Seat(person, order, draft, self._time.at))

    @precondition(lambda self: self.group is not None)
    @rule(person=who)
    def joins(self, person: int) -> None:
        """Somebody takes a seat, if there is one for her."""
        assert self.group is not None
        taken = self.told.of("placed", "paid")
        may = self.told.state == "open" and self._time.at < self.told.ends_at and len(taken) < SIZE
        may = may and person not in {seat.person for seat in taken}
        try:
            draft = self.do(joining(self.people[person], self.group))
            order = self.do(asked(draft))
        except Refusal:
            assert not may
            return
        assert may
        self.told.seats.append(Seat(person, order, draft, self._time.at))

    @precondition(lambda self: self.told.of("placed"))
    @rule(which=st.integers(0, 9), twice=st.booleans())
    def pays(self, which: int, twice: bool) -> None:
        """The money for a seat comes, maybe twice."""
        placed = self.told.of("placed")
        seat = placed[which % len(placed)]
        for _ in range(1 + twice):
            self.charges += 1
            self.do(charged(seat.draft, f"charge {self.charges}"))
        self.do(payments.advance())
        seat.state = "paid"
        if self.told.state == "open" and len(self.told.of("paid")) == SIZE:
            self.told.state = "succeeded"

    @precondition(lambda self: self.told.of("placed"))
    @rule(which=st.integers(0, 9))
    def cancels(self, which: int) -> None:
        """Somebody thinks better of it before she pays."""
        placed = self.told.of("placed")
        seat = placed[which % len(placed)]
        self.do(orders.cancel(person_id=self.people[seat.person], order_id=seat.order.id))
        self._gone(seat)

    @precondition(lambda self: self.group is not None)
    @rule(person=who)
    def leaves(self, person: int) -> None:
        """Somebody leaves, if she may."""
        assert self.group is not None
        mine = [seat for seat in self.told.of("paid") if seat.person == person]
        try:
            self.do(groupbuy.leave(person_id=self.people[person], group_id=self.group.id))
        except Refusal:
            assert not (mine and self.told.state == "open")
            return
        if mine:
            assert self.told.state == "open"
            self._gone(mine[0])

    @rule(minutes=st.sampled_from([1, 10, 31, 61]))
    def time_passes(self, minutes: int) -> None:
        """The clock goes on, and the jobs with it."""
        self._time.forward(minutes * clock.MINUTE)
        self.do(orders.lapse())
        for seat in self.told.of("placed"):
            if self._time.at >= seat.placed_at + HOLD_MS:
                self._gone(seat)
        if self.group is not None and self.told.state == "open" and self._time.at >= self.told.ends_at:
            self.told.state = "failed"
        self.do(groupbuy.turn())
        self.do(groupbuy.turn())
        if self.told.state == "failed":
            for seat in self.told.of("placed"):
                seat.state = "gone"
            for seat in self.told.of("paid"):
                seat.state = "back"
        elif self.told.state == "succeeded":
            for seat in self.told.of("paid"):
                seat.state = "confirmed"

    @invariant()
    def the_counters_are_right(self) -> None:
        """What the shop counts is what the model has."""
        if self.group is None:
            return
        paid = len(self.told.of("paid", "confirmed", "back"))
        taken = paid + len(self.told.of("placed"))
        assert self.do(state(self.group)) == (self.told.state, taken, paid)

    @invariant()
    def everybody_has_what_is_hers(self) -> None:
        """A confirmed order, or everything back, once."""
        for seat in self.told.of("confirmed", "back"):
            expected = ("confirmed", (0, 0)) if seat.state == "confirmed" else ("cancelled", (0, 3990))
            assert (self.do(order_state(seat.order)), self.do(given_back(seat.order))) == expected
        assert self.do(wrong()) == []

    def _gone(self, seat: Seat) -> None:
        seat.state = "gone"
        if self.told.state == "open" and not self.told.of("placed", "paid"):
            self.told.state = "failed"


def test_on_sqlite_whatever_is_done_in_whatever_order_the_counters_are_right(sqlite_template: Any) -> None:
    run_on_sqlite(Groups, sqlite_template, examples=12, steps=25)


def test_on_postgres_whatever_is_done_in_whatever_order_the_counters_are_right(postgres_templates: Any) -> None:
    run_on_postgres(Groups, postgres_templates, examples=2, steps=20)
