"""The Anthropic dialect: messages and token counts, in the shapes of the public API."""

import json
from collections.abc import Iterator, Mapping

from tests.wall.answers import Answer, Ask, Call, Choice, Finish, Tool, Usage, dumps, prompt_tokens
from tests.wall.dialect import (
    Endpoint,
    Failure,
    Frame,
    Json,
    Refused,
    bad,
    model_of,
    read_messages,
    text_of,
    whole_number,
)

ROLES = frozenset({"user", "assistant"})
FINISH = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.FILTER: "refusal",
    Finish.TOOL: "tool_use",
    Finish.REFUSAL: "refusal",
}
ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
FIELDS = (
    frozenset({"model", "messages", "max_tokens", "system", "stream", "metadata", "container"})
    | frozenset({"temperature", "top_k", "top_p", "stop_sequences", "thinking", "cache_control"})
    | frozenset({"tools", "tool_choice", "mcp_servers", "context_management", "inference_geo"})
    | frozenset({"output_config", "output_format", "service_tier", "speed"})
)
"""The real API refuses any other field, which is how a careless translation shows."""
STOP_DETAILS = {"type": "refusal", "category": "cyber", "explanation": "Declined by policy."}


class Anthropic(Endpoint):
    """What every Anthropic path shares: its errors, its headers and what it insists on."""

    keepalive = b'event: ping\ndata: {"type": "ping"}\n\n'
    required: frozenset[str] = frozenset({"messages"})
    allowed: frozenset[str] = FIELDS

    def error(self, failure: Failure, number: int) -> Json:
        fallback = "api_error" if failure.status >= 500 else "invalid_request_error"
        error = {"type": ERRORS.get(failure.status, fallback), "message": failure.message}
        return {"type": "error", "error": error, "request_id": f"req_wall{number:08d}"}

    def error_frame(self, failure: Failure, number: int) -> Frame:
        return Frame(dumps(self.error(failure, number)), event="error")

    def no_model(self, model: str) -> Failure:
        return Failure(404, f"model: {model}")

    def too_long(self, tokens: int) -> Failure:
        return Failure(400, f"prompt is too long: {tokens} tokens > 8 maximum")

    def headers(self, number: int) -> list[tuple[str, str]]:
        return [
            ("request-id", f"req_wall{number:08d}"),
            ("anthropic-organization-id", "org-wall"),
        ]

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        if "anthropic-version" not in headers:
            raise bad("anthropic-version: header is required")
        if "x-api-key" not in headers and "authorization" not in headers:
            raise Refused(Failure(401, "x-api-key header is required"))
        for field in sorted(body.keys() - self.allowed):
            raise bad(f"{field}: Extra inputs are not permitted")
        for field in sorted(self.required - body.keys()):
            raise bad(f"{field}: Field required")
        model = model_of(body)
        texts, last = read_messages(body["messages"], ROLES)
        system = text_of(body.get("system"))
        return Ask(
            model,
            stream=body.get("stream") is True,
            texts=(system, *texts) if system else texts,
            last_user=last,
            limit=whole_number(body, "max_tokens"),
            tools=_tools(body),
            refusal_spoken=False,
        )


def _tools(body: Json) -> tuple[Tool, ...]:
    """The offered tools, the one that tool_choice names first; none for tool_choice none."""
    chosen = body.get("tool_choice") or {}
    if chosen.get("type") == "none":
        return ()
    found = []
    for tool in body.get("tools") or ():
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            raise bad("tools: each needs a name")
        if tool.get("type", "custom") == "custom" and "input_schema" not in tool:
            raise bad("tools.0.custom.input_schema: Field required")
        found.append(Tool(tool["name"], tool.get("input_schema") or {}))
    return tuple(sorted(found, key=lambda tool: tool.name != chosen.get("name")))


def _usage(usage: Usage, output: object) -> Json:
    """Input tokens exclude what the cache read or kept, as the real API counts them."""
    apart = usage.cached + usage.written
    return {
        "input_tokens": usage.prompt - apart if apart else usage.prompt,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": output,
    }


class Messages(Anthropic):
    """POST /v1/messages."""

    required = frozenset({"messages", "max_tokens"})

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        choice = answer.choices[0]
        body = self._envelope(ask, number)
        if choice.pieces:
            body["content"].append({"type": "text", "text": choice.text})
        for at, call in enumerate(choice.calls):
            value = json.loads(call.arguments)
            body["content"].append(_tool_use(call, number, at) | {"input": value})
        body |= _stop(choice)
        if answer.usage is not None:
            body["usage"] = _usage(answer.usage, answer.usage.completion)
        return body

    def _envelope(self, ask: Ask, number: int) -> Json:
        return {
            "id": f"msg_wall{number:08d}",
            "type": "message",
            "role": "assistant",
            "model": ask.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }

    def frames(self, ask: Ask, answer: Answer, number: int) -> Iterator[Frame]:
        choice = answer.choices[0]
        message = self._envelope(ask, number)
        if answer.usage is not None:
            # The real API says 1 here and the truth at the end: whoever stops midway must estimate.
            message["usage"] = _usage(answer.usage, 1)
        yield _event("message_start", message=message)
        yield _event("ping")
        yield from _blocks(choice, number)
        end: Json = {"delta": _stop(choice)}
        if answer.usage is not None:
            end["usage"] = _usage(answer.usage, answer.usage.completion)
        yield _event("message_delta", **end)
        yield _event("message_stop")


def _event(kind: str, piece: bool = False, **fields: object) -> Frame:
    return Frame(dumps({"type": kind, **fields}), event=kind, piece=piece)


def _stop(choice: Choice) -> Json:
    stop: Json = {"stop_reason": FINISH[choice.finish], "stop_sequence": None}
    if stop["stop_reason"] == "refusal":
        stop["stop_details"] = STOP_DETAILS
    return stop


def _tool_use(call: Call, number: int, at: int) -> Json:
    return {"type": "tool_use", "id": f"toolu_wall{number:08d}_{at}", "name": call.name}


def _blocks(choice: Choice, number: int) -> Iterator[Frame]:
    """The content blocks: one of text if there is any, then one per tool call."""
    index = 0
    if choice.pieces:
        block: Json = {"type": "text", "text": ""}
        yield _event("content_block_start", index=index, content_block=block)
        for piece in choice.pieces:
            delta = {"type": "text_delta", "text": piece}
            yield _event("content_block_delta", piece=True, index=index, delta=delta)
        yield _event("content_block_stop", index=index)
        index += 1
    for at, call in enumerate(choice.calls):
        block = _tool_use(call, number, at) | {"input": {}}
        yield _event("content_block_start", index=index + at, content_block=block)
        for piece in call.pieces:
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield _event("content_block_delta", piece=True, index=index + at, delta=delta)
        yield _event("content_block_stop", index=index + at)


class CountTokens(Anthropic):
    """POST /v1/messages/count_tokens."""

    allowed = frozenset({"model", "messages", "system", "tools", "tool_choice", "thinking"}) | {
        "cache_control",
        "output_config",
    }

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        return {"input_tokens": prompt_tokens(ask)}


def models(names: list[str]) -> Json:
    """GET /v1/models, to a client that sends anthropic-version."""
    made = {"type": "model", "created_at": "2023-11-14T22:13:20Z"}
    data = [{"id": name, "display_name": name, **made} for name in names]
    return {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}
