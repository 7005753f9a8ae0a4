"""Cards drawn with Pillow: the words of a prompt, well set, on a pattern of its own.

A stand-in for a picture where no provider of pictures may or can be asked. What is drawn depends on
the words, the size and the number of the card alone: the same request gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gilmok.core.completion import Batch, Made, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import UpstreamStatus
from gilmok.core.work import Picture, units
from gilmok.providers.inprocess import fonts
from gilmok.providers.inprocess.cards.content import content
from gilmok.providers.inprocess.cards.layout import drawn
from gilmok.providers.inprocess.cards.lettering import Letters
from gilmok.providers.inprocess.cards.palettes import PALETTES
from gilmok.providers.inprocess.cards.patterns import PATTERNS
from gilmok.providers.inprocess.letters import Order, size
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.upstream import Work

_SOFTWARE = "Gilmok (a drawn card)"


def begin(endpoint: Endpoint, options: Options) -> Work:
    family = fonts.found()
    if family is None:
        raise RuntimeError("the font is gone")
    return partial(steps, Letters(family))


def steps(letters: Letters, order: Order) -> Iterator[Batch]:
    """One picture a step."""
    wanted = order.picture or Picture()
    pixels = size(wanted.size)
    if pixels is None:
        raise UpstreamStatus(400, kind="unsupported_value")
    format = wanted.format or "png"
    words = content("\n".join(order.texts))
    seed = blake2b("\n".join(order.texts).encode(), digest_size=8).digest()
    for number in range(wanted.count):
        # Of one request no two look alike, as long as there are palettes.
        palette = PALETTES[(seed[0] + number) % len(PALETTES)]
        pattern = PATTERNS[(seed[1] + number) % len(PATTERNS)]
        picture = drawn(words, letters, pixels, palette, pattern, seed[2] + number)
        yield (Made(_written(picture, format), f"image/{format}", number),)
    yield (Usage(0, 0, units=units(wanted)),)


def _written(picture: Image.Image, format: str) -> bytes:
    file = BytesIO()
    match format:
        case "jpeg":
            picture.save(file, "JPEG", quality=92, comment=_SOFTWARE.encode())
        case "webp":
            picture.save(file, "WEBP", quality=92, method=2)
        case _:
            note = PngInfo()
            note.add_text("Software", _SOFTWARE)
            picture.save(file, "PNG", compress_level=4, pnginfo=note)
    return file.getvalue()
