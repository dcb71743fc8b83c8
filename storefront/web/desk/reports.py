"""How the desk did, for those who lead."""

import csv
import io

from aiohttp import web

from storefront import support
from storefront.kernel import clock
from storefront.kernel.money import Money
from storefront.web.desk import words
from storefront.web.desk.shell import Desk, page, signed_in
from storefront.web.languages import SETTINGS

_SPANS = (7, 30, 90, 365)


async def _show(request: web.Request, desk: Desk) -> web.StreamResponse:
    told = request.query.get("days", "30")
    days = int(told) if told.isdigit() and int(told) in _SPANS else 30
    report = await support.report(since=clock.now() - days * clock.DAY, until=clock.now() + clock.SECOND)
    if request.query.get("as") == "csv":
        out = io.StringIO()
        csv.writer(out).writerows(report.lines())
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
