"""Voices: OpenAI's eleven names, and what stands for them where others speak.

A client that knows only `alloy` is answered by whoever speaks; one that names a provider's own voice
(`ko-KR-Neural2-A`) is answered by that provider alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container

from gilmok.core.request import Request
from gilmok.core.work import Speech
from gilmok.providers.services.material import remark

_FEMALE = frozenset({"alloy", "coral", "nova", "sage", "shimmer"})
_MALE = frozenset({"ash", "ballad", "echo", "fable", "onyx", "verse"})
SPOKEN = _FEMALE | _MALE
"""OpenAI's names: whoever speaks here understands them."""
_FOREIGN = re.compile(r"[a-z]{2,3}-[A-Z]{2}-[A-Za-z0-9:-]+\Z")


def is_foreign(voice: str) -> bool:
    """True of a name as Google and Azure write them: the language, the country, the voice."""
    return _FOREIGN.match(voice) is not None


def is_azures(voice: str) -> bool:
    return is_foreign(voice) and voice.endswith("Neural")


def is_googles(voice: str) -> bool:
    return is_foreign(voice) and not voice.endswith("Neural")


def is_male(voice: str) -> bool:
    return voice in _MALE


def language(text: str) -> str:
    """The tongue of a text, by its letters: Korean, Japanese, or else English."""
    if any("가" <= char <= "힣" for char in text):
        return "ko-KR"
    if any("ぁ" <= char <= "ヿ" for char in text):
        return "ja-JP"
    return "en-US"


def language_of(voice: str) -> str:
    """What a provider's own voice speaks."""
    return "-".join(voice.split("-")[:2])


def unsayable(
    request: Request,
    is_own: Callable[[str], bool],
    formats: Container[str],
    slowest: float,
    fastest: float,
) -> tuple[str, ...]:
    """Names of what a provider cannot do that understands OpenAI's voices beside its own, and takes
    no word on how to speak."""
    work = request.work
    if not isinstance(work, Speech):
        return ()
    told = (
        ("voice", work.voice not in SPOKEN and not is_own(work.voice)),
        ("response_format", work.format not in formats),
        ("speed", not slowest <= work.speed <= fastest),
        ("instructions", remark(request) is not None),
    )
    return tuple(name for name, is_strange in told if is_strange)
