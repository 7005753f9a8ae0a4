"""What a model answers. One type serves streams and whole answers: a sequence of events.

An upstream yields `Opened` once, then `Delta`s, at most one final `Usage`, and ends. A stream that
ends without a finish reason for every choice is broken, and the decoder says so by raising
`StreamBroken`; nobody downstream may invent the missing parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Raw, Struct


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    FUNCTION_CALL = "function_call"


class _Silent(Struct, frozen=True):
    """A noun with model text in it: `repr` names the type only."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Opened(_Silent, frozen=True):
    """The upstream began to answer."""

    id: str = ""
    model: str = ""
    fingerprint: str | None = None


class ToolCallDelta(_Silent, frozen=True):
    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class Delta(_Silent, frozen=True):
    """A piece of one choice. A whole answer is one big delta per choice."""

    index: int = 0
    content: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    tool_calls: tuple[ToolCallDelta, ...] = ()
    logprobs: Raw | None = None
    finish: FinishReason | None = None

    @property
    def says_something(self) -> bool:
        """True where a client would see a part of an answer in it."""
        return bool(self.content or self.tool_calls or self.refusal or self.reasoning)


_MOST_TOKENS = 2**24
"""More than the longest context of any model."""


class Timings(Struct, frozen=True, omit_defaults=True):
    """How long the model's two phases took by its server's own clock, in milliseconds.

    Few servers tell (llama.cpp, Ollama). For the others `Attempt` derives them from what was seen.
    """

    prefill_ms: float
    """Reading the prompt, as far as it was not in the server's cache."""
    decode_ms: float
    """Writing the answer."""
    load_ms: float = 0.0
    """Loading the model, where the request had to wait for that."""
    prefilled: int = 0
    """Prompt tokens that `prefill_ms` was spent on; 0 where the server does not say."""


class Usage(Struct, frozen=True, omit_defaults=True):
    """Tokens of one call. `reported` is False where the gateway estimated them.

    The parts are counted in `prompt` or `completion` too, as OpenAI counts them; a wire that counts
    them apart adds them up.
    """

    prompt: int
    completion: int
    cached: int = 0
    """Prompt tokens the upstream read from its cache."""
    reasoning: int = 0
    """Completion tokens spent thinking."""
    reported: bool = True
    cache_write: int = 0
    """Prompt tokens the upstream kept in its cache."""
    audio_input: int = 0
    audio_output: int = 0
    image_input: int = 0
    image_output: int = 0
    images: int = 0
    """Images sent, where they are paid one by one."""
    milliseconds: int = 0
    """Wall time of the attempt, where it is paid for."""
    timings: Timings | None = None
    """`None` where the upstream told none."""
    units: int = 0
    """What was made or listened to, where that is paid by the piece; see `work.units`."""

    @property
    def tokens(self) -> int:
        """Prompt and answer, as limits count them. Nonsense from an upstream locks nobody out."""
        prompt, completion = self.prompt, self.completion
        tokens = (prompt if prompt > 0 else 0) + (completion if completion > 0 else 0)
        return tokens if tokens < _MOST_TOKENS else _MOST_TOKENS


class Vector(_Silent, frozen=True):
    """One text's embedding."""

    index: int
    """Of the text, from 0."""
    floats: bytes
    """Little-endian float32, one after the other."""


class Made(_Silent, frozen=True):
    """A picture, a piece of speech, or a report as a provider wrote it. Several with one index are
    pieces of one thing, in order."""

    data: bytes
    media_type: str
    """Such as `image/png`."""
    index: int = 0
    remark: str = ""
    """What the maker says of it: a prompt it revised. Model text."""


Event = Opened | Delta | Usage | Vector | Made

Batch = Sequence[Event]
"""Events that came together, as in one read of a socket: passed on together, they cost less."""


class Reply(_Silent, frozen=True):
    """The whole answer to a question that the gateway asked on its own account."""

    content: str = ""
    calls: tuple[ToolCallDelta, ...] = ()
