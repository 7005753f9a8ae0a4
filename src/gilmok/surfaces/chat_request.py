"""From the bytes of a chat completion request to a `Request`: pure, no I/O.

The whole of what an endpoint may receive is in the result, as `Private` text or as values from
closed sets. What cannot be honoured is refused by name; what is unknown goes to `extras`, which no
policy reads. Errors: `InvalidRequest`, `UnsupportedParameter`; never a word of the request.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct

from gilmok.core.errors import InvalidRequest, UnsupportedParameter
from gilmok.core.request import (
    Attachment,
    Image,
    Message,
    Part,
    Preference,
    Request,
    Role,
    Sampling,
    Target,
    Text,
    Tool,
    ToolCall,
)
from gilmok.core.text import Private
from gilmok.surfaces import chat_wire as wire
from gilmok.surfaces.remote import check_content, check_remote
from gilmok.surfaces.strict_json import not_one_of, parse, shape, text_of, text_of_value


class RequestLimits(Struct, frozen=True, kw_only=True):
    """How much one request may hold, beyond the size of its body."""

    messages: int = 4096
    parts: int = 4096
    """Content parts of all messages together; each is inspected by itself."""
    tool_calls: int = 4096
    """Of all messages together."""
    tools: int = 128
    """OpenAI's own bound."""
    stop: int = 4
    """OpenAI's own bound."""
    unknown_fields: int = 32


_CHAT = msgspec.json.Decoder(wire.ChatBody)
_ENCODER = msgspec.json.Encoder()
_FIELDS = frozenset(wire.ChatBody.__struct_fields__)
_PREFERENCES = {preference.value: preference for preference in Preference}
_DIAL = f"{Preference.AUTO.value}:"
_SHARE = re.compile(r"0(?:\.\d{1,4})?|1(?:\.0{1,4})?")
_NULL = (UNSET, Raw(b"null"))

_OPERATORS = frozenset(
    {"api_base", "api_key", "api_type", "api_version", "base_url", "custom_llm_provider"}
    | {"default_headers", "extra_headers", "extra_query", "fallbacks", "headers", "model_list"}
    | {"context_window_fallbacks", "content_policy_fallbacks", "models", "proxies", "proxy"}
    | {"user_config", "litellm_params", "litellm_credential_name", "organization", "base_model"}
    | {"callbacks", "success_callback", "failure_callback", "mock_response", "mcp_servers"}
    | {"aws_access_key_id", "aws_bedrock_runtime_endpoint", "aws_secret_access_key"}
    | {"azure_ad_token", "vertex_credentials"}
)
"""By these an endpoint that is itself a gateway lets its caller choose another address, key or
model: behind a declared zone and price there would be somebody else."""

_USER, _SYSTEM, _ASSISTANT, _FUNCTION, _TOOL = (
    Role.USER,
    Role.SYSTEM,
    Role.ASSISTANT,
    Role.FUNCTION,
    Role.TOOL,
)
_Pairs = tuple[tuple[str, Private], ...]


def decode_chat(
    body: bytes,
    *,
    decision_id: str,
    received_at: int,
    deadline: float,
    locale: str,
    limits: RequestLimits,
    task: str | None = None,
) -> Request:
    """The request in `body`. `received_at` in wall-clock ns, `deadline` in monotonic seconds."""
    chat, extras = _read(body, limits)
    tools = _tools(chat.tools, limits)
    stream = bool(chat.stream)
    options = chat.stream_options
    return Request(
        id=decision_id,
        target=target(chat.model),
        messages=_messages(chat.messages, limits),
        received_at=received_at,
        deadline=deadline,
        tools=tools,
        sampling=_sampling(chat, bool(tools), limits),
        stream=stream,
        include_usage=stream and options is not None and bool(options.include_usage),
        task=task,
        user=None if chat.user is None else Private(chat.user),
        options=_options(chat),
        extras=extras,
        locale=locale,
    )


def target(model: str) -> Target:
    """What `model` asks for: a preference or a name, with or without the prefix `gilmok/`."""
    name = model.removeprefix("gilmok/")
    if (preference := _PREFERENCES.get(name)) is not None:
        return Target(preference)
    if (dial := _dial(name)) is not None:
        return Target(dial=dial)
    if not name or len(name) > 256 or not name.isprintable():
        raise InvalidRequest(
            "model",
            "must be a model's name of 1 to 256 printable characters, or 'auto'",
            "1~256자의 모델 이름이나 'auto'여야 합니다",
        )
    return Target(name=name)


def _dial(name: str) -> float | None:
    """Of `auto:0.7`; anything else after `auto:` is a name, and an unknown one."""
    number = name.removeprefix(_DIAL)
    if number == name or _SHARE.fullmatch(number) is None:
        return None
    return float(number)


