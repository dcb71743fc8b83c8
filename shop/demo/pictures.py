"""The demo's goods, drawn: a shape, a colour and a name each, the same every time, so that no photo need be shipped."""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFilter

from storefront.kernel import drawing

SIDE = 600
_BIG = 900
Colour = tuple[int, int, int]
Point = tuple[float, float]


def draw(row: dict[str, Any]) -> bytes:
    """The picture of a catalog row with a hint `picture: {shape, color, label}`, as JPEG of 600 x 600."""
    hint = row["picture"]
    brush = Brush(ImageColor.getrgb(hint["color"])[:3], hint["label"])
    SHAPES[hint["shape"]](brush)
    return drawing.jpeg(brush.finished())


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """A colour between two."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


_WHITE, _BLACK, _WOOD, _LEAF, _STEEL = (255, 255, 255), (20, 20, 24), (176, 126, 74), (86, 140, 66), (176, 184, 190)
_PAPER, _INK = (250, 247, 238), "#2a2622"


class Brush:
    """A canvas of 900 x 900 with a table to stand on; shapes are drawn in its colour."""

    def __init__(self, colour: Colour, label: str) -> None:
        self.colour, self.label = colour, label
        self.dark, self.light = mixed(colour, _BLACK, 0.28), mixed(colour, _WHITE, 0.38)
        wall = mixed(colour, _WHITE, 0.82)
        self.image = Image.new("RGB", (_BIG, _BIG), wall)
        ImageDraw.Draw(self.image).rectangle((0, 660, _BIG, _BIG), fill=mixed(wall, _BLACK, 0.05))
        self.pen = ImageDraw.Draw(self.image)

    def shadow(self, left: float, top: float, right: float, bottom: float) -> None:
        """What lies under a thing that stands."""
        dark = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(dark).ellipse((left, top, right, bottom), fill=90)
        dark = dark.filter(ImageFilter.GaussianBlur(18))
        self.image.paste((30, 26, 20), mask=dark)
        self.pen = ImageDraw.Draw(self.image)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour, radius: float = 24) -> None:
        """A rounded box."""
        self.pen.rounded_rectangle((left, top, right, bottom), radius, fill=fill)

    def oval(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """An ellipse."""
        self.pen.ellipse((left, top, right, bottom), fill=fill)

    def shape(self, points: list[Point], fill: Colour) -> None:
        """A polygon."""
        self.pen.polygon(points, fill=fill)

    def line(self, points: list[Point], fill: Colour, width: int) -> None:
        """A stroke with round ends."""
        self.pen.line(points, fill=fill, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            self.oval(x - width / 2, y - width / 2, x + width / 2, y + width / 2, fill)

    def leaf(self, x: float, y: float, length: float, angle: float, fill: Colour = _LEAF) -> None:
        """A leaf that grows from a point, at an angle in turns of a circle."""
        tip = (x + length * cos(angle * 2 * pi), y + length * sin(angle * 2 * pi))
        side = length * 0.28
        normal = (-sin(angle * 2 * pi) * side, cos(angle * 2 * pi) * side)
        middle = ((x + tip[0]) / 2, (y + tip[1]) / 2)
        left, right = (middle[0] + normal[0], middle[1] + normal[1]), (middle[0] - normal[0], middle[1] - normal[1])
        self.shape([(x, y), left, tip, right], fill)

    def tag(self, left: float, top: float, right: float, bottom: float, paper: Colour = _PAPER) -> None:
        """A paper label with the thing's name, as large as fits."""
        self.box(left, top, right, bottom, paper, 14)
        self.words(left + 14, top, right - 14, bottom)

    def words(self, left: float, top: float, right: float, bottom: float, fill: str = _INK) -> None:
        """The thing's name inside a space."""
        size = 84
        lines = drawing.wrap(self.label, right - left, size, bold=True)
        while size > 30 and (len(lines) * size * 1.25 > bottom - top or len(lines) > 2):
            size -= 4
            lines = drawing.wrap(self.label, right - left, size, bold=True)
        y = (top + bottom) / 2 - len(lines) * size * 0.62
        for line in lines:
            drawing.text(self.pen, ((left + right) / 2, y), line, size, bold=True, fill=fill, anchor="ma")
            y += size * 1.24

    def caption(self) -> None:
        """The name below, for things that bear no label."""
        self.words(60, 770, 840, 890)

    def finished(self) -> Image.Image:
        """The picture at its size."""
        return self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _sack(b: Brush) -> None:
    b.shadow(190, 760, 710, 850)
    b.shape([(230, 230), (670, 230), (720, 800), (180, 800)], b.colour)
    b.oval(170, 740, 730, 850, b.colour)
    b.shape([(250, 120), (650, 120), (600, 235), (300, 235)], b.light)
    b.box(285, 215, 615, 250, b.dark, 16)
    b.line([(240, 300), (205, 760)], b.light, 10)
    b.tag(265, 380, 635, 640)


