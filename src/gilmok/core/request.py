"""What a client asks, free of any dialect.

Every piece of text that could leave the machine is a `Private`, and `texts` enumerates all of
them, in a fixed order: inspection reads exactly what the encoders may later send. `map_texts`
walks the same order, so a masked request differs from the original in its texts and in nothing
else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.text import Private
from gilmok.core.work import Work


class Role(StrEnum):
    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    FUNCTION = "function"


class Text(Struct, frozen=True):
    text: Private


class Image(Struct, frozen=True):
    """An image by URL or data URL."""

    url: Private
    detail: str | None = None


class Attachment(Struct, frozen=True):
    """A part this gateway carries without looking inside: audio, a file, a refusal."""

    kind: str
    """The part's `type` on the wire: `input_audio`, `file`, `refusal`."""
    payload: Private
    """The whole part as the JSON text it arrived in."""


Part = Text | Image | Attachment


class ToolCall(Struct, frozen=True):
    id: Private
    name: Private
    arguments: Private
    """JSON text, as the model wrote it; it may be invalid."""


class Message(Struct, frozen=True, kw_only=True):
    role: Role
    parts: tuple[Part, ...] = ()
    name: Private | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: Private | None = None


class Tool(Struct, frozen=True, kw_only=True):
    name: Private
    description: Private | None = None
    parameters: Private | None = None
    """JSON Schema, as JSON text."""
    strict: bool | None = None


class Sampling(Struct, frozen=True, kw_only=True):
    """How the answer is to be drawn. `None` means: the model's default."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    n: int = 1
    seed: int | None = None
    stop: tuple[Private, ...] = ()
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    parallel_tool_calls: bool | None = None
    tool_choice: Private | None = None
    """JSON text: a string such as "auto" (quoted) or an object that names a function."""
    response_format: Private | None = None
    """JSON text of the wire's object."""
    reasoning_effort: str | None = None


class Preference(StrEnum):
    """How the caller wants the model to be chosen. None of them touches the label."""

    AUTO = "auto"
    LOCAL = "local"
    CHEAP = "cheap"
    FAST = "fast"
    BEST = "best"


class Urgency(StrEnum):
    """How soon the caller needs the answer: whose turn it is where requests wait. It changes no
    label, no limit, no budget and no right."""

    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class CacheReach(StrEnum):
    """How far the caller lets the cache go for an answer; never further than is configured."""

    OFF = "off"
    EXACT = "exact"
    SEMANTIC = "semantic"


class Target(Struct, frozen=True):
    """The wire's `model`: a preference, or a name that restricts the candidates."""

    preference: Preference = Preference.AUTO
    name: str | None = None
    """An endpoint's id or model name; `None` means: any."""
    dial: float | None = None
    """With `auto`: how much quality may cost, 0 (as `cheap`) .. 1 (as `best`)."""

    @property
    def asked(self) -> str:
        return self.name or self.preference.value


class Request(Struct, frozen=True, kw_only=True):
    """One question, as every room after `surfaces` sees it."""

    id: str
    """The decision's id: shown to the client, key of the journal."""
    target: Target
    messages: tuple[Message, ...]
    received_at: int
    """Wall clock, nanoseconds since 1970."""
    deadline: float
    """Monotonic clock, seconds: nothing is tried after it."""
    tools: tuple[Tool, ...] = ()
    sampling: Sampling = Sampling()
    stream: bool = False
    include_usage: bool = False
    task: str | None = None
    """What the caller says the request is for (`review`, `order`); a hint for routing."""
    user: Private | None = None
    """The end user the caller names: a routing and budget key, sent upstream only if forwarded."""
    options: tuple[tuple[str, Private], ...] = ()
    """Known parameters that no policy reads (`metadata`, `prediction`, …): name and JSON text."""
    extras: tuple[tuple[str, Private], ...] = ()
    """Unknown wire fields: name and JSON text. Kept apart; inspected; never read by a policy."""
    locale: str = "en"
    """Language of messages to this client: `ko` or `en`."""
    cache: CacheReach = CacheReach.SEMANTIC
    cache_tags: tuple[str, ...] = ()
    """Names under which a kept answer can be forgotten; never part of the question."""
    urgency: Urgency = Urgency.NORMAL
    work: Work | None = None
    """What is wanted where it is no chat. Its texts stand in `messages`."""


