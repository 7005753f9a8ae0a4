"""Colours that were chosen to stand together. On each ground the ink has a contrast of 7 to 1 or
more (WCAG AAA), at both ends of the gradient; a test computes it."""

from __future__ import annotations

from msgspec import Struct

Colour = tuple[int, int, int]


class Palette(Struct, frozen=True):
    """The ground runs from `ground` (upper left) to `far` (lower right)."""

    ground: Colour
    far: Colour
    ink: Colour
    quiet: Colour
    """Of the lines under the title."""
    accent: Colour
    shape: Colour
    """Of the pattern, which is laid over the ground thinly."""


def _of(*colours: str) -> Palette:
    return Palette(*(_read(colour) for colour in colours))


def _read(colour: str) -> Colour:
    return (int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16))


PALETTES = (
    _of("0e1a3a", "243a7a", "ffffff", "d5def7", "ffb703", "7fa0ff"),  # midnight
    _of("fff7ec", "ffe4c4", "2b2118", "5a4636", "e4572e", "f29e4c"),  # paper
    _of("0a352a", "0f4130", "f7fff7", "cfe9dc", "f2c14e", "6fd0a5"),  # forest
    _of("f1f7ff", "cfe3ff", "0e1f40", "33496e", "2667ff", "6aa5ff"),  # sky
    _of("2a0f3c", "5b2465", "fff6fb", "ecd3ec", "ff8fb1", "c77dff"),  # plum
    _of("f0fbf5", "cdeee0", "0d2b24", "2f5249", "0e8f6a", "54c59f"),  # mint
    _of("15171c", "323845", "ffffff", "cfd5df", "5de2c8", "8a97ad"),  # slate
    _of("fff1f3", "ffd3da", "3d0f1a", "6a3542", "d7263d", "ff8fa0"),  # blossom
    _of("063447", "093f52", "f1fbff", "c8e6ef", "ffd369", "58c4dc"),  # lagoon
    _of("f6f1ff", "ddd0ff", "21104a", "473672", "6c3bff", "a98bff"),  # lilac
)
