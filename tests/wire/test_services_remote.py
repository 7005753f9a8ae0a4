"""Services at providers elsewhere, through the whole gateway: a wall that speaks each dialect stands
in for them, declared to be in the cloud."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Answer, Running
from tests.wall import Ending, Wall
from tests.wall.services import TRANSCRIPT, png
from tests.wall.video import MILLISECONDS

CANARY = "900101-1234568"
"""A Korean resident number: high, whatever it is written for."""
KEY = "AKIDEXAMPLE:a-secret-key-of-a-provider"
SERVICES = '[services]\nlocal = false\nvideo_buckets = ["gs://bucket/"]\n'


def endpoint(wall: Wall, id: str, provider: str, model: str, does: str, price: str = "") -> str:
    at = wall.openai if provider == "openai" else wall.url
    return (
        f'[[endpoints]]\nid = "{id}"\nprovider = "{provider}"\nbase_url = "{at}"\n'
        f'model = "{model}"\ndoes = "{does}"\nzone = "cloud"\napi_key = "file:key"\n{price}\n'
    )


def running(folder: Path, *tables: str) -> Running:
    (folder / "key").write_text(KEY)
    return Running(folder, "\n".join(tables))


async def speak(gateway: Running, words: str, **more: object) -> Answer:
    body = {"model": "auto", "input": words, "voice": "alloy", **more}
    return await gateway.post("/v1/audio/speech", body)


async def draw(gateway: Running, words: str, **more: object) -> Answer:
    return await gateway.post("/v1/images/generations", {"prompt": words, **more})


@pytest.mark.parametrize(
    ("provider", "model", "price", "cost"),
    [
        ("openai", "gpt-image-1", "price_input = 5\nprice_output = 40", None),
        ("openai", "ok", "price_per_picture = 0.04", "0.080000000"),
    ],
)
async def test_pictures_and_what_they_cost(
    tmp_path: Path, provider: str, model: str, price: str, cost: str | None
) -> None:
    async with (
        Wall(aliases={"gpt-image-1": "ok"}) as wall,
        running(tmp_path, SERVICES, endpoint(wall, "up", provider, model, "images", price)) as up,
    ):
        answer = await draw(up, "고양이", n=2)
        assert answer.status == 200, answer.body
        document = json.loads(answer.body)
        made = [base64.b64decode(each["b64_json"]) for each in document["data"]]
        assert made == [png("고양이0"), png("고양이1")]
        told = document["gilmok"]["cost_usd"]
        # One token of the prompt and a hundred of each picture, at 5 and 40 a million.
        assert told == ("0.008005000" if cost is None else cost)
        assert not wall.contains("asked-model")


async def test_speech_falls_to_the_next_provider_and_never_says_so_twice(tmp_path: Path) -> None:
    async with Wall(aliases={"first": "503", "ok+as=google-tts": "429=60"}) as wall:
        tables = (
            endpoint(wall, "a", "openai", "first", "speech", "price_per_million_characters = 1"),
            endpoint(wall, "b", "google-tts", "Neural2", "speech"),
            endpoint(wall, "c", "azure-tts", "neural", "speech"),
        )
        async with running(tmp_path, SERVICES, *tables) as up:
            answer = await speak(up, "안녕하세요")
            assert answer.status == 200, answer.body
            assert answer.headers["content-type"] == "audio/mpeg"
            assert len(answer.body) == 3000
            assert wall.calls[-1].path == "/cognitiveservices/v1"
            assert [call.status for call in wall.calls].count(200) == 1


async def test_high_text_goes_to_nobody_elsewhere(tmp_path: Path) -> None:
    async with Wall() as wall:
        tables = (
            endpoint(wall, "voice", "google-tts", "Neural2", "speech"),
            endpoint(wall, "brush", "stability", "core", "images"),
            endpoint(wall, "vectors", "openai", "ok", "embeddings"),
        )
        async with running(tmp_path, SERVICES, *tables) as up:
            for answer in (
                await speak(up, f"제 번호는 {CANARY} 입니다"),
                await draw(up, f"a card that says {CANARY}"),
                await up.post("/v1/embeddings", {"input": ["fine", f"and {CANARY}"]}),
            ):
                assert answer.status == 403, answer.body
        assert not wall.contains(CANARY)
        assert not wall.calls


async def test_a_provider_that_says_our_key_is_not_repeated(tmp_path: Path) -> None:
    """In the prompt it revised, in a transcript, in a refusal: plain or in Base64."""
    for form in ("plain", "base64"):
        async with Wall(aliases={"leaky": f"leak=revised_prompt+form={form}"}) as wall:
            table = endpoint(wall, "up", "openai", "leaky", "images", "price_per_picture = 1")
            async with running(tmp_path, SERVICES, table) as up:
                answer = await draw(up, "a cat")
            assert answer.status == 200, answer.body
            said = json.loads(answer.body)["data"][0]["revised_prompt"]
            assert "withheld" in said
            assert KEY not in said


async def test_a_transcript_in_the_clients_format(tmp_path: Path) -> None:
    async with (
        Wall() as wall,
        running(
            tmp_path,
            SERVICES,
            '[privacy]\nattachments = "allow"',
            endpoint(wall, "ears", "openai", "ok", "transcription"),
        ) as up,
    ):
        fields: dict[str, Any] = {"response_format": "srt", "model": "auto"}
        body = b"".join(
            f'--x\r\ncontent-disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
            for n, v in fields.items()
        )
        body += (
            b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n'
            b"content-type: audio/wav\r\n\r\n" + _wav() + b"\r\n--x--\r\n"
        )
        kind = {"content-type": "multipart/form-data; boundary=x"}
        answer = await up.send("POST", "/v1/audio/transcriptions", body, kind)
        assert answer.status == 200, answer.body
        assert answer.body.decode() == f"1\n00:00:00,000 --> 00:00:02,500\n{TRANSCRIPT}\n"
        assert wall.calls[0].path == "/v1/audio/transcriptions"
        assert _wav() in wall.calls[0].body


def _wav() -> bytes:
    """A second of silence."""
    data = bytes(16_000)
    head = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x01\0\x01\0"
    rate = (8000).to_bytes(4, "little") + (16_000).to_bytes(4, "little") + b"\x02\0\x10\0"
    return head + rate + b"data" + len(data).to_bytes(4, "little") + data


async def test_a_video_is_looked_at_and_paid_for(tmp_path: Path) -> None:
    async with (
        Wall() as wall,
        running(
            tmp_path,
            SERVICES,
            '[privacy]\nattachments = "allow"',
            endpoint(wall, "eyes", "google-video", "video", "video", "price_per_minute = 0.1"),
        ) as up,
    ):
        asked = {"url": "gs://bucket/video.mp4", "features": ["labels", "shots"]}
        taken = await up.post("/v1/video/analyses", asked)
        assert taken.status in (200, 202), taken.body
        job = json.loads(taken.body)["id"]
        await wall.wait_received(2, timeout=10.0)
        await wall.wait_ended(2, timeout=10.0)
        for _ in range(200):
            told = json.loads((await up.get(f"/v1/video/analyses/{job}")).body)
            if told["status"] != "running":
                break
        assert told["status"] in ("done", "completed", "succeeded"), told
        assert str(MILLISECONDS) in json.dumps(told)


async def test_a_job_that_is_ended_is_called_off_upstream(tmp_path: Path) -> None:
    async with (
        Wall(aliases={"ok+as=google-video": "polls=1000"}) as wall,
        running(
            tmp_path,
            SERVICES,
            '[privacy]\nattachments = "allow"',
            endpoint(wall, "eyes", "google-video", "video", "video", "price_per_minute = 0.1"),
        ) as up,
    ):
        taken = await up.post("/v1/video/analyses", {"url": "gs://bucket/video.mp4"})
        job = json.loads(taken.body)["id"]
        await wall.wait_received(2, timeout=10.0)
        await up.send("DELETE", f"/v1/video/analyses/{job}", b"")
        await wall.wait_received(3, timeout=10.0)
        assert wall.calls[-1].path.endswith(":cancel")
        assert wall.exchanges[0].ending is Ending.ANSWERED
