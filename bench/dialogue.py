"""What is asked and answered in the bench: one chat request, one fixed answer, one fixed stream."""

import json
import re

UPSTREAM_MODEL = "bench"
CHUNKS = 40
SERIAL, CALLER = "#SERIAL#", "#CALLER#"
ANSWER = "The label of a text travels with it and decides which models may read it. " * 5
SYSTEM = "You answer briefly, precisely and in plain words. " * 4
QUESTION = (
    f"Question {SERIAL}: "
    + "How does a gateway choose between a small and a large model for a short question? " * 4
)
CREATED = 1_700_000_000
USAGE = {"prompt_tokens": 120, "completion_tokens": 80, "total_tokens": 200}


_MARKS = re.compile(f"({SERIAL}|{CALLER})".encode())
_LETTERS = bytes.maketrans(b"0123456789", b"bcdfghjklm")


def words(chunks: int = CHUNKS) -> list[str]:
    """The text of a stream, chunk by chunk."""
    return [f"word{number} " for number in range(chunks)]


def spelt(number: int) -> bytes:
    """Eight letters for a number: digits might look like somebody's."""
    return (b"%08d" % (number % 10**8)).translate(_LETTERS)


def filled(request: bytes, serial: int, callers: int) -> bytes:
    """A request in which its number and its caller stand where their marks stood, as long as before."""
    filling = {SERIAL.encode(): serial, CALLER.encode(): serial % callers}
    return _MARKS.sub(lambda mark: spelt(filling[mark[0]]), request)


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def request_body(model: str, stream: bool) -> str:
    """A chat request of about 650 bytes without personal data. No two are alike once they are `filled`."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    body = {"model": model, "messages": messages, "max_tokens": 256, "stream": stream}
    return _compact(body).decode()


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


def stream_events(with_usage: bool, chunks: int = CHUNKS) -> list[bytes]:
    """The content events (the last carries the finish reason), usage if asked for, [DONE]."""
    events = []
    for number, word in enumerate(words(chunks)):
        delta: dict[str, str] = {"content": word}
        if number == 0:
            delta["role"] = "assistant"
        finish = "stop" if number == chunks - 1 else None
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
