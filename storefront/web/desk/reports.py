"""How the desk did, for those who lead."""

import csv
import io

from aiohttp import web

from storefront import support
from storefront.kernel import clock
from storefront.kernel.money import Money
from storefront.kernel.spreadsheets import defused
from storefront.web.desk import words
from storefront.web.desk.shell import Desk, page, signed_in
from storefront.web.languages import SETTINGS

# So many days, and in how many parts the waiting is shown.
_SPANS = {7: 7, 30: 6, 90: 9, 365: 12}


async def _show(request: web.Request, desk: Desk) -> web.StreamResponse:
    told = request.query.get("days", "30")
    days = int(told) if told.isdigit() and int(told) in _SPANS else 30
    until = clock.now() + clock.SECOND
    report = await support.report(since=until - days * clock.DAY, until=until, parts=_SPANS[days])
    if request.query.get("as") == "csv":
        out = io.StringIO()
        csv.writer(out).writerows(map(defused, line) for line in report.lines())
        headers = {"Content-Disposition": f'attachment; filename="desk-{days}-days.csv"', "Cache-Control": "no-store"}
        return web.Response(text=out.getvalue(), content_type="text/csv", headers=headers)
    currency = request.app[SETTINGS].currency
    tables = [
        ("reason", [(words.reason(desk.texts, row.name), row) for row in report.by_reason]),
        ("merchant", [(row.name, row) for row in report.by_merchant]),
        ("item", [(row.name, row) for row in report.by_item]),
    ]
    return page(
        *(request, "reports", desk),
        report=report,
        days=days,
        spans=_SPANS,
        tables=tables,
        worth=lambda row: Money(row.worth_minor, currency),
        lasting=lambda seconds: words.lasting(desk.texts, seconds),
    )


show = signed_in(_show, leads=True)
