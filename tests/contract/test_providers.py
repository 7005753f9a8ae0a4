"""What every wire has to keep, whatever it speaks. A new wire is one more line of `CASES`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.providers.samples import KEY, endpoint, finishes, full_request, request

from gilmok import providers
from gilmok.core.completion import Delta, Event, Opened, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import AttemptFailed
from gilmok.core.request import Request, texts
from gilmok.providers.wire import Wire

WORDS = ("안녕 ", 'a "b"\\', "\n끝 🎉")


def _sse(*documents: object) -> bytes:
    return b"".join(
        b"data: " + json.dumps(d, ensure_ascii=False).encode() + b"\r\n\r\n" for d in documents
    )


def _openai(stream: bool) -> bytes:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    if not stream:
        message = {"role": "assistant", "content": "".join(WORDS)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return json.dumps({"id": "c", "choices": [choice], "usage": usage}).encode()
    chunks: list[dict[str, object]] = [
        {"index": 0, "delta": {"content": w}, "finish_reason": None} for w in WORDS
    ]
    chunks.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    end = {"id": "c", "choices": [], "usage": usage}
    return _sse(*({"id": "c", "choices": [c]} for c in chunks), end) + b"data: [DONE]\n\n"


def _anthropic(stream: bool) -> bytes:
    usage = {"input_tokens": 7, "output_tokens": 3}
    if not stream:
        content = [{"type": "text", "text": "".join(WORDS)}]
        return json.dumps(
            {"id": "m", "content": content, "stop_reason": "end_turn", "usage": usage}
        ).encode()
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": w}}
        for w in WORDS
    ]
    return _sse(
        {"type": "message_start", "message": {"id": "m", "usage": usage}},
        *deltas,
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
    )


def _ollama(stream: bool) -> bytes:
    counts = {"done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 3}
    if not stream:
        return json.dumps({"message": {"content": "".join(WORDS)}, **counts}).encode()
    lines = [{"message": {"content": word}, "done": False} for word in WORDS]
    lines.append({"message": {"content": ""}, **counts})
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


CASES: dict[str, Callable[[bool], bytes]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "ollama": _ollama,
}


def test_every_wire_is_held_to_this_contract() -> None:
    assert CASES.keys() == providers.WIRES.keys()


FIELDS = [
    "choices",
    "delta",
    "message",
    "content",
    "usage",
    "error",
    "index",
    "type",
    "done",
    "finish_reason",
    "tool_calls",
    "function",
    "id",
]
"""Words that the wires' documents are made of."""


def read(wire: Wire, stream: bool, pieces: list[bytes]) -> tuple[list[Event], AttemptFailed | None]:
    """The events and how it ended: `None` for properly."""
    decoder = wire.decoder(stream)
    found: list[Event] = []
    for piece in pieces:
        found += decoder.feed(piece)
        if decoder.done:
            break
    try:
        return found + decoder.finish(), None
    except AttemptFailed as error:
        return found, error


def joined(events: list[Event]) -> str:
    return "".join(e.content or "" for e in events if isinstance(e, Delta))


CANARY = re.compile(r"CNRY\w*")
PARAMETER = {
    "CNRYextra": "CNRYfield",
    "CNRYfield": "CNRYfield",
    "CNRYprediction": "prediction",
    "CNRYschema": "response_format",
}
"""The parameters whose texts a wire may leave out, if it says so; every other text has to arrive."""


@pytest.mark.parametrize("name", CASES)
class TestEncoding:
    def where(self, name: str) -> Endpoint:
        return endpoint(name, model="the-model")

    def test_every_text_arrives_or_its_parameter_is_named(self, name: str) -> None:
        asked = full_request()
        sent = providers.dialect(name).encode(self.where(name), asked).body.decode()
        unsupported = providers.dialect(name).unsupported(asked)
        found = CANARY.findall(" ".join(ref.text.reveal() for ref in texts(asked)))
        assert len(set(found)) > 15
        for canary in set(found) - set(CANARY.findall(sent)):
            assert PARAMETER[canary] in unsupported

    def test_only_the_endpoints_model_is_named_and_never_its_key(self, name: str) -> None:
        asked = full_request()
        letter = providers.dialect(name).encode(self.where(name), asked)
        assert json.loads(letter.body)["model"] == "the-model"
        assert b"asked-model" not in letter.body
        assert KEY.encode() not in letter.body
        assert KEY not in repr(letter.headers) + letter.path
        assert b"dec_1" not in letter.body

    def test_the_same_request_is_the_same_bytes(self, name: str) -> None:
        once = providers.dialect(name).encode(self.where(name), full_request())
        assert once == providers.dialect(name).encode(self.where(name), full_request())

    def test_a_plain_request_is_supported(self, name: str) -> None:
        assert providers.dialect(name).unsupported(request()) == ()

    def test_nothing_shows_in_what_is_printed(self, name: str) -> None:
        assert "CNRY" not in repr(providers.dialect(name).encode(self.where(name), _asked()))

    def test_the_stream_flag_is_the_requests(self, name: str) -> None:
        for stream in (True, False):
            asked = request(stream=stream)
            body = json.loads(providers.dialect(name).encode(self.where(name), asked).body)
            assert body.get("stream", False) is stream