def _read(body: bytes, limits: RequestLimits) -> tuple[wire.ChatBody, _Pairs]:
    chat = shape(_CHAT, body, wire.CHOICES)
    document = parse(body)
    assert isinstance(document, dict)
    unknown = document.keys() - _FIELDS
    if not unknown:
        return chat, ()
    _bound("body", len(unknown), limits.unknown_fields)
    if not unknown.isdisjoint(_OPERATORS):
        raise UnsupportedParameter(
            min(unknown & _OPERATORS),
            "where a request goes, and with which key, is the operator's business",
            "요청이 어디로 어떤 키로 가는지는 운영자가 정합니다",
        )
    # In the order of the body: sets have none, and the same body is to give the same request.
    names = [name for name in document if name in unknown]
    return chat, tuple([(n, Private(text_of_value(document[n], "body"))) for n in names])


def _messages(bodies: list[wire.MessageBody], limits: RequestLimits) -> tuple[Message, ...]:
    _bound("messages", len(bodies), limits.messages)
    if parts := [body.content for body in bodies if isinstance(body.content, list)]:
        _bound("messages.content", sum(map(len, parts)), limits.parts)
    if calls := [body.tool_calls for body in bodies if body.tool_calls]:
        _bound("messages.tool_calls", sum(map(len, calls)), limits.tool_calls)
    return tuple([_message(i, body) for i, body in enumerate(bodies)])


def _message(i: int, body: wire.MessageBody) -> Message:
    role, content = body.role, body.content
    if isinstance(content, str):
        parts: tuple[Part, ...] = (Text(Private(content)),)
        if role is _USER or role is _SYSTEM:  # the common case needs no further look
            return Message(role=role, parts=parts, name=_private(body.name))
    elif content is not None:
        parts = tuple([_part(part) for part in content])
    elif role is _ASSISTANT or role is _FUNCTION:
        parts = ()
    else:
        raise _required(f"messages[{i}].content")
    if role is _ASSISTANT:
        return _assistant(i, body, parts)
    if role is _TOOL and body.tool_call_id is None:
        raise _required(f"messages[{i}].tool_call_id")
    if role is _FUNCTION and body.name is None:
        raise _required(f"messages[{i}].name")
    return Message(
        role=role,
        parts=parts,
        name=_private(body.name),
        tool_call_id=_private(body.tool_call_id) if role is _TOOL else None,
    )


def _assistant(i: int, body: wire.MessageBody, parts: tuple[Part, ...]) -> Message:
    if body.function_call not in _NULL:
        raise UnsupportedParameter(
            f"messages[{i}].function_call",
            "functions were replaced by tools; send tool_calls",
            "functions는 tools로 대체되었으니 tool_calls를 쓰세요",
        )
    if body.audio not in _NULL:
        raise UnsupportedParameter(
            f"messages[{i}].audio",
            "an earlier audio answer is known to its provider only",
            "이전 음성 답변은 그 제공자만 알고 있습니다",
        )
    if body.refusal is not None:
        parts = (*parts, _part(wire.RefusalPart(body.refusal)))
    return Message(
        role=_ASSISTANT,
        parts=parts,
        name=_private(body.name),
        tool_calls=tuple(
            [
                _tool_call(f"messages[{i}].tool_calls[{j}]", c)
                for j, c in enumerate(body.tool_calls or ())
            ]
        ),
    )


def _part(part: wire.Part) -> Part:
    match part:
        case wire.TextPart():
            return Text(Private(part.text))
        case wire.ImagePart():
            check_remote(part.image_url.url, "messages.content.image_url.url")
            return Image(Private(part.image_url.url), part.image_url.detail)
        case wire.AudioPart():
            check_content(part.input_audio.data, "messages.content.input_audio.data")
            return Attachment("input_audio", Private(_ENCODER.encode(part).decode()))
        case wire.FilePart():
            for name in ("file_data", "file_id"):
                check_content(getattr(part.file, name) or "", f"messages.content.file.{name}")
            return Attachment("file", Private(_ENCODER.encode(part).decode()))
        case wire.RefusalPart():
            return Attachment("refusal", Private(_ENCODER.encode(part).decode()))


def _tool_call(path: str, call: wire.ToolCallBody) -> ToolCall:
    if call.type != "function":
        raise _only_functions(f"{path}.type")
    if call.function is None:
        raise _required(f"{path}.function")
    return ToolCall(Private(call.id), Private(call.function.name), Private(call.function.arguments))


def _tools(bodies: list[wire.ToolBody] | None, limits: RequestLimits) -> tuple[Tool, ...]:
    if not bodies:
        return ()
    _bound("tools", len(bodies), limits.tools)
    return tuple([_tool(f"tools[{i}]", body) for i, body in enumerate(bodies)])


def _tool(path: str, body: wire.ToolBody) -> Tool:
    if body.type != "function":
        raise _only_functions(f"{path}.type")
    function = body.function
    if function is None:
        raise _required(f"{path}.function")
    parameters = _json_text(function.parameters, f"{path}.function.parameters")
    if parameters is not None and not parameters.reveal().startswith("{"):
        raise InvalidRequest(
            f"{path}.function.parameters", "must be an object", "객체 값이어야 합니다"
        )
    return Tool(
        name=Private(function.name),
        description=_private(function.description),
        parameters=parameters,
        strict=function.strict,
    )


