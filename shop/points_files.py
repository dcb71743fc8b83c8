"""Points from a partner's file, with a bar in a terminal."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from storefront import partners
from storefront.kernel.settings import Settings
from storefront.partners import BadRow, Grant, Outcome

_BATCH = 500
_TOLD_MAX = 20


@dataclass
class Report:
    """What became of a file: how many rows of each outcome, and the first of those that were not taken."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        """How many rows gave nobody points, though they should have."""
        return self.counts.total() - self.counts[Outcome.GRANTED] - self.counts[Outcome.REPEATED]

    def note(self, line: int, outcome: str, reason: str | None) -> None:
        """Count a row."""
        self.counts[outcome] += 1
        if outcome not in (Outcome.GRANTED, Outcome.REPEATED) and len(self.errors) < _TOLD_MAX:
            self.errors.append(f"line {line}: {reason or outcome.replace('_', ' ')}")


async def take_in(settings: Settings, file: Path, partner: str) -> Report:
    """Give the points of a file, as the API would; the same file twice gives them once."""
    partner_id, report = (await partners.find(partner)).id, Report()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    waiting: list[tuple[int, Grant]] = []
    with Progress(*columns, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(file.name, total=_size(file))
        for read, line, row in partners.read_grants(file, ZoneInfo(settings.timezone)):
            if isinstance(row, BadRow):
                report.note(line, Outcome.REFUSED, row.reason)
            else:
                waiting.append((line, row))
            if len(waiting) == _BATCH:
                await _give(partner_id, waiting, report)
                waiting.clear()
                bar.update(task, completed=read)
        await _give(partner_id, waiting, report)
        bar.update(task, completed=_size(file))
    return report


async def _give(partner_id: int, waiting: list[tuple[int, Grant]], report: Report) -> None:
    results = await partners.grant(partner_id=partner_id, grants=[grant for _, grant in waiting])
    for (line, _), result in zip(waiting, results, strict=True):
        report.note(line, result.outcome, result.reason)


def _size(file: Path) -> int:
    return file.stat().st_size