def _round(b: Brush) -> None:
    b.shadow(200, 690, 700, 770)
    b.oval(190, 200, 710, 740, b.colour)
    b.oval(270, 270, 430, 430, b.light)
    b.oval(400, 205, 500, 245, b.dark)
    b.line([(450, 225), (470, 130)], _WOOD, 16)
    b.leaf(470, 160, 150, -0.06)
    b.caption()


def _pear(b: Brush) -> None:
    b.shadow(240, 690, 660, 760)
    b.oval(230, 360, 670, 740, b.colour)
    b.oval(330, 170, 570, 520, b.colour)
    b.oval(290, 430, 400, 560, b.light)
    b.line([(450, 180), (475, 100)], _WOOD, 16)
    b.leaf(472, 130, 130, 0.02)
    b.caption()


def _grapes(b: Brush) -> None:
    b.line([(450, 220), (450, 110)], _WOOD, 16)
    b.leaf(450, 170, 200, 0.06)
    for row, count in enumerate((5, 4, 4, 3, 2, 1)):
        for place in range(count):
            x, y = 450 + (place - (count - 1) / 2) * 108, 250 + row * 84
            b.oval(x - 60, y - 60, x + 60, y + 60, b.dark if (row + place) % 3 == 0 else b.colour)
            b.oval(x - 34, y - 38, x - 6, y - 10, b.light)
    b.caption()


def _cherries(b: Brush) -> None:
    b.line([(300, 520), (450, 170), (610, 540)], _LEAF, 14)
    b.leaf(450, 175, 190, 0.03)
    for x, y in ((300, 600), (600, 610)):
        b.oval(x - 130, y - 130, x + 130, y + 130, b.colour)
        b.oval(x - 80, y - 80, x - 20, y - 20, b.light)
    b.caption()


def _mango(b: Brush) -> None:
    b.shadow(180, 690, 720, 760)
    b.oval(170, 300, 640, 730, b.colour)
    b.oval(330, 240, 730, 640, b.colour)
    b.oval(560, 300, 690, 460, (220, 80, 60))
    b.oval(270, 380, 400, 500, b.light)
    b.line([(690, 300), (740, 240)], _WOOD, 16)
    b.caption()


def _dragon(b: Brush) -> None:
    b.shadow(230, 690, 670, 760)
    for angle in range(9):
        b.leaf(450, 480, 330, angle / 9 - 0.25, mixed(_LEAF, b.colour, 0.25))
    b.oval(240, 250, 660, 740, b.colour)
    b.oval(330, 340, 570, 650, mixed(b.colour, _WHITE, 0.2))
    for step in range(40):
        x, y = 450 + 100 * sin(step * 2.4) * (step / 40), 495 + 130 * cos(step * 2.4) * (step / 40)
        b.oval(x - 5, y - 5, x + 5, y + 5, _BLACK)
    b.caption()


def _melon(b: Brush) -> None:
    b.shadow(170, 690, 730, 770)
    b.oval(150, 250, 750, 740, b.colour)
    for step in range(-3, 4):
        b.pen.arc(
            (450 - abs(step) * 95 - 10, 250, 450 + abs(step) * 95 + 10, 740),
            90 if step < 0 else 270,
            270 if step < 0 else 90,
            fill=b.light,
            width=8,
        )
    b.caption()


def _leafy(b: Brush) -> None:
    for angle in (-0.36, -0.31, -0.25, -0.19, -0.14):
        b.leaf(450, 640, 430, angle, b.colour if angle in (-0.31, -0.19) else b.dark)
    b.box(380, 600, 520, 740, (240, 238, 220), 40)
    b.caption()


def _stalks(b: Brush) -> None:
    for place in range(5):
        x = 330 + place * 60
        b.line([(x, 700), (x + (place - 2) * 14, 330)], (245, 243, 228), 34)
        b.line([(x + (place - 2) * 14, 340), (x + (place - 2) * 50, 120)], b.colour, 32)
    b.box(300, 520, 600, 580, (200, 60, 50), 12)
    b.caption()


def _corn(b: Brush) -> None:
    b.oval(330, 130, 570, 720, b.colour)
    for row in range(13):
        for place in range(4):
            x, y = 372 + place * 52, 190 + row * 40
            b.box(x - 18, y - 15, x + 18, y + 15, b.light, 8)
    b.leaf(450, 740, 480, -0.36)
    b.leaf(450, 740, 480, -0.14)
    b.caption()


