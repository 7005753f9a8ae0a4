"""What goes out, in each service's own words."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok import providers
from gilmok.core.errors import InvalidRequest
from gilmok.core.outbound import Letter
from gilmok.core.request import Request, Role
from gilmok.core.text import Private
from gilmok.core.work import Does, Speech, Transcription
from gilmok.providers.services.azure_speech import ssml
from gilmok.providers.services.multipart import Part, fields, form
from tests.unit.providers.samples import omitting, request, said
from tests.unit.providers.services.samples import (
    RECORDING,
    STORED,
    embedding,
    endpoint,
    picture,
    speech,
    transcription,
    video,
)

IMAGES = Does.IMAGES


def letter(wire: str, asked: Request, model: str = "") -> Letter:
    assert asked.work is not None
    where = endpoint(wire, asked.work.does, model=model)
    return providers.dialect(wire).encode(where, asked)


def body(wire: str, asked: Request, model: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(letter(wire, asked, model).body)
    return found


def strange(wire: str, asked: Request) -> tuple[str, ...]:
    assert asked.work is not None
    return providers.unsupported(endpoint(wire, asked.work.does), asked)


class TestOpenAI:
    def test_embeddings_are_asked_for_in_base64(self) -> None:
        found = letter("openai", embedding("하나", "둘", dimensions=256), "the-model")
        assert found.path == "/embeddings"
        assert json.loads(found.body) == {
            "model": "the-model",
            "input": ["하나", "둘"],
            "encoding_format": "base64",
            "dimensions": 256,
        }

    def test_what_a_provider_refuses_is_left_out(self) -> None:
        where = omitting(endpoint("openai", Does.EMBEDDINGS), "encoding_format", "user")
        asked = replace(embedding("x"), user=Private("someone"))
        sent = json.loads(providers.dialect("openai").encode(where, asked).body)
        assert sent.keys() == {"model", "input"}

    def test_pictures_are_asked_for_whole(self) -> None:
        asked = picture("고양이", count=2, size="1024x1024", quality="hd", style="vivid")
        assert body("openai", asked, "dall-e-3") == {
            "model": "dall-e-3",
            "prompt": "고양이",
            "n": 2,
            "size": "1024x1024",
            "quality": "hd",
            "style": "vivid",
            "response_format": "b64_json",
        }
        asked = picture("고양이", format="webp", background="transparent")
        found = body("openai", asked, "gpt-image-1")
        assert "response_format" not in found
        assert (found["output_format"], found["background"]) == ("webp", "transparent")

    def test_speech_with_how_it_is_to_be_said(self) -> None:
        work = Speech(voice="nova", format="wav", speed=1.25)
        asked = request(said(Role.SYSTEM, "gently"), said(Role.USER, "안녕"), work=work)
        assert body("openai", asked) == {
            "model": "ok",
            "input": "안녕",
            "voice": "nova",
            "response_format": "wav",
            "speed": 1.25,
            "instructions": "gently",
        }

    def test_a_recording_travels_as_it_is(self) -> None:
        found = letter("openai", transcription(prompt="길목", language="ko", temperature=0.2))
        assert found.path == "/audio/transcriptions"
        kind = dict(found.headers)["content-type"]
        boundary = kind.partition("boundary=")[2].encode()
        # The recording holds the first boundary of the series: the next one is taken.
        assert boundary == b"gilmok-1-form"
        assert boundary not in RECORDING
        parts = found.body.split(b"--" + boundary)
        assert parts[0] == b""
        assert parts[-1] == b"--\r\n"
        assert b'name="language"\r\n\r\nko\r\n' in found.body
        assert 'name="prompt"\r\n\r\n길목\r\n'.encode() in found.body
        assert b'name="temperature"\r\n\r\n0.2\r\n' in found.body
        head = b'name="file"; filename="recording.wav"\r\ncontent-type: audio/wav\r\n\r\n'
        assert head + RECORDING + b"\r\n" in found.body

    @pytest.mark.parametrize("payload", ["", "{}", '{"input_audio":{"data":"§§"}}', "[1]"])
    def test_what_is_no_recording_is_refused(self, payload: str) -> None:
        asked = transcription()
        part = asked.messages[0].parts[0]
        wrong = replace(part, payload=Private(payload))
        message = replace(asked.messages[0], parts=(wrong,))
        with pytest.raises(InvalidRequest):
            letter("openai", replace(asked, messages=(message,)))

    def test_somebody_elses_voice_is_somebody_elses_work(self) -> None:
        assert strange("openai", speech(voice="ko-KR-Neural2-A")) == ("voice",)
        assert strange("openai", speech(voice="my-own.voice")) == ()


class TestForms:
    @given(
        st.lists(
            st.binary(max_size=60)
            | st.integers(0, 3).map(lambda n: b"--gilmok-%d-form" % n)
            | st.just(b"\r\n--gilmok-0-form--\r\n"),
            max_size=5,
        )
    )
    def test_no_part_can_end_itself(self, datas: list[bytes]) -> None:
        kind, whole = form([Part(f"p{at}", data) for at, data in enumerate(datas)])
        mark = b"--" + kind.partition("boundary=")[2].encode()
        assert whole.count(mark) == len(datas) + 1
        read = [part.partition(b"\r\n\r\n")[2][:-2] for part in whole.split(mark)[1:-1]]
        assert read == datas

    def test_a_name_cannot_begin_a_line(self) -> None:
        _, whole = form([Part('a"\r\nb', b"", 'c"\r\nd')])
        assert b'name="a%22%0D%0Ab"; filename="c%22%0D%0Ad"' in whole

    def test_nothing_is_said_of_what_nobody_asked(self) -> None:
        assert [part.name for part in fields(a=1, b=None, c="")] == ["a", "c"]


class TestStability:
    @pytest.mark.parametrize(
        ("model", "path", "named"),
        [("core", "core", False), ("ultra", "ultra", False), ("sd3.5-large", "sd3", True)],
    )
    def test_the_model_is_a_path_or_a_field(self, model: str, path: str, named: bool) -> None:
        found = letter("stability", picture(), model)
        assert found.path == f"/v2beta/stable-image/generate/{path}"
        assert (b'name="model"' in found.body) is named
        assert ("accept", "application/json") in found.headers

    @pytest.mark.parametrize(
        ("size", "ratio"),
        [("1024x1024", "1:1"), ("1792x1024", "16:9"), ("1024x1536", "2:3"), ("1536x1024", "3:2")],
    )
    def test_a_size_is_a_shape(self, size: str, ratio: str) -> None:
        found = letter("stability", picture(size=size))
        assert f'name="aspect_ratio"\r\n\r\n{ratio}\r\n'.encode() in found.body

    @pytest.mark.parametrize(
        ("work", "name"),
        [
            ({"count": 2}, "n"),
            ({"size": "1x100"}, "size"),
            ({"size": "0x0"}, "size"),
            ({"size": "big"}, "size"),
            ({"quality": "hd"}, "quality"),
            ({"style": "vivid"}, "style"),
            ({"background": "transparent"}, "background"),
        ],
    )
    def test_what_it_cannot_do_is_named(self, work: dict[str, Any], name: str) -> None:
        assert strange("stability", picture(**work)) == (name,)

    def test_its_own_styles(self) -> None:
        asked = picture(style="anime", size="auto")
        assert strange("stability", asked) == ()
        assert b'name="style_preset"\r\n\r\nanime\r\n' in letter("stability", asked).body


class TestGoogleSpeech:
    @pytest.mark.parametrize(
        ("voice", "words", "model", "name"),
        [
            ("alloy", "안녕", "Neural2", "ko-KR-Neural2-A"),
            ("onyx", "안녕", "Standard", "ko-KR-Standard-C"),
            ("nova", "hello", "Wavenet", "en-US-Wavenet-C"),
            ("ash", "こんにちは", "Neural2", "ja-JP-Neural2-C"),
            ("alloy", "hello", "Chirp3-HD", "en-US-Chirp3-HD-Kore"),
            ("ko-KR-Neural2-B", "hello", "Neural2", "ko-KR-Neural2-B"),
        ],
    )
    def test_voices(self, voice: str, words: str, model: str, name: str) -> None:
        found = body("google-speech", speech(words, voice=voice), model)
        assert found["voice"] == {"languageCode": name[:5], "name": name}
        assert found["input"] == {"text": words}

    def test_a_voice_of_another_price_is_refused(self) -> None:
        with pytest.raises(InvalidRequest, match="priced"):
            letter("google-speech", speech(voice="ko-KR-Studio-A"), "Neural2")

    def test_formats_and_speed(self) -> None:
        found = body("google-speech", speech(format="opus", speed=2.0))
        assert found["audioConfig"] == {"audioEncoding": "OGG_OPUS", "speakingRate": 2.0}
        assert strange("google-speech", speech(format="flac", speed=9.0, voice="nobody")) == (
            "voice",
            "response_format",
            "speed",
        )


class TestAzureSpeech:
    def test_the_text_is_escaped(self) -> None:
        found = letter("azure-speech", speech('</voice><voice name="x">&amp; 안녕', speed=1.5))
        tree = ElementTree.fromstring(found.body)
        space = "{http://www.w3.org/2001/10/synthesis}"
        (voice,) = tree
        (prosody,) = voice
        assert voice.get("name") == "ko-KR-SunHiNeural"
        assert (prosody.tag, prosody.get("rate")) == (f"{space}prosody", "+50%")
        assert prosody.text == '</voice><voice name="x">&amp; 안녕'
        assert not list(prosody)
        assert dict(found.headers) == {
            "content-type": "application/ssml+xml",
            "x-microsoft-outputformat": "audio-24khz-96kbitrate-mono-mp3",
        }

    @given(text=st.text(), voice=st.from_regex(r"[a-z]{2}-[A-Z]{2}-[A-Za-z]{1,9}", fullmatch=True))
    def test_no_text_becomes_markup(self, text: str, voice: str) -> None:
        """Characters that XML has no place for are blanks; everything else arrives."""
        found = ElementTree.fromstring(ssml(text, voice, 1.0).encode("utf-8"))
        (spoken,) = found
        assert spoken.get("name") == voice
        assert not list(spoken)
        kept = "".join(c if c in "\t\n\r" or c.isprintable() else " " for c in text)
        read = "".join(c if c in "\t\n" or c.isprintable() else " " for c in spoken.text or "")
        assert read == kept.replace("\r\n", "\n").replace("\r", "\n")

    def test_what_it_cannot_do_is_named(self) -> None:
        asked = speech(voice="nobody", format="aac", speed=3.0)
        assert strange("azure-speech", asked) == ("voice", "response_format", "speed")


def test_each_knows_its_own_voices() -> None:
    for voice, wires in (
        ("ko-KR-SunHiNeural", {"azure-speech"}),
        ("en-US-Ava:DragonHDLatestNeural", {"azure-speech"}),
        ("ko-KR-Neural2-A", {"google-speech"}),
        ("en-US-Chirp3-HD-Kore", {"google-speech"}),
        ("alloy", {"azure-speech", "google-speech", "openai"}),
    ):
        asked = speech(voice=voice)
        able = ("azure-speech", "google-speech", "openai")
        assert {wire for wire in able if not strange(wire, asked)} == wires


class TestVideo:
    def test_google_takes_bytes_and_its_own_storage(self) -> None:
        found = body("google-video", video(features=("labels", "shots")))
        assert found["features"] == ["LABEL_DETECTION", "SHOT_CHANGE_DETECTION"]
        assert found["inputContent"] == b64encode(b"CNRYvideo").decode()
        stored = video("gs://bucket/video.mp4", features=("speech",), language="ko-KR")
        found = body("google-video", stored)
        assert found["inputUri"] == "gs://bucket/video.mp4"
        assert found["videoContext"]["speechTranscriptionConfig"]["languageCode"] == "ko-KR"
        assert strange("google-video", video("https://elsewhere.example/x.mp4")) == ("video.url",)

    def test_amazon_takes_its_own_storage_only(self) -> None:
        found = letter("rekognition", video("s3://bucket-1/a/b c.mp4", features=("shots",)))
        assert json.loads(found.body) == {
            "Video": {"S3Object": {"Bucket": "bucket-1", "Name": "a/b c.mp4"}},
            "SegmentTypes": ["SHOT"],
        }
        assert dict(found.headers)["x-amz-target"] == "RekognitionService.StartSegmentDetection"
        assert strange("rekognition", video()) == ("video.data",)
        assert strange("rekognition", video("gs://bucket/x")) == ("video.url",)
        assert strange("rekognition", video(STORED, features=("objects",))) == ("features",)

    def test_neither_data_nor_an_address_is_no_video(self) -> None:
        asked = video()
        part = asked.messages[0].parts[0]
        for payload in ("{}", '{"video":{}}', '{"video":{"data":"x","url":"gs://a/b"}}'):
            wrong = replace(part, payload=Private(payload))
            message = replace(asked.messages[0], parts=(wrong,))
            with pytest.raises(InvalidRequest):
                letter("google-video", replace(asked, messages=(message,)))


def test_what_nobody_built_is_said_when_it_is_configured() -> None:
    with pytest.raises(ValueError, match="anthropic does no images"):
        providers.upstream_for(
            replace(
                endpoint("openai", IMAGES), provider=providers.catalogue()["anthropic"], does=IMAGES
            )
        )


def test_a_work_never_becomes_a_chat() -> None:
    work = Transcription(media_type="audio/wav")
    with pytest.raises(InvalidRequest):
        letter("openai", request(said(Role.USER, "no recording"), work=work))


def test_who_does_no_chat_is_asked_for_none() -> None:
    with pytest.raises(ValueError, match="stability does no chat"):
        providers.upstream_for(endpoint("stability", Does.CHAT))
