"""The services besides chat: pictures, speech, transcripts, in the shapes of their public APIs."""

import base64
import hashlib
import re
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from tests.wall.answers import Answer, Ask
from tests.wall.dialect import (
    CREATED,
    Endpoint,
    Failure,
    Frame,
    Json,
    bad,
    model_of,
    whole_number,
)
from tests.wall.log import Exchange
from tests.wall.openai import OpenAI

SOUNDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
SECONDS = 2.5
"""Every recording is said to last so long."""
TRANSCRIPT = "안녕하세요, 길목입니다."


def form(exchange: Exchange) -> Json:
    """A form's fields; of a file its bytes in base64. Raises `ValueError` where it is none."""
    kind = exchange.header("content-type") or ""
    found = re.fullmatch(r"multipart/form-data; boundary=([!-~]{1,70})", kind)
    if found is None:
        raise ValueError("no form")
    mark = b"--" + found[1].encode()
    if not exchange.body.endswith(mark + b"--\r\n"):
        raise ValueError("the form has no end")
    fields: Json = {}
    for part in exchange.body.split(mark)[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        named = re.search(rb'; name="([^"]*)"', head)
        if named is None:
            raise ValueError("a part has no name")
        name = named[1].decode()
        filename = re.search(rb'; filename="([^"]*)"', head)
        if filename is None:
            fields[name] = data.decode()
        else:
            fields[name] = base64.b64encode(data).decode()
            fields[f"{name}.name"] = filename[1].decode()
    return fields


def png(seed: str) -> bytes:
    """A picture of one pixel, whose colour depends on nothing but the seed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    pixel = b"\0" + hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:3]
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixel))
        + chunk(b"IEND", b"")
    )


def sound(ask: Ask) -> bytes:
    """Bytes that depend on nothing but the text, as many as `huge` wants."""
    size = 3000 if ask.faults.huge is None else ask.faults.huge
    if ask.faults.empty:
        return b""
    return hashlib.shake_128(ask.last_user.encode("utf-8", "replace")).digest(size)


def _encoded(data: bytes, ask: Ask) -> str:
    return "§ no base64 §" if ask.faults.badbase64 else base64.b64encode(data).decode()


class Images(OpenAI):
    """POST /v1/images/generations."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        model = model_of(body)
        whole = model.startswith("gpt-image")
        if whole and "response_format" in body:
            raise bad("Unknown parameter: 'response_format'.")
        prompt = body.get("prompt")
        if not isinstance(prompt, str) or not prompt:
            raise bad("prompt: must be a string")
        return Ask(
            model,
            texts=(prompt,),
            last_user=prompt,
            choices=0,
            count=whole_number(body, "n") or 1,
            base64=whole or body.get("response_format") == "b64_json",
        )

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        wanted = ask.count - ask.faults.fewer
        data = [self._picture(ask, index, number) for index in range(wanted)]
        body: Json = {"created": CREATED, "data": data}
        if answer.usage is not None:
            body["usage"] = {
                "input_tokens": answer.usage.prompt,
                "output_tokens": 100 * wanted,
                "total_tokens": answer.usage.prompt,
                "input_tokens_details": {"text_tokens": answer.usage.prompt, "image_tokens": 0},
            }
        return body

    def _picture(self, ask: Ask, index: int, number: int) -> Json:
        if ask.faults.byaddress or not ask.base64:
            return {"url": f"https://pictures.example/{number}/{index}.png"}
        data = png(f"{ask.last_user}{index}")
        return {"b64_json": _encoded(data, ask), "revised_prompt": f"wall: {ask.last_user}"}


class Speech(OpenAI):
    """POST /v1/audio/speech."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        said, voice = body.get("input"), body.get("voice")
        format = body.get("response_format", "mp3")
        if not isinstance(said, str) or not isinstance(voice, str) or format not in SOUNDS:
            raise bad("input, voice, response_format: one of them is wrong")
        return Ask(model_of(body), texts=(said,), last_user=said, choices=0, format=format)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        raise NotImplementedError("speech is bare")

    def bare(self, ask: Ask, answer: Answer, number: int) -> tuple[bytes, str] | None:
        return sound(ask), SOUNDS[ask.format]


class Transcriptions(OpenAI):
    """POST /v1/audio/transcriptions."""

    def parse(self, exchange: Exchange) -> Any:
        return form(exchange)

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        if not body.get("file") or "file.name" not in body:
            raise bad("file: must be a recording")
        format = body.get("response_format", "json")
        return Ask(model_of(body), texts=(body.get("prompt", ""),), choices=0, format=format)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        said = ask.faults.repeat if ask.faults.repeat is not None else TRANSCRIPT
        body: Json = {"text": said}
        if ask.format == "verbose_json":
            segment = {"id": 0, "start": 0.0, "end": SECONDS, "text": said}
            body |= {"task": "transcribe", "language": "korean", "duration": SECONDS}
            body["segments"] = [segment]
        if answer.usage is not None:
            body["usage"] = {"type": "duration", "seconds": 3}
        return body

    def bare(self, ask: Ask, answer: Answer, number: int) -> tuple[bytes, str] | None:
        said = ask.faults.repeat if ask.faults.repeat is not None else TRANSCRIPT
        bodies = {
            "text": f"{said}\n",
            "srt": f"1\n00:00:00,000 --> 00:00:02,500\n{said}\n",
            "vtt": f"WEBVTT\n\n00:00.000 --> 00:02.500\n{said}\n",
        }
        body = bodies.get(ask.format)
        return None if body is None else (body.encode(), "text/plain; charset=utf-8")


class Service(Endpoint):
    """What those share that have no streams and no models."""

    provider: str

    def error(self, failure: Failure, number: int) -> Json:
        return {"error": {"code": failure.status, "message": failure.message, "status": "WALL"}}

    def error_frame(self, failure: Failure, number: int) -> Frame:
        raise NotImplementedError("no streams")

    def no_model(self, model: str) -> Failure:
        return Failure(404, f"{model} is not known")

    def too_long(self, tokens: int) -> Failure:
        return Failure(400, f"{tokens} are too many")

    @property
    def model(self) -> str:
        return f"ok+as={self.provider}"


class Stability(Service):
    """POST /v2beta/stable-image/generate/{core,ultra,sd3}."""

    provider = "stability"
    refuses_by_status = False

    def parse(self, exchange: Exchange) -> Any:
        if exchange.header("accept") != "application/json":
            raise ValueError("the picture would come bare")
        return form(exchange)

    def error(self, failure: Failure, number: int) -> Json:
        name = "content_moderation" if failure.status == 403 else "bad_request"
        return {"id": f"{number:08d}", "name": name, "errors": [failure.message]}

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        prompt = body.get("prompt", "")
        if not prompt:
            raise bad("prompt: is missing")
        return Ask(body.get("model", self.model), texts=(prompt,), last_user=prompt, choices=0)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        if ask.faults.moderated:
            return {"image": "", "finish_reason": "CONTENT_FILTERED", "seed": 1}
        image = _encoded(png(ask.last_user), ask)
        return {"image": image, "finish_reason": "SUCCESS", "seed": 1}


class GoogleSpeech(Service):
    """POST /v1/text:synthesize."""

    provider = "google-tts"

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        if "x-goog-api-key" not in headers:
            raise bad("The request is missing a valid API key.")
        said, voice = body["input"]["text"], body["voice"]
        if not voice["name"].startswith(voice["languageCode"]):
            raise bad("The voice does not speak that language.")
        return Ask(self.model, texts=(said,), last_user=said, choices=0)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        return {"audioContent": _encoded(sound(ask), ask)}


class AzureSpeech(Service):
    """POST /cognitiveservices/v1."""

    provider = "azure-tts"

    def parse(self, exchange: Exchange) -> Any:
        if exchange.header("content-type") != "application/ssml+xml":
            raise ValueError("no SSML")
        return {"ssml": exchange.body.decode()}

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        if "ocp-apim-subscription-key" not in headers:
            raise bad("The request is missing a subscription key.")
        said = re.sub("<[^>]*>", "", body["ssml"])
        format = headers.get("x-microsoft-outputformat", "")
        return Ask(self.model, texts=(said,), last_user=said, choices=0, format=format)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        raise NotImplementedError("speech is bare")

    def bare(self, ask: Ask, answer: Answer, number: int) -> tuple[bytes, str] | None:
        return sound(ask), "audio/mpeg" if ask.format.endswith("mp3") else "audio/x-wav"


POSTS: dict[str, Endpoint] = {
    "/v1/images/generations": Images(),
    "/v1/audio/speech": Speech(),
    "/v1/audio/transcriptions": Transcriptions(),
    **dict.fromkeys(
        (f"/v2beta/stable-image/generate/{name}" for name in ("core", "ultra", "sd3")),
        Stability(),
    ),
    "/v1/text:synthesize": GoogleSpeech(),
    "/cognitiveservices/v1": AzureSpeech(),
}