def _mushroom(b: Brush) -> None:
    b.shadow(200, 690, 700, 760)
    b.box(370, 420, 530, 730, (238, 228, 208), 50)
    b.pen.pieslice((170, 180, 730, 740), 180, 360, fill=b.colour)
    b.oval(170, 420, 730, 510, b.dark)
    b.box(370, 450, 530, 560, (238, 228, 208), 10)
    for x, y, r in ((330, 330, 34), (470, 260, 44), (600, 350, 30)):
        b.oval(x - r, y - r * 0.8, x + r, y + r * 0.8, b.light)
    b.caption()


def _bulb(b: Brush) -> None:
    b.shadow(240, 690, 660, 760)
    b.oval(230, 320, 670, 740, b.colour)
    b.shape([(400, 360), (450, 120), (500, 360)], b.colour)
    for left in (300, 375, 450):
        b.pen.arc((left - 60, 300, left + 210, 800), 200, 300, fill=b.dark, width=7)
    b.line([(450, 150), (470, 90)], b.light, 14)
    b.caption()


def _root(b: Brush) -> None:
    b.shadow(150, 680, 750, 750)
    b.oval(150, 380, 700, 700, b.colour)
    b.oval(430, 250, 760, 540, b.colour)
    b.oval(210, 250, 430, 480, b.dark)
    for x, y in ((260, 520), (400, 600), (540, 480), (620, 380), (350, 430)):
        b.line([(x, y), (x + 46, y + 8)], b.light, 7)
    b.caption()


def _carton(b: Brush) -> None:
    b.shadow(110, 680, 790, 770)
    for place in range(4):
        x = 210 + place * 160
        b.oval(x - 70, 310, x + 70, 520, b.colour)
        b.oval(x - 36, 345, x - 2, 395, b.light)
    b.box(110, 440, 790, 730, (150, 140, 128), 30)
    b.tag(200, 520, 700, 680)


def _meat(b: Brush) -> None:
    b.shadow(140, 680, 760, 750)
    b.oval(140, 250, 760, 720, b.dark)
    b.oval(160, 250, 740, 690, b.colour)
    for offset in range(3):
        b.pen.arc((220 + offset * 70, 310, 600 + offset * 70, 640), 200, 330, fill=b.light, width=18)
    b.oval(560, 380, 680, 500, (248, 240, 228))
    b.oval(595, 415, 645, 465, b.dark)
    b.caption()


def _sausage(b: Brush) -> None:
    for place in range(3):
        y = 270 + place * 150
        b.line([(220, y + 20), (450, y + 60), (680, y)], b.dark, 112)
        b.line([(220, y + 10), (450, y + 50), (680, y - 10)], b.colour, 96)
        for x in (300, 420, 560):
            b.line([(x, y), (x + 40, y + 8)], b.light, 12)
    b.line([(190, 280), (190, 620)], _WOOD, 10)
    b.caption()


def _chicken(b: Brush) -> None:
    b.shadow(170, 690, 730, 770)
    b.oval(170, 330, 730, 740, b.colour)
    b.oval(250, 280, 560, 560, b.light)
    b.line([(640, 560), (760, 420)], b.dark, 70)
    b.oval(730, 360, 800, 430, (245, 238, 226))
    b.line([(260, 560), (150, 440)], b.dark, 60)
    b.caption()


def _fish(b: Brush) -> None:
    b.shape([(640, 460), (810, 320), (810, 620)], b.dark)
    b.oval(110, 300, 700, 630, b.colour)
    b.shape([(330, 320), (470, 190), (520, 330)], b.dark)
    b.oval(190, 400, 250, 460, _WHITE)
    b.oval(208, 418, 236, 446, _BLACK)
    for row in range(3):
        for place in range(4):
            b.pen.arc(
                (340 + place * 75, 380 + row * 60, 410 + place * 75, 450 + row * 60), 270, 90, fill=b.light, width=7
            )
    b.caption()


def _tin(b: Brush) -> None:
    b.shadow(230, 750, 670, 830)
    b.box(250, 230, 650, 800, b.colour, 36)
    b.oval(250, 190, 650, 280, b.light)
    b.box(250, 130, 650, 230, b.dark, 30)
    b.oval(250, 95, 650, 165, b.light)
    b.leaf(330, 740, 120, -0.2, b.light)
    b.leaf(330, 740, 120, -0.05, b.light)
    b.tag(290, 330, 610, 610)


def _disc(b: Brush) -> None:
    b.shadow(150, 680, 750, 760)
    b.oval(150, 170, 750, 740, mixed(b.colour, _WHITE, 0.75))
    b.oval(185, 200, 715, 710, b.colour)
    for step in range(60):
        x, y = 450 + 240 * sin(step * 2.4) * (step / 60) ** 0.5, 455 + 230 * cos(step * 2.4) * (step / 60) ** 0.5
        b.line([(x, y), (x + 22, y + 9)], b.light if step % 3 else b.dark, 7)
    b.tag(270, 370, 630, 540)


