"""What the wall says, before any dialect: deterministic text, tool calls, usage. Pure."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, cycle, islice
from itertools import count as counter
from typing import Any
from zlib import crc32

from tests.wall.faults import HEALTHY, Faults

SENTENCES = (
    "길목은 모든 요청이 지나가는 한 자리입니다.",
    "Every request passes one place before it leaves the building.",
    "오늘 서울의 하늘은 맑고 바람은 잔잔합니다.",
    "A small local model answers most questions well enough.",
    "민감한 정보는 건물 밖으로 나가지 않습니다.",
    "The receipt says who asked, what it cost and why.",
    "짧은 답이 긴 답보다 나을 때가 많습니다. 🙂",
    "Counting is easy when nobody else holds the ledger.",
)
REFUSAL = "I'm sorry, I can't help with that request."

_WORDS = re.compile(r"\s*\S+|\s+\Z")

dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Compact JSON with raw UTF-8, as the real upstreams send it."""


class Finish(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    FILTER = "filter"
    TOOL = "tool"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    schema: Any


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, free of its dialect."""

    model: str
    faults: Faults = HEALTHY
    stream: bool = False
    texts: tuple[str, ...] = ()
    """Every text of the prompt in order; what prompt tokens are counted from."""
    last_user: str = ""
    limit: int | None = None
    tools: tuple[Tool, ...] = ()
    schema: Any = None
    """The JSON schema that the answer must follow; `{}` is any JSON object."""
    choices: int = 1
    """How many answers; an embedding has none."""
    logprobs: int | None = None
    """How many alternatives per piece are wanted; None when no logprobs are."""
    wants_usage: bool = True
    dimensions: int = 8
    base64: bool = False
    count: int = 1
    """Pictures."""
    format: str = ""
    """Of what is made, by its name in the dialect."""
    features: tuple[str, ...] = ()
    """What is to be looked for in a video."""
    local: bool = False
    """The upstream loads and unloads models (Ollama)."""
    residency: str | None = None
    """`load` or `unload` where that is all that is asked; Ollama."""
    unload_after: bool = False
    calls_whole: bool = False
    """The dialect sends a tool call in one piece."""
    refusal_spoken: bool = True
    """The dialect puts a refusal's words in the answer."""


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: str
    pieces: tuple[str, ...]
    """The arguments as streamed; joined they are `arguments`."""


@dataclass(frozen=True, slots=True)
class Choice:
    pieces: tuple[str, ...]
    calls: tuple[Call, ...]
    finish: Finish

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def size(self) -> int:
        return len(self.pieces) + sum(len(call.pieces) for call in self.calls)


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as reported. Numbers, unless the fault wants nonsense."""

    prompt: Any
    completion: Any
    total: Any
    cached: int = 0
    reasoning: int = 0
    written: int = 0
    audio: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    choices: tuple[Choice, ...]
    usage: Usage | None
    loading_ns: int = 0

    @property
    def size(self) -> int:
        """Pieces in all choices: the true number of completion tokens."""
        return sum(choice.size for choice in self.choices)


def cut(text: str, grain: int | None = None) -> tuple[str, ...]:
    """Cut a text into pieces that join to exactly that text."""
    if grain is None:
        return tuple(_WORDS.findall(text))
    return tuple(text[at : at + grain] for at in range(0, len(text), grain))


def count(text: str) -> int:
    """The wall's idea of a text's tokens: its words."""
    return len(_WORDS.findall(text))


def example(schema: Any, text: str = "길목") -> Any:
    """A deterministic value that follows the schema; its free strings are `text`."""
    if not isinstance(schema, dict):
        return text
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if schema.get(union):
            return example(schema[union][0], text)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(inner, text) for name, inner in properties.items()}
    if kind == "array":
        return [example(schema.get("items"), text)]
    plain: dict[str, Any] = {"integer": 7, "number": 0.5, "boolean": True, "null": None}
    return plain.get(kind, text)


def _prose(ask: Ask, choice: int, size: int | None) -> tuple[str, ...]:
    """Sentences of the list, beginning at one that the prompt chooses; one, or `size` pieces."""
    start = crc32(ask.last_user.encode("utf-8", "replace")) + choice
    order = (SENTENCES[number % len(SENTENCES)] for number in counter(start))
    if size is None:
        return cut(next(order), ask.faults.grain)
    texts = chain((next(order),), (" " + text for text in order))
    return tuple(islice(chain.from_iterable(cut(t, ask.faults.grain) for t in texts), size))


def _chosen_text(ask: Ask, script: str | None, request: str) -> str | None:
    faults = ask.faults
    if faults.repeat is not None:
        return faults.repeat
    if faults.echo:
        return request
    if faults.parrot:
        return ask.last_user
    if script is not None:
        return script
    if ask.schema is not None:
        return dumps(example(ask.schema) if ask.schema else {"answer": SENTENCES[0]})
    return None


def _spoken(ask: Ask, choice: int, script: str | None, request: str) -> tuple[str, ...]:
    """The pieces of one choice before any limit."""
    faults = ask.faults
    if faults.empty:
        return ()
    if faults.huge is not None:
        return ("x" * faults.huge,)
    text = REFUSAL if faults.refuse else _chosen_text(ask, script, request)
    if faults.refuse and not ask.refusal_spoken and faults.tokens is None:
        return ()
    needed = None if faults.stops_after is None else faults.stops_after + 1
    if text is None:
        natural = _prose(ask, choice, faults.tokens)
        short = faults.tokens is None and needed is not None and len(natural) < needed
        return _prose(ask, choice, needed) if short else natural
    pieces = cut(text, faults.grain)
    if faults.tokens is None or not pieces:
        return pieces
    return tuple(islice(cycle(pieces), faults.tokens))


def _calls(ask: Ask) -> tuple[Call, ...]:
    faults = ask.faults
    if not ask.tools or not (faults.tool or faults.toolecho or faults.call):
        return ()
    found = []
    for index in range(max(faults.tool, 1)):
        tool = ask.tools[index % len(ask.tools)]
        if faults.call is not None:
            tool = Tool(faults.call, tool.schema)
        value = example(tool.schema, ask.last_user) if faults.toolecho else example(tool.schema)
        if faults.toolecho and not value:
            value = {"text": ask.last_user}
        arguments = dumps(value)
        pieces = (arguments,) if ask.calls_whole else cut(arguments, faults.grain or 5)
        found.append(Call(tool.name, arguments, pieces))
    return tuple(found)


def _choice(ask: Ask, index: int, script: str | None, request: str) -> Choice:
    faults = ask.faults
    if calls := _calls(ask):
        return Choice((), calls, Finish.TOOL)
    pieces = _spoken(ask, index, script, request)
    finish = Finish.STOP
    if faults.refuse:
        finish = Finish.REFUSAL
    elif faults.filter:
        finish = Finish.FILTER
    elif faults.length:
        finish = Finish.LENGTH
    if ask.limit is not None and len(pieces) > ask.limit and not faults.deaf:
        pieces, finish = pieces[: ask.limit], Finish.LENGTH
    return Choice(pieces, (), finish)


def prompt_tokens(ask: Ask) -> int:
    return sum(count(text) for text in ask.texts)


def _usage(ask: Ask, completion: int) -> Usage | None:
    faults, prompt = ask.faults, prompt_tokens(ask)
    completion += faults.reasoning
    cached = min(faults.cached, prompt)
    written = min(faults.written, prompt - cached)
    audio = min(faults.audio, prompt - cached - written)
    total = prompt + completion
    true = Usage(prompt, completion, total, cached, faults.reasoning, written, audio)
    wrong = {
        "absurd": Usage(-7, 10**15, 3),
        "negative": Usage(-prompt - 1, -completion - 1, -prompt - completion - 2),
        "huge": Usage(10**15, 10**18, 10**15 + 10**18),
        "contradiction": Usage(prompt, completion * 10 + 7, prompt + completion),
        "zero": Usage(0, 0, 0),
        "text": Usage("many", str(completion), "NaN"),
        "null": Usage(None, None, None),
    }
    if faults.nousage:
        return None
    return true if faults.wrongusage is None else wrong[faults.wrongusage]


def compose(ask: Ask, script: str | None = None, request: str = "", cold: bool = False) -> Answer:
    """The answer to an ask. Invariant: true usage is the number of pieces that are streamed.

    `script` is the text that a test dictates, if any; `request` is what `echo` repeats; `cold`
    says that the model had to be loaded first.
    """
    choices = tuple(_choice(ask, index, script, request) for index in range(ask.choices))
    size = sum(choice.size for choice in choices)
    return Answer(choices, _usage(ask, size), ask.faults.load * 1_000_000 if cold else 0)
