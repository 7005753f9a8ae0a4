"""What every service has to keep, whatever it speaks. A new one is one more line of `ANSWERS`."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.providers.samples import KEY
from tests.unit.providers.services.samples import (
    AWS_KEY,
    endpoint,
    outbound,
    upstream,
    work_for,
)
from tests.wall import Wall
from tests.wall.services import png

from gilmok import providers
from gilmok.core.completion import Delta, Event, Made, Opened, Usage, Vector
from gilmok.core.errors import AttemptFailed, MalformedAnswer
from gilmok.core.outbound import Letter
from gilmok.core.request import texts
from gilmok.core.work import Does
from gilmok.providers.services import SERVICES, JobService, Service

FLOATS = b64encode(b"\0\0\x80?" * 3).decode()
PICTURE = b64encode(png("x")).decode()

ANSWERS: dict[tuple[str, Does], tuple[str, bytes]] = {
    ("openai", Does.EMBEDDINGS): (
        "application/json",
        json.dumps(
            {
                "data": [
                    {"index": 1, "embedding": [0.25, -1, 3e-3]},
                    {"index": 0, "embedding": FLOATS},
                ],
                "usage": {"prompt_tokens": 4},
            }
        ).encode(),
    ),
    ("openai", Does.IMAGES): (
        "application/json",
        json.dumps({"data": [{"b64_json": PICTURE, "revised_prompt": "고양이"}]}).encode(),
    ),
    ("openai", Does.SPEECH): ("audio/mpeg", bytes(range(256)) * 3),
    ("openai", Does.TRANSCRIPTION): (
        "application/json",
        json.dumps({"text": "안녕", "usage": {"type": "duration", "seconds": 3}}).encode(),
    ),
    ("ollama", Does.EMBEDDINGS): (
        "application/json",
        json.dumps({"embeddings": [[0.5, 1], [2, 3]], "prompt_eval_count": 4}).encode(),
    ),
    ("stability", Does.IMAGES): (
        "application/json",
        json.dumps({"image": PICTURE, "finish_reason": "SUCCESS"}).encode(),
    ),
    ("google-speech", Does.SPEECH): (
        "application/json",
        json.dumps({"audioContent": b64encode(b"sound").decode()}).encode(),
    ),
    ("azure-speech", Does.SPEECH): ("audio/mpeg", b"sound" * 50),
}
JOBS = {("google-video", Does.VIDEO), ("rekognition", Does.VIDEO)}
CASES = [pytest.param(*key, id="-".join(key)) for key in ANSWERS]
EVERY = [pytest.param(*key, id="-".join(key)) for key in SERVICES]

WORDS = (
    *("data", "embedding", "embeddings", "index", "b64_json", "url", "usage", "text", "image"),
    *("audioContent", "error", "code", "duration", "seconds", "finish_reason", "prompt_tokens"),
    *("input_tokens", "output_tokens"),
)
"""What the services' documents are made of."""

Ended = tuple[list[Event], AttemptFailed | None]


def test_every_service_is_held_to_this_contract() -> None:
    assert ANSWERS.keys() | JOBS == SERVICES.keys()
    assert {key for key, each in SERVICES.items() if isinstance(each, JobService)} == JOBS


def letter_of(wire: str, does: Does) -> Letter:
    return providers.dialect(wire).encode(endpoint(wire, does), work_for(wire, does))


def read(service: Service, letter: Letter, kind: str, pieces: list[bytes]) -> Ended:
    found: list[Event] = []
    try:
        decoder = service.decoder(letter, kind)
        for piece in pieces:
            found += decoder.feed(piece)
            if decoder.done:
                break
        return found + decoder.finish(), None
    except AttemptFailed as error:
        return found, error


def joined(ended: Ended) -> tuple[list[Event], bytes, str]:
    """Events with the pieces of sound put together, and how it ended."""
    events, error = ended
    sound = b"".join(e.data for e in events if isinstance(e, Made) and e.media_type[:5] == "audio")
    others = [e for e in events if not (isinstance(e, Made) and e.media_type[:5] == "audio")]
    return others, sound, "" if error is None else str(error)


