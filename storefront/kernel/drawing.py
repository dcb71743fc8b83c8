"""Pictures with words in every script of ours: Latin, Cyrillic, Chinese and shaped, right-to-left Arabic.

The fonts lie beside (fonts/README.md has their licences), so that nothing need be installed. All functions are plain work for
a thread: bytes in, bytes out.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont, ImageOps, features

_FONTS = Path(__file__).parent / "fonts"
_LAYOUT = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
_INK, _QUIET, _PAPER, _LINE, _ACCENT = "#1d2420", "#6b766f", "#ffffff", "#dfe4dd", "#c8452c"
_TILE, _GAP, _LABEL = 340, 16, 64


@dataclass(frozen=True)
class Tile:
    """One result in a strip: its photo (any image file) or None, the number on it, the price under it."""

    photo: bytes | None
    badge: int
    label: str


def strip(tiles: Sequence[Tile]) -> bytes:
    """Up to six results as one JPEG: an album takes no keyboard."""
    columns = min(3, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (_GAP + columns * (_TILE + _GAP), _GAP + rows * (_TILE + _LABEL + _GAP)), "#f3f5ef")
    for place, tile in enumerate(tiles):
        left = _GAP + place % columns * (_TILE + _GAP)
        top = _GAP + place // columns * (_TILE + _LABEL + _GAP)
        _tile(sheet, tile, left, top)
    return jpeg(sheet)


def document(
    *,
    title: str,
    subtitle: str,
    lines: Sequence[tuple[str, str]],
    totals: Sequence[tuple[str, str]],
    right_to_left: bool,
    qr: str | None = None,
) -> bytes:
    """A drawn paper such as a receipt: what on one side, how much on the other; mirrored for right-to-left readers."""
    width, margin, step = 900, 60, 58
    wrapped = [(wrap(what, 560, 30) or [""], amount) for what, amount in lines]
    height = 300 + step * (sum(len(what) for what, _ in wrapped) + len(totals)) + (300 if qr else 0)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    start, end = (width - margin, margin) if right_to_left else (margin, width - margin)
    begin, finish = ("ra", "la") if right_to_left else ("la", "ra")
    text(draw, (start, 60), title, 44, bold=True, anchor=begin)
    text(draw, (start, 124), subtitle, 26, fill=_QUIET, anchor=begin)
    draw.line((margin, 180, width - margin, 180), fill=_LINE, width=3)
    top = 204
    for what, amount in wrapped:
        text(draw, (end, top), amount, 30, anchor=finish)
        for part in what:
            text(draw, (start, top), part, 30, anchor=begin)
            top += step
    draw.line((margin, top, width - margin, top), fill=_LINE, width=3)
    top += 22
    for name, amount in totals:
        text(draw, (start, top), ellipsis(name, 420, 32, bold=True), 32, bold=True, anchor=begin)
        text(draw, (end, top), ellipsis(amount, 400, 32, bold=True), 32, bold=True, anchor=finish)
        top += step
    if qr:
        code = qr_image(qr, 240)
        sheet.paste(code, ((width - code.width) // 2, top + 20))
    return png(sheet)


def code_card(*, code: str, title: str, subtitle: str) -> bytes:
    """A pick-up code to hold up at the counter: big digits and the same as QR."""
    sheet = Image.new("RGB", (900, 620), _PAPER)
    draw = ImageDraw.Draw(sheet)
    square = qr_image(code, 360)
    sheet.paste(square, (230 - square.width // 2, 310 - square.height // 2))
    text(draw, (450, 50), ellipsis(title, 800, 40, bold=True), 40, bold=True, anchor="ma")
    text(draw, (660, 230), code, 120, bold=True, fill=_ACCENT, anchor="ma")
    text(draw, (450, 530), ellipsis(subtitle, 800, 30), 30, fill=_QUIET, anchor="ma")
    return jpeg(sheet)


def qr_image(content: str, side: int) -> Image.Image:
    """A QR code with its quiet zone, at most so many pixels wide: each module is as wide as the others."""
    modules = [
        bytes(0 if dark else 255 for dark in row)
        for row in segno.make(content, error="m", micro=False).matrix_iter(border=4)
    ]
    small = Image.frombytes("L", (len(modules), len(modules)), b"".join(modules))
    return ImageOps.scale(small, max(1, side // len(modules)), Image.Resampling.NEAREST)


def text(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    content: str,
    size: int,
    *,
    bold: bool = False,
    fill: str = _INK,
    anchor: str = "la",
) -> None:
    """Write one line in whatever scripts it is, each in a font that has it. Anchor: left, middle or right (l, m, r), top (a)."""
    runs = _runs(content)
    if _is_right_to_left(content):
        # Read from the right, the space after Latin letters or digits stands at their left.
        runs = [(script, part if script == "arabic" else _space_first(part)) for script, part in reversed(runs)]
    widths = [_font(script, size, bold).getlength(part) for script, part in runs]
    x, y = at
    x -= {"l": 0.0, "m": sum(widths) / 2, "r": sum(widths)}[anchor[0]]
    for (script, part), wide in zip(runs, widths, strict=True):
        draw.text((x, y + size), part, font=_font(script, size, bold), fill=fill, anchor="ls")
        x += wide


def width(content: str, size: int, *, bold: bool = False) -> float:
    """How many pixels wide a line is."""
    return sum(_font(script, size, bold).getlength(part) for script, part in _runs(content))


def ellipsis(content: str, most: float, size: int, *, bold: bool = False) -> str:
    """The line cut to at most so many pixels."""
    if width(content, size, bold=bold) <= most:
        return content
    while content and width(content + "…", size, bold=bold) > most:
        content = content[:-1]
    return content.rstrip() + "…"


def wrap(content: str, most: float, size: int, *, bold: bool = False) -> list[str]:
    """The text in lines of at most so many pixels; Chinese breaks anywhere, other scripts between words."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(content):
        if line and width(line + piece.rstrip(), size, bold=bold) > most:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def jpeg(image: Image.Image) -> bytes:
    """As JPEG, which every channel takes for a photo."""
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=86)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    """As PNG, for what has sharp edges."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _tile(sheet: Image.Image, tile: Tile, left: int, top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle((left, top, left + _TILE, top + _TILE + _LABEL), 24, fill=_PAPER)
    if tile.photo is not None:
        with Image.open(io.BytesIO(tile.photo)) as photo:
            fitted = ImageOps.fit(photo.convert("RGB"), (_TILE, _TILE), Image.Resampling.BILINEAR)
        mask = Image.new("L", (_TILE, _TILE), 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, _TILE, _TILE + 40), 24, fill=255)
        sheet.paste(fitted, (left, top), mask)
    draw.ellipse((left + 14, top + 14, left + 78, top + 78), fill=_ACCENT, outline=_PAPER, width=4)
    text(draw, (left + 46, top + 16), str(tile.badge), 42, bold=True, fill=_PAPER, anchor="ma")
    label = ellipsis(tile.label, _TILE - 24, 32, bold=True)
    text(draw, (left + _TILE / 2, top + _TILE + 8), label, 32, bold=True, anchor="ma")


@cache
def _font(script: str, size: int, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DroidSansFallback-GB2312.ttf" if script == "han" else "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(_FONTS / name, size, layout_engine=_LAYOUT)


def _runs(content: str) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    for character in content:
        script = _script(character) or (runs[-1][0] if runs else "latin")
        if runs and runs[-1][0] == script:
            runs[-1] = (script, runs[-1][1] + character)
        else:
            runs.append((script, character))
    return runs


def _script(character: str) -> str:
    code = ord(character)
    if character == " ":
        return ""
    if 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFFEF:
        return "han"
    if 0x0590 <= code <= 0x08FF or 0xFB50 <= code <= 0xFEFF:
        return "arabic"
    return "latin"


def _space_first(part: str) -> str:
    bare = part.rstrip(" ")
    return part[len(bare) :] + bare


def _is_right_to_left(content: str) -> bool:
    scripts = [script for script, _ in _runs(content)]
    return "arabic" in scripts


def _pieces(content: str) -> list[str]:
    pieces, word = [], ""
    for character in content:
        word += character
        if character == " " or _script(character) == "han":
            pieces.append(word)
            word = ""
    return [*pieces, word] if word else pieces
