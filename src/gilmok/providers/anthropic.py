"""The Anthropic messages wire.

Its conversation differs from the one the nouns hold: the system prompt stands apart, user and
assistant alternate, tool results are content of a user's message. Whatever it has no word for is
named by `unsupported`, never dropped.

Source: platform.claude.com/docs/en/api/messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import InvalidRequest, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import (
    Attachment,
    Image,
    Message,
    Part,
    Request,
    Role,
    Text,
    Tool,
    ToolCall,
)
from gilmok.core.text import Private
from gilmok.providers import anthropic_answers
from gilmok.providers.wire import BOOKKEEPING, Decoder, embedded, failure

PATH = "/v1/messages"
VERSION = (("anthropic-version", "2023-06-01"),)
DEFAULT_MAX_TOKENS = 4096
"""The wire needs a bound; this one where neither the caller nor the endpoint says one."""
MAX_TEMPERATURE = 1.0

_NATIVE = frozenset({"top_k", "thinking"})
"""Fields that are unknown to OpenAI and known here: sent as they are."""
_ASSISTANT = "assistant"
_USER = "user"

_encode = msgspec.json.Encoder().encode
_Json = dict[str, Any]


class _Named(Struct):
    name: str


class _Choice(Struct):
    """An OpenAI `tool_choice` that names a function."""

    function: _Named


class _Format(Struct):
    type: str = ""


class _Refusal(Struct):
    refusal: str = ""


class Anthropic:
    """See `providers.wire.Wire`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        given = request.sampling
        found = [
            name
            for name, wanted in (
                ("n", given.n != 1),
                ("seed", given.seed is not None),
                ("logprobs", bool(given.logprobs)),
                ("top_logprobs", given.top_logprobs is not None),
                ("presence_penalty", bool(given.presence_penalty)),
                ("frequency_penalty", bool(given.frequency_penalty)),
                ("temperature", (given.temperature or 0.0) > MAX_TEMPERATURE),
                ("reasoning_effort", given.reasoning_effort is not None),
                ("tool_choice", given.tool_choice is not None and not _chosen(given.tool_choice)),
                ("response_format", not _is_plain_text(given.response_format)),
            )
            if wanted
        ]
        known = _NATIVE | BOOKKEEPING
        found += [name for name, _ in request.options + request.extras if name not in known]
        for message in request.messages:
            found += _strangers(message)
        return tuple(dict.fromkeys(found))

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` where a text that has to be JSON is none."""
        given = request.sampling
        body: _Json = {
            name: embedded(name, value)
            for name, value in request.options + request.extras
            if name in _NATIVE
        }
        body["model"] = endpoint.model
        body["max_tokens"] = endpoint.answer_bound(given.max_tokens) or DEFAULT_MAX_TOKENS
        system = [
            {"type": "text", "text": part.text.reveal()}
            for message in request.messages
            if message.role in (Role.SYSTEM, Role.DEVELOPER)
            for part in message.parts
            if isinstance(part, Text) and part.text
        ]
        if system:
            body["system"] = system
        body["messages"] = _turns(request.messages)
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
            _choose(body, given.tool_choice, given.parallel_tool_calls)
        if given.temperature is not None:
            body["temperature"] = given.temperature
        if given.top_p is not None:
            body["top_p"] = given.top_p
        if given.stop:
            body["stop_sequences"] = [stop.reveal() for stop in given.stop]
        if request.stream:
            body["stream"] = True
        if request.user is not None:
            body["metadata"] = {"user_id": request.user.reveal()}
        return Letter(PATH, _encode(body), VERSION)

    def decoder(self, stream: bool) -> Decoder:
        return anthropic_answers.Events() if stream else anthropic_answers.Whole()

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


def _is_plain_text(response_format: Private | None) -> bool:
    if response_format is None:
        return True
    try:
        return msgspec.json.decode(response_format.reveal(), type=_Format).type == "text"
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return False


def _strangers(message: Message) -> Iterable[str]:
    """What this message holds that the wire cannot."""
    if message.role is Role.FUNCTION:
        yield "messages.role"
    if message.name is not None:
        yield "messages.name"
    for part in message.parts:
        if isinstance(part, Attachment) and part.kind != "refusal":
            yield f"messages.{part.kind}"
        if isinstance(part, Image) and not _can_show(part.url.reveal()):
            yield "messages.image_url"
        if not isinstance(part, Text) and message.role in (Role.SYSTEM, Role.DEVELOPER):
            yield "messages.content"


def _turns(messages: tuple[Message, ...]) -> list[_Json]:
    """The conversation as alternating turns: neighbours of one side become one turn."""
    turns: list[_Json] = []
    for message in messages:
        if message.role in (Role.SYSTEM, Role.DEVELOPER):
            continue
        side = _ASSISTANT if message.role is Role.ASSISTANT else _USER
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == side:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": side, "content": blocks})
    return [turn for turn in turns if turn["content"]]


def _blocks(message: Message) -> list[_Json]:
    # Empty texts are left out, because the wire refuses a request that holds one.
    blocks = [_block(part) for part in message.parts if not isinstance(part, Text) or part.text]
    if message.tool_call_id is not None:
        result: _Json = {"type": "tool_result", "tool_use_id": message.tool_call_id.reveal()}
        if blocks:
            result["content"] = blocks
        return [result]
    return blocks + [_tool_use(call) for call in message.tool_calls]


def _block(part: Part) -> _Json:
    match part:
        case Text():
            return {"type": "text", "text": part.text.reveal()}
        case Image():
            return {"type": "image", "source": _source(part.url.reveal())}
        case Attachment():
            try:
                said = msgspec.json.decode(part.payload.reveal(), type=_Refusal).refusal
            except (msgspec.MsgspecError, UnicodeEncodeError):
                raise InvalidRequest(
                    "messages.content", "cannot be read.", "읽을 수 없습니다."
                ) from None
            return {"type": "text", "text": said}


def _can_show(url: str) -> bool:
    kind = url.partition(",")[0].lower()
    return not kind.startswith("data:") or kind.endswith(";base64")


def _source(url: str) -> _Json:
    """A data URL becomes base64, any other a URL that the provider fetches itself."""
    if url[:5].lower() != "data:":
        return {"type": "url", "url": url}
    kind, _, data = url[5:].partition(",")
    return {"type": "base64", "media_type": kind.partition(";")[0], "data": data}


def _tool_use(call: ToolCall) -> _Json:
    """Arguments are an object here. What a model wrote that is none is kept as a text in one."""
    written = call.arguments.reveal()
    try:
        is_object = isinstance(msgspec.json.decode(written or "{}"), dict)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        is_object = False
    given = Raw((written or "{}").encode()) if is_object else {"arguments": written}
    return {
        "type": "tool_use",
        "id": call.id.reveal(),
        "name": call.name.reveal(),
        "input": given,
    }


def _tool(tool: Tool) -> _Json:
    found: _Json = {"name": tool.name.reveal()}
    if tool.description is not None:
        found["description"] = tool.description.reveal()
    found["input_schema"] = (
        {"type": "object"}
        if tool.parameters is None
        else embedded("tools.function.parameters", tool.parameters)
    )
    if tool.strict:
        found["strict"] = True
    return found


def _choose(body: _Json, choice: Private | None, parallel: bool | None) -> None:
    chosen = _chosen(choice) if choice is not None else {}
    if parallel is False and chosen.get("type") != "none":
        chosen = {"type": "auto"} | chosen | {"disable_parallel_tool_use": True}
    if chosen:
        body["tool_choice"] = chosen


def _chosen(choice: Private) -> _Json:
    """The wire's `tool_choice`; empty for one that it has no word for."""
    try:
        said = msgspec.json.decode(choice.reveal(), type=str | _Choice)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return {}
    if isinstance(said, _Choice):
        return {"type": "tool", "name": said.function.name}
    kind = {"required": "any", "none": "none", "auto": "auto"}.get(said)
    return {} if kind is None else {"type": kind}