@pytest.mark.parametrize(("wire", "does"), EVERY)
class TestEncoding:
    def test_every_text_arrives(self, wire: str, does: Does) -> None:
        asked = work_for(wire, does)
        body = letter_of(wire, does).body
        assert providers.dialect(wire).unsupported(asked) == ()
        sent = body.decode("utf-8", "replace").lower()
        for ref in texts(asked):
            words = re.findall(r"cnry[\w-]+", ref.text.reveal().lower())
            assert all(word in sent or "recording" in ref.path for word in words)
            if not ref.readable and "data" in (part := json.loads(ref.text.reveal())[_kind(does)]):
                raw = b64decode(part["data"])
                assert raw in body or part["data"].encode() in body

    def test_never_the_key_nor_our_own_names(self, wire: str, does: Does) -> None:
        letter = letter_of(wire, does)
        whole = letter.body + repr(letter.headers).encode() + letter.path.encode()
        for secret in (KEY, AWS_KEY.partition(":")[2], "asked-model", "dec_1"):
            assert secret.encode() not in whole

    def test_the_same_request_is_the_same_bytes(self, wire: str, does: Does) -> None:
        assert letter_of(wire, does) == letter_of(wire, does)

    def test_nothing_shows_in_what_is_printed(self, wire: str, does: Does) -> None:
        assert "cnry" not in repr(letter_of(wire, does)).lower()

    @given(body=st.binary(max_size=200), after=st.text(max_size=20))
    def test_any_refusal_is_one_of_which_nothing_is_kept(
        self, wire: str, does: Does, body: bytes, after: str
    ) -> None:
        error = SERVICES[wire, does].failure(503, {"retry-after": after}, body)
        assert error.status == 503
        assert error.kind == ""
        assert error.retry_after_s is None or 0 <= error.retry_after_s <= 86_400


def _kind(does: Does) -> str:
    return "input_audio" if does is Does.TRANSCRIPTION else "video"


@pytest.mark.parametrize(("wire", "does"), CASES)
class TestDecoding:
    def test_the_whole(self, wire: str, does: Does) -> None:
        kind, data = ANSWERS[wire, does]
        events, error = read(SERVICES[wire, does], letter_of(wire, does), kind, [data])
        assert error is None
        assert isinstance(events[0], Opened)
        assert sum(isinstance(event, Opened) for event in events) == 1
        wanted: dict[Does, type[Event]] = {Does.EMBEDDINGS: Vector, Does.TRANSCRIPTION: Delta}
        said = [e for e in events if not isinstance(e, Opened | Usage)]
        assert said
        assert all(isinstance(event, wanted.get(does, Made)) for event in said)

    def test_byte_by_byte(self, wire: str, does: Does) -> None:
        self.same(wire, does, lambda data: [data[at : at + 1] for at in range(len(data))])

    @given(cuts=st.lists(st.integers(0, 5000), max_size=20))
    def test_any_cuts_give_the_same(self, wire: str, does: Does, cuts: list[int]) -> None:
        def cut(data: bytes) -> list[bytes]:
            marks = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
            return [data[a:b] for a, b in pairwise(marks)]

        self.same(wire, does, cut)

    def same(self, wire: str, does: Does, cut: Callable[[bytes], list[bytes]]) -> None:
        kind, data = ANSWERS[wire, does]
        service, letter = SERVICES[wire, does], letter_of(wire, does)
        assert joined(read(service, letter, kind, cut(data))) == joined(
            read(service, letter, kind, [data])
        )

    def test_half_a_document_is_no_answer(self, wire: str, does: Does) -> None:
        kind, data = ANSWERS[wire, does]
        # Sound that breaks off is the transport's to tell; only none at all is none.
        ends = range(len(data)) if kind == "application/json" else (0,)
        for end in ends:
            events, error = read(SERVICES[wire, does], letter_of(wire, does), kind, [data[:end]])
            assert isinstance(error, MalformedAnswer)
            assert events == []

    @given(data=st.binary(max_size=300))
    def test_garbage_is_a_failed_attempt_and_nothing_worse(
        self, wire: str, does: Does, data: bytes
    ) -> None:
        _, error = read(SERVICES[wire, does], letter_of(wire, does), "application/json", [data])
        assert error is not None

    @given(
        document=st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(WORDS),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=12,
        )
    )
    def test_nonsense_in_the_right_words_is_a_failed_attempt_at_worst(
        self, wire: str, does: Does, document: object
    ) -> None:
        data = json.dumps(document).encode()
        read(SERVICES[wire, does], letter_of(wire, does), "application/json", [data])

    @given(at=st.integers(0, 5000), byte=st.binary(min_size=1, max_size=1))
    def test_one_wrong_byte_never_raises_anything_else(
        self, wire: str, does: Does, at: int, byte: bytes
    ) -> None:
        kind, data = ANSWERS[wire, does]
        at %= len(data)
        changed = data[:at] + byte + data[at + 1 :]
        read(SERVICES[wire, does], letter_of(wire, does), kind, [changed])


@pytest.mark.parametrize(("wire", "does"), EVERY)
async def test_a_whole_exchange_on_real_sockets(wire: str, does: Does) -> None:
    """The wall checks each dialect's own rules: keys where they belong, forms that have an end."""
    async with Wall() as wall:
        where = endpoint(wire, does, wall)
        speaker = upstream(where)
        sent = outbound(where, work_for(wire, does))
        async with speaker.converse(sent, connect_s=2.0) as batches:
            events = [event async for batch in batches for event in batch]
        await speaker.close()
        assert isinstance(events[0], Opened)
        assert len(events) > 1
        assert {exchange.status for exchange in wall.exchanges} == {200}
        assert not any("gilmok" in (e.header("cookie") or "") for e in wall.exchanges)
