"""The operator's rules at work: what they need to know, what they may spend, and what they do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from storefront import catalog, people
from storefront.kernel import clock, db
from storefront.kernel.texts import pick
from storefront.support import automatic, deadlines, deciding, terms
from storefront.support.automatic import Asked, Outcome
from storefront.support.queries import Case, case
from storefront.support.terms import TermsTold

_LAST_ORDERS = 10


@db.transaction
async def rule(*, case_id: int) -> Outcome | None:
    """Let the rules decide a case that nobody here has taken up; None when it is not theirs to decide any more.

    What they give back is taken from the day's budget; when that is used up, a person decides.
    """
    of = await case(case_id, locked=True)
    if of.about is None or of.state != "open" or of.staff_id is not None or of.answered_at is not None or not of.pieces:
        return None
    if of.appealed_at is not None or of.level == "lead":
        return None
    number, told = await terms.current()
    outcome = automatic.decide(told.automatic, await _asked(of, told), await _signs(of, told))
    if outcome.then in {"refund", "goods_first"}:
        # Last, so that nothing is taken that another sign would have kept.
        worth, most, zone = _worth(of, told), told.automatic.daily_minor, told.hours.timezone
        if not await terms.take(what="automatic", amount=worth, most=most, zone=zone):
            outcome = Outcome("agent", outcome.rule, ["budget"])
    await _carry_out(of, outcome, number)
    return outcome


@dataclass(frozen=True)
class Tried:
    """What rules would have made of a past case: which, what they would have done, and what became of it."""

    case_id: int
    outcome: str
    rule: str
    worth_minor: int
    became: str


async def attempt(*, told: TermsTold, since: int) -> AsyncIterator[Tried]:
    """What these rules would make of the cases since then (epoch ms), as far as it is known now; changes nothing.

    The signs and the budget of each day are left out: they hang on what was decided before.
    """
    after = 0
    while found := await db.browse(
        "SELECT id FROM support_case WHERE id > ? AND opened_at >= ? AND order_id IS NOT NULL AND state <> 'draft'"
        " ORDER BY id LIMIT 200",
        *(after, since),
    ):
        for row in found:
            after = int(row["id"])
            of = await case(after)
            if of.pieces:
                outcome = automatic.decide(told.automatic, await _asked(of, told), ())
                rule_name = outcome.rule.name if outcome.rule is not None else ""
                yield Tried(of.id, outcome.then, rule_name, _worth(of, told), of.state)


def _worth(of: Case, told: TermsTold) -> int:
    return of.money.minor + of.points * told.point_minor


async def _asked(of: Case, told: TermsTold) -> Asked:
    order = of.order
    chosen = [line for line in order.lines if line.id in of.pieces]
    standings = await catalog.standings([line.variant_id for line in chosen])
    delivered = [event.at for event in order.events if event.to_state == "delivered"]
    photos = await db.rows(
        "SELECT COUNT(*) AS n FROM support_photo p JOIN support_message m ON m.id = p.message_id"
        " WHERE m.case_id = ? AND p.file_hash IS NOT NULL",
        of.id,
    )
    return Asked(
        reason=of.reason or "other",
        wanted=of.wanted or "refund",
        stage=automatic.stage_of(order),
        worth_minor=_worth(of, told),
        categories=[standings[line.variant_id].category for line in chosen],
        days=(clock.now() - delivered[-1]) // clock.DAY if delivered else None,
        photos=int(photos[0]["n"]),
    )


async def _signs(of: Case, told: TermsTold) -> set[str]:
    look = told.automatic
    signs = set()
    if await _ruled_since(of.person_id, clock.now() - look.cooling_days * clock.DAY):
        signs.add("cooling")
    if await _refund_percent(of) > look.refunds_percent:
        signs.add("many refunds")
    if await people.since(of.person_id) > clock.now() - look.new_account_days * clock.DAY:
        signs.add("new account")
    if look.shared and await people.alike(of.person_id):
        signs.add("shared contact")
    if look.same_photo and await _known_photo(of.id):
        signs.add("known photo")
    return signs


async def _ruled_since(person_id: int, since: int) -> bool:
    return bool(
        await db.rows(
            "SELECT 1 FROM support_decision d JOIN support_case c ON c.id = d.case_id"
            " WHERE c.person_id = ? AND d.actor LIKE 'rule:%' AND d.kind = 'refund' AND d.at > ? LIMIT 1",
            *(person_id, since),
        )
    )


async def _refund_percent(of: Case) -> int:
    """How many of her last orders came with a refund that was decided, in percent; this one left out."""
    found = await db.rows(
        "SELECT COUNT(*) AS n, SUM(CASE WHEN EXISTS (SELECT 1 FROM support_case c JOIN support_decision d ON d.case_id = c.id"
        " WHERE c.order_id = o.id AND d.kind IN ('refund', 'sum') AND d.state = 'done') THEN 1 ELSE 0 END) AS given"
        " FROM (SELECT id FROM orders WHERE person_id = ? AND id <> ? AND state IN ('shipped', 'delivered', 'completed')"
        " ORDER BY id DESC LIMIT ?) o",
        *(of.person_id, of.order.id, _LAST_ORDERS),
    )
    orders = int(found[0]["n"])
    return int(found[0]["given"] or 0) * 100 // orders if orders else 0


async def _known_photo(case_id: int) -> bool:
    return bool(
        await db.rows(
            "SELECT 1 FROM support_photo p JOIN support_message m ON m.id = p.message_id"
            " JOIN support_photo q ON q.file_hash = p.file_hash AND q.id <> p.id"
            " JOIN support_message n ON n.id = q.message_id"
            " WHERE m.case_id = ? AND n.case_id <> ? AND p.file_hash IS NOT NULL LIMIT 1",
            *(case_id, case_id),
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
