"""What some servers tell of their own clock. Nonsense in it is no reason to doubt the answer: then
nothing is known, and the gateway's own clock counts.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, Struct, ValidationError, convert

from gilmok.core.completion import Timings

_DAY_MS: Final = 86_400_000.0
_NS_PER_MS: Final = 1_000_000
_Milliseconds = Annotated[float, Meta(ge=0.0, le=_DAY_MS)]


class _LlamaCpp(Struct, gc=False):
    """The `timings` object of llama.cpp's server."""

    prompt_ms: _Milliseconds
    predicted_ms: _Milliseconds
    prompt_n: Annotated[int, Meta(ge=0, le=10_000_000)] = 0


def llamacpp(said: Any) -> Timings | None:
    """Of the `timings` beside an answer's usage. `prompt_n` leaves out what its cache held."""
    try:
        told = convert(said, _LlamaCpp)
    except ValidationError:
        return None
    return Timings(told.prompt_ms, told.predicted_ms, prefilled=told.prompt_n)


def ollama(prompt: Any, answer: Any, load: Any) -> Timings | None:
    """Of the last line's `prompt_eval_duration`, `eval_duration` and `load_duration`, which are
    nanoseconds. A prompt that was wholly in its cache has no duration."""
    decode_ms = _milliseconds(answer)
    if decode_ms is None:
        return None
    return Timings(_milliseconds(prompt) or 0.0, decode_ms, _milliseconds(load) or 0.0)


def _milliseconds(said: Any) -> float | None:
    if type(said) is not int or not 0 <= said <= _DAY_MS * _NS_PER_MS:
        return None
    return said / _NS_PER_MS
