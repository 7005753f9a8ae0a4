"""Services over real sockets: answers, faults, and answers that mean harm."""

from __future__ import annotations

import json
import struct
import tracemalloc
from base64 import b64encode

import pytest
from msgspec.structs import replace

from gilmok import providers
from gilmok.core.completion import Delta, Event, FinishReason, Made, Opened, Usage, Vector
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.errors import (
    AttemptFailed,
    ConnectFailed,
    MalformedAnswer,
    StreamBroken,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.core.request import Request
from gilmok.core.work import Does
from gilmok.providers.services import SERVICES
from gilmok.providers.services import upstream as services_upstream
from gilmok.providers.services.made import Sound
from gilmok.providers.services.service import MAX_MADE
from gilmok.providers.services.vectors import MAX_VECTOR
from tests.unit.providers.samples import KEY, replying
from tests.unit.providers.services.samples import (
    embedding,
    endpoint,
    outbound,
    picture,
    speech,
    transcription,
    upstream,
    work_for,
)
from tests.wall import Wall
from tests.wall.openai import vector
from tests.wall.services import SOUNDS, TRANSCRIPT, png

VECTORS, IMAGES, SPEECH, HEARD = (
    Does.EMBEDDINGS,
    Does.IMAGES,
    Does.SPEECH,
    Does.TRANSCRIPTION,
)


async def ask(where: Endpoint, asked: Request) -> list[Event]:
    speaker = upstream(where)
    try:
        async with speaker.converse(outbound(where, asked), connect_s=2.0) as batches:
            return [event async for batch in batches for event in batch]
    finally:
        await speaker.close()


async def said(model: str, asked: Request, wire: str = "openai") -> list[Event]:
    assert asked.work is not None
    async with Wall() as wall:
        return await ask(endpoint(wire, asked.work.does, wall, model=model), asked)


async def answered(reply: bytes, asked: Request, wire: str = "openai") -> list[Event]:
    """What is made of a raw answer."""
    assert asked.work is not None
    async with replying(reply) as port:
        at = f"http://127.0.0.1:{port}"
        return await ask(endpoint(wire, asked.work.does, base_url=at), asked)


def document(body: object, kind: str = "application/json") -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(data)}\r\n\r\n"
    return head.encode() + data


def floats(words: str, size: int = 8) -> bytes:
    return struct.pack(f"<{size}f", *vector(words, size))


class TestEmbeddings:
    @pytest.mark.parametrize("wire", ["openai", "ollama"])
    @pytest.mark.parametrize("model", ["ok", "split"])
    async def test_one_for_each_text_in_order(self, wire: str, model: str) -> None:
        asked = embedding("둘", "하나", "two", dimensions=12)
        opened, *vectors, usage = await said(model, asked, wire)
        assert isinstance(opened, Opened)
        assert vectors == [
            Vector(at, floats(word, 12)) for at, word in enumerate(("둘", "하나", "two"))
        ]
        assert usage == Usage(3, 0)

    async def test_base64_and_numbers_are_the_same_vectors(self) -> None:
        asked = embedding("a", "b")
        plain, base64 = await said("floats", asked), await said("ok", asked)
        assert plain[1:] == base64[1:]

    @pytest.mark.parametrize("model", ["fewer", "badbase64", "badjson", "malformed=1"])
    async def test_what_is_no_answer(self, model: str) -> None:
        with pytest.raises(MalformedAnswer):
            await said(model, embedding())

    @pytest.mark.parametrize(
        "data",
        [
            [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}],
            [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}],
            [{"index": 0, "embedding": [1]}, {"index": 2, "embedding": [1]}],
            [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}],
            [{"index": 0, "embedding": [1e300]}, {"index": 1, "embedding": [1]}],
            [{"index": 0, "embedding": "AAAA"}, {"index": 1, "embedding": "AAAA"}],
            [{"index": 0, "embedding": ["x"]}, {"index": 1, "embedding": [1]}],
            [{"index": 0, "embedding": {"a": 1}}, {"index": 1, "embedding": [1]}],
            [
                {"index": at, "embedding": b64encode(struct.pack("<f", float("nan"))).decode()}
                for at in range(2)
            ],
        ],
    )
    async def test_what_is_no_vector(self, data: object) -> None:
        with pytest.raises(MalformedAnswer):
            await answered(document({"data": data}), embedding())

    async def test_numbers_cannot_fill_the_memory(self) -> None:
        """Two letters on the wire would be 32 bytes of a list: one long vector is never made."""
        one = b"[" + b"0," * (MAX_VECTOR // 2) + b"0]"
        body = b'{"data":[{"index":0,"embedding":' + one + b'},{"index":1,"embedding":[0]}]}'
        tracemalloc.start()
        with pytest.raises(MalformedAnswer, match="too_large"):
            await answered(document(body), embedding())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 16 * MAX_VECTOR


class TestPictures:
    async def test_pictures_with_what_was_made_of_the_prompt(self) -> None:
        _, *made, usage = await said("ok", picture("고양이", count=2))
        assert made == [
            Made(png(f"고양이{at}"), "image/png", at, "wall: 고양이") for at in range(2)
        ]
        assert usage == Usage(1, 200, units=2, image_output=200)

    async def test_without_tokens_the_pictures_are_counted(self) -> None:
        assert (await said("nousage", picture(count=3)))[-1] == Usage(0, 0, units=3)

    async def test_an_address_is_never_fetched(self) -> None:
        with pytest.raises(MalformedAnswer, match="picture_by_address"):
            await said("byaddress", picture())

    @pytest.mark.parametrize("model", ["fewer", "badbase64", "badjson"])
    async def test_what_is_no_answer(self, model: str) -> None:
        with pytest.raises(MalformedAnswer):
            await said(model, picture(count=2))

    @pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"<html>", b"MZ", b"\x89PNG"])
    async def test_what_is_no_picture_is_never_passed_on(self, data: bytes) -> None:
        item = {"b64_json": b64encode(data).decode()}
        with pytest.raises(MalformedAnswer, match="no_picture"):
            await answered(document({"data": [item]}), picture())

    @pytest.mark.parametrize("wire", ["openai", "stability"])
    async def test_a_prompt_that_is_refused_is_the_callers_affair(self, wire: str) -> None:
        with pytest.raises(UpstreamStatus) as caught:
            await said("moderated", picture(), wire)
        assert caught.value.kind == "content_policy_violation"
        assert caught.value.is_callers_fault

    async def test_stability_calls_moderation_forbidden(self) -> None:
        body = b'{"name":"content_moderation","errors":["the prompt, quoted"]}'
        error = SERVICES["stability", IMAGES].failure(403, {}, body)
        assert (error.status, error.kind) == (400, "content_policy_violation")
        assert SERVICES["stability", IMAGES].failure(403, {}, b'{"name":"forbidden"}').status == 403


