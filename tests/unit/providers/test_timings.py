"""Times by the server's own clock: llama.cpp's and Ollama's, and nonsense in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gilmok.core.completion import Event, Timings, Usage
from gilmok.providers import ollama_answers, openai_answers
from gilmok.providers.wire import Decoder

# As llama-server b1 (571d0d5) wrote it, streamed and whole.
LLAMA = {
    "cache_n": 0,
    "prompt_n": 32,
    "prompt_ms": 250.824,
    "prompt_per_token_ms": 7.83825,
    "predicted_n": 5,
    "predicted_ms": 63.34,
}
OLLAMA = {
    "prompt_eval_duration": 51_000_000,
    "eval_duration": 900_000_000,
    "load_duration": 2_500_000,
}
SAID = Timings(250.824, 63.34, prefilled=32)


def llama(timings: object, *, stream: bool) -> Usage:
    usage = {"prompt_tokens": 32, "completion_tokens": 5, "total_tokens": 37}
    last: dict[str, Any] = {"choices": [], "usage": usage, "timings": timings}
    if stream:
        first = {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in (first, last)]
        return _usage(openai_answers.Chunks(), "".join(lines) + "data: [DONE]\n\n")
    message = {"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}
    return _usage(openai_answers.Whole(), json.dumps(last | {"choices": [message]}))


def ollama(*, stream: bool, **more: object) -> Usage:
    line = {
        "model": "m", "message": {"role": "assistant", "content": "hi"}, "done": True,
        "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9, **more,
    }  # fmt: skip
    decoder: Decoder = ollama_answers.Lines() if stream else ollama_answers.Whole()
    return _usage(decoder, json.dumps(line) + "\n")


def _usage(decoder: Decoder, text: str) -> Usage:
    events: list[Event] = [*decoder.feed(text.encode()), *decoder.finish()]
    (usage,) = (event for event in events if isinstance(event, Usage))
    return usage


@pytest.mark.parametrize("stream", [True, False])
def test_llama_cpp_tells_its_phases(stream: bool) -> None:
    assert llama(LLAMA, stream=stream) == Usage(32, 5, timings=SAID)


@pytest.mark.parametrize("stream", [True, False])
def test_ollama_tells_its_phases(stream: bool) -> None:
    told = ollama(stream=stream, **OLLAMA)
    assert told == Usage(26, 9, timings=Timings(51.0, 900.0, 2.5))
    # A prompt that was in its cache takes no time, and an old server loads without a word.
    cached = ollama(stream=stream, eval_duration=900_000_000)
    assert cached.timings == Timings(0.0, 900.0)
    assert ollama(stream=stream).timings is None


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        [],
        "soon",
        {},
        {"prompt_ms": 1.0},
        {"prompt_ms": -1.0, "predicted_ms": 2.0},
        {"prompt_ms": 1.0, "predicted_ms": 1e12},
        {"prompt_ms": "1", "predicted_ms": 2.0},
        {"prompt_ms": 1.0, "predicted_ms": 2.0, "prompt_n": -4},
    ],
)
def test_nonsense_costs_the_times_only(nonsense: object) -> None:
    assert llama(nonsense, stream=True) == Usage(32, 5)


@pytest.mark.parametrize("nonsense", [-1, 1.5, True, "9", 10**300, None])
def test_nonsense_of_ollama_costs_the_times_only(nonsense: object) -> None:
    assert ollama(stream=False, eval_duration=nonsense) == Usage(26, 9)
    load = ollama(stream=False, eval_duration=1_000_000, load_duration=nonsense)
    assert load.timings == Timings(0.0, 1.0)


def test_others_tell_nothing() -> None:
    usage = {"prompt_tokens": 32, "completion_tokens": 5}
    message = {"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}
    body = json.dumps({"choices": [message], "usage": usage})
    assert _usage(openai_answers.Whole(), body).timings is None
