"""The services besides chat in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from gilmok.core import errors as e
from gilmok.surfaces import headers
from gilmok.surfaces.openapi_caller import OF_A_BODY, OF_AN_ANSWER, OF_ANSWERS_HEAD
from gilmok.surfaces.openapi_operation import Operation
from gilmok.surfaces.openapi_schemas import Schema, ref
from gilmok.surfaces.services.embeddings_wire import EmbeddingBody, EmbeddingList
from gilmok.surfaces.services.forms import FORMATS, LANGUAGE
from gilmok.surfaces.services.pictures import PictureBody, PictureList
from gilmok.surfaces.services.speech import SpeechBody
from gilmok.surfaces.services.transcripts import Transcript, VerboseTranscript
from gilmok.surfaces.services.videos import JOB
from gilmok.surfaces.services.videos_wire import FEATURES, VideoBody, VideoJob, VideoJobList

_JSON: Final = "application/json"
_PARAMETERS: Final = (
    headers.TASK,
    headers.URGENCY,
    headers.DEADLINE,
    headers.USER,
    headers.CACHE,
    headers.CACHE_TAGS,
    "accept-language",
)
_OF_A_SERVICE: Final = (*OF_A_BODY, *OF_AN_ANSWER, e.NothingDoes, e.OtherwiseUsed)
_TEXT: Schema = {"type": "string"}
_FILE: Schema = {"type": "string", "format": "binary"}
_MODEL: Schema = {
    "type": "string",
    "description": "An endpoint's id, a model's name, or `auto`.",
    "default": "auto",
}
_LANGUAGE: Schema = {"type": "string", "pattern": f"^{LANGUAGE.pattern}$"}
_ONE: Final = f"({'|'.join(FEATURES)})"
_SEVERAL: Final = f"^{_ONE}(,{_ONE})*$"

_TRANSCRIPTION_FORM: Final[Schema] = {
    "type": "object",
    "properties": {
        "file": _FILE,
        "model": _MODEL,
        "language": _LANGUAGE,
        "prompt": {"type": "string", "description": "Words to expect."},
        "response_format": {"enum": list(FORMATS), "default": "json"},
        "temperature": {"type": "number", "minimum": 0, "maximum": 1},
        "timestamp_granularities[]": {"type": "array", "items": {"const": "segment"}},
        "user": _TEXT,
    },
    "required": ["file"],
    "additionalProperties": False,
}
_VIDEO_FORM: Final[Schema] = {
    "type": "object",
    "properties": {
        "file": _FILE,
        "model": _MODEL,
        "features": {
            "type": "string",
            "pattern": _SEVERAL,
            "description": f"Of {', '.join(FEATURES)}; several are separated by commas.",
            "default": "labels",
        },
        "language": _LANGUAGE,
        "user": _TEXT,
    },
    "required": ["file"],
    "additionalProperties": False,
}

SERVICE_OPERATIONS: Final = {
    "embeddings": Operation(
        summary="Vectors of texts",
        description="OpenAI's embeddings. Every preference (`auto`, `cheap`, …) means one and the "
        "same model, because vectors of two models cannot be compared. All texts go together first; "
        "where that fails for what may be the fault of one, each goes alone. A text that fails "
        "fails the request and is named by its place, unless x-gilmok-partial is `true`.",
        answers=((_JSON, ref(EmbeddingList)),),
        errors=(*_OF_A_SERVICE, e.InputsRejected, e.InputsFailed),
        parameters=(headers.PARTIAL, *_PARAMETERS),
        body=EmbeddingBody,
        examples={
            "two": {
                "summary": "Two texts",
                "value": {"model": "auto", "input": ["국물이 진해요", "The broth is rich"]},
            }
        },
        headers=OF_ANSWERS_HEAD,
    ),
    "images": Operation(
        summary="Pictures from words",
        description="OpenAI's image generation. The pictures are in the answer: nothing is hosted "
        "here. Where no provider may draw, a card is drawn on this machine and marked as fallback.",
        answers=((_JSON, ref(PictureList)),),
        errors=_OF_A_SERVICE,
        parameters=_PARAMETERS,
        body=PictureBody,
        examples={"card": {"summary": "One picture", "value": {"prompt": "a bowl of soup"}}},
        headers=OF_ANSWERS_HEAD,
    ),
    "speech": Operation(
        summary="Speech from words",
        description="OpenAI's speech. The answer is the sound. With `stream_format: audio` it comes "
        "as it is made, and a connection that breaks off is a recording that broke off.",
        answers=(
            ("audio/*", _FILE),
            ("application/octet-stream", _FILE),
        ),
        errors=_OF_A_SERVICE,
        parameters=_PARAMETERS,
        body=SpeechBody,
        examples={"hello": {"summary": "A greeting", "value": {"input": "어서 오세요"}}},
        headers=OF_ANSWERS_HEAD,
    ),
    "transcriptions": Operation(
        summary="What is said in a recording",
        description="OpenAI's transcription: a form with a WAV, MP3, FLAC, OGG, MP4 or WebM file. "
        "A recording cannot be looked into, so it stays on this machine or network unless "
        "[privacy] attachments says otherwise.",
        answers=(
            (_JSON, {"anyOf": [ref(Transcript), ref(VerboseTranscript)]}),
            ("text/plain", _TEXT),
            ("text/vtt", _TEXT),
        ),
        errors=_OF_A_SERVICE,
        parameters=_PARAMETERS,
        forms=(_TRANSCRIPTION_FORM,),
        headers=OF_ANSWERS_HEAD,
    ),
    "submit_video": Operation(
        summary="Have a video analysed",
        description="A job: it goes on when the client leaves. A video cannot be looked into, so it "
        "stays on this machine or network unless [privacy] attachments says otherwise.",
        answers=((_JSON, ref(VideoJob)),),
        status=202,
        errors=(*_OF_A_SERVICE, e.TooManyJobs),
        parameters=_PARAMETERS,
        body=VideoBody,
        forms=(_VIDEO_FORM,),
        examples={
            "shots": {
                "summary": "What is seen, and where it is cut",
                "value": {"url": "https://example.org/a.mp4", "features": ["labels", "shots"]},
            }
        },
        headers=(JOB,),
    ),
    "video_jobs": Operation(
        summary="List the jobs of this key",
        description="Newest first, without their results.",
        answers=((_JSON, ref(VideoJobList)),),
    ),
    "video_job": Operation(
        summary="How far a job is, and what it came to",
        answers=((_JSON, ref(VideoJob)),),
        errors=(e.JobNotFound,),
        headers=(JOB,),
    ),
    "cancel_video": Operation(
        summary="End a job",
        description="The provider is told to stop. Again is no error.",
        answers=((_JSON, ref(VideoJob)),),
        errors=(e.JobNotFound,),
        headers=(JOB,),
    ),
}
