"""How the desk did, counted by hand."""

from storefront import payments, support
from storefront.kernel import clock
from storefront.kernel.texts import local
from tests.cases.desk import agent, complained, delivered, shown
from tests.support.market import Market, asks_all_to_succeed


async def test_a_report_says_how_long_customers_waited_what_went_back_and_what_it_cost(market: Market) -> None:
    await asks_all_to_succeed()
    mei = await agent()
    goodwill = {"goodwill": {"points": 50, "daily": 500}, "deadlines": {"first": 30}}
    await support.load_terms(told=support.TermsTold.model_validate(goodwill), actor="operator")
    with clock.driven() as time:
        begun = clock.now()
        cases = [
            await complained(await delivered(market, sku), reason=why)
            for sku, why in (("rice", "damaged"), ("tea", "wrong"))
        ]
        time.forward(10 * clock.MINUTE)
        await support.answer(staff_id=mei, case_id=cases[0].id, text="Sorry", key="1")
        time.forward(50 * clock.MINUTE)
        await support.watch()
        await support.refund(staff_id=mei, case_id=cases[0].id, pieces=cases[0].pieces, key="2", shown=shown(cases[0]))
        await payments.refund_due()
        await support.rate(person_id=market.ann, case_id=cases[0].id, stars=4)
        await support.reopen(staff_id=mei, case_id=cases[0].id)
        report = await support.report(since=begun, until=clock.now() + 1, parts=2)

    assert (report.cases, report.answer_median_s, report.answer_p95_s, report.late) == (2, 600, 600, 1)
    assert (report.automatic, report.reopened, report.stars, report.goodwill_points) == (0.0, 0.5, 4.0, 50)
    assert [(row.name, row.count, row.worth_minor) for row in report.by_reason] == [("damaged", 1, 4690)]
    assert [(row.name, row.worth_minor) for row in report.by_item] == [("rice", 4690)]
    assert [(part.answered, part.median_s, part.p95_s) for part in report.stretches] == [(1, 600, 600), (0, 0, 0)]
    assert ("reason", "damaged", "1", "4690") in report.lines()
    assert ("first answer, p95 s", f"{local(begun):%Y-%m-%d}", "1", "600") in report.lines()
