"""What a card is drawn on. A pattern leaves room for letters: it stays at the right in a wide
picture, and above in the others.

Shapes are masks drawn at twice the size and halved, because Pillow's own edges are jagged.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

from PIL import Image, ImageChops, ImageDraw

from gilmok.providers.inprocess.cards.palettes import Colour, Palette

_SCALE = 2
Drawing = Callable[[ImageDraw.ImageDraw], None]
"""Draws white where a colour is to be, in coordinates `_SCALE` times the picture's."""


class Canvas:
    """A picture under way."""

    def __init__(self, size: tuple[int, int], palette: Palette) -> None:
        self.width, self.height = size
        self.side = min(size)
        self.is_wide = self.width > 1.2 * self.height
        self.palette = palette
        slope = Image.linear_gradient("L")
        diagonal = ImageChops.add(slope, slope.rotate(90), scale=2).resize(size)
        self.picture = Image.composite(
            Image.new("RGB", size, palette.far), Image.new("RGB", size, palette.ground), diagonal
        )

    def lay(self, colour: Colour, strength: float, draw: Drawing) -> None:
        """One colour, as thinly as `strength` (0..1) says."""
        mask = Image.new("L", (self.width * _SCALE, self.height * _SCALE))
        draw(ImageDraw.Draw(mask))
        mask = mask.reduce(_SCALE).point([round(level * strength) for level in range(256)])
        self.picture.paste(colour, (0, 0), mask)


Pattern = Callable[[Canvas, int], None]
"""Draws on the canvas; the number chooses among its variants."""


def _around(x: float, y: float, radius: float) -> list[float]:
    return [value * _SCALE for value in (x - radius, y - radius, x + radius, y + radius)]


def _disc(x: float, y: float, radius: float) -> Drawing:
    return lambda draw: draw.ellipse(_around(x, y, radius), fill=255)


def _ring(x: float, y: float, radius: float, width: float) -> Drawing:
    pixels = max(round(width * _SCALE), 1)
    return lambda draw: draw.ellipse(_around(x, y, radius), outline=255, width=pixels)


def discs(canvas: Canvas, variant: int) -> None:
    """Large discs that leave the picture, and one small one that does not."""
    side, palette = canvas.side, canvas.palette
    x, y = canvas.width - 0.10 * side, 0.12 * side
    drift = 0.05 * (variant % 3) * side
    canvas.lay(palette.shape, 0.16, _disc(x, y, 0.58 * side))
    canvas.lay(palette.shape, 0.20, _disc(x + drift, y + drift, 0.38 * side))
    canvas.lay(palette.shape, 0.26, _disc(x, y + drift, 0.20 * side))
    angle = pi * (0.90 + 0.04 * (variant % 4))  # Above the letters.
    at = (x + 0.58 * side * cos(angle), y + 0.58 * side * sin(angle))
    canvas.lay(palette.accent, 0.95, _disc(*at, 0.035 * side))


def rings(canvas: Canvas, variant: int) -> None:
    """Rings around a corner."""
    side, palette = canvas.side, canvas.palette
    x = canvas.width - 0.02 * side * (variant % 3)
    for number in range(5):
        radius = (0.16 + 0.11 * number) * side
        ring = _ring(x, 0.0, radius, 0.030 * side)
        if number == variant % 2:  # A larger one would run through the letters.
            canvas.lay(palette.accent, 0.95, ring)
        else:
            canvas.lay(palette.shape, 0.34 - 0.05 * number, ring)


HILLS = (0.10, 0.12, 0.14)
"""How strong each is: all of them lie under the letters, which stay readable; a test computes it."""


def hills(canvas: Canvas, variant: int) -> None:
    """A sun over hills; the letters stand on them."""
    side, palette = canvas.side, canvas.palette
    sun = canvas.width - (0.22 + 0.05 * (variant % 4)) * side
    canvas.lay(palette.accent, 0.92, _disc(sun, 0.20 * side, 0.105 * side))
    for number, strength in enumerate(HILLS):
        level = (0.34 + 0.075 * number) * canvas.height
        canvas.lay(palette.shape, strength, _hill(canvas, level, variant + 2.1 * number))


def _hill(canvas: Canvas, level: float, phase: float) -> Drawing:
    side, foot = canvas.side, canvas.height * _SCALE
    ridge = [
        (x * _SCALE, (level + 0.045 * side * sin(phase + 3.2 * x / side)) * _SCALE)
        for x in range(0, canvas.width + 8, 8)
    ]
    outline = [*ridge, (ridge[-1][0], float(foot)), (0.0, float(foot))]
    return lambda draw: draw.polygon(outline, fill=255)


def tiles(canvas: Canvas, variant: int) -> None:
    """Quarters of discs in a grid, as on a tiled wall."""
    palette, tile = canvas.palette, canvas.side / 6
    columns, rows = (2, 6) if canvas.is_wide else (6, 2)
    left = canvas.width - columns * tile
    for row in range(rows):
        for column in range(columns):
            kind = (variant + 5 * row + 3 * column + row * column) % 7
            if kind == _EMPTY:
                continue
            drawing = _tile(left + column * tile, row * tile, tile, kind)
            if kind == variant % 5:
                canvas.lay(palette.accent, 0.92, drawing)
            else:
                canvas.lay(palette.shape, 0.16 + 0.06 * (kind % 3), drawing)


_WHOLE, _SMALL, _EMPTY = 4, 5, 6
"""Kinds of tiles; 0 to 3 are quarters, by the corner that they are drawn around."""


def _tile(x: float, y: float, tile: float, kind: int) -> Drawing:
    if kind in (_WHOLE, _SMALL):
        return _disc(x + tile / 2, y + tile / 2, tile / (2 if kind == _WHOLE else 5))
    box = _around(x + tile * (kind % 2), y + tile * (kind // 2), tile)
    angle = (0, 90, 270, 180)[kind]
    return lambda draw: draw.pieslice(box, angle, angle + 90, fill=255)


PATTERNS: tuple[Pattern, ...] = (discs, tiles, rings, hills)
