"""How the desk did: how long customers waited, what went back and why, what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from storefront.kernel import db
from storefront.kernel.texts import local


@dataclass(frozen=True)
class Row:
    """A line of a report: what was given back for a reason, a merchant or a thing; worth in minor units, points too."""

    name: str
    count: int
    worth_minor: int


@dataclass(frozen=True)
class Stretch:
    """A part of a report's days, from `since` (epoch ms) on: how long customers waited for the first answer, in seconds."""

    since: int
    answered: int
    median_s: int
    p95_s: int


@dataclass(frozen=True)
class Report:
    """A span of days, and its stretches of equal length. Times in seconds, of the clock; shares from 0 to 1."""

    cases: int
    answer_median_s: int
    answer_p95_s: int
    end_median_s: int
    end_p95_s: int
    late: int
    automatic: float
    reopened: float
    stars: float | None
    goodwill_points: int
    stretches: Sequence[Stretch]
    by_reason: Sequence[Row]
    by_merchant: Sequence[Row]
    by_item: Sequence[Row]

    def lines(self) -> list[tuple[str, str, str, str]]:
        """As rows of a CSV: what, of what, how many, how much."""
        single = {
            "cases": self.cases,
            "first answer, median s": self.answer_median_s,
            "first answer, p95 s": self.answer_p95_s,
            "until settled, median s": self.end_median_s,
            "until settled, p95 s": self.end_p95_s,
            "late": self.late,
            "decided by rule, share": f"{self.automatic:.3f}",
            "opened again, share": f"{self.reopened:.3f}",
            "stars, mean": "" if self.stars is None else f"{self.stars:.2f}",
            "goodwill, points": self.goodwill_points,
        }
        told = [("figure", "", name, str(value)) for name, value in single.items()]
        for part in self.stretches:
            since = f"{local(part.since):%Y-%m-%d}"
            told += [("first answer, median s", since, str(part.answered), str(part.median_s))]
            told += [("first answer, p95 s", since, str(part.answered), str(part.p95_s))]
        for what, rows in (("reason", self.by_reason), ("merchant", self.by_merchant), ("item", self.by_item)):
            told += [(what, row.name, str(row.count), str(row.worth_minor)) for row in rows]
        return told


async def report(*, since: int, until: int, parts: int = 1) -> Report:
    """What came of the cases that were opened in a span (epoch ms), the waiting also in so many parts of it."""
    span = (since, until)
    cases = await db.browse(
        "SELECT c.id, c.opened_at, c.answered_at, c.ended_at, c.stars, (SELECT COUNT(*) FROM support_case_event e"
        " WHERE e.case_id = c.id AND e.to_state = 'open' AND e.from_state IN ('decided', 'refused', 'closed')) AS again"
        " FROM support_case c WHERE c.opened_at >= ? AND c.opened_at < ? AND c.state <> 'draft'",
        *span,
    )
    answered = [
        (row["opened_at"], row["answered_at"] - row["opened_at"]) for row in cases if row["answered_at"] is not None
    ]
    answers = [length for _, length in answered]
    ends = [row["ended_at"] - row["opened_at"] for row in cases if row["ended_at"] is not None]
    stars = [row["stars"] for row in cases if row["stars"] is not None]
    decided = await db.browse(
        "SELECT COUNT(*) AS n, SUM(CASE WHEN d.actor LIKE 'rule:%' OR d.actor LIKE 'person:%' THEN 1 ELSE 0 END) AS alone"
        " FROM support_decision d WHERE d.at >= ? AND d.at < ? AND d.state <> 'declined'",
        *span,
    )
    late = await db.browse(
        "SELECT (SELECT COUNT(*) FROM support_deadline WHERE breached_at >= ? AND breached_at < ?) AS late,"
        " (SELECT COALESCE(SUM(points), 0) FROM support_apology WHERE at >= ? AND at < ?) AS points",
        *(*span, *span),
    )
    return Report(
        cases=len(cases),
        answer_median_s=_middle(answers),
        answer_p95_s=_p95(answers),
        end_median_s=_middle(ends),
        end_p95_s=_p95(ends),
        late=int(late[0]["late"]),
        automatic=_share(int(decided[0]["alone"] or 0), int(decided[0]["n"])),
        reopened=_share(sum(bool(row["again"]) for row in cases), len(cases)),
        stars=sum(stars) / len(stars) if stars else None,
        goodwill_points=int(late[0]["points"]),
        stretches=_stretches(answered, since, until, parts),
        by_reason=await _by("c.reason", "", span),
        by_merchant=await _by("COALESCE(m.name, '')", _LINES, span),
        by_item=await _by("v.sku", _LINES, span),
    )


_LINES = (
    " JOIN support_decision_line dl ON dl.decision_id = d.id JOIN order_line l ON l.id = dl.order_line_id"
    " JOIN variant v ON v.id = l.variant_id LEFT JOIN merchant m ON m.id = l.merchant_id"
)


async def _by(name: str, joins: str, span: tuple[int, int]) -> Sequence[Row]:
    # Of a line: its part of what its pieces were paid with, points at what they stood for.
    worth = "d.worth_minor" if not joins else "(l.money_minor + l.points_minor) * dl.quantity / l.quantity"
    found = await db.browse(
        f"SELECT {name} AS name, COUNT(DISTINCT d.id) AS n, SUM({worth}) AS worth FROM support_decision d"  # noqa: S608
        f" JOIN support_case c ON c.id = d.case_id{joins} WHERE d.at >= ? AND d.at < ? AND d.kind IN ('refund', 'sum')"
        f" AND d.state = 'done' GROUP BY {name} ORDER BY 3 DESC, 1 LIMIT 20",
        *span,
    )
    return [Row(str(row["name"]), int(row["n"]), int(row["worth"] or 0)) for row in found]


def _stretches(answered: Sequence[tuple[int, int]], since: int, until: int, parts: int) -> Sequence[Stretch]:
    edges = [since + (until - since) * part // parts for part in range(parts + 1)]
    spans = [[length for at, length in answered if begins <= at < ends] for begins, ends in pairwise(edges)]
    return [
        Stretch(begins, len(lengths), _middle(lengths), _p95(lengths))
        for begins, lengths in zip(edges, spans, strict=False)
    ]


def _middle(lengths: Sequence[int]) -> int:
    return int(median(lengths)) // 1000 if lengths else 0


def _p95(lengths: Sequence[int]) -> int:
    return sorted(lengths)[max(0, -(-len(lengths) * 95 // 100) - 1)] // 1000 if lengths else 0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