def _packet(b: Brush) -> None:
    b.shadow(220, 770, 680, 840)
    b.shape([(230, 160), (670, 160), (700, 800), (200, 800)], b.colour)
    for place in range(12):
        x = 236 + place * 36.5
        b.shape([(x, 160), (x + 18, 132), (x + 36, 160)], b.colour)
    b.box(222, 165, 678, 215, b.dark, 6)
    b.line([(260, 260), (236, 740)], b.light, 12)
    b.oval(330, 610, 570, 770, b.light)
    b.oval(370, 640, 530, 750, b.dark)
    b.tag(262, 300, 638, 560)


def _bottle(b: Brush) -> None:
    b.shadow(290, 780, 610, 840)
    b.box(395, 90, 505, 180, b.dark, 14)
    b.box(405, 160, 495, 320, b.light, 20)
    b.shape([(405, 290), (495, 290), (620, 420), (280, 420)], b.colour)
    b.box(280, 390, 620, 810, b.colour, 46)
    b.line([(315, 440), (315, 760)], b.light, 14)
    b.tag(290, 480, 610, 710)


def _jug(b: Brush) -> None:
    b.shadow(230, 760, 670, 830)
    b.oval(220, 300, 680, 800, b.colour)
    b.box(370, 170, 530, 360, b.colour, 20)
    b.box(350, 150, 550, 215, (190, 50, 44), 16)
    b.tag(290, 450, 610, 660)


def _milk(b: Brush) -> None:
    b.shadow(260, 770, 640, 840)
    b.shape([(280, 320), (620, 320), (620, 810), (280, 810)], _WHITE)
    b.shape([(280, 320), (340, 180), (560, 180), (620, 320)], b.light)
    b.box(340, 130, 560, 190, b.colour, 8)
    b.box(280, 640, 620, 810, b.colour, 0)
    b.words(300, 350, 600, 620)


def _cup(b: Brush) -> None:
    b.shadow(270, 750, 630, 820)
    b.shape([(260, 280), (640, 280), (590, 790), (310, 790)], _WHITE)
    b.oval(250, 230, 650, 330, mixed(b.colour, (80, 140, 200), 0.5))
    b.words(300, 380, 600, 640)


def _jar(b: Brush) -> None:
    b.shadow(240, 760, 660, 830)
    b.box(250, 250, 650, 800, b.colour, 70)
    b.box(290, 150, 610, 260, (214, 176, 92), 22)
    for place in range(8):
        b.line([(318 + place * 38, 170), (318 + place * 38, 240)], (180, 142, 62), 6)
    b.line([(292, 330), (292, 720)], b.light, 18)
    b.tag(300, 390, 600, 640)


def _bundle(b: Brush) -> None:
    b.shadow(170, 660, 730, 740)
    for place in range(15):
        y = 300 + place * 24
        b.line([(150 + (place % 3) * 8, y), (750 - (place % 4) * 8, y)], b.colour if place % 2 else b.light, 20)
    b.tag(330, 280, 570, 670)


def _fold(b: Brush) -> None:
    b.shadow(150, 700, 750, 780)
    for place, tone in enumerate((b.dark, b.colour, b.light)):
        top = 560 - place * 150
        b.box(150, top, 750, top + 160, tone, 60)
        b.line([(180, top + 120), (720, top + 120)], mixed(tone, _WHITE, 0.4), 8)
    b.caption()


def _pillow(b: Brush) -> None:
    b.shadow(140, 660, 760, 750)
    b.shape([(150, 270), (450, 310), (750, 270), (720, 480), (750, 700), (450, 660), (150, 700), (180, 480)], b.colour)
    b.line([(200, 330), (450, 360), (700, 330)], b.light, 12)
    b.words(220, 390, 680, 590)


def _box(b: Brush) -> None:
    b.shadow(160, 730, 740, 820)
    b.shape([(170, 300), (280, 200), (740, 200), (640, 300)], b.light)
    b.shape([(640, 300), (740, 200), (740, 680), (640, 790)], b.dark)
    b.box(170, 300, 640, 790, b.colour, 8)
    b.tag(210, 400, 600, 660)


def _soap(b: Brush) -> None:
    b.shadow(160, 640, 740, 730)
    b.box(150, 340, 750, 690, b.dark, 120)
    b.box(150, 300, 750, 640, b.colour, 120)
    b.words(230, 360, 670, 580)


