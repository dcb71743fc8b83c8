"""Words in pictures, in every script."""

from itertools import pairwise

from PIL import Image, ImageDraw

from storefront.kernel import drawing


def _widest_gap(content: str) -> int:
    """The most columns without ink between two letters of the drawn line."""
    sheet = Image.new("L", (600, 80), 255)
    drawing.text(ImageDraw.Draw(sheet), (20, 10), content, 40, fill="#000")
    inked = [x for x in range(600) if sheet.crop((x, 0, x + 1, 80)).getextrema()[0] < 128]
    return max(after - before for before, after in pairwise(inked))


def test_a_number_keeps_its_distance_from_the_arabic_word_after_it() -> None:
    apart = _widest_gap("900 نقطة")

    assert apart > _widest_gap("900نقطة") + 8
