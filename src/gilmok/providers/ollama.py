"""Ollama's own wire, `/api/chat`: real token counts, the context size, no invented defaults.

Source: docs.ollama.com/api/chat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import InvalidRequest, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Attachment, Image, Message, Request, Role, Text, Tool, ToolCall
from gilmok.core.text import Private
from gilmok.providers import ollama_answers, services
from gilmok.providers.wire import BOOKKEEPING, Decoder, embedded, failure

PATH = "/api/chat"

_OPTIONS = frozenset(
    {"min_p", "mirostat", "mirostat_eta", "mirostat_tau", "repeat_last_n", "repeat_penalty"}
    | {"top_k", "typical_p"}
)
"""Unknown fields of the caller that are sampling options here."""
_NATIVE = frozenset({"keep_alive", "think"})
"""Unknown fields of the caller that are fields here."""

_encode = msgspec.json.Encoder().encode
_Json = dict[str, Any]


class _Schema(Struct):
    schema: Raw = Raw(b"{}")


class _Format(Struct):
    type: str = ""
    json_schema: _Schema = msgspec.field(default_factory=_Schema)


class Ollama:
    """See `providers.wire.Wire`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        if request.work is not None:
            return services.unsupported("ollama", request)
        given = request.sampling
        found = [
            name
            for name, wanted in (
                ("n", given.n != 1),
                ("logprobs", bool(given.logprobs)),
                ("top_logprobs", given.top_logprobs is not None),
                ("parallel_tool_calls", given.parallel_tool_calls is False),
                ("reasoning_effort", given.reasoning_effort is not None),
                ("tool_choice", given.tool_choice not in (None, Private('"auto"'))),
                ("tools.function.strict", any(tool.strict for tool in request.tools)),
            )
            if wanted
        ]
        known = _OPTIONS | _NATIVE | BOOKKEEPING
        found += [name for name, _ in request.options + request.extras if name not in known]
        for message in request.messages:
            found += _strangers(message)
        return tuple(dict.fromkeys(found))

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` where a text that has to be JSON is none."""
        if request.work is not None:
            return services.encode("ollama", endpoint, request)
        loose = request.options + request.extras
        body: _Json = {n: embedded(n, value) for n, value in loose if n in _NATIVE}
        body["model"] = endpoint.model
        names = {call.id: call.name for m in request.messages for call in m.tool_calls}
        body["messages"] = [_message(message, names) for message in request.messages]
        body["stream"] = request.stream  # absent would mean true
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
        if request.sampling.response_format is not None:
            wanted = _format(request.sampling.response_format)
            if wanted is not None:
                body["format"] = wanted
        body["options"] = _options(endpoint, request) | {
            n: embedded(n, value) for n, value in loose if n in _OPTIONS
        }
        return Letter(PATH, _encode(body))

    def decoder(self, stream: bool) -> Decoder:
        return ollama_answers.Lines() if stream else ollama_answers.Whole()

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


def _strangers(message: Message) -> Iterable[str]:
    """What this message holds that the wire cannot."""
    if message.role is Role.FUNCTION:
        yield "messages.role"
    if message.name is not None:
        yield "messages.name"
    for part in message.parts:
        if isinstance(part, Attachment):
            yield f"messages.{part.kind}"
        if isinstance(part, Image) and _base64(part) is None:
            yield "messages.image_url"


def _base64(image: Image) -> str | None:
    """The data of an image; `None` where it would have to be fetched."""
    kind, comma, data = image.url.reveal().partition(",")
    kind = kind.lower()
    return data if comma and kind.startswith("data:") and kind.endswith(";base64") else None


def _options(endpoint: Endpoint, request: Request) -> _Json:
    given = request.sampling
    found: _Json = {
        name: value
        for name, value in (
            ("temperature", given.temperature),
            ("top_p", given.top_p),
            ("num_predict", endpoint.answer_bound(given.max_tokens)),
            ("seed", given.seed),
            ("presence_penalty", given.presence_penalty),
            ("frequency_penalty", given.frequency_penalty),
        )
        if value is not None
    }
    # Without it the server takes its own default and cuts the beginning of the prompt off unsaid.
    found["num_ctx"] = endpoint.context
    if given.stop:
        found["stop"] = [stop.reveal() for stop in given.stop]
    return found


def _message(message: Message, names: Mapping[Private, Private]) -> _Json:
    role = Role.SYSTEM if message.role is Role.DEVELOPER else message.role
    texts = [part.text.reveal() for part in message.parts if isinstance(part, Text)]
    found: _Json = {"role": role.value, "content": "\n".join(texts)}
    images = [_base64(part) for part in message.parts if isinstance(part, Image)]
    if images:
        found["images"] = [image for image in images if image is not None]
    if message.tool_calls:
        found["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id.reveal()
        name = names.get(message.tool_call_id)
        if name is not None:
            found["tool_name"] = name.reveal()
    return found


def _call(call: ToolCall) -> _Json:
    """Arguments are an object here. What a model wrote that is none is kept as a text in one."""
    written = call.arguments.reveal()
    try:
        is_object = isinstance(msgspec.json.decode(written or "{}"), dict)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        is_object = False
    given = Raw((written or "{}").encode()) if is_object else {"arguments": written}
    return {"id": call.id.reveal(), "function": {"name": call.name.reveal(), "arguments": given}}


def _tool(tool: Tool) -> _Json:
    function: _Json = {"name": tool.name.reveal()}
    if tool.description is not None:
        function["description"] = tool.description.reveal()
    function["parameters"] = (
        {"type": "object", "properties": {}}
        if tool.parameters is None
        else embedded("tools.function.parameters", tool.parameters)
    )
    return {"type": "function", "function": function}


def _format(written: Private) -> str | Raw | None:
    try:
        wanted = msgspec.json.decode(written.reveal(), type=_Format)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise InvalidRequest("response_format", "cannot be read.", "읽을 수 없습니다.") from None
    match wanted.type:
        case "json_schema":
            return wanted.json_schema.schema
        case "json_object":
            return "json"
        case _:
            return None