def _umbrella(b: Brush) -> None:
    b.line([(450, 180), (450, 690), (500, 740), (550, 690)], _WOOD, 20)
    b.pen.pieslice((120, 150, 780, 810), 180, 360, fill=b.colour)
    b.pen.pieslice((340, 150, 560, 810), 180, 360, fill=b.light)
    for left in (120, 285, 450, 615):
        b.pen.pieslice((left, 440, left + 165, 520), 180, 360, fill=mixed(b.colour, _WHITE, 0.82))
    b.caption()


def _flask(b: Brush) -> None:
    b.shadow(300, 780, 600, 840)
    b.box(310, 250, 590, 810, b.colour, 50)
    b.box(340, 130, 560, 270, _STEEL, 30)
    b.box(310, 700, 590, 740, b.dark, 0)
    b.line([(345, 310), (345, 670)], b.light, 16)
    b.tag(330, 400, 570, 620)


def _basket(b: Brush) -> None:
    b.shadow(170, 720, 730, 800)
    b.pen.arc((230, 130, 670, 720), 180, 360, fill=b.dark, width=28)
    b.shape([(150, 420), (750, 420), (670, 760), (230, 760)], b.colour)
    for row in range(5):
        for place in range(9):
            if (row + place) % 2:
                b.box(195 + place * 58, 440 + row * 62, 245 + place * 58, 490 + row * 62, b.light, 10)
    b.box(140, 395, 760, 445, b.dark, 24)
    b.caption()


def _lamp(b: Brush) -> None:
    b.oval(260, 690, 640, 770, _STEEL)
    b.line([(450, 720), (400, 480), (540, 300)], _STEEL, 26)
    b.shape([(470, 180), (700, 300), (640, 430), (420, 300)], b.colour)
    b.shape(
        [(440, 320), (640, 440), (560, 660), (330, 600)], mixed((255, 244, 190), mixed(b.colour, _WHITE, 0.82), 0.4)
    )
    b.caption()


def _net(b: Brush) -> None:
    b.shape([(450, 120), (760, 740), (140, 740)], mixed(b.colour, _WHITE, 0.4))
    for step in range(9):
        b.line([(450, 120), (140 + step * 77, 740)], b.dark, 5)
        b.line([(450 - step * 38, 120 + step * 77), (450 + step * 38, 120 + step * 77)], b.dark, 5)
    b.caption()


def _hat(b: Brush) -> None:
    b.oval(110, 500, 790, 720, b.colour)
    b.oval(270, 240, 630, 620, b.light)
    b.pen.arc((270, 420, 630, 640), 0, 180, fill=(190, 50, 44), width=40)
    b.caption()


def _pan(b: Brush) -> None:
    b.shadow(130, 690, 640, 760)
    b.line([(600, 420), (810, 260)], _WOOD, 46)
    b.pen.pieslice((110, 130, 660, 740), 0, 180, fill=b.colour)
    b.oval(110, 380, 660, 500, b.dark)
    b.oval(150, 395, 620, 480, b.light)
    b.caption()


def _pot(b: Brush) -> None:
    b.shadow(180, 720, 720, 790)
    b.box(200, 380, 700, 750, b.colour, 90)
    b.oval(180, 320, 720, 440, b.dark)
    b.pen.pieslice((210, 230, 690, 500), 180, 360, fill=b.light)
    b.oval(415, 190, 485, 260, b.dark)
    b.box(130, 450, 220, 500, b.dark, 24)
    b.box(680, 450, 770, 500, b.dark, 24)
    b.words(270, 500, 630, 680, "#ffffff")


def _steamer(b: Brush) -> None:
    b.shadow(160, 720, 740, 800)
    for top in (560, 400):
        b.box(170, top, 730, top + 170, b.colour, 30)
        b.box(170, top + 20, 730, top + 45, b.dark, 0)
        b.box(170, top + 120, 730, top + 145, b.dark, 0)
    b.pen.pieslice((170, 250, 730, 580), 180, 360, fill=b.light)
    b.box(410, 215, 490, 270, b.dark, 12)
    b.caption()


def _knife(b: Brush) -> None:
    b.shape([(150, 250), (620, 250), (620, 520), (190, 520), (150, 470)], b.colour)
    b.line([(165, 510), (615, 510)], b.light, 16)
    b.box(620, 330, 820, 420, _WOOD, 30)
    b.oval(560, 280, 595, 315, mixed(b.colour, _WHITE, 0.82))
    b.caption()


def _board(b: Brush) -> None:
    b.shadow(150, 680, 750, 760)
    b.oval(150, 240, 750, 740, b.dark)
    b.oval(150, 200, 750, 690, b.colour)
    for step in range(5):
        b.pen.ellipse((210 + step * 45, 245 + step * 38, 690 - step * 45, 645 - step * 38), outline=b.light, width=7)
    b.caption()


