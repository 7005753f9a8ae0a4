"""What is said in which language, by which voice and how fast: decisions about a text, no sound.

The engine speaks one language at a time, so a text is divided: Hangul is read as Korean, Latin
letters as English, and numbers as the language that most of the text is in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

from msgspec import Struct

KOREAN, ENGLISH = "ko", "en-us"
_TOKENS = re.compile(
    r"(?P<english>[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*)"
    r"|(?P<korean>[가-힣ㄱ-ㆎ]+)"
    r"|(?P<number>[0-9]+(?:[.,:][0-9]+)*)"
    r"|(?P<neither>[^A-Za-zÀ-ɏ가-힣ㄱ-ㆎ0-9]+)"
)
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "\n")
_KOREAN_SHARE = 0.2
"""Of the letters, from which on numbers are read as Korean: names in Latin letters are many."""
_WORDS_PER_MINUTE = 175
_SLOWEST, _FASTEST = 80, 700
"""Words a minute that the engine tells apart: 0.46 to 4 times its own pace."""


class Voice(Struct, frozen=True):
    """One of the engine's timbres."""

    variant: str
    pitch: int
    """0 to 99."""
    range: int = 50
    """How lively, 0 to 99."""


VOICES: Mapping[str, Voice] = MappingProxyType(
    {
        "alloy": Voice("f2", 48),
        "ash": Voice("m3", 40),
        "ballad": Voice("m1", 46, 60),
        "cedar": Voice("m7", 38),
        "coral": Voice("f4", 58, 60),
        "echo": Voice("m3", 48),
        "fable": Voice("m1", 54, 65),
        "marin": Voice("f3", 50),
        "nova": Voice("f3", 60, 65),
        "onyx": Voice("m7", 28, 40),
        "sage": Voice("f1", 46),
        "shimmer": Voice("f4", 50),
        "verse": Voice("m4", 45, 60),
    }
)
"""By OpenAI's names. They are no likenesses: high or low, calm or lively, told apart by ear."""
_NAMES = tuple(VOICES)


class Run(Struct, frozen=True):
    """A stretch in one language."""

    language: str
    text: str
    pause: bool
    """A sentence ends with it."""


class Library(Struct, frozen=True):
    """eSpeak NG as its wheel brings it."""

    file: str
    data: str


@cache
def library() -> Library | None:
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    files = (folder / f"libespeak-ng.{ending}" for ending in ("so", "dylib"))
    file = next((str(file) for file in (*files, folder / "espeak-ng.dll") if file.exists()), None)
    return None if file is None else Library(file, str(folder / "espeak-ng-data"))


@cache
def formats() -> tuple[str, ...]:
    """Those that can be made here. Nothing here makes AAC."""
    encoded = () if find_spec("soundfile") is None else ("mp3", "opus", "flac")
    return ("wav", "pcm", *encoded)


def voice(name: str) -> Voice:
    """Every name has a voice, always the same one."""
    return VOICES.get(name.lower()) or VOICES[_NAMES[crc32(name.encode()) % len(_NAMES)]]


def words_per_minute(speed: float) -> int:
    return min(max(round(_WORDS_PER_MINUTE * speed), _SLOWEST), _FASTEST)


def sayable(text: str) -> str:
    """Without what nobody can pronounce: control characters, pictures, halves of characters."""
    kept = (
        " " if category == "Cc" and sign != "\n" else sign
        for sign, category in ((s, unicodedata.category(s)) for s in text)
        if category not in ("Cf", "Cs", "Co", "Cn", "So", "Sk")
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def runs(text: str) -> list[Run]:
    """The whole text, in order; empty where it has neither letter nor digit."""
    if not any(sign.isalnum() for sign in text):
        return []
    found: list[list[str]] = []
    for language, said in _joined(_read(text)):
        if found and found[-1][0] == language:
            found[-1][1] += said
        else:
            found.append([language, said])
    return [Run(lang, said, said.rstrip(" ").endswith(_SENTENCE_ENDS)) for lang, said in found]


def _read(text: str) -> Iterator[tuple[str | None, str]]:
    """Tokens and their languages; `None` for what has none: spaces and punctuation."""
    korean = sum("가" <= sign <= "힣" for sign in text)
    latin = sum(sign.isascii() and sign.isalpha() for sign in text)
    of_numbers = KOREAN if korean and korean >= _KOREAN_SHARE * (korean + latin) else ENGLISH
    for token in _TOKENS.finditer(text):
        said = token[0]
        match token.lastgroup:
            case "korean":
                yield KOREAN, said
            case "english":
                yield ENGLISH, said
            case "number":
                yield of_numbers, said
            case _:
                # Letters of other scripts, and numbers such as ½.
                yield (of_numbers if any(map(str.isalnum, said)) else None), said


def _joined(tokens: Iterable[tuple[str | None, str]]) -> Iterator[tuple[str, str]]:
    """What has no language belongs to what it follows, or else to what comes first."""
    before, language = "", None
    for own, said in tokens:
        language = own or language
        if language is None:
            before += said
            continue
        yield language, before + said
        before = ""
