"""Pictures, speech, transcripts: OpenAI's client before a real gateway."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gilmok import providers
from tests.gateway import Answer, Running
from tests.wall import Wall
from tests.wire.services import HIGH, QUICK, client, dummy, form, recording, walled

FREE = "price_input = 0\nprice_output = 0\n"
"""The words of a prompt, beside what is made of it."""
OPEN = '[privacy]\nattachments = "allow"\n'


async def test_openais_client_draws(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = QUICK + walled("far", wall, "images", more=f"{FREE}price_per_picture = 0.04")
        async with Running(tmp_path, toml) as gateway:
            async with client(gateway) as sdk:
                made = await sdk.images.generate(prompt="a bowl of soup", n=2, size="1024x1024")
            raw = await gateway.post("/v1/images/generations", {"prompt": "noodles", "n": 3})
    assert len(made.data or ()) == 2
    for picture in made.data or ():
        assert base64.b64decode(picture.b64_json or "").startswith(b"\x89PNG")
        assert picture.revised_prompt == "wall: a bowl of soup"
    assert wall.calls[0].json["size"] == "1024x1024"
    assert raw.headers["x-gilmok-cost-usd"] == "0.120000000"
    assert raw.json["gilmok"] == {
        "endpoint": "far",
        "zone": "cloud",
        "model": "ok",
        "cost_usd": "0.120000000",
        "fallback": None,
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"prompt": "a", "response_format": "url"}, "unsupported_parameter"),
        ({"prompt": ""}, "invalid_request"),
        ({"prompt": "a", "n": 11}, "invalid_request"),
        ({"prompt": "a", "size": "huge"}, "invalid_request"),
        ({"prompt": "a", "stream": True}, "unsupported_parameter"),
        ({"prompt": "a", "api_base": "http://169.254.169.254"}, "invalid_request"),
    ],
)
async def test_a_picture_that_cannot_be_made_is_refused(
    tmp_path: Path, body: dict[str, object], code: str
) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "images")) as gateway:
        answer = await gateway.post("/v1/images/generations", body)
    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize("fault", ["cut=1", "empty", "errevent=1"])
async def test_half_of_the_pictures_are_none(tmp_path: Path, fault: str) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "images", fault)) as gateway:
        answer = await gateway.post("/v1/images/generations", {"prompt": "a", "n": 2})
    assert answer.status in (502, 503)


async def test_what_is_high_is_neither_drawn_nor_said_elsewhere(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = QUICK + walled("pen", wall, "images") + walled("voice", wall, "speech")
        async with Running(tmp_path, toml) as gateway:
            drawn = await gateway.post("/v1/images/generations", {"prompt": HIGH})
            said = await gateway.post("/v1/audio/speech", {"input": HIGH})
            # A name in a picture could not be put back, so masking is no way out for it.
            medium = {"input": "홍길동 010-1234-5678", "voice": "alloy"}
            named = await gateway.post("/v1/audio/speech", medium)
    assert (drawn.code, said.code, named.code) == ("label_refused",) * 3
    assert wall.calls == []


async def test_openais_client_speaks(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = QUICK + walled(
            "far", wall, "speech", more=f"{FREE}price_per_million_characters = 15"
        )
        async with Running(tmp_path, toml) as gateway:
            async with client(gateway) as sdk:
                whole = await sdk.audio.speech.create(model="auto", voice="alloy", input="hello")
                async with sdk.audio.speech.with_streaming_response.create(
                    model="auto",
                    voice="alloy",
                    input="hello",
                    response_format="wav",
                    stream_format="audio",
                ) as streamed:
                    pieces = b"".join([piece async for piece in streamed.iter_bytes()])
                    assert streamed.headers["content-type"] == "audio/wav"
                    assert "x-gilmok-cost-usd" not in streamed.headers
            raw = await gateway.post("/v1/audio/speech", {"input": "안녕하세요"})
    assert whole.content == pieces != b""
    assert whole.response.headers["content-type"] == "audio/mpeg"
    assert whole.response.headers["x-gilmok-cost-usd"] == "0.000075000"  # five characters
    assert raw.headers["x-gilmok-cost-usd"] == "0.000075000"
    assert wall.calls[0].json["input"] == "hello"


@pytest.mark.parametrize("fault", ["cut=2", "errevent=2", "stall=2"])
async def test_speech_that_breaks_never_ends_properly(tmp_path: Path, fault: str) -> None:
    toml = QUICK.replace("retries = 0", "retries = 0\nstall_s = 0.1")
    async with Running(tmp_path, toml + dummy("here", "speech", fault)) as gateway:
        body = {"input": "hello there", "stream_format": "audio"}
        streamed = await gateway.post("/v1/audio/speech", body)
        id = streamed.headers["x-gilmok-decision"]
        whole = await gateway.post("/v1/audio/speech", {"input": "hello there"})
        decision = (await gateway.get(f"/v1/decisions/{id}")).json
    assert streamed.status == 200
    assert streamed.body
    assert not streamed.complete
    assert (whole.status, whole.code) == (502, "answer_unusable")
    assert decision["outcome"] == "broken"


async def test_speech_that_never_begins_is_an_error(tmp_path: Path) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "speech", "empty")) as gateway:
        for body in ({"input": "a", "stream_format": "audio"}, {"input": "a"}):
            answer = await gateway.post("/v1/audio/speech", body)
            assert answer.status in (502, 503)
        events = await gateway.post("/v1/audio/speech", {"input": "a", "stream_format": "sse"})
        voice = await gateway.post("/v1/audio/speech", {"input": "a", "voice": "../../etc"})
    assert events.code == "unsupported_parameter"
    assert voice.code == "invalid_request"


async def transcribe(gateway: Running, file: bytes, **fields: str) -> Answer:
    body, headers = form(file, **fields)
    return await gateway.send("POST", "/v1/audio/transcriptions", body, headers)


async def test_openais_client_transcribes(tmp_path: Path) -> None:
    async with Wall() as wall:
        more = "price_per_minute = 0.006"
        toml = QUICK + OPEN + walled("far", wall, "transcription", more=more)
        async with Running(tmp_path, toml) as gateway:
            async with client(gateway) as sdk:
                sound = ("a.wav", recording(30))
                words = await sdk.audio.transcriptions.create(
                    file=sound, model="auto", language="ko", prompt="길목"
                )
                verbose = await sdk.audio.transcriptions.create(
                    file=sound, model="auto", response_format="verbose_json"
                )
                text = await sdk.audio.transcriptions.create(
                    file=sound, model="auto", response_format="text"
                )
                titles = await sdk.audio.transcriptions.create(
                    file=sound, model="auto", response_format="srt"
                )
            raw = await transcribe(gateway, recording(60))
    assert words.text
    assert verbose.text
    assert verbose.segments
    assert verbose.duration > 0
    assert isinstance(text, str)
    assert isinstance(titles, str)
    assert words.text in text
    assert "-->" in titles
    assert float(raw.headers["x-gilmok-cost-usd"]) > 0
    assert wall.calls


@pytest.mark.parametrize(
    ("format", "begins", "media"),
    [
        ("json", '{"text":"이것은', "application/json"),
        ("verbose_json", '{"task":"transcribe"', "application/json"),
        ("text", "이것은", "text/plain; charset=utf-8"),
        ("srt", "1\n00:00:00,000 --> 00:00:01,500\n이것은", "text/plain; charset=utf-8"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n이것은", "text/vtt; charset=utf-8"),
    ],
)
async def test_whoever_gives_words_only_gives_every_form(
    tmp_path: Path, format: str, begins: str, media: str
) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "transcription")) as gateway:
        answer = await transcribe(gateway, recording(1.5), response_format=format)
    assert answer.status == 200
    assert answer.body.decode().startswith(begins)
    assert answer.headers["content-type"] == media
    assert answer.headers["x-gilmok-sensitivity"] == "high"


async def test_a_voice_stays_here_unless_the_operator_says_otherwise(tmp_path: Path) -> None:
    async with Wall() as wall:
        far = walled("far", wall, "transcription")
        async with Running(tmp_path, QUICK + far) as gateway:
            kept = await transcribe(gateway, recording())
            named = await transcribe(gateway, recording(), model="far")
        assert wall.calls == []
        async with Running(tmp_path, QUICK + OPEN + far) as gateway:
            gone = await transcribe(gateway, recording())
    assert (kept.status, kept.code) == (403, "label_refused")
    assert named.code == "label_refused"
    assert gone.status == 200
    assert len(wall.calls) == 1


REFUSED: list[tuple[bytes, Mapping[str, str], int, str]] = [
    (b"hello", {}, 400, "invalid_request"),
    (b"%PDF-1.7", {}, 400, "invalid_request"),
    (recording(), {"response_format": "xml"}, 400, "invalid_request"),
    (recording(), {"temperature": "nan"}, 400, "invalid_request"),
    (recording(), {"language": "한국어"}, 400, "invalid_request"),
    (recording(), {"stream": "true"}, 400, "unsupported_parameter"),
    (recording(), {"timestamp_granularities[]": "word"}, 400, "unsupported_parameter"),
    (recording(), {"secret_field": "x"}, 400, "invalid_request"),
    (recording(4), {}, 413, "body_too_large"),
]


@pytest.mark.parametrize(("file", "fields", "status", "code"), REFUSED)
async def test_a_form_that_cannot_be_honoured_is_refused(
    tmp_path: Path, file: bytes, fields: Mapping[str, str], status: int, code: str
) -> None:
    toml = QUICK + "max_recording_bytes = 50000\n" + dummy("here", "transcription")
    async with Running(tmp_path, toml) as gateway:
        answer = await transcribe(gateway, file, **fields)
    assert (answer.status, answer.code) == (status, code)
    assert b"secret_field" not in answer.raw


async def test_forms_are_bounded_before_they_have_come(tmp_path: Path) -> None:
    """And a recording may be longer than any conversation."""
    toml = QUICK + "max_recording_bytes = 1000000\n[server]\nmax_body_bytes = 100000\n"
    toml = toml.replace("[server]\ndeadline_s = 10\n", "", 1) + dummy("here", "transcription")
    async with Running(tmp_path, toml) as gateway:
        taken = await transcribe(gateway, recording(40))
        too_long = await transcribe(gateway, recording(90))
        body, headers = form(recording(40))
        elsewhere = await gateway.send("POST", "/v1/chat/completions", body, headers)
        large = await gateway.post("/v1/embeddings", {"input": "a" * 200_000})
    assert taken.status == 200
    assert (too_long.status, too_long.code) == (413, "body_too_large")
    assert elsewhere.status in (413, 415)
    assert large.status == 413


async def test_a_web_page_cannot_make_a_browser_send_a_form(tmp_path: Path) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "transcription")) as gateway:
        body, headers = form(recording())
        there = {**headers, "origin": "https://evil.example"}
        refused = await gateway.send("POST", "/v1/audio/transcriptions", body, there)
        own = {**headers, "origin": gateway.url}
        taken = await gateway.send("POST", "/v1/audio/transcriptions", body, own)
    assert (refused.status, refused.code) == (400, "invalid_request")
    assert taken.status == 200


async def test_what_a_service_would_do_is_planned(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = QUICK + walled("pen", wall, "images") + dummy("here", "embeddings")
        toml += walled("voice", wall, "speech", more=f"{FREE}price_per_million_characters = 1000")
        async with Running(tmp_path, toml) as gateway:
            drawn = await gateway.post("/v1/route?does=images", {"prompt": "soup"})
            high = await gateway.post("/v1/route?does=images", {"prompt": HIGH})
            said = await gateway.post("/v1/route?does=speech", {"input": "a" * 1000})
            near = await gateway.post("/v1/route?does=embeddings", {"input": HIGH})
            seen = await gateway.post("/v1/route?does=video", {"url": "https://example.org/a"})
            none = await gateway.post("/v1/route?does=", {"prompt": "soup"})
        assert wall.calls == []
    assert [c["endpoint_id"] for c in drawn.json["candidates"]] == ["pen"]
    assert high.json["refusal"]["code"] == "label_refused"
    assert said.json["candidates"][0]["expected_cost_usd"] == "1.000000000"
    assert [c["endpoint_id"] for c in near.json["candidates"]] == ["here"]
    assert seen.json["refusal"]["code"] == "nothing_does_this"
    assert (none.status, none.code) == (400, "invalid_request")


async def test_a_stand_in_is_marked_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    async with Wall() as wall:
        card = dummy("card", "images", "ok+as=card")
        far = walled("far", wall, "images", more="quality = 0.1")
        ask: dict[str, Any] = {"prompt": "a bowl of soup"}
        async with Running(tmp_path, QUICK + card) as gateway:
            only = await gateway.post("/v1/images/generations", ask)
            asked = await gateway.post("/v1/images/generations", ask | {"model": "card"})
        async with Running(tmp_path, QUICK + card + far) as gateway:
            real = await gateway.post("/v1/images/generations", ask)
            label = await gateway.post("/v1/images/generations", {"prompt": HIGH})
            wall.override = "500"
            other = {"prompt": "noodles"}
            down = await gateway.post("/v1/images/generations", other)
            wall.override = "ok"
            back = await gateway.post("/v1/images/generations", other)
    found = [a.headers.get("x-gilmok-fallback") for a in (only, asked, real, label, down, back)]
    assert found == ["only", "asked", None, "label", "down", None]
    assert [a.json["gilmok"]["fallback"] for a in (only, real, label)] == ["only", None, "label"]
    assert back.headers["x-gilmok-endpoint"] == "far"  # no card was kept in its place


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dummy makes counts as a stand-in, as a card of this machine's does."""
    rows = dict(providers.catalogue())
    rows["dummy"] = replace(rows["dummy"], stand_in=True)
    monkeypatch.setattr(providers, "catalogue", lambda: rows)