def _bowl(b: Brush) -> None:
    b.shadow(210, 720, 690, 790)
    b.pen.pieslice((150, 130, 750, 760), 0, 180, fill=_WHITE)
    b.box(360, 720, 540, 780, _WHITE, 14)
    b.oval(150, 390, 750, 500, b.light)
    b.oval(185, 405, 715, 480, b.colour)
    for x in (260, 380, 500, 620):
        b.leaf(x, 640, 80, -0.25, b.colour)
        b.oval(x - 16, 540, x + 16, 572, b.colour)
    b.caption()


def _teapot(b: Brush) -> None:
    b.shadow(190, 700, 710, 770)
    b.line([(620, 560), (760, 420), (790, 360)], b.colour, 56)
    b.pen.arc((90, 360, 340, 660), 60, 300, fill=b.dark, width=40)
    b.oval(220, 300, 680, 740, b.colour)
    b.oval(330, 265, 570, 345, b.dark)
    b.oval(410, 200, 490, 280, b.colour)
    b.oval(300, 390, 400, 500, b.light)
    b.caption()


def _cooker(b: Brush) -> None:
    b.shadow(170, 720, 730, 800)
    b.box(180, 330, 720, 760, mixed(b.colour, _WHITE, 0.4), 110)
    b.pen.pieslice((180, 220, 720, 560), 180, 360, fill=_STEEL)
    b.box(370, 520, 530, 680, (60, 64, 70), 24)
    b.oval(430, 600, 470, 640, (240, 120, 60))
    b.caption()


def _kettle(b: Brush) -> None:
    b.shadow(210, 730, 690, 800)
    b.shape([(300, 280), (600, 280), (680, 740), (220, 740)], b.colour)
    b.shape([(300, 290), (200, 250), (262, 430)], b.colour)
    b.pen.arc((520, 240, 800, 680), 270, 90, fill=_BLACK, width=40)
    b.box(300, 230, 600, 290, _BLACK, 20)
    b.box(200, 730, 700, 780, _BLACK, 20)
    b.caption()


def _sticks(b: Brush) -> None:
    for place in range(8):
        x = 240 + place * 60
        b.line([(x, 150 + (place % 3) * 14), (x + (place - 4) * 6, 700)], b.colour if place % 2 else b.dark, 26)
        b.line([(x, 150 + (place % 3) * 14), (x + (place - 4), 230)], b.light, 26)
    b.box(200, 420, 700, 500, (190, 50, 44), 16)
    b.caption()


def _spatula(b: Brush) -> None:
    for place, x in enumerate((270, 390, 510, 630)):
        b.line([(x, 440), (x, 710)], _WOOD, 30)
        if place % 2:
            b.oval(x - 58, 180, x + 58, 440, b.colour)
        else:
            b.box(x - 52, 190, x + 52, 440, b.dark, 26)
    b.caption()


def _apron(b: Brush) -> None:
    b.pen.arc((340, 90, 560, 330), 180, 360, fill=b.dark, width=18)
    b.shape([(340, 210), (560, 210), (580, 380), (700, 430), (680, 750), (220, 750), (200, 430), (320, 380)], b.colour)
    b.box(320, 500, 580, 660, b.light, 16)
    b.caption()


def _mug(b: Brush) -> None:
    b.shadow(230, 730, 640, 800)
    b.pen.arc((520, 330, 790, 650), 270, 90, fill=b.dark, width=42)
    b.box(230, 260, 620, 760, b.colour, 40)
    b.oval(230, 215, 620, 315, (196, 60, 50))
    b.oval(255, 230, 595, 300, mixed(b.colour, _BLACK, 0.5))
    b.words(260, 390, 590, 660)


def _bag(b: Brush) -> None:
    b.shadow(200, 740, 700, 810)
    b.pen.arc((310, 110, 590, 560), 180, 360, fill=b.dark, width=26)
    b.shape([(210, 330), (690, 330), (720, 780), (180, 780)], b.colour)
    b.words(250, 430, 650, 690)


def _ring(b: Brush) -> None:
    b.pen.ellipse((200, 200, 700, 700), outline=b.dark, width=64)
    b.pen.ellipse((215, 215, 685, 685), outline=b.colour, width=34)
    b.box(400, 640, 500, 760, b.light, 24)
    b.caption()


def _book(b: Brush) -> None:
    b.shadow(190, 770, 730, 840)
    b.shape([(650, 140), (700, 180), (700, 830), (650, 800)], (240, 234, 220))
    b.box(200, 120, 660, 800, b.colour, 14)
    b.box(200, 120, 250, 800, b.dark, 14)
    b.line([(300, 660), (600, 660)], b.light, 8)
    b.line([(360, 700), (540, 700)], b.light, 8)
    b.tag(280, 220, 630, 560)