class TestSpeech:
    @pytest.mark.parametrize("format", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
    async def test_sound_comes_as_it_is(self, format: str) -> None:
        opened, *pieces = await said("split", speech(format=format))
        assert isinstance(opened, Opened)
        whole = await said("ok", speech(format=format))
        assert _sound(pieces) == _sound(whole[1:])
        assert len(_sound(pieces)) == 3000
        assert {p.media_type for p in pieces if isinstance(p, Made)} == {SOUNDS[format]}

    async def test_it_is_passed_on_before_it_has_ended(self) -> None:
        async with Wall() as wall:
            where = endpoint("openai", SPEECH, wall, model="stall=1+huge=4000")
            speaker = upstream(where)
            async with speaker.converse(outbound(where, speech()), connect_s=2.0) as batches:
                first = await anext(batches)
            assert any(isinstance(event, Made) for event in first)
            await wall.wait_closed()
            await speaker.close()

    @pytest.mark.parametrize(
        ("model", "error"),
        [
            ("empty", MalformedAnswer),
            ("trunc=1", StreamBroken),
            ("reset=1", StreamBroken),
            ("html", MalformedAnswer),
            ("badjson", MalformedAnswer),
            ("503", UpstreamStatus),
            ("hangup", ConnectFailed),
        ],
    )
    async def test_what_is_no_sound(self, model: str, error: type[AttemptFailed]) -> None:
        with pytest.raises(error):
            await said(model, speech())

    def test_it_cannot_go_on_for_ever(self) -> None:
        sound, piece = Sound("audio/mpeg"), bytes(1024 * 1024)
        for _ in range(MAX_MADE // len(piece)):
            assert sound.feed(piece)
        assert sound.feed(b"x") == []
        assert sound.done
        with pytest.raises(MalformedAnswer, match="too_large"):
            sound.finish()

    async def test_google_and_azure(self) -> None:
        for wire in ("google-speech", "azure-speech"):
            _, *pieces = await said("", speech("hello"), wire)
            assert len(_sound(pieces)) == 3000


def _sound(pieces: list[Event]) -> bytes:
    return b"".join(piece.data for piece in pieces if isinstance(piece, Made))


class TestTranscripts:
    @pytest.mark.parametrize(
        ("format", "begins"),
        [
            ("json", TRANSCRIPT),
            ("text", TRANSCRIPT),
            ("srt", "{"),
            ("vtt", "{"),
            ("verbose_json", "{"),
        ],
    )
    async def test_every_format(self, format: str, begins: str) -> None:
        opened, delta, *usage = await said("ok", transcription(format=format))
        assert isinstance(opened, Opened)
        assert isinstance(delta, Delta)
        assert delta.finish is FinishReason.STOP
        assert delta.content is not None
        assert delta.content.startswith(begins)
        if begins == "{":
            assert json.loads(delta.content)["text"] == TRANSCRIPT
        assert usage == [Usage(0, 0, units=3000)]  # whatever is wanted: it is paid for

    @pytest.mark.parametrize(
        ("document_", "usage"),
        [
            ({"text": "x", "duration": 2.5}, [Usage(0, 0, units=2500)]),
            ({"text": "x", "duration": "2.5"}, [Usage(0, 0, units=2500)]),
            ({"text": "x", "duration": "long"}, []),
            ({"text": "x", "duration": -1}, []),
            ({"text": "x", "duration": 1e300}, []),
            ({"text": "x"}, []),
            (
                {
                    "text": "x",
                    "usage": {
                        "type": "tokens",
                        "input_tokens": 14,
                        "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
                        "output_tokens": 45,
                    },
                },
                [Usage(14, 45, audio_input=14)],
            ),
        ],
    )
    async def test_what_is_counted(self, document_: object, usage: list[Usage]) -> None:
        found = await answered(document(document_), transcription())
        assert found[2:] == usage

    @pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff", b'{"text":1}', b""])
    async def test_what_is_no_transcript(self, body: bytes) -> None:
        with pytest.raises(MalformedAnswer):
            await answered(document(body), transcription())

    async def test_the_recording_arrives_whole(self) -> None:
        data = bytes(range(256)) * 40
        async with Wall() as wall:
            await ask(endpoint("openai", HEARD, wall), transcription(data))
            assert data in wall.calls[0].body


class TestRefusals:
    @pytest.mark.parametrize(("wire", "does"), list(SERVICES))
    async def test_when_to_come_back(self, wire: str, does: Does) -> None:
        async with Wall() as wall:
            wall.override = "429=7"
            with pytest.raises(UpstreamStatus) as caught:
                await ask(endpoint(wire, does, wall), work_for(wire, does))
        assert caught.value.retry_after_s == 7.0
        assert caught.value.status == 429

    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("ThrottlingException", 429),
            ("com.amazonaws.rekognition#LimitExceededException", 429),
            ("AccessDeniedException", 403),
            ("InvalidS3ObjectException", 400),
        ],
    )
    def test_amazon_says_400_to_everything(self, kind: str, status: int) -> None:
        body = json.dumps({"__type": kind, "message": "quoted words"}).encode()
        error = SERVICES["rekognition", Does.VIDEO].failure(400, {"retry-after": "3"}, body)
        assert (error.status, error.retry_after_s, error.kind) == (status, 3.0, "")

    @pytest.mark.parametrize(("wire", "does"), list(SERVICES))
    async def test_nothing_that_was_echoed_is_kept(self, wire: str, does: Does) -> None:
        async with Wall() as wall:
            wall.override = "errecho"
            with pytest.raises(UpstreamStatus) as caught:
                await ask(endpoint(wire, does, wall), work_for(wire, does))
        assert "cnry" not in (repr(caught.value) + str(caught.value.__dict__)).lower()
        assert KEY not in repr(caught.value)

    @pytest.mark.parametrize(("wire", "does"), list(SERVICES))
    async def test_a_redirect_is_not_followed(self, wire: str, does: Does) -> None:
        async with Wall() as elsewhere, Wall() as wall:
            wall.override = f"redirect={elsewhere.url}"
            with pytest.raises(UpstreamStatus):
                await ask(endpoint(wire, does, wall), work_for(wire, does))
            assert not elsewhere.exchanges


