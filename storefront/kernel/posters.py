"""Pictures of groups: what is bought together, for how much, and how many have joined. Plain work for a thread."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from storefront.kernel import drawing

_WIDTH, _HEIGHT, _PHOTO, _MARGIN = 1200, 630, 630, 48
_PAPER, _INK, _QUIET, _ACCENT, _GO, _EMPTY = "#ffffff", "#1d2420", "#6b766f", "#c8452c", "#1b7048", "#dfe4dd"
_DOTS_MAX = 10
_POSTER, _CODE = (1080, 1440), 440


@dataclass(frozen=True)
class Joined:
    """The words of a group's picture, and how many of how many have joined."""

    name: str
    price: str
    alone: str
    count: str
    paid: int
    size: int


def joined(told: Joined, *, photo: bytes | None, right_to_left: bool) -> bytes:
    """A JPEG of 1200 by 630, as previews of links want it; mirrored for right-to-left readers."""
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(sheet)
    square = _square(photo) if photo is not None else None
    start, end = _MARGIN, _WIDTH - _MARGIN
    if square is not None:
        sheet.paste(square, (_WIDTH - _PHOTO if right_to_left else 0, 0))
        start, end = (start, end - _PHOTO) if right_to_left else (start + _PHOTO, end)
    edge, anchor = (end, "ra") if right_to_left else (start, "la")
    top = 56
    for line in drawing.wrap(told.name, end - start, 46, bold=True)[:3]:
        drawing.text(draw, (edge, top), line, 46, bold=True, anchor=anchor)
        top += 62
    drawing.text(draw, (edge, 286), told.price, 76, bold=True, fill=_ACCENT, anchor=anchor)
    drawing.text(draw, (edge, 386), drawing.ellipsis(told.alone, end - start, 30), 30, fill=_QUIET, anchor=anchor)
    _dots(draw, told, start, end, right_to_left=right_to_left)
    drawing.text(
        draw,
        (edge, 536),
        drawing.ellipsis(told.count, end - start, 34, bold=True),
        34,
        bold=True,
        fill=_GO,
        anchor=anchor,
    )
    return drawing.jpeg(sheet)


@dataclass(frozen=True)
class Poster:
    """The words of a poster beside those of its group: until when, what to do with the code, and where the code leads."""

    joined: Joined
    until: str
    scan: str
    link: str


def poster(told: Poster, *, photo: bytes | None, right_to_left: bool) -> bytes:
    """A PNG of 1080 by 1440 for where links do not travel: photo, price, how many have joined, until when, and a QR code."""
    sheet = Image.new("RGB", _POSTER, _PAPER)
    draw = ImageDraw.Draw(sheet)
    start, end = _MARGIN, _POSTER[0] - _MARGIN
    edge, anchor = (end, "ra") if right_to_left else (start, "la")
    square = _square(photo) if photo is not None else None
    if square is not None:
        sheet.paste(ImageOps.fit(square, (_POSTER[0], 600)), (0, 0))
    top = 636
    for line in drawing.wrap(told.joined.name, end - start, 50, bold=True)[:2]:
        drawing.text(draw, (edge, top), line, 50, bold=True, anchor=anchor)
        top += 68
    drawing.text(draw, (edge, 790), told.joined.price, 96, bold=True, fill=_ACCENT, anchor=anchor)
    drawing.text(
        draw, (edge, 908), drawing.ellipsis(told.joined.alone, end - start, 34), 34, fill=_QUIET, anchor=anchor
    )
    code = drawing.qr_image(told.link, _CODE)
    left = _MARGIN // 2 if right_to_left else _POSTER[0] - _MARGIN // 2 - code.width
    sheet.paste(code, (left, _POSTER[1] - _MARGIN // 2 - code.height))
    start, end = (left + code.width + 24, end) if right_to_left else (start, left - 24)
    _dots(draw, told.joined, start, end, right_to_left=right_to_left, top=1000)
    lines = [(told.joined.count, 38, _GO), (told.until, 32, _INK), (told.scan, 32, _QUIET)]
    top = 1076
    for words, size, fill in lines:
        for line in drawing.wrap(words, end - start, size, bold=fill == _GO)[:3]:
            drawing.text(draw, (edge, top), line, size, bold=fill == _GO, fill=fill, anchor=anchor)
            top += size + 18
        top += 14
    return drawing.png(sheet)


def _square(photo: bytes) -> Image.Image | None:
    """The photo in its place; None for a file that is no picture, as an operator's may be."""
    try:
        with Image.open(io.BytesIO(photo)) as opened:
            return ImageOps.fit(opened.convert("RGB"), (_PHOTO, _PHOTO), Image.Resampling.BILINEAR)
    except OSError:
        return None


def _dots(
    draw: ImageDraw.ImageDraw, told: Joined, start: int, end: int, *, right_to_left: bool, top: int = 462
) -> None:
    """A person a dot when there are few, else a bar."""
    if told.size > _DOTS_MAX:
        draw.rounded_rectangle((start, top + 4, end, top + 36), 16, fill=_EMPTY)
        filled = max(32, (end - start) * told.paid // told.size)
        here = (end - filled, top + 4, end, top + 36) if right_to_left else (start, top + 4, start + filled, top + 36)
        draw.rounded_rectangle(here, 16, fill=_GO)
        return
    for number in range(told.size):
        left = end - 44 - number * 48 if right_to_left else start + number * 48
        draw.ellipse((left, top, left + 40, top + 40), fill=_GO if number < told.paid else _EMPTY)
