"""What is asked and answered in the bench: one chat request, one fixed answer, one fixed stream."""

import json

UPSTREAM_MODEL = "bench"
WORDS = [f"word{number} " for number in range(40)]
CHUNKS = len(WORDS)
ANSWER = "The label of a text travels with it and decides which models may read it. " * 5
SYSTEM = "You answer briefly, precisely and in plain words. " * 4
QUESTION = "How does a gateway choose between a small and a large model for a short question? " * 4
CREATED = 1_700_000_000
USAGE = {"prompt_tokens": 120, "completion_tokens": 80, "total_tokens": 200}


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def request_body(model: str, stream: bool) -> bytes:
    """A chat request of about 600 bytes without personal data."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    return _compact({"model": model, "messages": messages, "max_tokens": 256, "stream": stream})


def answer_body() -> bytes:
    """The whole answer of the non-stream dialogue."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": ANSWER},
        "finish_reason": "stop",
    }
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": CREATED}
    return _compact({**head, "model": UPSTREAM_MODEL, "choices": [choice], "usage": USAGE})


def _chunk(choices: list[dict[str, object]], usage: dict[str, int] | None = None) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": CREATED}
    body = {**head, "model": UPSTREAM_MODEL, "choices": choices}
    return b"data: " + _compact({**body, "usage": usage} if usage else body) + b"\n\n"


def stream_events(with_usage: bool) -> list[bytes]:
    """CHUNKS content events (the last carries the finish reason), usage if asked for, [DONE]."""
    events = []
    for number, word in enumerate(WORDS):
        delta: dict[str, str] = {"content": word}
        if number == 0:
            delta["role"] = "assistant"
        finish = "stop" if number == CHUNKS - 1 else None
        events.append(_chunk([{"index": 0, "delta": delta, "finish_reason": finish}]))
    if with_usage:
        events.append(_chunk([], USAGE))
    return [*events, b"data: [DONE]\n\n"]


def answer_text(payload: bytes) -> str:
    """The text of a non-stream answer."""
    return str(json.loads(payload)["choices"][0]["message"]["content"])


def stream_text(payload: bytes) -> str:
    """The text of a whole stream; raises ValueError unless it ends with [DONE]."""
    data = [line[5:].strip() for line in payload.split(b"\n") if line.startswith(b"data:")]
    if not data or data[-1] != b"[DONE]":
        raise ValueError("the stream does not end with [DONE]")
    text = ""
    for event in data[:-1]:
        for choice in json.loads(event).get("choices", []):
            text += choice.get("delta", {}).get("content") or ""
    return text
