"""Files of grants: what a row says, which rows say nothing, and the import command."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shop import points_files
from storefront import partners, points
from storefront.kernel import clock
from storefront.kernel.settings import Settings
from storefront.partners import BadRow, Grant
from tests.partners.bank import linked
from tests.support.market import Market, books

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "key,customer,points,cause,expires_at\n"


def read(folder: Path, text: str) -> list[Grant | BadRow]:
    file = folder / "points.csv"
    file.write_bytes(text.encode())
    return [row for _, _, row in partners.read_grants(file, SHANGHAI)]


def epoch_ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * clock.SECOND)  # type: ignore[arg-type, misc]


def test_a_row_is_a_grant_whatever_the_order_of_the_columns(tmp_path: Path) -> None:
    text = '\ufeffPoints, Customer ,cause,key\r\n 100 ,C-1,"Card, March",m1\r\n\r\n'

    assert read(tmp_path, text) == [Grant("m1", "C-1", 100, "Card, March")]


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ("", None),
        ("2026-12-31", epoch_ms(2026, 12, 31, 16) - 1),
        ("2026-12-31T10:00:00+08:00", epoch_ms(2026, 12, 31, 2)),
        ("2026-12-31T10:00:00Z", epoch_ms(2026, 12, 31, 10)),
    ],
)
def test_points_end_with_a_day_in_the_shops_time_zone_or_at_a_moment(
    tmp_path: Path, told: str, end: int | None
) -> None:
    assert read(tmp_path, f"{HEADER}m1,C-1,100,Card,{told}\n") == [Grant("m1", "C-1", 100, "Card", end)]


def test_a_bad_row_is_told_with_its_line_and_stops_nobody(tmp_path: Path) -> None:
    rows = [
        "a,C-1,ten,Card,",
        "b,C-1,1.5,Card,",
        "c,C-1,10,Card,2026-13-01",
        "d,C-1,10,Card,2026-12-31T10:00:00",
        "e,C-1",
        "f,C-1,10,Card,9999-12-31",
        'g,C-1,10,"two\nlines",',
        f"h,C-1,10,{'x' * 2000},",
        "i,C-1,10,Card,",
    ]

    found = read(tmp_path, HEADER + "\n".join(rows))

    bad = [(row.line, row.reason.partition(":")[0]) for row in found if isinstance(row, BadRow)]
    assert bad == [
        (2, "points"),
        (3, "points"),
        (4, "expires_at"),
        (5, "expires_at"),
        (6, "a column is missing, or too long"),
        (7, "expires_at"),
        (10, "a column is missing, or too long"),
    ]
    assert [row.key for row in found if isinstance(row, Grant)] == ["g", "i"]


@pytest.mark.parametrize("text", ["", "key,points\n", "\x00\x00\n1,2,3\n"])
def test_a_file_without_its_columns_says_which_are_missing(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)

    assert len(found) == 1
    assert isinstance(found[0], BadRow)
    assert "customer" in found[0].reason


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    rows = "".join(f"k{number},C-{number * 7919 % 1000},{number + 1},Card {number},\n" for number in range(20_000))
    file = tmp_path / "points.csv.gz"
    file.write_bytes(gzip.compress((HEADER + rows).encode())[:-2000])

    found = [row for _, _, row in partners.read_grants(file, SHANGHAI)]

    assert isinstance(found[-1], BadRow)
    assert "cannot be read on" in found[-1].reason
    assert len(found) > 10_000
    assert all(isinstance(row, Grant) for row in found[:-1])


async def test_a_file_is_taken_in_twice_and_given_once(market: Market, bank: int, tmp_path: Path) -> None:
    await linked(bank, market.ann, "C-1")
    rows = [f"k{number},C-{1 + number // 600},1,Card,\n" for number in range(601)]
    file = tmp_path / "points.csv.gz"
    file.write_bytes(gzip.compress((HEADER + "bad,C-1,x,Card,\n" + "".join(rows)).encode()))
    settings = Settings(_env_file=None)

    first = await points_files.take_in(settings, file, "Bank")
    second = await points_files.take_in(settings, file, "Bank")

    assert first.counts == {"granted": 600, "unknown_customer": 1, "refused": 1}
    assert second.counts == {"repeated": 600, "unknown_customer": 1, "refused": 1}
    assert first.errors == ["line 2: points: 'x' is not a whole number", "line 603: unknown customer"]
    assert first.left_out == 2
    assert (await points.balance(market.ann)).available == 600
    assert await books() == []
