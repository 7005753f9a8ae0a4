"""Where things stand on a card, and how large: everything in shares of the shorter side."""

from __future__ import annotations

from msgspec import Struct
from PIL import Image, ImageDraw

from gilmok.providers.inprocess.cards.content import Content, Line
from gilmok.providers.inprocess.cards.lettering import (
    Block,
    Face,
    Letters,
    broken,
    fitted,
    shortened,
)
from gilmok.providers.inprocess.cards.palettes import Palette
from gilmok.providers.inprocess.cards.patterns import Canvas, Pattern

_MARGIN = 0.085
_TITLE_SIZES = (0.118, 0.042)
_BODY_SIZES = (0.042, 0.024)
_BODY_SIZES_ALONE = (0.058, 0.024)
_INDENT = 0.9
"""Of a line with a bullet, in its own size."""
_LEAST_SIZE = 7
_TITLE_LEADING, _BODY_LEADING = 1.24, 1.56
_WIDE_SHARE = 0.60
"""Of a wide picture's width, what letters take."""
_TITLE_SHARE = 0.62
"""Of the height for letters, what a title may take where lines follow."""
_BAR = (0.075, 0.011)
"""Width and height of the stroke above the letters."""
_BAR_ROOM, _GAP = 0.06, 0.036
_TEXT_TOP = 0.30
"""Above it only the pattern stands, where the picture is not wide."""


class _Written(Struct, frozen=True):
    """A line under the title, as it is drawn."""

    text: str
    indent: float = 0.0
    has_bullet: bool = False


class _Set(Struct, frozen=True):
    """The lines under the title, and the face they are in."""

    face: Face
    lines: tuple[_Written, ...]

    @property
    def height(self) -> float:
        return len(self.lines) * self.face.size * _BODY_LEADING


def drawn(
    content: Content,
    letters: Letters,
    size: tuple[int, int],
    palette: Palette,
    pattern: Pattern,
    variant: int,
) -> Image.Image:
    canvas = Canvas(size, palette)
    pattern(canvas, variant)
    title = letters.known(content.title)
    lines = tuple(Line(said, x.is_bullet) for x in content.lines if (said := letters.known(x.text)))
    if title or lines:
        _write(canvas, title, lines, letters)
    return canvas.picture


def _write(canvas: Canvas, title: str, lines: tuple[Line, ...], letters: Letters) -> None:
    side, margin = canvas.side, _MARGIN * canvas.side
    top = margin if canvas.is_wide else max(_TEXT_TOP * canvas.height, margin)
    width = canvas.width * _WIDE_SHARE - margin if canvas.is_wide else canvas.width - 2 * margin
    above = _BAR_ROOM * side
    height = canvas.height - margin - top - above
    head = _title(title, letters, side, (width, height * (_TITLE_SHARE if lines else 1.0)))
    used = len(head.lines) * head.face.size * _TITLE_LEADING if head else 0.0
    gap = _GAP * side if head and lines else 0.0
    sizes = _sizes(side, _BODY_SIZES if head else _BODY_SIZES_ALONE)
    body = _body(lines, letters, sizes, (width, height - used - gap))
    block = above + used + gap + (body.height if body else 0.0)
    y = (canvas.height - block) / 2 if canvas.is_wide else canvas.height - margin - block
    _bar(canvas, margin, y)
    if head is not None:
        _write_title(canvas, head, margin, y + above)
    if body is not None:
        _write_body(canvas, body, margin, y + above + used + gap)


def _sizes(side: int, shares: tuple[float, float]) -> range:
    """Falling, in steps that the eye cannot tell apart."""
    largest, smallest = (max(round(share * side), _LEAST_SIZE) for share in shares)
    return range(largest, smallest - 1, -max(largest // 40, 1))


def _title(text: str, letters: Letters, side: int, box: tuple[float, float]) -> Block | None:
    if not text:
        return None
    return fitted(text, letters, _sizes(side, _TITLE_SIZES), box, _TITLE_LEADING)


def _body(
    lines: tuple[Line, ...], letters: Letters, sizes: range, box: tuple[float, float]
) -> _Set | None:
    """In the largest of the sizes in which all of it fits, else in the smallest, cut off."""
    if not lines:
        return None
    for size in sizes:
        found = _set(lines, letters.face(size, False), box[0])
        if found.height <= box[1]:
            return found
    last = letters.face(sizes[-1], False)
    found = _set(lines, last, box[0])
    room = (box[0] - _INDENT * last.size, box[1])
    kept = shortened([line.text for line in found.lines], last, room, _BODY_LEADING)
    return _Set(last, tuple(map(_ending, found.lines, kept)))


def _ending(line: _Written, text: str) -> _Written:
    return _Written(text, line.indent, line.has_bullet)


def _set(lines: tuple[Line, ...], face: Face, width: float) -> _Set:
    found: list[_Written] = []
    for line in lines:
        indent = _INDENT * face.size if line.is_bullet else 0.0
        texts = broken(line.text, face.width, width - indent)
        found += (_Written(text, indent, indent > 0 and not at) for at, text in enumerate(texts))
    return _Set(face, tuple(found))


def _write_title(canvas: Canvas, head: Block, x: float, y: float) -> None:
    draw = ImageDraw.Draw(canvas.picture)
    for line in head.lines:
        draw.text((x, y), line, font=head.face.font, fill=canvas.palette.ink)
        y += head.face.size * _TITLE_LEADING


def _write_body(canvas: Canvas, body: _Set, x: float, y: float) -> None:
    draw = ImageDraw.Draw(canvas.picture)
    size = body.face.size
    for line in body.lines:
        if line.has_bullet:
            radius, middle = 0.14 * size, y + 0.62 * size
            box = (x, middle - radius, x + 2 * radius, middle + radius)
            draw.ellipse(box, fill=canvas.palette.accent)
        at = (x + line.indent, y)
        draw.text(at, line.text, font=body.face.font, fill=canvas.palette.quiet)
        y += size * _BODY_LEADING


def _bar(canvas: Canvas, x: float, y: float) -> None:
    wide, high = (share * canvas.side for share in _BAR)
    box = (x, y, x + wide, y + max(high, 1))
    ImageDraw.Draw(canvas.picture).rounded_rectangle(box, high / 2, fill=canvas.palette.accent)
