"""Where letters come from: two weights of one family that has Hangul. Nothing is loaded to see it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

_NANUM = "koreanize_matplotlib"
"""Of this package only the files are used: Nanum Gothic, under the SIL Open Font License."""


class Fonts(Struct, frozen=True):
    regular: str
    bold: str
    index: int = 0
    """Of the face in a collection."""


_SYSTEM = (
    Fonts(
        "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
        "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf",
    ),
    Fonts(
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
        1,
    ),
    Fonts("C:/Windows/Fonts/malgun.ttf", "C:/Windows/Fonts/malgunbd.ttf"),
    Fonts(
        "/System/Library/Fonts/AppleSDGothicNeo.ttc", "/System/Library/Fonts/AppleSDGothicNeo.ttc"
    ),
)


@cache
def found() -> Fonts | None:
    """The first family that is here; `None` where no font can be trusted to have Hangul."""
    return next(
        (f for f in _candidates() if Path(f.regular).exists() and Path(f.bold).exists()), None
    )


def _candidates() -> Iterator[Fonts]:
    spec = find_spec(_NANUM)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "fonts"
        yield Fonts(str(folder / "NanumGothic.ttf"), str(folder / "NanumGothicExtraBold.ttf"))
    yield from _SYSTEM