def _sampling(chat: wire.ChatBody, has_tools: bool, limits: RequestLimits) -> Sampling:
    if chat.top_logprobs and not chat.logprobs:
        raise InvalidRequest(
            "top_logprobs", "needs logprobs to be true", "logprobs가 true여야 쓸 수 있습니다"
        )
    bounds = [b for b in (chat.max_tokens, chat.max_completion_tokens) if b is not None]
    return Sampling(
        temperature=chat.temperature,
        top_p=chat.top_p,
        max_tokens=min(bounds, default=None),  # given both, the answer keeps both promises
        n=chat.n or 1,
        seed=chat.seed,
        stop=_stop(chat.stop, limits),
        presence_penalty=chat.presence_penalty,
        frequency_penalty=chat.frequency_penalty,
        logprobs=chat.logprobs,
        top_logprobs=chat.top_logprobs,
        parallel_tool_calls=chat.parallel_tool_calls,
        tool_choice=_tool_choice(chat.tool_choice, has_tools),
        response_format=_response_format(chat.response_format),
        reasoning_effort=chat.reasoning_effort,
    )


def _stop(stop: str | list[str] | None, limits: RequestLimits) -> tuple[Private, ...]:
    if stop is None:
        return ()
    if isinstance(stop, str):
        return (Private(stop),)
    _bound("stop", len(stop), limits.stop)
    return tuple([Private(sequence) for sequence in stop])


def _tool_choice(raw: wire.JsonText, has_tools: bool) -> Private | None:
    text = _json_text(raw, "tool_choice")
    if text is None:
        return None
    choice: Any = msgspec.json.decode(text.reveal())
    kind = choice.get("type") if isinstance(choice, dict) else choice
    if kind == "custom":
        raise _only_functions("tool_choice.type")
    if isinstance(choice, dict):
        _among("tool_choice.type", kind, ("function", "allowed_tools"))
    else:
        _among("tool_choice", kind, ("none", "auto", "required"))
    if has_tools:
        return text
    if kind in ("none", "auto"):
        return None  # says nothing where there is nothing to choose
    raise InvalidRequest("tool_choice", "needs tools", "tools가 있어야 쓸 수 있습니다")


def _response_format(raw: wire.JsonText) -> Private | None:
    text = _json_text(raw, "response_format")
    if text is None:
        return None
    wanted: Any = msgspec.json.decode(text.reveal())
    if not isinstance(wanted, dict):
        raise InvalidRequest("response_format", "must be an object", "객체 값이어야 합니다")
    kind = wanted.get("type")
    _among("response_format.type", kind, ("text", "json_object", "json_schema"))
    if kind == "json_schema" and not isinstance(wanted.get("json_schema"), dict):
        raise _required("response_format.json_schema")
    return None if kind == "text" else text  # plain text is what every endpoint gives anyway


_OPTIONS = attrgetter(*wire.OPTIONS)
_NO_OPTIONS = (UNSET,) * len(wire.OPTIONS)


def _options(chat: wire.ChatBody) -> _Pairs:
    given = _OPTIONS(chat)
    if given == _NO_OPTIONS:
        return ()  # as nearly always
    found = []
    for name, raw in zip(wire.OPTIONS, given, strict=True):
        if raw is not UNSET and (text := _json_text(raw, name)) is not None:
            found.append((name, text))
    if found:
        _refuse_legacy_calls(dict(found))
    return tuple(found)


def _refuse_legacy_calls(options: dict[str, Private]) -> None:
    """An answer that calls a legacy function has no place in `Delta`; tools do."""
    functions = options.get("functions")
    call = options.get("function_call")
    if functions and functions.reveal() != "[]" and (not call or call.reveal() != '"none"'):
        raise UnsupportedParameter(
            "functions",
            "functions were replaced by tools; send tools and tool_choice",
            "functions는 tools로 대체되었으니 tools와 tool_choice를 쓰세요",
        )


def _json_text(raw: wire.JsonText, field: str) -> Private | None:
    if raw is UNSET or raw == _NULL[1]:
        return None
    assert isinstance(raw, Raw)
    return Private(text_of(raw, field))


def _private(text: str | None) -> Private | None:
    return None if text is None else Private(text)


def _among(field: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise not_one_of(field, allowed)


def _bound(field: str, count: int, most: int) -> None:
    if count > most:
        raise InvalidRequest(field, f"has more than {most} entries", f"항목이 {most}개를 넘습니다")


def _required(field: str) -> InvalidRequest:
    return InvalidRequest(field, "is required", "필수 항목입니다")


def _only_functions(field: str) -> UnsupportedParameter:
    return UnsupportedParameter(
        field,
        "only tools of type 'function' can be carried to every endpoint",
        "모든 엔드포인트로 전달할 수 있는 것은 'function' 유형의 도구뿐입니다",
    )
