"""What is to be sent as a file, what was sent as a file: each row once, bad rows told, no formula in a spreadsheet."""

from pathlib import Path

from storefront import fulfilment, orders, people
from storefront.fulfilment import BadRow, SentRow
from tests.fulfilment.parcels import sent_home, ship, state
from tests.support.market import Market, books, bought, drafted, letters, placed, stocked

HEADER = "order,sku,pieces,carrier,tracking\n"


def read(folder: Path, text: str) -> list[SentRow | BadRow]:
    file = folder / "sent.csv"
    file.write_bytes(text.encode())
    return [row for _, row in fulfilment.read_sent(file)]


async def take(rows: list[SentRow | BadRow]) -> fulfilment.Outcome:
    return await fulfilment.take_sent(rows=[row for row in rows if isinstance(row, SentRow)], actor="operator")


def test_a_row_is_read_whatever_the_order_of_the_columns_and_what_is_no_row_is_told(tmp_path: Path) -> None:
    text = (
        "\ufeffTracking,carrier,name,pieces,sku,order\r\n"
        " SF1 ,SF Express,Ann, 2 ,rice,a-10001\r\n\r\n"
        "'+7,'=SF,Ann,1,'-rice,A-10001\r\n"
        "SF1,SF,Ann,two,rice,A-10001\r\n"
        "SF1,SF,Ann,0,rice,A-10001\r\n"
        "SF1,,Ann,1,rice,A-10001\r\n"
        f"SF1,SF,Ann,1,{'x' * 201},A-10001\r\n"
    )

    rows = read(tmp_path, text)

    assert rows[:2] == [
        SentRow(2, "A-10001", "rice", 2, "SF Express", "SF1"),
        SentRow(4, "A-10001", "-rice", 1, "=SF", "+7"),
    ]
    assert [str(row.reason) for row in rows[2:] if isinstance(row, BadRow)] == [
        "pieces: 'two' is not a number of pieces",
        "pieces: '0' is not a number of pieces",
        "carrier: nothing stands there",
        "a cell is too long",
    ]
    assert read(tmp_path, "order,sku\n") == [BadRow(1, "the columns pieces, carrier, tracking are missing")]
    broken = tmp_path / "sent.csv.gz"
    broken.write_bytes(b"no gzip")
    assert "cannot be read on" in str([row for _, row in fulfilment.read_sent(broken)])


async def test_what_is_to_be_sent_is_what_is_here_of_orders_that_wait_and_no_cell_is_a_formula(market: Market) -> None:
    order = await sent_home(market, rice=3, tea=1)
    await ship(order, line0=1)
    await people.rename(person_id=market.bob, name="=HYPERLINK(1)")
    fetched = await bought(await drafted(market.bob, await stocked("+oil")), "oil")
    await ship(await sent_home(market, tea=1), line0=1)

    rows = [row async for row in fulfilment.rows_to_ship()]

    assert [(row["order"], row["sku"], row["pieces"], row["branch"]) for row in rows] == [
        (order.number, "rice", "2", ""),
        (order.number, "tea", "1", ""),
        (fetched.number, "'+oil", "1", "South"),
    ]
    assert (rows[0]["name"], rows[0]["phone"], rows[0]["address"]) == ("Ann", "'+8613800138000", "1 Market Street")
    assert rows[2]["name"] == "'=HYPERLINK(1)"


async def test_rows_of_one_parcel_leave_together_once_and_a_bad_one_holds_up_no_other(
    market: Market, tmp_path: Path
) -> None:
    order, other = await sent_home(market, rice=3, tea=1), await sent_home(market, oil=1)
    text = (
        HEADER
        + f"{order.number},rice,2,SF,SF1\n{order.number},vase,1,SF,SF1\n{order.number},tea,1,SF,SF1\n"
        + f"{order.number},tea,1,SF,SF2\nA-99999,rice,1,SF,SF3\n{other.number},oil,1,SF,SF4\n"
    )

    first = await take(read(tmp_path, text))
    again = await take(read(tmp_path, text))
    more = await take(read(tmp_path, HEADER + f"{order.number},rice,2,SF,SF1\n{order.number},rice,1,SF,SF1\n"))

    assert (first.shipped, first.same, [(row.line, row.reason) for row in first.bad]) == (
        3,
        0,
        [
            (3, f"order {order.number} has no vase"),
            (5, f"of tea in order {order.number} 0 are left to be sent"),
            (6, "there is no order A-99999"),
        ],
    )
    assert (again.shipped, again.same, len(again.bad)) == (0, 3, 3)
    assert (more.shipped, more.same, more.bad) == (1, 1, [])
    assert [dict(parcel.pieces) for parcel in await fulfilment.parcels(order.id)] == [
        {order.lines[0].id: 2, order.lines[1].id: 1},
        {order.lines[0].id: 1},
    ]
    assert [await state(one) for one in (order, other)] == ["shipped", "shipped"]
    assert (await letters(market.ann)).count("part_shipped") == 1
    assert await books() == []


async def test_what_may_not_leave_is_told_with_its_reason(market: Market, tmp_path: Path) -> None:
    unpaid = await placed(await drafted(market.ann, await stocked("rice")))

    outcome = await take(read(tmp_path, HEADER + f"{unpaid.number},rice,1,SF,SF1\n"))

    assert [row.reason for row in outcome.bad] == [
        f"Order {unpaid.number} is not waiting to be sent. Look at how it stands."
    ]
    assert (await orders.find(unpaid.id)).lines[0].shipped == 0
