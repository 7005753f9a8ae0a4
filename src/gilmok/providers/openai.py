"""The OpenAI chat completions wire, spoken by most providers with small differences.

The differences are data (`providers.toml`): the name of the answer's bound, and the parameters that
a provider refuses (`omit`). Besides wire names, `omit` knows two words: `developer` (the role is
sent as `system`) and `name` (the name of a message's author).

Source: platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Attachment, Image, Message, Part, Request, Role, Text, Tool
from gilmok.providers import openai_answers, services
from gilmok.providers.wire import Decoder, embedded, failure

PATH = "/chat/completions"

_encode = msgspec.json.Encoder().encode
_RESERVED = frozenset(
    {
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "n",
        "stream",
        "stream_options",
        "tools",
        "user",
    }
)
"""Names that only this module writes: an unknown field of the caller can never replace them."""
_NO_WAY_BACK = frozenset({"functions", "function_call", "audio"})
"""Parameters whose answers the nouns cannot hold, so that asking for them would lose the answer."""


class OpenAI:
    """See `providers.wire.Wire`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        if request.work is not None:
            return services.unsupported("openai", request)
        given = request.options + request.extras
        if not given:
            return ()
        found = [name for name, _ in given if name in _NO_WAY_BACK]
        found += [
            name for name, value in given if name == "modalities" and "audio" in value.reveal()
        ]
        return tuple(found)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` where a text that has to be JSON is none."""
        if request.work is not None:
            return services.encode("openai", endpoint, request)
        omit = endpoint.provider.omit
        body: dict[str, Any] = {
            name: embedded(name, value)
            for name, value in request.options + request.extras
            if name not in _RESERVED
        }
        body["model"] = endpoint.model
        body["messages"] = [_message(message, omit) for message in request.messages]
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
        _sampling(body, endpoint, request)
        if request.stream:
            body["stream"] = True
            body["stream_options"] = {"include_usage": True}
        if request.user is not None:
            body["user"] = request.user.reveal()
        for name in omit:
            body.pop(name, None)
        return Letter(PATH, _encode(body))

    def decoder(self, stream: bool) -> Decoder:
        return openai_answers.Chunks() if stream else openai_answers.Whole()

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


_SAME_NAMES = (
    "temperature", "top_p", "seed", "presence_penalty", "frequency_penalty", "logprobs",
    "top_logprobs", "parallel_tool_calls", "reasoning_effort",
)  # fmt: skip
"""Parameters that `Sampling` has under the same name and with the same meaning."""
_SAME_VALUES = attrgetter(*_SAME_NAMES)
_NONE_GIVEN = (None,) * len(_SAME_NAMES)


def _sampling(body: dict[str, Any], endpoint: Endpoint, request: Request) -> None:
    """Only what the caller set, and the bound of the answer, which is what is paid at most: the
    default of each other parameter is the provider's business."""
    given = request.sampling
    most = endpoint.answer_bound(given.max_tokens)
    if most is not None:
        body[endpoint.provider.max_tokens_field] = most
    if given.n != 1:
        body["n"] = given.n
    if given.stop:
        stops = [stop.reveal() for stop in given.stop]
        body["stop"] = stops[0] if len(stops) == 1 else stops
    if given.tool_choice is not None:
        body["tool_choice"] = embedded("tool_choice", given.tool_choice)
    if given.response_format is not None:
        wanted = embedded("response_format", given.response_format)
        loose = endpoint.provider.json_by_schema and _is_loose(wanted)
        body["response_format"] = _ANY_OBJECT if loose else wanted
    values = _SAME_VALUES(given)
    if values != _NONE_GIVEN:
        found = zip(_SAME_NAMES, values, strict=True)
        body.update((name, value) for name, value in found if value is not None)


_ANY_OBJECT = Raw(b'{"type":"json_object","schema":{"type":"object"}}')
"""llama.cpp takes a schema here; without one it lets the model write what it likes."""


def _is_loose(wanted: Raw) -> bool:
    found = msgspec.json.decode(wanted)
    return isinstance(found, dict) and found == {"type": "json_object"}


_DEVELOPER, _SYSTEM = Role.DEVELOPER, Role.SYSTEM
_ROLES = {role: role.value for role in Role}
"""An enum's own `value` costs more than the rest of a message."""


def _message(message: Message, omit: frozenset[str]) -> dict[str, Any]:
    role = message.role
    if role is _DEVELOPER and "developer" in omit:
        role = _SYSTEM
    found: dict[str, Any] = {"role": _ROLES[role], "content": _content(message)}
    if message.name is not None and "name" not in omit:
        found["name"] = message.name.reveal()
    if message.tool_calls:
        found["tool_calls"] = [
            {
                "id": call.id.reveal(),
                "type": "function",
                "function": {"name": call.name.reveal(), "arguments": call.arguments.reveal()},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id.reveal()
    return found


def _content(message: Message) -> str | list[Any] | None:
    """One text is a string, which every provider reads; more is a list of parts."""
    match message.parts:
        case (Text(text),):
            return text.reveal()
        case ():
            return None if message.tool_calls else ""
    return [_part(part) for part in message.parts]


def _part(part: Part) -> dict[str, Any] | Raw:
    match part:
        case Text():
            return {"type": "text", "text": part.text.reveal()}
        case Image():
            image = {"url": part.url.reveal()}
            if part.detail is not None:
                image["detail"] = part.detail
            return {"type": "image_url", "image_url": image}
        case Attachment():
            return embedded("messages.content", part.payload)


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name.reveal()}
    if tool.description is not None:
        function["description"] = tool.description.reveal()
    if tool.parameters is not None:
        function["parameters"] = embedded("tools.function.parameters", tool.parameters)
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}