def _asked() -> Request:
    return full_request()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("stream", [True, False])
class TestDecoding:
    def test_the_whole(self, name: str, stream: bool) -> None:
        events, error = read(providers.WIRES[name], stream, [CASES[name](stream)])
        assert error is None
        assert joined(events) == "".join(WORDS)
        assert finishes(events) == ["stop"]
        assert isinstance(events[0], Opened)
        assert events[-1] == Usage(7, 3)
        assert sum(isinstance(event, Opened) for event in events) == 1

    def test_byte_by_byte(self, name: str, stream: bool) -> None:
        data = CASES[name](stream)
        pieces = [data[at : at + 1] for at in range(len(data))]
        wire = providers.WIRES[name]
        assert read(wire, stream, pieces) == read(wire, stream, [data])

    @given(cuts=st.lists(st.integers(0, 5000), max_size=20))
    def test_any_cuts_give_the_same_events(self, name: str, stream: bool, cuts: list[int]) -> None:
        data = CASES[name](stream)
        marks = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
        pieces = [data[a:b] for a, b in pairwise(marks)]
        wire = providers.WIRES[name]
        assert read(wire, stream, pieces) == read(wire, stream, [data])

    def test_cut_off_anywhere_it_ends_properly_only_when_complete(
        self, name: str, stream: bool
    ) -> None:
        data = CASES[name](stream)
        for end in range(len(data)):
            events, error = read(providers.WIRES[name], stream, [data[:end]])
            if error is None:
                assert joined(events) == "".join(WORDS)
                assert finishes(events) == ["stop"]
            else:
                assert "".join(WORDS).startswith(joined(events))
                assert not any(isinstance(event, Usage) for event in events)

    @given(data=st.binary(max_size=300))
    def test_garbage_is_a_failed_attempt_and_nothing_worse(
        self, name: str, stream: bool, data: bytes
    ) -> None:
        events, error = read(providers.WIRES[name], stream, [data])
        assert error is not None
        assert finishes(events) == []

    @given(
        documents=st.lists(
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(FIELDS),
                        inner,
                        max_size=5,
                    )
                ),
                max_leaves=12,
            ),
            max_size=6,
        )
    )
    def test_nonsense_in_the_right_words_is_a_failed_attempt_at_worst(
        self, name: str, stream: bool, documents: list[object]
    ) -> None:
        if stream and name != "ollama":
            data = b"".join(b"data: " + msgspec.json.encode(d) + b"\n\n" for d in documents)
        else:
            data = b"\n".join(msgspec.json.encode(d) for d in documents)
        read(providers.WIRES[name], stream, [data])

    @given(at=st.integers(0, 5000), byte=st.binary(min_size=1, max_size=1))
    def test_one_wrong_byte_never_raises_anything_else(
        self, name: str, stream: bool, at: int, byte: bytes
    ) -> None:
        data = CASES[name](stream)
        at %= len(data)
        read(providers.WIRES[name], stream, [data[:at] + byte + data[at + 1 :]])


@pytest.mark.parametrize("name", CASES)
class TestRefusals:
    @given(body=st.binary(max_size=200), after=st.text(max_size=20))
    def test_any_body_is_a_refusal_of_which_nothing_is_kept(
        self, name: str, body: bytes, after: str
    ) -> None:
        headers = {"retry-after": after, "retry-after-ms": after, "date": after}
        error = providers.WIRES[name].failure(503, headers, body)
        assert error.status == 503
        assert error.retry_after_s is None or 0 <= error.retry_after_s <= 86_400
        assert error.kind == ""