class Nature(StrEnum):
    """How a text stands in the request."""

    PLAIN = "plain"
    JSON = "json"
    """JSON text that is embedded as it is: a change must leave it valid JSON."""
    OPAQUE = "opaque"
    """Cannot be read as text here: an image, audio, a file."""


class TextRef(Struct, frozen=True):
    """One text of a request and where it stands, such as `messages[2].content[0]`."""

    path: str
    text: Private
    nature: Nature = Nature.PLAIN

    @property
    def readable(self) -> bool:
        return self.nature is not _OPAQUE


_PLAIN, _JSON, _OPAQUE = Nature.PLAIN, Nature.JSON, Nature.OPAQUE


def texts(request: Request) -> tuple[TextRef, ...]:
    """Every text that an encoder may send, in the order of `map_texts`.

    Written out, because it runs for every request; a property test holds the two together.
    """
    found: list[TextRef] = []
    for i, message in enumerate(request.messages):
        path = f"messages[{i}]"
        for j, part in enumerate(message.parts):
            if isinstance(part, Text):
                found.append(TextRef(f"{path}.content[{j}]", part.text))
            else:
                found.append(TextRef(f"{path}.content[{j}]", *_text_of(part)))
        if message.name is not None:
            found.append(TextRef(f"{path}.name", message.name))
        if message.tool_calls:
            found += _texts_of_calls(f"{path}.tool_calls", message.tool_calls)
        if message.tool_call_id is not None:
            found.append(TextRef(f"{path}.tool_call_id", message.tool_call_id))
    if request.tools:
        found += _texts_of_tools(request.tools)
    found += _texts_beside(request)
    return tuple(found)


def _texts_of_calls(path: str, calls: tuple[ToolCall, ...]) -> Iterator[TextRef]:
    for j, call in enumerate(calls):
        yield TextRef(f"{path}[{j}].id", call.id)
        yield TextRef(f"{path}[{j}].name", call.name)
        yield TextRef(f"{path}[{j}].arguments", call.arguments)


def _texts_of_tools(tools: tuple[Tool, ...]) -> Iterator[TextRef]:
    for i, tool in enumerate(tools):
        yield TextRef(f"tools[{i}].name", tool.name)
        if tool.description is not None:
            yield TextRef(f"tools[{i}].description", tool.description)
        if tool.parameters is not None:
            yield TextRef(f"tools[{i}].parameters", tool.parameters, _JSON)


def _text_of(part: Part) -> tuple[Private, Nature]:
    if isinstance(part, Text):
        return part.text, _PLAIN
    if isinstance(part, Image):
        return part.url, _OPAQUE
    return part.payload, _JSON if part.kind == "refusal" else _OPAQUE


def _texts_beside(request: Request) -> Iterator[TextRef]:
    """What stands neither in messages nor in tools."""
    sampling = request.sampling
    for i, stop in enumerate(sampling.stop):
        yield TextRef(f"stop[{i}]", stop)
    if sampling.tool_choice is not None:
        yield TextRef("tool_choice", sampling.tool_choice, _JSON)
    if sampling.response_format is not None:
        yield TextRef("response_format", sampling.response_format, _JSON)
    if request.user is not None:
        yield TextRef("user", request.user)
    for name, value in request.options:
        yield TextRef(name, value, _JSON)
    for name, value in request.extras:
        yield TextRef("extras.name", Private(name))
        yield TextRef("extras", value, _JSON)


def map_texts(request: Request, change: Callable[[int, Private], Private]) -> Request:
    """The request with each text replaced by `change(index, text)`; index as in `texts`."""
    count = -1

    def apply(path: str, text: Private, nature: Nature) -> Private:
        nonlocal count
        count += 1
        return change(count, text)

    return _walk(request, apply)


