"""Services before somebody who means harm, or only has bad luck: what once went wrong, on real sockets."""

from __future__ import annotations

import asyncio
import struct
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gilmok.cache import answers
from gilmok.core.work import Does
from gilmok.providers.services import (
    Pauses,
    openai_embeddings,
    openai_transcriptions,
    upstream,
)
from gilmok.surfaces.services import embeddings
from tests.gateway import Answer, Running
from tests.wall import Wall
from tests.wire.services import QUICK, dummy, form, recording, walled
from tests.wire.test_services_made import stand_in

OPEN = '[privacy]\nattachments = "allow"\ndeep = "off"\n'
HEARD = "price_per_minute = 0.006"
AS_GOOGLE = "ok+as=google-video"


async def transcribe(gateway: Running, file: bytes, **fields: str) -> Answer:
    body, headers = form(file, **fields)
    return await gateway.send("POST", "/v1/audio/transcriptions", body, headers)


def eyes(wall: Wall) -> str:
    return (
        f'[[endpoints]]\nid = "eyes"\nprovider = "google-video"\nbase_url = "{wall.url}"\n'
        'model = "video"\ndoes = "video"\nzone = "cloud"\nprice_per_minute = 0.1\napi_key = "env:NO"\n'
    )


@pytest.mark.parametrize("format", ["json", "text", "verbose_json", "srt", "vtt"])
async def test_silence_is_an_empty_transcript_and_is_paid(tmp_path: Path, format: str) -> None:
    async with Wall(aliases={"deaf": "repeat="}) as wall:
        far = walled("far", wall, "transcription", "deaf", more=HEARD)
        async with Running(tmp_path, QUICK + OPEN + far) as gateway:
            answer = await transcribe(gateway, recording(), response_format=format)
    assert answer.status == 200, answer.body
    assert answer.headers["x-gilmok-cost-usd"] not in ("", "0.000000000")
    if "json" in format:
        assert answer.json["text"] == ""
    assert len(wall.calls) == 1


@pytest.mark.parametrize("format", ["json", "text", "verbose_json", "srt", "vtt"])
async def test_a_recording_that_lies_about_its_length_is_paid_whole(
    tmp_path: Path, format: str
) -> None:
    """Its head says one millisecond; whoever hears it (2.5 or 3 s, as the wall says) knows."""
    lying = bytearray(recording(60))
    lying[16 + 12 : 16 + 16] = struct.pack("<I", 2**32 - 1)  # bytes a second, in `fmt `
    async with Wall() as wall:
        far = walled("far", wall, "transcription", more=HEARD)
        async with Running(tmp_path, QUICK + OPEN + far) as gateway:
            answer = await transcribe(gateway, bytes(lying), response_format=format)
    assert answer.status == 200, answer.body
    assert float(answer.headers["x-gilmok-cost-usd"]) >= 0.006 * 2.5 / 60


async def test_the_length_that_was_heard_is_told(tmp_path: Path) -> None:
    """And not the bound that was held for a recording which does not say its length."""
    unsaid = b"\x1a\x45\xdf\xa3" + bytes(750 * 600)  # WebM; at 6 kbit/s ten minutes
    async with Wall() as wall:
        far = walled("far", wall, "transcription", more=HEARD)
        async with Running(tmp_path, QUICK + OPEN + far) as gateway:
            plain = await transcribe(gateway, unsaid)
            titles = await transcribe(gateway, unsaid, response_format="srt")
    assert plain.json["usage"] == {"type": "duration", "seconds": 3.0}
    assert "--> 00:00:02,500" in titles.body.decode()


async def test_a_model_that_gives_words_only_is_asked_for_words(tmp_path: Path) -> None:
    """OpenAI's gpt-4o-transcribe takes no other response_format than json."""
    async with Wall(aliases={"gpt-4o-transcribe": "ok"}) as wall:
        far = walled("far", wall, "transcription", "gpt-4o-transcribe", more=HEARD)
        async with Running(tmp_path, QUICK + OPEN + far) as gateway:
            told = [
                await transcribe(gateway, recording(2), response_format=format)
                for format in ("verbose_json", "srt", "vtt", "text")
            ]
    assert [answer.status for answer in told] == [200] * 4
    assert told[1].body.decode().startswith("1\n00:00:00,000 --> ")
    assert all(b'name="response_format"\r\n\r\njson\r\n' in call.body for call in wall.calls)


