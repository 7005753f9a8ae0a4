"""What a streamed and a whole chat completion have in common: ids, usage, log probabilities."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from gilmok.core.completion import ToolCallDelta, Usage


class PromptDetails(Struct, frozen=True):
    """OpenAI's fields; `cache_write_tokens` is OpenRouter's, for providers that bill it."""

    cached_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int | UnsetType = UNSET
    cache_write_tokens: int | UnsetType = UNSET


class CompletionDetails(Struct, frozen=True):
    reasoning_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int | UnsetType = UNSET


class UsageBody(Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails


class LogprobsBody(Struct, frozen=True):
    """The part of an endpoint's log probabilities that OpenAI's shape has a place for."""

    content: list[Any] | None = None
    refusal: list[Any] | None = None


_LOGPROBS = msgspec.json.Decoder(LogprobsBody)


def answer_id(decision_id: str) -> str:
    """`dec_01J…` becomes `chatcmpl-01J…`: support can go from an answer to its decision."""
    return f"chatcmpl-{_suffix(decision_id)}"


def usage_body(usage: Usage) -> UsageBody:
    """The numbers as they are. The wire has no field for `reported`: where the endpoint said
    nothing, these are the gateway's estimate, and the decision's record says so."""
    return UsageBody(
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        total_tokens=usage.prompt + usage.completion,
        prompt_tokens_details=PromptDetails(
            usage.cached,
            usage.audio_input,
            usage.image_input or UNSET,
            usage.cache_write or UNSET,
        ),
        completion_tokens_details=CompletionDetails(
            usage.reasoning, usage.audio_output, usage.image_output or UNSET
        ),
    )


def logprobs_body(raw: Raw) -> LogprobsBody | None:
    """Read and written anew: `Raw` may hold line breaks, which would end an event, or invalid
    UTF-8. None where the shape is not OpenAI's; log probabilities never break an answer."""
    try:
        return _LOGPROBS.decode(raw)
    except (ValueError, RecursionError):
        return None


def tool_call_id(call: ToolCallDelta, decision_id: str, choice: int) -> str:
    """The endpoint's id, or one of ours: some endpoints give none, and every client needs it."""
    return call.id or f"call_{_suffix(decision_id)}_{choice}_{call.index}"


def _suffix(decision_id: str) -> str:
    return decision_id.partition("_")[2] or decision_id
