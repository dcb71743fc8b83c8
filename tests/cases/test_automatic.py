"""What the operator's rules decide by themselves, how far they go, and what a second person has to agree to."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from storefront import orders, payments, support
from storefront.kernel import clock, db
from storefront.kernel.money import Money
from storefront.support import Asked
from tests.cases.desk import agent, complained, delivered, shown
from tests.support.market import Market, asks_all_to_succeed, books, bought, customer, drafted, letters, stocked

TEXTS = dict.fromkeys(("en", "zh_Hans", "ru", "ar"), "Opened honey is not taken back")
SMALL = {
    "name": "small",
    "reasons": ["damaged", "wrong"],
    "stages": ["delivered"],
    "most_minor": 10000,
    "then": "refund",
}
LAW = {"name": "seven-days", "reasons": ["mind"], "stages": ["delivered"], "within_days": 7, "then": "goods_first"}
FRESH = {"name": "fresh", "categories": ["produce/honey"], "reasons": ["mind"], "then": "refuse", "texts": TEXTS}
PHOTO = {"name": "photo", "reasons": ["damaged"], "most_minor": 10000, "photo": True, "then": "refund"}
LOOSE = {"cooling_days": 0, "refunds_percent": 100, "new_account_days": 0, "shared": False, "same_photo": False}


def terms(*rules: dict[str, object], **told: object) -> support.TermsTold:
    automatic = {"daily_minor": 100_000, **LOOSE, "rules": list(rules), **told}
    return support.TermsTold.model_validate({"automatic": automatic})


async def count(*rules: dict[str, object], **told: object) -> None:
    await support.load_terms(told=terms(*rules, **told), actor="operator")


@pytest.mark.parametrize(
    ("changes", "outcome", "name"),
    [
        ({}, "refund", "small"),
        ({"reason": "described"}, "agent", None),
        ({"worth_minor": 10001}, "agent", None),
        ({"stage": "way"}, "agent", None),
        ({"wanted": "replace"}, "agent", "small"),
        ({"reason": "mind", "days": 7}, "goods_first", "seven-days"),
        ({"reason": "mind", "days": 8}, "agent", None),
        ({"reason": "mind", "days": None}, "agent", None),
        ({"reason": "mind", "categories": ["produce/honey/acacia"]}, "refuse", "fresh"),
        ({"reason": "mind", "categories": ["produce/honeydew"], "days": 1}, "goods_first", "seven-days"),
        ({"reason": "mind", "categories": ["produce/honey", "tea"], "days": 1}, "agent", None),
        ({"categories": ["produce/honey", "tea"]}, "refund", "small"),
    ],
)
def test_the_first_rule_that_fits_decides(changes: dict[str, object], outcome: str, name: str | None) -> None:
    told = {"reason": "damaged", "wanted": "refund", "stage": "delivered", "worth_minor": 5000, "categories": ["tea"]}
    asked = Asked(**{**told, "days": 1, "photos": 0, **changes})  # type: ignore[arg-type]

    made = support.decide(terms(FRESH, SMALL, LAW).automatic, asked, ())

    assert (made.then, made.rule.name if made.rule else None) == (outcome, name)


@given(
    some.sampled_from(["damaged", "mind", "late"]),
    some.integers(0, 20_000),
    some.integers(0, 20),
    some.sets(some.sampled_from(["cooling", "many refunds", "new account", "shared contact", "known photo"])),
    some.booleans(),
    some.lists(some.sampled_from(["tea", "produce/honey", "produce/honey/acacia"]), min_size=1, max_size=4),
)
def test_nothing_goes_back_by_rule_against_a_sign_above_its_sum_or_when_it_is_off(
    reason: str, worth: int, days: int, signs: set[str], on: bool, categories: list[str]
) -> None:
    asked = Asked(reason, "refund", "delivered", worth, categories, days, 0)

    made = support.decide(terms(FRESH, SMALL, LAW, on=on).automatic, asked, signs)

    if made.then in {"refund", "goods_first"}:
        assert on
        assert not signs
        assert (made.then == "refund") <= (worth <= 10_000)
        assert (made.then == "goods_first") <= (days <= 7)
        assert (reason == "mind") <= (set(categories) == {"tea"})


async def test_a_small_thing_that_broke_is_given_back_at_once_with_the_rule_on_record(market: Market) -> None:
    back = await asks_all_to_succeed()
    await count(SMALL)

    case = await complained(await delivered(market))
    await payments.refund_due()

    decision = (await support.decisions(case.id))[0]
    assert (case.state, decision.actor, decision.cause) == ("decided", "rule:small", "rule small of terms 1")
    assert ([wish.amount.minor for wish in back], (await letters(market.ann))[-2:]) == (
        [4690],
        ["order_credited", "refund_done"],
    )
    assert await books() == []


async def test_a_photo_lets_a_rule_decide_that_wants_one(market: Market) -> None:
    await asks_all_to_succeed()
    await count(PHOTO)
    case = await complained(await delivered(market))
    said = support.Said(1, 1, 5)
    await support.say(person_id=market.ann, case_id=case.id, text="", key="p", photos=["tg-1"], said=said)
    wanted = await support.photos_wanted(bot_id=1)

    await support.photo_fetched(photo=wanted[0], content=b"torn")

    assert (case.state, (await support.case(case.id)).state) == ("open", "decided")


@pytest.mark.parametrize(
    ("look", "sign"),
    [
        ({"cooling_days": 30}, "cooling"),
        ({"refunds_percent": 30}, "many refunds"),
        ({"new_account_days": 7}, "new account"),
        ({"shared": True}, "shared contact"),
    ],
)
async def test_a_sign_that_something_is_odd_sends_it_to_a_person(
    market: Market, look: dict[str, object], sign: str
) -> None:
    await asks_all_to_succeed()
    await count(SMALL)
    await complained(await delivered(market, "tea"))
    for person in (market.ann, market.bob):
        await db.execute("UPDATE person SET phone = '+8613800138000' WHERE id = ?", person)
    await count(SMALL, **look)

    case = await complained(await delivered(market))

    events = await db.rows("SELECT cause FROM support_case_event WHERE case_id = ? ORDER BY id", case.id)
    assert case.state == "open"
    assert events[-1]["cause"] == f"rule small of terms 2: {sign}"


async def test_a_photo_that_was_seen_in_another_case_sends_it_to_a_person(market: Market) -> None:
    await asks_all_to_succeed()
    await count(PHOTO, same_photo=True)
    states = []
    for number, sku in enumerate(("tea", "rice")):
        case = await complained(await delivered(market, sku))
        said = support.Said(1, 1, number)
        await support.say(person_id=market.ann, case_id=case.id, text="", key=sku, photos=["tg"], said=said)
        await support.photo_fetched(photo=(await support.photos_wanted(bot_id=1))[0], content=b"the same bag")
        states.append((await support.case(case.id)).state)

    assert states == ["decided", "open"]


async def test_what_a_rule_decided_is_not_decided_again_when_she_adds_a_photo(market: Market) -> None:
    await asks_all_to_succeed()
    await count(SMALL)
    case = await complained(await delivered(market))
    said = support.Said(1, 1, 5)
    await support.say(person_id=market.ann, case_id=case.id, text="Look", key="p", photos=["tg-1"], said=said)
    wanted = await support.photos_wanted(bot_id=1)

    await support.photo_fetched(photo=wanted[0], content=b"torn")

    again = await support.case(case.id)
    assert (case.state, again.state, len(await support.decisions(case.id))) == ("decided", "open", 1)
    assert len((await support.messages(case.id))[-1].photos) == 1


async def test_what_came_back_by_another_way_is_not_given_back_by_a_rule_too(market: Market) -> None:
    await asks_all_to_succeed()
    await count(PHOTO)
    order = await bought(await drafted(market.ann, await stocked("rice"), quantity=2))
    case = await complained(order)
    said = support.Said(1, 1, 5)
    await support.say(person_id=market.ann, case_id=case.id, text="Look", key="p", photos=["tg-1"], said=said)
    draft = await support.begin(person_id=market.ann, order_id=order.id)
    await support.explain(person_id=market.ann, case_id=draft.id, reason="mind")
    await support.settle(person_id=market.ann, case_id=draft.id)

    await support.photo_fetched(photo=(await support.photos_wanted(bot_id=1))[0], content=b"torn")

    assert len((await support.messages(case.id))[-1].photos) == 1
    assert await support.decisions(case.id) == []


async def test_why_a_rule_held_back_is_said_once_however_many_photos_come(market: Market) -> None:
    await asks_all_to_succeed()
    await count(PHOTO, new_account_days=7)
    case = await complained(await delivered(market))
    said = support.Said(1, 1, 5)
    await support.say(person_id=market.ann, case_id=case.id, text="", key="p", photos=["1", "2", "3"], said=said)

    for number, wanted in enumerate(await support.photos_wanted(bot_id=1)):
        await support.photo_fetched(photo=wanted, content=f"torn {number}".encode())

    events = await db.rows("SELECT cause FROM support_case_event WHERE case_id = ? AND actor = 'rule:photo'", case.id)
    assert [event["cause"] for event in events] == ["rule photo of terms 1: new account"]


async def test_of_two_wishes_of_one_customer_at_once_a_rule_grants_one(market: Market) -> None:
    await asks_all_to_succeed()
    await count(SMALL, cooling_days=30)
    drafts = []
    for number in range(4):
        order = await delivered(market, f"cup-{number}", quantity=1)
        draft = await support.begin(person_id=market.ann, order_id=order.id)
        drafts.append(await support.explain(person_id=market.ann, case_id=draft.id, reason="damaged"))

    done = await asyncio.gather(*(support.submit(person_id=market.ann, case_id=draft.id) for draft in drafts))

    assert sorted(case.state for case in done) == ["decided"] + ["open"] * 3


async def test_wishes_that_do_not_wait_for_their_turn_are_all_granted(market: Market) -> None:
    await db.execute("CREATE TABLE loose (person_id BIGINT)")
    looked = asyncio.Barrier(3)

    async def grant() -> None:
        before = await db.rows("SELECT 1 FROM loose WHERE person_id = ?", market.ann)
        await looked.wait()
        if not before:
            await db.execute("INSERT INTO loose (person_id) VALUES (?)", market.ann)

    await asyncio.gather(*(grant() for _ in range(3)))

    assert len(await db.rows("SELECT 1 FROM loose")) == 3


async def test_the_days_budget_is_never_overdrawn_however_many_ask_at_once(market: Market) -> None:
    await asks_all_to_succeed()
    await count(SMALL, daily_minor=10_000)
    people = [await customer(f"Cho {number}", 10 + number) for number in range(6)]
    drafts = []
    for number, person in enumerate(people):
        order = await delivered(Market(person, person, market.south, market.north), f"cup-{number}", quantity=1)
        draft = await support.begin(person_id=person, order_id=order.id)
        drafts.append(await support.explain(person_id=person, case_id=draft.id, reason="damaged"))

    done = await asyncio.gather(*(support.submit(person_id=draft.person_id, case_id=draft.id) for draft in drafts))

    assert sorted(case.state for case in done) == ["decided"] * 2 + ["open"] * 4
    assert await books() == []


async def test_a_budget_that_is_read_and_then_written_is_overdrawn(market: Market) -> None:
    await db.execute("CREATE TABLE loose (spent BIGINT)")
    await db.execute("INSERT INTO loose (spent) VALUES (0)")
    looked = asyncio.Barrier(3)

    async def take() -> None:
        spent = (await db.rows("SELECT spent FROM loose"))[0]["spent"]
        await looked.wait()
        if spent + 4690 <= 10_000:
            await db.execute("UPDATE loose SET spent = spent + 4690")

    await asyncio.gather(*(take() for _ in range(3)))

    assert (await db.rows("SELECT spent FROM loose"))[0]["spent"] == 3 * 4690


async def test_an_agents_day_has_a_limit_and_above_it_somebody_with_more_agrees(market: Market) -> None:
    await asks_all_to_succeed()
    limits = {
        "agent": {"decision_minor": 9000, "daily_minor": 10_000},
        "lead": {"decision_minor": 9500, "daily_minor": 50_000},
    }
    await support.load_terms(told=support.TermsTold.model_validate({"limits": limits}), actor="operator")
    mei, li, lin = await agent(), await agent("Li"), await agent("Lin", "lead")
    cases = [await complained(await delivered(market, f"cup-{number}")) for number in range(3)]
    big = await complained(await delivered(market, "pan"), pieces=2)

    made = await asyncio.gather(
        *(
            support.refund(staff_id=mei, case_id=case.id, pieces=case.pieces, key=str(case.id), shown=shown(case))
            for case in cases
        )
    )
    much = await support.refund(staff_id=li, case_id=big.id, pieces=big.pieces, key="big", shown=shown(big))
    with pytest.raises(support.NotYours):
        await support.approve(staff_id=mei, decision_id=much.id)
    await support.escalate(case_id=big.id, actor=f"staff:{li}", cause="handed to a lead")
    with pytest.raises(support.ForLead):
        await support.decline(staff_id=mei, decision_id=much.id, text="No", key="no")
    agreed = await support.approve(staff_id=lin, decision_id=much.id)

    assert sorted(one.state for one in made) == ["done", "done", "proposed"]
    assert (much.state, agreed.state, agreed.approver) == ("proposed", "done", f"staff:{lin}")
    assert await books() == []
    await db.execute("UPDATE support_decision SET approver = NULL WHERE id = ?", much.id)
    assert "is above the limit of" in (await books())[0]


async def test_verify_names_what_rules_and_agents_gave_back_beyond_their_day(market: Market) -> None:
    await asks_all_to_succeed()
    limits = {"agent": {"decision_minor": 5000, "daily_minor": 9000}}
    told = {"limits": limits, "automatic": {"daily_minor": 9000, **LOOSE, "rules": [SMALL]}}
    await support.load_terms(told=support.TermsTold.model_validate(told), actor="operator")
    mei = await agent()
    for sku in ("tea", "rice"):
        late = await complained(await delivered(market, sku), reason="late")
        await support.refund(staff_id=mei, case_id=late.id, pieces=late.pieces, key=sku, shown=shown(late))
        await complained(await delivered(market, f"{sku}-2"))
    before = await books()

    await db.execute("UPDATE support_decision SET state = 'done', done_at = at WHERE state = 'proposed'")
    await db.execute("UPDATE support_decision SET worth_minor = 9001 WHERE actor = 'rule:small'")

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    found = sorted(line for line in await books() if " gave back " in line)
    assert before == []
    assert found == [
        f"rules gave back 9001 on {today}, above the 9000 of a day",
        f"staff:{mei} gave back 9380 on {today}, above the 9000 of a day",
    ]


async def test_rules_are_tried_on_the_past_as_it_was_and_change_nothing(market: Market) -> None:
    await asks_all_to_succeed()
    mei = await agent()
    with clock.driven() as time:
        refused = await complained(await delivered(market, "tea"))
        await support.refuse(staff_id=mei, case_id=refused.id, text="No", key="r")
        given = await complained(await delivered(market, "pan"), reason="mind")
        await support.refund(staff_id=mei, case_id=given.id, pieces=given.pieces, key="g", shown=shown(given))
        await complained(await delivered(market, "jar"), reason="late")
        time.forward(9 * clock.DAY)
        await complained(await delivered(market, "cup"))
        since = clock.now() - 30 * clock.DAY
        tried = [one async for one in support.attempt(told=terms(SMALL, LAW, cooling_days=5), since=since)]
        tight = [one async for one in support.attempt(told=terms(SMALL, LAW, daily_minor=4000), since=since)]

    assert [(one.outcome, one.rule, one.signs, one.became, one.differs) for one in tried] == [
        ("refund", "small", (), "refused", True),
        ("agent", "seven-days", ["cooling"], "decided", False),
        ("agent", "", (), "open", False),
        ("refund", "small", (), "open", False),
    ]
    assert {one.worth for one in tried} == {Money(4690, "CNY")}
    assert [(one.outcome, one.signs) for one in tight if one.rule] == [("agent", ["budget"])] * 3
    assert await support.past(since=since) == 4
    assert (await orders.find(refused.order.id)).lines[0].credited == 0


def test_a_file_with_a_mistake_is_refused_with_its_place() -> None:
    from storefront.kernel.operator_files import BadFile

    told = {"hours": {"week": {"mon": ["9-12"]}}, "automatic": {"rules": [{"name": "x", "then": "refuse"}]}}

    with pytest.raises(BadFile) as refused:
        support.read_terms(json.dumps(told))

    assert any(line.startswith("hours.week.mon.0") for line in refused.value.lines)
    assert any("a refusal says why" in line for line in refused.value.lines)


async def test_a_refusal_by_rule_says_why_and_may_be_objected_to(market: Market) -> None:
    await stocked("honey", category="produce/honey")
    await count({**FRESH, "categories": ["produce"]})
    order = await delivered(market, "honey")
    await db.execute("UPDATE item SET category_id = (SELECT MAX(id) FROM category) WHERE code = 'honey'")

    case = await complained(order, reason="mind")
    objected = await support.appeal(person_id=market.ann, case_id=case.id, text="It was closed", key="a")

    assert (case.state, objected.level, objected.state) == ("refused", "lead", "open")
    assert (await letters(market.ann)).count("case_refused") == 1
    assert clock.now() - (objected.appealed_at or 0) < clock.MINUTE
