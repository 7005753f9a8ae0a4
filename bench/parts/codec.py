"""Decoding and encoding a chat request and a stream chunk: typed, partly raw, untyped, standard library.

usage: python -m bench.parts.codec
"""

import json
import statistics
import time
from collections.abc import Callable

import msgspec
from bench.parts.payloads import (
    ChatAnswer,
    ChatChunk,
    ChatRequest,
    answer_body,
    request_body,
    stream_events,
)


class RawRequest(msgspec.Struct, omit_defaults=True):
    """Only what routing needs is typed; the messages stay bytes."""

    model: str
    messages: msgspec.Raw
    stream: bool = False


def micros(action: Callable[[], object], times: int = 20_000) -> float:
    """CPU microseconds of one call, median of five rounds."""
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(times):
            action()
        rounds.append((time.process_time() - start) / times * 1e6)
    return statistics.median(rounds)


def main() -> None:
    body, answer, chunk = request_body(False), answer_body(), stream_events()[3][6:-2]
    typed, raw = msgspec.json.Decoder(ChatRequest).decode, msgspec.json.Decoder(RawRequest).decode
    untyped, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    answers, chunks = (
        msgspec.json.Decoder(ChatAnswer).decode,
        msgspec.json.Decoder(ChatChunk).decode,
    )
    cases: dict[str, Callable[[], object]] = {
        "request typed decode": lambda: typed(body),
        "request typed decode + encode": lambda: encode(typed(body)),
        "request Raw messages decode": lambda: raw(body),
        "request Raw messages decode + encode": lambda: encode(raw(body)),
        "request untyped decode + encode": lambda: encode(untyped(body)),
        "request json.loads + json.dumps": lambda: json.dumps(json.loads(body)),
        "answer typed decode + encode": lambda: encode(answers(answer)),
        "chunk typed decode": lambda: chunks(chunk),
        "chunk typed decode + encode": lambda: encode(chunks(chunk)),
        "chunk json.loads + json.dumps": lambda: json.dumps(json.loads(chunk)),
    }
    print(f"request {len(body)} bytes, answer {len(answer)} bytes, chunk {len(chunk)} bytes")
    for name, action in cases.items():
        print(f"{name:40} {micros(action):7.2f} us")


if __name__ == "__main__":
    main()