def _phone(b: Brush) -> None:
    b.shadow(290, 790, 610, 850)
    b.box(290, 90, 610, 820, (38, 40, 46), 50)
    b.box(310, 150, 590, 760, b.colour, 16)
    b.oval(425, 772, 475, 808, (80, 84, 90))
    b.pen.arc((370, 590, 530, 750), 200, 340, fill=b.light, width=16)
    b.pen.arc((405, 630, 495, 720), 200, 340, fill=b.light, width=16)
    b.words(325, 200, 575, 560, "#ffffff")


def _card(b: Brush) -> None:
    b.shadow(120, 650, 780, 730)
    b.box(120, 250, 780, 680, b.colour, 40)
    b.box(120, 320, 780, 390, b.dark, 0)
    b.box(170, 560, 270, 630, (226, 190, 100), 12)
    b.words(170, 400, 730, 555, "#ffffff")


def _cards(b: Brush) -> None:
    for place, x in enumerate((230, 330, 430)):
        b.box(x, 200 + place * 20, x + 260, 620 + place * 20, _WHITE if place % 2 == 0 else (244, 240, 230), 24)
        b.shape([(x + 130, 300), (x + 190, 400), (x + 130, 500), (x + 70, 400)], b.colour)
    b.caption()


def _racket(b: Brush) -> None:
    b.line([(560, 480), (730, 720)], _WOOD, 34)
    b.pen.ellipse((170, 150, 610, 560), outline=b.dark, width=30)
    for step in range(1, 7):
        b.line([(200 + step * 55, 190), (200 + step * 55, 520)], b.light, 5)
        b.line([(200, 175 + step * 52), (585, 175 + step * 52)], b.light, 5)
    b.shape([(650, 180), (800, 220), (700, 330)], _WHITE)
    b.oval(640, 290, 710, 360, b.colour)
    b.caption()


def _glasses(b: Brush) -> None:
    for left in (150, 500):
        b.pen.ellipse((left, 350, left + 250, 580), outline=b.dark, width=30)
        b.oval(left + 26, 376, left + 224, 554, mixed(b.colour, _WHITE, 0.85))
    b.pen.arc((380, 380, 520, 500), 180, 360, fill=b.dark, width=26)
    b.line([(165, 420), (90, 340)], b.dark, 24)
    b.line([(735, 420), (810, 340)], b.dark, 24)
    b.caption()


def _puzzle(b: Brush) -> None:
    for row in range(3):
        for place in range(3):
            x, y = 200 + place * 170, 180 + row * 170
            tone = (b.colour, b.light, b.dark)[(row + place) % 3]
            b.box(x, y, x + 160, y + 160, tone, 10)
            b.oval(x + 140, y + 55, x + 190, y + 105, tone)
    b.caption()


def _meter(b: Brush) -> None:
    b.shadow(220, 730, 680, 800)
    b.box(210, 200, 690, 760, b.colour, 50)
    b.box(260, 250, 640, 520, (176, 196, 170), 20)
    b.words(280, 270, 620, 500)
    for x in (330, 450, 570):
        b.oval(x - 40, 590, x + 40, 670, b.dark)


def _bar(b: Brush) -> None:
    b.shadow(160, 700, 740, 780)
    b.box(170, 200, 730, 720, (110, 66, 40), 20)
    for row in range(2):
        for place in range(4):
            b.box(190 + place * 134, 220 + row * 90, 310 + place * 134, 296 + row * 90, (134, 84, 52), 12)
    b.box(150, 420, 750, 740, b.colour, 20)
    b.tag(220, 480, 680, 690)


def _slippers(b: Brush) -> None:
    for left in (180, 480):
        b.oval(left, 180, left + 250, 760, b.dark)
        b.oval(left + 20, 200, left + 230, 740, b.light)
        b.pen.pieslice((left, 180, left + 250, 560), 180, 360, fill=b.colour)
        b.box(left, 350, left + 250, 440, b.colour, 40)
    b.caption()


def _tube(b: Brush) -> None:
    b.shadow(300, 770, 600, 830)
    b.shape([(280, 130), (620, 130), (570, 660), (330, 660)], b.colour)
    b.box(270, 100, 630, 150, b.dark, 8)
    b.box(370, 650, 530, 790, _WHITE, 24)
    b.tag(335, 240, 565, 560)


def _comb(b: Brush) -> None:
    b.box(150, 260, 750, 430, b.colour, 70)
    for place in range(16):
        b.line([(180 + place * 36, 400), (180 + place * 36, 640)], b.colour, 18)
    b.line([(200, 310), (700, 310)], b.light, 12)
    b.caption()


