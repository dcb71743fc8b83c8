"""Reading a QR code back from a picture, as a phone would: versions 1 to 6, bytes, an undamaged code that stands upright."""

from collections.abc import Iterator

from PIL import Image

# Of each version and level, how many data bytes its blocks have.
_BLOCKS = {
    1: {"L": [19], "M": [16], "Q": [13], "H": [9]},
    2: {"L": [34], "M": [28], "Q": [22], "H": [16]},
    3: {"L": [55], "M": [44], "Q": [17, 17], "H": [13, 13]},
    4: {"L": [80], "M": [32, 32], "Q": [24, 24], "H": [9] * 4},
    5: {"L": [108], "M": [43, 43], "Q": [15, 15, 16, 16], "H": [11, 11, 12, 12]},
    6: {"L": [68, 68], "M": [27] * 4, "Q": [19] * 4, "H": [15] * 4},
}
_LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
_FORMAT_MASK = 0b101010000010010
_MASKS = (
    lambda r, c: (r + c) % 2 == 0,
    lambda r, _c: r % 2 == 0,
    lambda _r, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
)

Modules = list[list[bool]]


def read(picture: Image.Image) -> str:
    """What the code in this picture, the only pure black in it, says."""
    modules = _modules(picture)
    side = len(modules)
    version = (side - 17) // 4
    told = _number(modules[8][c] for c in (0, 1, 2, 3, 4, 5, 7, 8)) >> 3 ^ _FORMAT_MASK >> 10
    level, mask = _LEVELS[told >> 3], _MASKS[told & 7]
    bits = [modules[r][c] ^ mask(r, c) for r, c in _path(side)]
    words = [_number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8)]
    data = "".join(f"{word:08b}" for word in _data(words, _BLOCKS[version][level]))
    assert data[:4] == "0100", "not in bytes"
    count = int(data[4:12], 2)
    return bytes(int(data[at : at + 8], 2) for at in range(12, 12 + 8 * count, 8)).decode()


def _modules(picture: Image.Image) -> Modules:
    dark = picture.convert("L").point(lambda light: 255 if light < 8 else 0)
    box = dark.getbbox()
    assert box is not None, "no code"
    code = dark.crop(box)
    # The upper left corner is a bar of seven modules.
    run = next(x for x in range(code.width) if not code.getpixel((x, 0)))
    step = run // 7
    side = code.width // step
    return [
        [bool(code.getpixel((c * step + step // 2, r * step + step // 2))) for c in range(side)] for r in range(side)
    ]


def _path(side: int) -> Iterator[tuple[int, int]]:
    """The modules that carry data, from the lower right corner up and down in columns of two."""
    column, upwards = side - 1, True
    while column > 0:
        column -= column == 6
        for row in range(side - 1, -1, -1) if upwards else range(side):
            yield from ((row, c) for c in (column, column - 1) if not _fixed(row, c, side))
        column, upwards = column - 2, not upwards


def _fixed(row: int, column: int, side: int) -> bool:
    corner = (row < 9 and (column < 9 or column >= side - 8)) or (row >= side - 8 and column < 9)
    middle = side - 7
    aligned = side > 21 and abs(row - middle) <= 2 and abs(column - middle) <= 2
    return corner or row == 6 or column == 6 or aligned


def _data(words: list[int], lengths: list[int]) -> list[int]:
    blocks: list[list[int]] = [[] for _ in lengths]
    found = iter(words)
    for at in range(max(lengths)):
        for block, length in zip(blocks, lengths, strict=True):
            if at < length:
                block.append(next(found))
    return [word for block in blocks for word in block]


def _number(bits: Iterator[bool] | list[bool]) -> int:
    number = 0
    for bit in bits:
        number = number * 2 + bit
    return number
