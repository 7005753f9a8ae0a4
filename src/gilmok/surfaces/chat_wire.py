"""The body of `POST /v1/chat/completions` as OpenAI's API reference describes it.

Types only: what they mean is decided in `chat_request`. Ranges stand here so that one decoding
pass checks them. Fields with a closed set of values are enumerated because they are no `Private`
text: nothing a caller invents may travel in them uninspected.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from gilmok.core.request import Role

Detail = Literal["auto", "low", "high", "original"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

PART_TYPES = ("text", "image_url", "input_audio", "file", "refusal")
CHOICES: dict[str, tuple[str, ...]] = {
    "role": tuple(Role),
    "type": PART_TYPES,
    "detail": get_args(Detail),
    "reasoning_effort": get_args(Effort),
}
"""The values of enumerated fields, for error messages."""

Penalty = Annotated[float, Meta(ge=-2, le=2)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=256)]
JsonText = Raw | UnsetType
"""A value carried as text; absent or null alike mean: not given."""


class TextPart(Struct, frozen=True, tag_field="type", tag="text"):
    text: str


class ImageUrl(Struct, frozen=True):
    url: Annotated[str, Meta(min_length=1)]
    detail: Detail | None = None


class ImagePart(Struct, frozen=True, tag_field="type", tag="image_url"):
    image_url: ImageUrl


class InputAudio(Struct, frozen=True):
    data: str
    format: str


class AudioPart(Struct, frozen=True, tag_field="type", tag="input_audio"):
    input_audio: InputAudio


class File(Struct, frozen=True, omit_defaults=True):
    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class FilePart(Struct, frozen=True, tag_field="type", tag="file"):
    file: File


class RefusalPart(Struct, frozen=True, tag_field="type", tag="refusal"):
    refusal: str


Part = TextPart | ImagePart | AudioPart | FilePart | RefusalPart


class CalledFunction(Struct, frozen=True):
    name: str
    arguments: str


class ToolCallBody(Struct, frozen=True):
    id: str
    type: str = "function"
    function: CalledFunction | None = None


class MessageBody(Struct, frozen=True):
    """Fields that only decorate an answer sent back (`annotations`, `reasoning_content`, cache
    hints) are not listed: they are dropped, as no endpoint needs them to continue."""

    role: Role
    content: str | Annotated[list[Part], Meta(min_length=1)] | None = None
    name: str | None = None
    tool_calls: list[ToolCallBody] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    function_call: JsonText = UNSET
    audio: JsonText = UNSET


class FunctionBody(Struct, frozen=True):
    name: Name
    description: str | None = None
    parameters: JsonText = UNSET
    strict: bool | None = None


class ToolBody(Struct, frozen=True):
    type: str
    function: FunctionBody | None = None


class StreamOptions(Struct, frozen=True):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None
    """Accepted and not acted upon: this gateway pads no chunks."""


class ChatBody(Struct, frozen=True, kw_only=True):
    model: str
    messages: Annotated[list[MessageBody], Meta(min_length=1)]
    tools: list[ToolBody] | None = None
    tool_choice: JsonText = UNSET
    parallel_tool_calls: bool | None = None
    response_format: JsonText = UNSET
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    reasoning_effort: Effort | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = None
    audio: JsonText = UNSET
    function_call: JsonText = UNSET
    functions: JsonText = UNSET
    logit_bias: JsonText = UNSET
    metadata: JsonText = UNSET
    modalities: JsonText = UNSET
    moderation: JsonText = UNSET
    prediction: JsonText = UNSET
    prompt_cache_key: JsonText = UNSET
    prompt_cache_options: JsonText = UNSET
    prompt_cache_retention: JsonText = UNSET
    safety_identifier: JsonText = UNSET
    service_tier: JsonText = UNSET
    store: JsonText = UNSET
    verbosity: JsonText = UNSET
    web_search_options: JsonText = UNSET


OPTIONS = (
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "metadata",
    "modalities",
    "moderation",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
    "verbosity",
    "web_search_options",
)
"""Documented parameters carried to the endpoint as JSON text; no policy here reads them."""