async def test_no_address_stands_for_many_videos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google reads `*` and `?` as any letters: one job held for would be thousands looked at."""
    monkeypatch.setenv("NO", "key")
    async with Wall() as wall:
        toml = QUICK + 'video_buckets = ["gs://bucket/"]\n' + OPEN + eyes(wall)
        async with Running(tmp_path, toml) as gateway:
            for name in ("*", "2026-*.mp4", "video?.mp4"):
                asked = await gateway.post("/v1/video/analyses", {"url": f"gs://bucket/{name}"})
                assert asked.status == 400, asked.body
    assert wall.calls == []


async def test_here_means_one_model_of_vectors_too(tmp_path: Path) -> None:
    """`local` is a preference like any other: whoever stands in has the same model."""
    toml = QUICK + 'embedding_model = "second"\n'
    toml += dummy("first", "embeddings", "ok") + dummy("second", "embeddings", "as=other+503")
    async with Running(tmp_path, toml) as gateway:
        for model in ("auto", "best", "cheapest", "local"):
            answer = await gateway.post("/v1/embeddings", {"input": "a", "model": model})
            assert answer.status != 200, (model, answer.body)


async def decision(gateway: Running, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = (
        await gateway.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
    ).json
    return found


@pytest.mark.parametrize("fault", ["fewer", "byaddress", "badbase64"])
async def test_pictures_that_were_drawn_and_cannot_be_given_are_counted(
    tmp_path: Path, fault: str
) -> None:
    """Their provider bills them: a cap that did not count them would never be reached."""
    async with Wall(aliases={"bad": fault}) as wall:
        more = "price_input = 0\nprice_output = 0\nprice_per_picture = 0.04\n"
        toml = QUICK + walled("far", wall, "images", "bad", more=more)
        async with Running(tmp_path, toml) as gateway:
            answer = await gateway.post("/v1/images/generations", {"prompt": "soup", "n": 2})
            told = await decision(gateway, answer)
    assert answer.status in (502, 503)
    assert told["cost"] == 80_000_000
    assert len(wall.calls) == 1


async def test_an_analysis_whose_end_nobody_tells_is_paid_and_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO", "key")
    monkeypatch.setattr(upstream, "Pauses", partial(Pauses, longest_s=0.001))
    async with Wall(aliases={AS_GOOGLE: "pollfails=99"}) as wall:
        toml = QUICK.replace("retries = 0", "retries = 2")
        toml += 'max_video_minutes = 2\nvideo_buckets = ["gs://bucket/"]\n' + OPEN + eyes(wall)
        async with Running(tmp_path, toml) as gateway:
            taken = await gateway.post("/v1/video/analyses", {"url": "gs://bucket/a.mp4"})
            job = taken.json["id"]
            told = taken.json
            async with asyncio.timeout(20):
                while told["status"] == "running":
                    told = (await gateway.get(f"/v1/video/analyses/{job}")).json
            found = (await gateway.get(f"/v1/decisions/{told['decision']}")).json
    assert told["status"] == "failed"
    begun = [call for call in wall.calls if call.path == "/v1/videos:annotate"]
    assert len(begun) == 1
    assert wall.exchanges[-1].path.endswith(":cancel")
    assert 200_000_000 <= found["cost"] <= 200_000_001


async def test_fields_that_ask_for_nothing_are_no_reason_to_refuse(tmp_path: Path) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "images")) as gateway:
        body = {"prompt": "a", "stream": False, "moderation": None, "output_compression": None}
        drawn = await gateway.post("/v1/images/generations", body)
        streamed = await gateway.post("/v1/images/generations", {"prompt": "a", "stream": True})
    assert drawn.status == 200, drawn.body
    assert streamed.code == "unsupported_parameter"


async def test_a_voice_of_digits_is_no_way_past_the_label(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = QUICK + walled("voice", wall, "speech", more="price_per_million_characters = 1")
        async with Running(tmp_path, toml) as gateway:
            for voice in (
                "900101-1234568",
                "x.900101-1234568",
                "010-1234-5678",
                "sk-proj-" + "a1B2" * 12,
            ):
                said = await gateway.post("/v1/audio/speech", {"input": "hello", "voice": voice})
                assert said.status in (400, 403), (voice, said.body)
            for voice in (
                "alloy",
                "af_heart",
                "21m00Tcm4TlvDq8ikWAM",
                "voice_68e4f2a1b3c4d5e6f7a8b9c0",
            ):
                said = await gateway.post("/v1/audio/speech", {"input": "hello", "voice": voice})
                assert said.status == 200, (voice, said.body)
    assert len(wall.calls) == 4


@pytest.mark.parametrize("does", [d.value for d in Does if d is not Does.CHAT])
async def test_what_is_recommended_would_help(tmp_path: Path, does: str) -> None:
    """An extra is named only where one does this."""
    extra = {"embeddings": "semantic", "images": "media", "speech": "media"}.get(does)
    bodies: dict[str, dict[str, object]] = {
        "embeddings": {"input": "a"},
        "images": {"prompt": "a"},
        "speech": {"input": "a"},
        "video": {"url": "https://example.org/a.mp4"},
    }
    asked = bodies.get(does, {})
    path = {"images": "images/generations", "speech": "audio/speech", "video": "video/analyses"}
    async with Running(tmp_path, QUICK + dummy("here", "chat")) as gateway:
        for language in ("en", "ko"):
            spoken = {"accept-language": language}
            if does == "transcription":
                body, kind = form(recording())
                where = "/v1/audio/transcriptions"
                answer = await gateway.send("POST", where, body, {**kind, **spoken})
            else:
                where = f"/v1/{path.get(does, does)}"
                answer = await gateway.post(where, asked, spoken)
            assert (answer.status, answer.code) == (501, "nothing_does_this"), answer.body
            words = answer.json["error"]["message"]
            assert ("semantic" in words) == (extra == "semantic"), words
            assert ("media" in words) == (extra == "media"), words


@pytest.mark.parametrize("partial", ["true", "false"])
async def test_one_request_does_not_become_thousands(tmp_path: Path, partial: str) -> None:
    """What is refused for each of the first texts (a width that the model has not) is not the
    fault of any one of them."""
    async with Wall(aliases={"picky": "400"}) as wall:
        far = walled("far", wall, "embeddings", "picky", more="price_input = 1\nprice_output = 0")
        async with Running(tmp_path, QUICK + far) as gateway:
            body = {"input": ["soup"] * 500, "dimensions": 7}
            asked = {"x-gilmok-partial": partial, "x-gilmok-cache": "off"}
            answer = await gateway.post("/v1/embeddings", body, asked)
    assert (answer.status, answer.code) == (400, "upstream_rejected")
    assert len(wall.calls) <= 1 + 32 + 8


async def test_megabytes_are_gone_through_beside_the_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever decodes a recording, or writes thousands of vectors, keeps nobody else waiting."""
    where: dict[str, set[int]] = {}

    def watch(module: Any, name: str) -> None:
        done = getattr(module, name)

        def watched(*given: Any, **named: Any) -> Any:
            where.setdefault(name, set()).add(threading.get_ident())
            return done(*given, **named)

        monkeypatch.setattr(module, name, watched)

    watch(openai_transcriptions, "recording")
    watch(answers, "exact_digest")
    watch(openai_embeddings, "packed")
    watch(embeddings, "item")
    long = b"ID3\x04\0\0\0\0\0\0" + bytes(2**21)
    async with Wall() as wall:
        far = walled("far", wall, "transcription", more=HEARD)
        async with Running(tmp_path, QUICK + OPEN + far) as gateway:
            assert (await transcribe(gateway, long)).status == 200
        heard, where["exact_digest"] = where.pop("exact_digest"), set()
        far = walled("far", wall, "embeddings", more="price_input = 1\nprice_output = 0")
        async with Running(tmp_path, QUICK + far) as gateway:
            body = {"input": ["soup"] * 300, "dimensions": 1024}
            assert (await gateway.post("/v1/embeddings", body)).status == 200
    here = threading.get_ident()
    for threads in (heard, where["recording"], where["packed"], where["item"]):
        assert threads
        assert here not in threads


async def test_the_header_and_the_receipt_give_one_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    async with Wall() as wall:
        more = "price_input = 0\nprice_output = 0\nprice_per_picture = 1\ndaily_cap_usd = 0.5\n"
        toml = (
            QUICK + dummy("card", "images", "ok+as=card") + walled("far", wall, "images", more=more)
        )
        async with Running(tmp_path, toml) as gateway:
            drawn = await gateway.post("/v1/images/generations", {"prompt": "soup"})
            told = await decision(gateway, drawn)
    assert (drawn.status, drawn.headers["x-gilmok-endpoint"]) == (200, "card")
    assert drawn.headers["x-gilmok-fallback"] == told["fallback_reason"] == "cap"
