"""The Ollama dialect: chat, generate, embed and the state of its models, as its server does."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.wall.answers import Answer, Ask, Call, Finish, Tool, dumps
from tests.wall.dialect import (
    Endpoint,
    Failure,
    Frame,
    Json,
    bad,
    model_of,
    read_messages,
    whole_number,
)
from tests.wall.openai import vector

ROLES = frozenset({"system", "user", "assistant", "tool"})
MADE = "2023-11-14T22:13:20.000000Z"
NANOSECONDS_PER_TOKEN = 1_000_000


class Ollama(Endpoint):
    """What every Ollama path shares. Errors are one string, streams are lines of JSON."""

    sse = False
    stream_type = "application/x-ndjson"
    json_type = "application/json; charset=utf-8"
    keepalive = b""
    closing: Mapping[str, object] = {}
    """What only the last line of this path has."""

    def error(self, failure: Failure, number: int) -> Json:
        return {"error": failure.message}

    def error_frame(self, failure: Failure, number: int) -> Frame:
        return Frame(dumps(self.error(failure, number)))

    def no_model(self, model: str) -> Failure:
        return Failure(404, f"model '{model}' not found")

    def too_long(self, tokens: int) -> Failure:
        return Failure(400, f"the input length ({tokens}) exceeds the context length (8)")

    def _ask(self, body: Json, texts: tuple[str, ...], last: str) -> Ask:
        options = body.get("options") or {}
        unloads = _is_zero(body.get("keep_alive"))
        limit = options.get("num_predict")
        return Ask(
            model_of(body),
            stream=bool(texts) and body.get("stream") is not False,
            texts=texts,
            last_user=last,
            limit=limit if isinstance(limit, int) and limit > 0 else None,
            tools=_tools(body),
            schema=_schema(body.get("format")),
            local=True,
            residency=None if texts else ("unload" if unloads else "load"),
            unload_after=unloads,
            calls_whole=True,
        )

    def _line(self, ask: Ask, saying: Json, done: bool, **more: object) -> Json:
        return {"model": ask.model, "created_at": MADE, **saying, "done": done, **more}

    def _saying(self, text: str, calls: tuple[Call, ...] = (), first: int = 0) -> Json:
        """The part of a line that carries text."""
        raise NotImplementedError

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        if ask.residency is not None:
            return self._line(ask, self._saying(""), True, done_reason=ask.residency)
        choice = answer.choices[0]
        saying, more = self._saying(choice.text, choice.calls), {**self.closing, **_metrics(answer)}
        return self._line(ask, saying, True, done_reason=_reason(answer), **more)

    def frames(self, ask: Ask, answer: Answer, number: int) -> Iterator[Frame]:
        choice = answer.choices[0]
        for piece in choice.pieces:
            yield Frame(dumps(self._line(ask, self._saying(piece), False)), piece=True)
        for at, call in enumerate(choice.calls):
            yield Frame(dumps(self._line(ask, self._saying("", (call,), at), False)), piece=True)
        more = {**self.closing, **_metrics(answer)}
        end = self._line(ask, self._saying(""), True, done_reason=_reason(answer), **more)
        yield Frame(dumps(end))


def _is_zero(keep_alive: Any) -> bool:
    """Whether it asks to unload at once: 0, "0", "0s"…"""
    if isinstance(keep_alive, str):
        return keep_alive.rstrip("smh") == "0"
    return keep_alive == 0 and keep_alive is not False


def _tools(body: Json) -> tuple[Tool, ...]:
    found = []
    for tool in body.get("tools") or ():
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise bad("tools: each needs a function with a name")
        found.append(Tool(function["name"], function.get("parameters") or {}))
    return tuple(found)


def _schema(wanted: Any) -> Any:
    if wanted == "json":
        return {}
    return wanted if isinstance(wanted, dict) else None


def _reason(answer: Answer) -> str:
    return "length" if answer.choices[0].finish is Finish.LENGTH else "stop"


def _metrics(answer: Answer) -> Json:
    """Counts as reported; durations follow from the true counts, so that they are reproducible."""
    if answer.usage is None:
        return {}
    spent = answer.size * NANOSECONDS_PER_TOKEN
    return {
        "total_duration": answer.loading_ns + NANOSECONDS_PER_TOKEN + spent,
        "load_duration": answer.loading_ns,
        "prompt_eval_count": answer.usage.prompt,
        "prompt_eval_duration": NANOSECONDS_PER_TOKEN,
        "eval_count": answer.usage.completion,
        "eval_duration": spent,
    }


class Chat(Ollama):
    """POST /api/chat. Without messages it only loads the model, or unloads it."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        messages = body.get("messages") or []
        texts, last = read_messages(messages, ROLES) if messages else ((), "")
        return self._ask(body, texts, last)

    def _saying(self, text: str, calls: tuple[Call, ...] = (), first: int = 0) -> Json:
        message: Json = {"role": "assistant", "content": text}
        if calls:
            message["tool_calls"] = [
                {
                    "function": {
                        "index": at,
                        "name": call.name,
                        "arguments": json.loads(call.arguments),
                    }
                }
                for at, call in enumerate(calls, first)
            ]
        return {"message": message}


class Generate(Ollama):
    """POST /api/generate. Without a prompt it only loads the model, or unloads it."""

    closing: Mapping[str, object] = {"context": [1, 2, 3]}

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        prompt = body.get("prompt") or ""
        system = body.get("system") or ""
        if not (isinstance(prompt, str) and isinstance(system, str)):
            raise bad("prompt and system: must be strings")
        texts = tuple(text for text in (system, prompt) if text) if prompt else ()
        return self._ask(body, texts, prompt)

    def _saying(self, text: str, calls: tuple[Call, ...] = (), first: int = 0) -> Json:
        return {"response": text}


class Embed(Ollama):
    """POST /api/embed."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        given = body.get("input")
        inputs = (given,) if isinstance(given, str) else tuple(given or ())
        if not all(isinstance(text, str) for text in inputs):
            raise bad("invalid input type")
        size = whole_number(body, "dimensions") or 8
        return Ask(model_of(body), texts=inputs, choices=0, dimensions=size, local=True)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        texts = ask.texts[: len(ask.texts) - ask.faults.fewer]
        embeddings = [vector(text, ask.dimensions) for text in texts]
        body: Json = {"model": ask.model, "embeddings": embeddings}
        if answer.usage is not None:
            body["total_duration"] = answer.loading_ns + NANOSECONDS_PER_TOKEN
            body["load_duration"] = answer.loading_ns
            body["prompt_eval_count"] = answer.usage.prompt
        return body


def tagged(name: str) -> str:
    return name if ":" in name else f"{name}:latest"


def _described(name: str) -> Json:
    details = {
        "parent_model": "",
        "format": "gguf",
        "family": "llama",
        "families": ["llama"],
        "parameter_size": "1.7B",
        "quantization_level": "Q4_K_M",
    }
    tag = tagged(name)
    return {
        "name": tag,
        "model": tag,
        "size": 1_000_000_000,
        "digest": "0" * 64,
        "details": details,
    }


def tags(names: list[str]) -> Json:
    """GET /api/tags."""
    return {"models": [_described(name) | {"modified_at": MADE} for name in names]}


def running(names: list[str]) -> Json:
    """GET /api/ps."""
    state = {"expires_at": "2033-05-18T03:33:20Z", "size_vram": 0, "context_length": 4096}
    return {"models": [_described(name) | state for name in names]}
