"""Whatever customers and shop do in whatever order: lots, ledger, pending, debt and gifts are what a plain model says."""

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from storefront import ledger, points
from storefront.kernel import clock, db, texts
from storefront.kernel.errors import Refusal
from storefront.points import EarnLine, EarnRule, Terms
from tests.points.people import found, somebody
from tests.support.stateful import run_on_postgres, run_on_sqlite

T = TypeVar("T")
TERMS = Terms(grace_days=3, life_days=20, return_days=5, send_daily=10**9)
BEGIN = 1_795_521_600_000
PIECES = 3
who, amounts = st.integers(0, 2), st.integers(1, 200)


@dataclass
class Pot:
    """Points that end together: `end` None never."""

    points: int
    end: int | None


@dataclass
class Person:
    """What one customer has, in plain words."""

    pots: list[Pot] = field(default_factory=list)
    debt: int = 0
    pending: int = 0

    def free(self, now: int) -> int:
        """What she can spend."""
        return sum(pot.points for pot in self.pots if pot.end is None or pot.end > now)

    def spend(self, points_: int, now: int) -> list[tuple[Pot, int]]:
        """Out of the soonest-ending pots; of two that end together the older."""
        taken = []
        for pot in sorted(self.pots, key=lambda pot: (pot.end is None, pot.end or 0)):
            if points_ and pot.points and (pot.end is None or pot.end > now):
                share = min(pot.points, points_)
                pot.points -= share
                points_ -= share
                taken.append((pot, share))
        assert points_ == 0
        return taken

    def back(self, taken: list[tuple[Pot, int]], now: int) -> None:
        """Into the pots they came from; those that have ended live on for the grace, without what was left in them."""
        for pot, share in taken:
            if pot.end is not None and pot.end <= now:
                pot.points, pot.end = 0, now + TERMS.grace_days * clock.DAY
            pot.points += share


@dataclass
class Earning:
    """What an order earned: of `points`, so many of its pieces came back."""

    person: Person
    order_id: int
    points: int
    returned: int = 0
    percent: int = 0
    due: int | None = None
    ready: bool = False

    def left(self) -> int:
        """What it is still worth."""
        worth = self.points - self.points * self.returned // PIECES
        return worth - worth * self.percent // 100


@dataclass
class Taken:
    """Points that are held: by an order, or on their way to a friend."""

    sender: Person
    shares: list[tuple[Pot, int]]
    number: int = 0
    code: str = ""
    until: int = 0


