"""A chart stands as its reader reads: the first bars where she begins."""

import io

import pytest
from PIL import Image

from storefront.kernel.charts import Bars, bars

EARNED = (47, 125, 79)


@pytest.mark.parametrize("right_to_left", [False, True])
def test_the_first_month_stands_where_the_reader_begins(right_to_left: bool) -> None:
    groups = [Bars("Oct", (100, 0), ("100", "0")), Bars("Nov", (0, 0), ("0", "0"))]

    drawn = bars(title="Points", legend=("earned", "used"), groups=groups, right_to_left=right_to_left)

    with Image.open(io.BytesIO(drawn)) as picture:
        # Below the legend there is one bar.
        colours = [(x, picture.getpixel((x, 400))) for x in range(picture.width)]
    where = [x for x, colour in colours if colour == EARNED]
    assert len(where) > 30
    assert all((x > 450) == right_to_left for x in where)


def test_months_without_points_draw_no_bar() -> None:
    drawn = bars(title="", legend=("a", "b"), groups=[Bars("Oct", (0, 0), ("0", "0"))], right_to_left=False)

    with Image.open(io.BytesIO(drawn)) as picture:
        assert EARNED not in {picture.getpixel((x, 400)) for x in range(picture.width)}
