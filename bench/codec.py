"""CPU of the wire: decoding a chat request to a `Request`, encoding stream chunks and whole answers.

usage: PYTHONPATH=src python bench/codec.py

Targets: a typical request of 600 bytes at most 25 us, a content delta at most 3 us.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from gilmok.core.completion import Delta, FinishReason, Opened, Usage
from gilmok.surfaces.chat_request import RequestLimits, decode_chat
from gilmok.surfaces.chat_stream import ChatStream
from gilmok.surfaces.chat_whole import ChatWhole

_LIMITS = RequestLimits()
_SYSTEM = "You answer briefly and precisely. " * 6
_QUESTION = "Which gateway rule decides whether this text may leave the building, and why? " * 4


def _body(**more: Any) -> bytes:
    messages = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _QUESTION}]
    chat = {"model": "auto", "messages": messages, "temperature": 0.2, "max_tokens": 256, **more}
    return json.dumps(chat, ensure_ascii=False).encode()


def _tool(number: int) -> dict[str, Any]:
    properties = {f"field{i}": {"type": "string", "description": "a field"} for i in range(8)}
    parameters = {"type": "object", "properties": properties, "required": ["field0"]}
    return {"type": "function", "function": {"name": f"tool{number}", "parameters": parameters}}


def _micros(action: Callable[[], object], times: int) -> float:
    """CPU microseconds of one call, median of seven rounds."""
    rounds = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(times):
            action()
        rounds.append((time.process_time() - start) / times * 1e6)
    return statistics.median(rounds)


def _decoding(body: bytes) -> Callable[[], object]:
    return lambda: decode_chat(
        body, decision_id="dec_0", received_at=0, deadline=1.0, locale="en", limits=_LIMITS
    )


def _streaming(delta: Delta) -> Callable[[], object]:
    stream = ChatStream(decision_id="dec_0", created=0, model="bench", include_usage=True)
    stream.encode(Opened())
    stream.encode(Delta(content="Hello"))
    return lambda: stream.encode(delta)


def _whole() -> bytes:
    answer = ChatWhole(decision_id="dec_0", created=0, model="bench")
    answer.add(Opened())
    answer.add(Delta(content=_QUESTION, finish=FinishReason.STOP))
    answer.add(Usage(120, 80))
    return answer.body()


def main() -> None:
    typical, korean = _body(), _body(user="고객 42", stop=["끝"], stream=True)
    unknown, tools = _body(top_k=40, min_p=0.1), _body(tools=[_tool(n) for n in range(8)])
    huge = _body(messages=[{"role": "user", "content": _QUESTION * 1000}])
    cases: list[tuple[str, Callable[[], object], int]] = [
        (f"decode, typical, {len(typical)} bytes", _decoding(typical), 20_000),
        (f"decode, with Korean, {len(korean)} bytes", _decoding(korean), 20_000),
        (f"decode, two unknown fields, {len(unknown)} bytes", _decoding(unknown), 10_000),
        (f"decode, eight tools, {len(tools)} bytes", _decoding(tools), 2_000),
        (f"decode, {len(huge)} bytes", _decoding(huge), 200),
        ("encode, content delta", _streaming(Delta(content=" word")), 50_000),
        ("encode, Korean content delta", _streaming(Delta(content=" 한국어")), 50_000),
        ("encode, reasoning delta", _streaming(Delta(reasoning=" word")), 20_000),
        ("encode, whole answer", _whole, 20_000),
    ]
    for name, action, times in cases:
        print(f"{name:44} {_micros(action, times):8.2f} us")


if __name__ == "__main__":
    main()