def _plant(b: Brush) -> None:
    b.line([(450, 640), (450, 240)], _LEAF, 20)
    for place, angle in enumerate((-0.42, -0.08, -0.38, -0.12, -0.3)):
        b.leaf(450, 520 - place * 66, 220, angle)
    for x, y in ((330, 400), (560, 330), (540, 500)):
        b.oval(x - 54, y - 54, x + 54, y + 54, b.colour)
    b.shape([(310, 600), (590, 600), (550, 760), (350, 760)], (168, 100, 66))
    b.caption()


def _gloves(b: Brush) -> None:
    for left, turn in ((180, 1), (490, -1)):
        b.box(left, 380, left + 230, 720, b.colour, 70)
        for finger in range(4):
            b.line(
                [(left + 36 + finger * 53, 430), (left + 36 + finger * 53, 230 + abs(finger - 1) * 24)], b.colour, 46
            )
        thumb = left + 230 if turn > 0 else left
        b.line([(thumb - 20 * turn, 600), (thumb + 54 * turn, 480)], b.colour, 52)
        b.box(left, 650, left + 230, 720, b.dark, 20)
    b.caption()


def _shears(b: Brush) -> None:
    b.line([(450, 460), (330, 720)], b.colour, 52)
    b.line([(450, 460), (570, 720)], b.colour, 52)
    b.shape([(430, 480), (300, 140), (480, 440)], _STEEL)
    b.shape([(470, 480), (600, 150), (430, 440)], mixed(_STEEL, _WHITE, 0.4))
    b.oval(415, 425, 485, 495, (80, 84, 90))
    b.caption()


def _can(b: Brush) -> None:
    b.shadow(230, 720, 690, 790)
    b.line([(330, 640), (150, 360)], b.dark, 46)
    b.oval(90, 300, 220, 390, b.dark)
    b.pen.arc((330, 170, 760, 640), 230, 30, fill=b.dark, width=34)
    b.box(300, 380, 680, 750, b.colour, 40)
    b.words(330, 450, 650, 680)


def _pots(b: Brush) -> None:
    for left, top in ((150, 420), (500, 420), (325, 260)):
        b.shape(
            [(left + 20, top + 40), (left + 230, top + 40), (left + 190, top + 290), (left + 60, top + 290)], b.colour
        )
        b.box(left, top, left + 250, top + 66, b.dark, 14)
    b.leaf(450, 270, 170, -0.3)
    b.leaf(450, 270, 170, -0.2)
    b.caption()


def _hoe(b: Brush) -> None:
    b.line([(220, 730), (640, 180)], _WOOD, 34)
    b.shape([(600, 130), (790, 260), (740, 420), (640, 240)], b.colour)
    b.caption()


def _fallback(b: Brush) -> None:
    b.shadow(200, 720, 700, 800)
    b.box(210, 240, 690, 770, b.colour, 30)
    b.box(420, 240, 480, 770, (190, 50, 44), 0)
    b.box(210, 430, 690, 490, (190, 50, 44), 0)
    b.tag(260, 520, 640, 720)


SHAPES: dict[str, Callable[[Brush], None]] = {
    "sack": _sack, "round": _round, "pear": _pear, "grapes": _grapes, "cherries": _cherries, "mango": _mango, "dragon": _dragon,
    "melon": _melon, "leaf": _leafy, "stalks": _stalks, "corn": _corn, "mushroom": _mushroom, "bulb": _bulb, "root": _root,
    "carton": _carton, "meat": _meat, "sausage": _sausage, "chicken": _chicken, "fish": _fish, "tin": _tin, "disc": _disc,
    "packet": _packet, "bottle": _bottle, "jug": _jug, "milk": _milk, "cup": _cup, "jar": _jar, "bundle": _bundle, "fold": _fold,
    "pillow": _pillow, "box": _box, "soap": _soap, "umbrella": _umbrella, "flask": _flask, "basket": _basket, "lamp": _lamp,
    "net": _net, "hat": _hat, "pan": _pan, "pot": _pot, "steamer": _steamer, "knife": _knife, "board": _board, "bowl": _bowl,
    "teapot": _teapot, "cooker": _cooker, "kettle": _kettle, "sticks": _sticks, "spatula": _spatula, "apron": _apron, "mug": _mug,
    "bag2": _bag, "bag": _bag, "ring": _ring, "book": _book, "phone": _phone, "card": _card, "cards": _cards, "racket": _racket,
    "glasses": _glasses, "puzzle": _puzzle, "meter": _meter, "bar": _bar, "slippers": _slippers, "tube": _tube, "comb": _comb,
    "plant": _plant, "gloves": _gloves, "shears": _shears, "can": _can, "plantpot": _pots, "hoe": _hoe, "gift": _fallback,
}  # fmt: skip
