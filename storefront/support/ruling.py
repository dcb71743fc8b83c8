"""The operator's rules at work: what they need to know, what they may spend, and what they do."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from storefront import catalog, fulfilment, people
from storefront.kernel import clock, db
from storefront.kernel.money import Money
from storefront.kernel.texts import pick
from storefront.support import automatic, deadlines, deciding, terms
from storefront.support.automatic import GIVING, Asked, Outcome
from storefront.support.queries import Case, case, decisions
from storefront.support.rules import ENDED, all_left
from storefront.support.terms import TermsTold

_LAST_ORDERS = 10
_BUDGET = "automatic"
# Cases that customers handed in, about pieces of an order.
_PAST = (
    "FROM support_case c WHERE c.opened_at >= ? AND c.id > ? AND c.state <> 'draft' AND c.merged_into IS NULL"
    " AND EXISTS (SELECT 1 FROM support_case_line l WHERE l.case_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM support_decision d WHERE d.case_id = c.id AND d.actor LIKE 'person:%')"
)


@db.transaction
async def rule(*, case_id: int) -> Outcome | None:
    """Let the rules decide a case that nobody here has taken up; None when it is not theirs to decide any more.

    What they give back is taken from the day's budget; when that is used up, a person decides.
    """
    of = await case(case_id, locked=True)
    # Once decided, whatever she adds is read by a person.
    if not _untouched(of) or await decisions(case_id):
        return None
    number, told = await terms.current()
    now = clock.now()
    asked = await _asked(of, told, now)
    outcome = automatic.decide(told.automatic, asked, ())
    if outcome.then in GIVING:
        # One after another: the second of two wishes at once sees what the first was given.
        await terms.wait_turn(what=_BUDGET, zone=told.hours.timezone)
        outcome = automatic.decide(told.automatic, asked, await _signs(of, told, now))
    if outcome.then in GIVING:
        # Last, so that nothing is taken that another sign would have kept.
        worth, most, zone = asked.worth_minor, told.automatic.daily_minor, told.hours.timezone
        if not await terms.take(what=_BUDGET, amount=worth, most=most, zone=zone):
            outcome = Outcome("agent", outcome.rule, ["budget"])
    await _carry_out(of, outcome, number)
    return outcome


def _untouched(of: Case) -> bool:
    if of.about is None or of.state != "open" or of.staff_id is not None or of.answered_at is not None:
        return False
    # Some of it may have come back by another way meanwhile.
    left = all_left(of.about)
    whole = bool(of.pieces) and all(n <= left.get(line_id, 0) for line_id, n in of.pieces.items())
    return whole and of.appealed_at is None and of.level == "agent"


@dataclass(frozen=True)
class Tried:
    """What rules would have made of a past case: which, what they would have done, and what became of it.

    `signs`: what would have sent it to a person; `by_rule`: a rule decided it then.
    """

    case_id: int
    outcome: str
    rule: str
    signs: Sequence[str]
    worth: Money
    became: str
    by_rule: bool

    @property
    def differs(self) -> bool:
        """Whether it ended otherwise; what has not ended yet does not differ."""
        if self.outcome == "agent":
            return self.by_rule
        return self.became in ENDED and self.became != ("refused" if self.outcome == "refuse" else "decided")


async def past(*, since: int) -> int:
    """How many cases `attempt` looks at."""
    return int((await db.browse(f"SELECT COUNT(*) AS n {_PAST}", since, 0))[0]["n"])


async def attempt(*, told: TermsTold, since: int) -> AsyncIterator[Tried]:
    """What these rules would have made of the cases since then (epoch ms), each as it was when she asked; changes nothing.

    Budget and the days after a refund by rule are reckoned as if these rules had counted all the time.
    """
    after, imagined = 0, _Imagined(told)
    while found := await db.browse(f"SELECT c.id {_PAST} ORDER BY c.id LIMIT 200", since, after):
        for row in found:
            after = int(row["id"])
            of = await case(after)
            asked = await _asked(of, told, of.opened_at or 0)
            outcome = await imagined.decide(of, asked)
            yield Tried(
                case_id=of.id,
                outcome=outcome.then,
                rule=outcome.rule.name if outcome.rule is not None else "",
                signs=outcome.signs,
                worth=Money(asked.worth_minor, of.order.total.currency),
                became=of.state,
                by_rule=any(made.actor.startswith("rule:") for made in await decisions(of.id)),
            )


class _Imagined:
    """Rules at work on the past, with what they would have given back on each day and to whom."""

    def __init__(self, told: TermsTold) -> None:
        self._told = told
        self._spent: Counter[str] = Counter()
        self._given: dict[int, int] = {}

    async def decide(self, of: Case, asked: Asked) -> Outcome:
        look, at = self._told.automatic, of.opened_at or 0
        outcome = automatic.decide(look, asked, ())
        if outcome.then not in GIVING:
            return outcome
        # Not what was given back by the rules of that time, but what these would have.
        signs = await _signs(of, self._told, at) - {"cooling", "in parts"}
        if self._given.get(of.person_id, 0) > at - look.cooling_days * clock.DAY:
            signs.add("cooling")
        day = terms.day_of(at, self._told.hours.timezone)
        if self._spent[day] + asked.worth_minor > look.daily_minor:
            signs.add("budget")
        outcome = automatic.decide(look, asked, signs)
        if outcome.then in GIVING:
            self._spent[day] += asked.worth_minor
            self._given[of.person_id] = at
        return outcome


async def _asked(of: Case, told: TermsTold, at: int) -> Asked:
    order = of.order
    chosen = [line for line in order.lines if line.id in of.pieces]
    standings = await catalog.standings([line.variant_id for line in chosen])
    parcels = await fulfilment.parcels(order.id)
    delivered = automatic.delivered_at(order, of.pieces, parcels, at)
    photos = await db.rows(
        "SELECT COUNT(*) AS n FROM support_photo p JOIN support_message m ON m.id = p.message_id"
        " WHERE m.case_id = ? AND m.author = 'customer' AND p.file_hash IS NOT NULL",
        of.id,
    )
    return Asked(
        reason=of.reason or "other",
        wanted=of.wanted or "refund",
        stage=automatic.stage_of(order, of.pieces, parcels, at),
        worth_minor=await _worth(of, told),
        categories=[standings[line.variant_id].category for line in chosen],
        days=(at - delivered) // clock.DAY if delivered is not None else None,
        photos=int(photos[0]["n"]),
    )


async def _worth(of: Case, told: TermsTold) -> int:
    """What would come back, points at their worth; of a decided case too, what she asked for."""
    if of.state == "open":
        return of.money.minor + of.points * told.point_minor
    return sum(
        (line.money.minor + line.points * told.point_minor) * of.pieces[line.id] // line.quantity
        for line in of.order.lines
        if line.id in of.pieces
    )


async def _signs(of: Case, told: TermsTold, at: int) -> set[str]:
    look = told.automatic
    signs = set()
    if _in_parts(of):
        signs.add("in parts")
    if await _ruled_since(of.person_id, at - look.cooling_days * clock.DAY):
        signs.add("cooling")
    if await _refund_percent(of, at) > look.refunds_percent:
        signs.add("many refunds")
    if await people.since(of.person_id) > at - look.new_account_days * clock.DAY:
        signs.add("new account")
    if look.shared and await people.alike(of.person_id):
        signs.add("shared contact")
    if look.same_photo and await _known_photo(of.id, at):
        signs.add("known photo")
    return signs


def _in_parts(of: Case) -> bool:
    """Whether some of the pieces have left and others are here: no rule speaks of both."""
    left = [min(of.pieces.get(line.id, 0), line.gone) for line in of.order.lines]
    return any(left) and sum(left) < sum(of.pieces.values())


async def _ruled_since(person_id: int, since: int) -> bool:
    return bool(
        await db.rows(
            "SELECT 1 FROM support_decision d JOIN support_case c ON c.id = d.case_id"
            " WHERE c.person_id = ? AND d.actor LIKE 'rule:%' AND d.kind = 'refund' AND d.at > ? LIMIT 1",
            *(person_id, since),
        )
    )


async def _refund_percent(of: Case, at: int) -> int:
    """How many of her last orders came with a refund that was decided before, in percent; this one left out."""
    found = await db.rows(
        "SELECT COUNT(*) AS n, SUM(CASE WHEN EXISTS (SELECT 1 FROM support_case c JOIN support_decision d ON d.case_id = c.id"
        " WHERE c.order_id = o.id AND d.kind IN ('refund', 'sum') AND d.state = 'done'"
        " AND d.at <= ?) THEN 1 ELSE 0 END) AS given"
        " FROM (SELECT id FROM orders WHERE person_id = ? AND id <> ? AND state IN ('shipped', 'delivered', 'completed')"
        " ORDER BY id DESC LIMIT ?) o",
        *(at, of.person_id, of.order.id, _LAST_ORDERS),
    )
    orders = int(found[0]["n"])
    return int(found[0]["given"] or 0) * 100 // orders if orders else 0


async def _known_photo(case_id: int, at: int) -> bool:
    """Whether a photo of hers was sent in another case too, before that moment."""
    return bool(
        await db.rows(
            "SELECT 1 FROM support_photo p JOIN support_message m ON m.id = p.message_id"
            " JOIN support_photo q ON q.file_hash = p.file_hash AND q.id <> p.id"
            " JOIN support_message n ON n.id = q.message_id"
            " WHERE m.case_id = ? AND m.author = 'customer' AND n.case_id <> ? AND n.author = 'customer' AND n.at <= ? LIMIT 1",
            *(case_id, case_id, at),
        )
    )


async def _carry_out(of: Case, outcome: Outcome, number: int) -> None:
    if outcome.rule is None:
        return
    actor, cause = f"rule:{outcome.rule.name}", f"rule {outcome.rule.name} of terms {number}"
    if outcome.then == "agent":
        if outcome.signs:
            # For whoever looks at it, and for the reports.
            await deciding.pass_on(of, actor, f"{cause}: {', '.join(outcome.signs)}")
    elif outcome.then == "refuse":
        language = (await people.find(of.person_id)).language
        await deciding.refuse_by_rule(of, actor, cause, pick(outcome.rule.texts, language))
    else:
        await deciding.give_back_by_rule(of, actor, cause, goods_first=outcome.then == "goods_first")
    await deadlines.follow_case(case_id=of.id)