class Points(RuleBasedStateMachine):
    """Three customers, one shop, and a clock."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._time = self._stack.enter_context(clock.driven(BEGIN))
        self.people = [Person() for _ in range(3)]
        self.ids: list[int] = []
        self.earnings: list[Earning] = []
        self.holds: list[Taken] = []
        self.gifts: list[Taken] = []
        self._count = 0
        points.use_terms(TERMS)
        self._run(self._open())

    async def _open(self) -> None:
        await db.connect(self.opened())
        await points.set_rules([EarnRule("base", "purchase", rate=1), EarnRule("review", "review", points=7)])
        self.ids = [await somebody(name) for name in ("Ann", "Bob", "Carol")]

    def opened(self) -> str:
        """URL of an empty shop."""
        raise NotImplementedError

    def teardown(self) -> None:
        self._run(db.disconnect())
        points.use_terms(Terms())
        self._stack.close()

    def _run(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.run(run())

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _refused(self, work: Awaitable[Any], because: type[Refusal]) -> None:
        with pytest.raises(because):
            self._run(work)

    @rule(i=who, n=amounts, days=st.one_of(st.none(), st.integers(1, 30)))
    def grant(self, i: int, n: int, days: int | None) -> None:
        end = None if days is None else self._time.at + days * clock.DAY
        self._run(points.grant(person_id=self.ids[i], points=n, cause="x", key=f"{self._next()}", expires_at=end))
        self._usable(self.people[i], n, end)

    @rule(i=who, n=amounts)
    def earn(self, i: int, n: int) -> None:
        order_id = self._next()
        line = EarnLine(order_id, "", n * 100, PIECES)
        self._run(points.earn(person_id=self.ids[i], order_id=order_id, lines=[line], first=False))
        self.earnings.append(Earning(self.people[i], order_id, n))
        self.people[i].pending += n

    @rule(i=who)
    def review(self, i: int) -> None:
        self._run(points.reward(person_id=self.ids[i], kind="review", key=f"{self._next()}"))
        self._usable(self.people[i], 7)

    @precondition(lambda self: self.earnings)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        earning = data.draw(st.sampled_from(self.earnings))
        self._run(points.mature(order_id=earning.order_id))
        earning.due = earning.due or self._time.at + TERMS.return_days * clock.DAY

    @rule()
    def ready(self) -> None:
        self._run(points.ready())
        for earning in self.earnings:
            if not earning.ready and earning.due is not None and earning.due <= self._time.at:
                earning.ready = True
                earning.person.pending -= earning.left()
                self._usable(earning.person, earning.left())

    @precondition(lambda self: self.earnings)
    @rule(data=st.data(), pieces=st.integers(0, PIECES))
    def unearn(self, data: st.DataObject, pieces: int) -> None:
        self._bring_back(data.draw(st.sampled_from(self.earnings)), pieces)

    @precondition(lambda self: self.earnings)
    @rule(data=st.data(), percent=st.integers(0, 100))
    def compensate(self, data: st.DataObject, percent: int) -> None:
        earning = data.draw(st.sampled_from(self.earnings))
        self._go_back(earning, earning.returned, percent)

    def _bring_back(self, earning: Earning, pieces: int) -> None:
        self._go_back(earning, pieces, earning.percent)

    def _go_back(self, earning: Earning, pieces: int, percent: int) -> None:
        returned = {earning.order_id: pieces}
        self._run(points.unearn(order_id=earning.order_id, returned=returned, compensated=(percent, 100)))
        before = earning.left()
        earning.returned, earning.percent = max(pieces, earning.returned), max(percent, earning.percent)
        lost, person = before - earning.left(), earning.person
        if not earning.ready:
            person.pending -= lost
            return
        free = min(lost, person.free(self._time.at))
        person.spend(free, self._time.at)
        person.debt += lost - free

    @rule(i=who, n=amounts)
    def keep_an_order(self, i: int, n: int) -> None:
        self.earn(i, n)
        self._run(points.mature(order_id=self.earnings[-1].order_id))
        self.earnings[-1].due = self._time.at + TERMS.return_days * clock.DAY
        self._time.forward(TERMS.return_days * clock.DAY)
        self.ready()

    @rule(i=who, n=amounts)
    def hold_for_too_long(self, i: int, n: int) -> None:
        self.grant(i, n + 10 + self.people[i].debt, 1)
        self.hold(i, n)
        self._time.forward(2 * clock.DAY)
        self._end_hold(self.holds.pop(), paid=False)

    @rule(i=who)
    def spend_all(self, i: int) -> None:
        if everything := self.people[i].free(self._time.at):
            self.hold(i, everything)

    @precondition(lambda self: any(earning.ready for earning in self.earnings))
    @rule(data=st.data())
    def bring_back_late(self, data: st.DataObject) -> None:
        earning = data.draw(st.sampled_from([earning for earning in self.earnings if earning.ready]))
        self._bring_back(earning, PIECES)

    @rule(i=who, n=amounts)
    def hold(self, i: int, n: int) -> None:
        order_id, person = self._next(), self.people[i]
        work = points.hold(person_id=self.ids[i], order_id=order_id, points=n)
        if n > person.free(self._time.at):
            self._refused(work, points.NotEnoughPoints)
            return
        self._run(work)
        self.holds.append(Taken(person, person.spend(n, self._time.at), order_id))

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), paid=st.booleans())
    def end_hold(self, data: st.DataObject, paid: bool) -> None:
        self._end_hold(self.holds.pop(data.draw(st.integers(0, len(self.holds) - 1))), paid=paid)

    def _end_hold(self, held: Taken, *, paid: bool) -> None:
        person_id = self.ids[self.people.index(held.sender)]
        if paid:
            self._run(points.capture(person_id=person_id, order_id=held.number))
            return
        self._run(points.release(person_id=person_id, order_id=held.number, cause="x"))
        held.sender.back(held.shares, self._time.at)

    @rule(i=who, n=amounts)
    def send(self, i: int, n: int) -> None:
        person = self.people[i]
        work = points.send(person_id=self.ids[i], points=n, key=f"{self._next()}")
        if n > person.free(self._time.at):
            self._refused(work, points.NotEnoughPoints)
            return
        gift = self._run(work)
        assert gift.code is not None
        until = self._time.at + points.GIFT_DAYS * clock.DAY
        self.gifts.append(Taken(person, person.spend(n, self._time.at), code=gift.code, until=until))

    @precondition(lambda self: self.gifts)
    @rule(data=st.data(), i=who)
    def take(self, data: st.DataObject, i: int) -> None:
        gift, taker = data.draw(st.sampled_from(self.gifts)), self.people[i]
        work = points.take(person_id=self.ids[i], code=gift.code)
        if taker is gift.sender:
            self._refused(work, points.OwnGift)
        elif gift.until <= self._time.at:
            self._refused(work, points.GiftGone)
        else:
            self._run(work)
            self.gifts.remove(gift)
            for pot, share in gift.shares:
                late = pot.end is not None and pot.end <= self._time.at
                taker.pots.append(Pot(share, self._time.at + TERMS.grace_days * clock.DAY if late else pot.end))

    @rule()
    def return_gifts(self) -> None:
        self._run(points.return_gifts())
        for gift in [gift for gift in self.gifts if gift.until <= self._time.at]:
            self.gifts.remove(gift)
            gift.sender.back(gift.shares, self._time.at)

    @rule(days=st.integers(1, 9), booked=st.booleans())
    def time_passes(self, days: int, booked: bool) -> None:
        self._time.forward(days * clock.DAY)
        if booked:
            self._run(points.expire())

    @invariant()
    def the_shop_says_what_the_model_says(self) -> None:
        assert self._run(self._told()) == [
            (
                person.free(self._time.at),
                sum(share for taken in self.holds + self.gifts if taken.sender is person for _, share in taken.shares),
                person.pending,
                person.debt,
                self._ends(person),
            )
            for person in self.people
        ]

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert self._run(found()) == []

    async def _told(self) -> list[Any]:
        told = []
        for person_id in self.ids:
            statement = await points.statement(person_id)
            pending = await ledger.balance(ledger.points_pending(person_id))
            assert pending == sum(waiting.points for waiting in statement.pending)
            balance = statement.balance
            told.append((balance.available, balance.held, pending, statement.debt, list(statement.ends)))
        return told

    def _ends(self, person: Person) -> list[tuple[int, int]]:
        sums: dict[int, int] = {}
        for pot in person.pots:
            if pot.points and pot.end is not None and pot.end > self._time.at:
                sums[pot.end] = sums.get(pot.end, 0) + pot.points
        return [(sums[end], end) for end in sorted(sums)]

    def _usable(self, person: Person, points_: int, told_end: int | None = None) -> None:
        netted = min(person.debt, points_)
        person.debt -= netted
        midnight = texts.local(self._time.at).replace(hour=0, minute=0, second=0, microsecond=0)
        end = int(midnight.timestamp() * 1000) + (TERMS.life_days + 1) * clock.DAY - 1
        person.pots.append(Pot(points_ - netted, end if told_end is None else told_end))


def test_on_sqlite_whatever_is_done_in_whatever_order_the_books_are_right(sqlite_template: Any) -> None:
    run_on_sqlite(Points, sqlite_template, examples=25, steps=40)


def test_on_postgres_whatever_is_done_in_whatever_order_the_books_are_right(postgres_templates: Any) -> None:
    run_on_postgres(Points, postgres_templates, examples=5, steps=25)