_Visit = Callable[[str, Private, Nature], Private]


def _walk(request: Request, visit: _Visit) -> Request:
    return replace(
        request,
        messages=tuple(
            _walk_message(f"messages[{i}]", message, visit)
            for i, message in enumerate(request.messages)
        ),
        tools=tuple(_walk_tool(f"tools[{i}]", tool, visit) for i, tool in enumerate(request.tools)),
        sampling=_walk_sampling(request.sampling, visit),
        user=_maybe("user", request.user, visit),
        options=tuple((name, visit(name, value, _JSON)) for name, value in request.options),
        # Names of unknown fields are the caller's words too.
        extras=tuple(
            (
                visit("extras.name", Private(name), _PLAIN).reveal(),
                visit("extras", value, _JSON),
            )
            for name, value in request.extras
        ),
    )


def _maybe(
    path: str, text: Private | None, visit: _Visit, nature: Nature = _PLAIN
) -> Private | None:
    return None if text is None else visit(path, text, nature)


def _walk_sampling(sampling: Sampling, visit: _Visit) -> Sampling:
    if not sampling.stop and sampling.tool_choice is sampling.response_format is None:
        return sampling
    return replace(
        sampling,
        stop=tuple(visit(f"stop[{i}]", s, _PLAIN) for i, s in enumerate(sampling.stop)),
        tool_choice=_maybe("tool_choice", sampling.tool_choice, visit, _JSON),
        response_format=_maybe("response_format", sampling.response_format, visit, _JSON),
    )


def _walk_message(path: str, message: Message, visit: _Visit) -> Message:
    return Message(
        role=message.role,
        parts=tuple(
            _walk_part(f"{path}.content[{i}]", part, visit) for i, part in enumerate(message.parts)
        ),
        name=_maybe(f"{path}.name", message.name, visit),
        tool_calls=tuple(
            ToolCall(
                visit(f"{path}.tool_calls[{i}].id", call.id, _PLAIN),
                visit(f"{path}.tool_calls[{i}].name", call.name, _PLAIN),
                visit(f"{path}.tool_calls[{i}].arguments", call.arguments, _PLAIN),
            )
            for i, call in enumerate(message.tool_calls)
        ),
        tool_call_id=_maybe(f"{path}.tool_call_id", message.tool_call_id, visit),
    )


def _walk_part(path: str, part: Part, visit: _Visit) -> Part:
    match part:
        case Text():
            return Text(visit(path, part.text, _PLAIN))
        case Image():
            return Image(visit(path, part.url, _OPAQUE), part.detail)
        case Attachment():
            return Attachment(part.kind, visit(path, part.payload, _text_of(part)[1]))


def _walk_tool(path: str, tool: Tool, visit: _Visit) -> Tool:
    return Tool(
        name=visit(f"{path}.name", tool.name, _PLAIN),
        description=_maybe(f"{path}.description", tool.description, visit),
        parameters=_maybe(f"{path}.parameters", tool.parameters, visit, _JSON),
        strict=tool.strict,
    )


def granted(request: Request, most: int | None) -> Request:
    """The request with an answer of at most `most` tokens, where a plan says so."""
    asked = request.sampling.max_tokens
    if most is None or (asked is not None and asked <= most):
        return request
    return replace(request, sampling=replace(request.sampling, max_tokens=most))


def size(request: Request) -> int:
    """Characters of all texts, without making them."""
    total = 0
    for message in request.messages:
        for part in message.parts:
            total += len(part.text if isinstance(part, Text) else _text_of(part)[0])
        for call in message.tool_calls:
            total += len(call.arguments)
    for tool in request.tools:
        total += len(tool.description or "") + len(tool.parameters or "")
    for _, value in request.options + request.extras:
        total += len(value)
    return total


def conversation(request: Request) -> Iterator[tuple[Role, Private]]:
    """The readable texts of the messages with their roles, oldest first."""
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Text):
                yield message.role, part.text
