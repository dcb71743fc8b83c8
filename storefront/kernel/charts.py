"""Small charts, drawn in the manner of `drawing`; the first bar stands where the reader begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from storefront.kernel import drawing

_WIDTH, _HEIGHT, _MARGIN = 900, 520, 56
_TOP, _BASE = 150, 430
_BAR = 40
_INK, _QUIET, _PAPER, _LINE = "#1d2420", "#6b766f", "#ffffff", "#dfe4dd"
_COLOURS = ("#2f7d4f", "#c8452c")


@dataclass(frozen=True)
class Bars:
    """Two bars side by side under one name, each with what is written above it."""

    name: str
    values: tuple[int, int]
    labels: tuple[str, str]


def bars(*, title: str, legend: tuple[str, str], groups: Sequence[Bars], right_to_left: bool) -> bytes:
    """Pairs of bars on one scale, as PNG."""
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(sheet)
    start = _WIDTH - _MARGIN if right_to_left else _MARGIN
    anchor = "ra" if right_to_left else "la"
    drawing.text(draw, (start, 28), drawing.ellipsis(title, 780, 36, bold=True), 36, bold=True, anchor=anchor)
    _legend(draw, legend, right_to_left)
    draw.line((_MARGIN, _BASE, _WIDTH - _MARGIN, _BASE), fill=_LINE, width=3)
    most = max(1, *(value for group in groups for value in group.values))
    step = (_WIDTH - 2 * _MARGIN) / len(groups)
    for place, group in enumerate(groups):
        middle = _MARGIN + step * (place + 0.5)
        _group(draw, group, _WIDTH - middle if right_to_left else middle, most, right_to_left)
    return drawing.png(sheet)


def _legend(draw: ImageDraw.ImageDraw, legend: tuple[str, str], right_to_left: bool) -> None:
    x = float(_MARGIN)
    for name, colour in zip(legend, _COLOURS, strict=True):
        left = _WIDTH - x - 24 if right_to_left else x
        draw.rounded_rectangle((left, 92, left + 24, 116), 6, fill=colour)
        at = _WIDTH - x - 36 if right_to_left else x + 36
        drawing.text(draw, (at, 86), name, 26, fill=_QUIET, anchor="ra" if right_to_left else "la")
        x += 36 + drawing.width(name, 26) + 48


def _group(draw: ImageDraw.ImageDraw, group: Bars, middle: float, most: int, right_to_left: bool) -> None:
    for place, (value, label, colour) in enumerate(zip(group.values, group.labels, _COLOURS, strict=True)):
        side = 1 if (place == 1) != right_to_left else -1
        left = middle + (4 if side > 0 else -4 - _BAR)
        height = round((_BASE - _TOP - 30) * value / most)
        if value:
            draw.rounded_rectangle((left, _BASE - max(height, 6), left + _BAR, _BASE), 6, fill=colour)
            shift = 14 * side
            drawing.text(
                draw, (left + _BAR / 2 + shift, _BASE - max(height, 6) - 28), label, 19, fill=_INK, anchor="ma"
            )
    drawing.text(draw, (middle, _BASE + 18), group.name, 28, fill=_QUIET, anchor="ma")