async def test_a_jobs_answer_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_upstream, "MAX_MADE", 1000)
    with pytest.raises(MalformedAnswer, match="too_large"):
        await answered(
            document({"name": "operations/1", "metadata": "x" * 2000}),
            work_for("google-video", Does.VIDEO),
            "google-video",
        )


class TestWhereItMayGo:
    @pytest.mark.parametrize(("wire", "does"), list(SERVICES))
    async def test_nothing_leaves_for_a_zone_it_was_not_cleared_for(
        self, wire: str, does: Does
    ) -> None:
        async with Wall() as wall:
            where = endpoint(wire, does, wall)
            speaker = upstream(where)
            sent = outbound(where, work_for(wire, does), frozenset({Zone.PRIVATE}))
            with pytest.raises(ZoneRefused):
                async with speaker.converse(sent, connect_s=2.0):
                    raise AssertionError
            assert wall.connections_made == 0
            await speaker.close()

    async def test_bytes_for_another_endpoint_are_refused(self) -> None:
        for wire, does in (("openai", VECTORS), ("google-video", Does.VIDEO)):
            where = endpoint(wire, does)
            other = replace(where, id="e2")
            with pytest.raises(ValueError, match="another endpoint"):
                upstream(where).converse(outbound(other, work_for(wire, does)), connect_s=1.0)


class TestHealth:
    @pytest.mark.parametrize(("wire", "does"), list(SERVICES))
    async def test_who_keeps_no_list_is_only_connected_to(self, wire: str, does: Does) -> None:
        async with Wall() as wall:
            where = endpoint(wire, does, wall)
            speaker = providers.upstream_for(where, wall=lambda: 0)
            assert await providers.check(speaker) == (EndpointState.UP, Zone.LOCAL)
            await speaker.close()
            await wall.wait_connections(0)
            lists = {"openai": ["/v1/models"], "ollama": ["/api/tags"]}
            assert [exchange.path for exchange in wall.exchanges] == lists.get(wire, [])
            assert wall.connections_made == 1
            if wire not in lists:
                assert await providers.models(speaker) == ()

    async def test_nobody_there_is_down(self) -> None:
        speaker = providers.upstream_for(endpoint("stability", IMAGES))
        assert await providers.check(speaker) == (EndpointState.DOWN, Zone.LOCAL)
