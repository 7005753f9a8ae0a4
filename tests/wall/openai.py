"""The OpenAI dialect: chat completions and embeddings, in the shapes of the public API."""

import base64
import hashlib
import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from tests.wall.answers import Answer, Ask, Call, Choice, Finish, Tool, Usage, dumps
from tests.wall.dialect import (
    CREATED,
    Endpoint,
    Failure,
    Frame,
    Json,
    bad,
    model_of,
    read_messages,
    whole_number,
)

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
FINISH = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.FILTER: "content_filter",
    Finish.TOOL: "tool_calls",
    Finish.REFUSAL: "stop",
}
ERRORS: dict[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


class OpenAI(Endpoint):
    """What every OpenAI path shares: its errors and headers."""

    def error(self, failure: Failure, number: int) -> Json:
        fallback = "server_error" if failure.status >= 500 else "invalid_request_error"
        kind, code = ERRORS.get(failure.status, (fallback, None))
        if failure.code == "insufficient_quota":
            kind = failure.code
        error = {"message": failure.message, "type": kind, "param": None}
        return {"error": error | {"code": failure.code or code}}

    def error_frame(self, failure: Failure, number: int) -> Frame:
        return Frame(dumps(self.error(failure, number)))

    def no_model(self, model: str) -> Failure:
        message = f"The model `{model}` does not exist or you do not have access to it."
        return Failure(404, message, "model_not_found")

    def too_long(self, tokens: int) -> Failure:
        message = (
            f"This model's maximum context length is 8 tokens. However, your messages resulted in "
            f"{tokens} tokens. Please reduce the length of the messages."
        )
        return Failure(400, message, "context_length_exceeded")

    def headers(self, number: int) -> list[tuple[str, str]]:
        return [
            ("x-request-id", f"req_wall{number:08d}"),
            ("openai-organization", "org-wall"),
            ("openai-processing-ms", "1"),
            ("openai-version", "2020-10-01"),
            # The real API sits behind a proxy that hands out cookies: a trap for shared clients.
            ("set-cookie", f"__cf_bm=wall{number:08d}; path=/; HttpOnly"),
        ]


def _tools(body: Json) -> tuple[Tool, ...]:
    """The offered tools, the one that tool_choice names first; none for tool_choice none."""
    chosen = body.get("tool_choice")
    if chosen == "none":
        return ()
    found = []
    for tool in body.get("tools") or ():
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise bad("tools: each needs a function with a name")
        found.append(Tool(function["name"], function.get("parameters") or {}))
    name = chosen.get("function", {}).get("name") if isinstance(chosen, dict) else None
    return tuple(sorted(found, key=lambda tool: tool.name != name))


def _schema(body: Json) -> Any:
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return wanted.get("json_schema", {}).get("schema", {})
    return {} if wanted.get("type") == "json_object" else None


def _usage(usage: Usage) -> Json:
    prompt = {"cached_tokens": usage.cached, "audio_tokens": usage.audio}
    if usage.written:
        prompt["cache_write_tokens"] = usage.written
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
        "prompt_tokens_details": prompt,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _logprobs(pieces: tuple[str, ...], alternatives: int | None) -> Json | None:
    if alternatives is None:
        return None
    content = []
    for piece in pieces:
        top = []
        for rank in range(max(alternatives, 1)):
            token = piece if rank == 0 else f"{piece}{rank}"
            one = {"token": token, "logprob": -0.25 * (rank + 1), "bytes": list(token.encode())}
            top.append(one)
        content.append(top[0] | {"top_logprobs": top[:alternatives]})
    return {"content": content, "refusal": None}


class Chat(OpenAI):
    """POST /v1/chat/completions."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        texts, last = read_messages(body.get("messages"), ROLES)
        stream = body.get("stream") is True
        options = body.get("stream_options")
        if options and not stream:
            raise bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.")
        limit = whole_number(body, "max_completion_tokens") or whole_number(body, "max_tokens")
        wants_logprobs = body.get("logprobs") is True
        return Ask(
            model_of(body),
            stream=stream,
            texts=texts,
            last_user=last,
            limit=limit,
            tools=_tools(body),
            schema=_schema(body),
            choices=whole_number(body, "n") or 1,
            logprobs=(whole_number(body, "top_logprobs", 0) or 0) if wants_logprobs else None,
            wants_usage=not stream or bool((options or {}).get("include_usage")),
        )

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        body = self._envelope(ask, number, "chat.completion")
        body["choices"] = [
            self._whole_choice(ask, choice, index, number)
            for index, choice in enumerate(answer.choices)
        ]
        if answer.usage is not None:
            body["usage"] = _usage(answer.usage)
        return body

    def _envelope(self, ask: Ask, number: int, kind: str) -> Json:
        return {
            "id": f"chatcmpl-wall{number:08d}",
            "object": kind,
            "created": CREATED,
            "model": ask.model,
            "service_tier": "default",
            "system_fingerprint": "fp_wall",
        }

    def _whole_choice(self, ask: Ask, choice: Choice, index: int, number: int) -> Json:
        refused = choice.finish is Finish.REFUSAL
        message: Json = {
            "role": "assistant",
            "content": None if refused or choice.calls else choice.text,
            "refusal": choice.text if refused else None,
            "annotations": [],
        }
        if choice.calls:
            message["tool_calls"] = [
                _call(call, f"call_wall{number:08d}_{index}_{at}")
                for at, call in enumerate(choice.calls)
            ]
        return {
            "index": index,
            "message": message,
            "logprobs": _logprobs(choice.pieces, ask.logprobs),
            "finish_reason": FINISH[choice.finish],
        }

    def frames(self, ask: Ask, answer: Answer, number: int) -> Iterator[Frame]:
        envelope = self._envelope(ask, number, "chat.completion.chunk")
        tail = {"usage": None} if ask.wants_usage else {}
        for index, delta, finish, logprobs, piece in self._deltas(ask, answer, number):
            choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
            yield Frame(dumps({**envelope, "choices": [choice], **tail}), piece=piece)
        if ask.wants_usage and answer.usage is not None:
            yield Frame(dumps({**envelope, "choices": [], "usage": _usage(answer.usage)}))
        yield Frame("[DONE]")

    def _deltas(
        self, ask: Ask, answer: Answer, number: int
    ) -> Iterator[tuple[int, Json, str | None, Json | None, bool]]:
        """Choice index, delta, finish reason, logprobs and whether it is a piece, in order."""
        for index, choice in enumerate(answer.choices):
            start = {"role": "assistant", "content": None if choice.calls else "", "refusal": None}
            yield index, start, None, None, False
        for index, choice in enumerate(answer.choices):
            field = "refusal" if choice.finish is Finish.REFUSAL else "content"
            for piece in choice.pieces:
                yield index, {field: piece}, None, _logprobs((piece,), ask.logprobs), True
            for at, call in enumerate(choice.calls):
                opening = _call(call, f"call_wall{number:08d}_{index}_{at}", "")
                yield index, {"tool_calls": [{"index": at, **opening}]}, None, None, False
                for piece in call.pieces:
                    more = {"index": at, "function": {"arguments": piece}}
                    yield index, {"tool_calls": [more]}, None, None, True
            yield index, {}, FINISH[choice.finish], None, False


def _call(call: Call, call_id: str, arguments: str | None = None) -> Json:
    said = call.arguments if arguments is None else arguments
    return {"id": call_id, "type": "function", "function": {"name": call.name, "arguments": said}}


def vector(text: str, dimensions: int) -> list[float]:
    """A unit vector that depends on nothing but the text."""
    raw = hashlib.shake_128(text.encode("utf-8", "replace")).digest(dimensions * 2)
    values = [number / 32768 + 1e-6 for number in struct.unpack(f"<{dimensions}h", raw)]
    norm = math.sqrt(sum(value * value for value in values))
    return [value / norm for value in values]


def _inputs(given: Any) -> tuple[str, ...]:
    """The texts to embed; token lists count as the text of their numbers."""
    if isinstance(given, str):
        return (given,)
    if isinstance(given, list) and given:
        if all(isinstance(item, int) for item in given):
            return (" ".join(map(str, given)),)
        return tuple(item if isinstance(item, str) else " ".join(map(str, item)) for item in given)
    raise bad("input: must be a string or a list")


class Embeddings(OpenAI):
    """POST /v1/embeddings. `base64` is what the official client asks for unless told otherwise."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        return Ask(
            model_of(body),
            texts=_inputs(body.get("input")),
            choices=0,
            dimensions=whole_number(body, "dimensions") or 8,
            base64=body.get("encoding_format") == "base64",
        )

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        data = []
        for index, text in enumerate(ask.texts[: len(ask.texts) - ask.faults.fewer]):
            floats = vector(text, ask.dimensions)
            packed = base64.b64encode(struct.pack(f"<{len(floats)}f", *floats)).decode()
            if ask.faults.badbase64:
                packed = "§ no base64 §"
            embedding = packed if ask.base64 and not ask.faults.floats else floats
            data.append({"object": "embedding", "index": index, "embedding": embedding})
        body: Json = {"object": "list", "data": data, "model": ask.model}
        if answer.usage is not None:
            usage = answer.usage
            body["usage"] = {"prompt_tokens": usage.prompt, "total_tokens": usage.total}
        return body


def models(names: list[str]) -> Json:
    """GET /v1/models."""
    owner = {"object": "model", "created": CREATED, "owned_by": "wall"}
    return {"object": "list", "data": [{"id": name, **owner} for name in names]}
