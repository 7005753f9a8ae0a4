"""Google Cloud Video Intelligence: submitted, asked for, and called off where nobody waits.

Source: cloud.google.com/video-intelligence/docs/reference/rest/v1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from gilmok.core.completion import Event
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import MalformedAnswer, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import VideoAnalysis
from gilmok.providers.services.material import remark, video
from gilmok.providers.services.report import Report, milliseconds
from gilmok.providers.services.service import Job, Step
from gilmok.providers.services.undecided import Undecided
from gilmok.providers.wire import Decoder, failure

PATH = "/v1/videos:annotate"
_FEATURES = {
    "labels": "LABEL_DETECTION",
    "shots": "SHOT_CHANGE_DETECTION",
    "text": "TEXT_DETECTION",
    "explicit": "EXPLICIT_CONTENT_DETECTION",
    "speech": "SPEECH_TRANSCRIPTION",
    "objects": "OBJECT_TRACKING",
    "faces": "FACE_DETECTION",
}
_LIKELIHOOD = {
    "VERY_UNLIKELY": 0.05,
    "UNLIKELY": 0.25,
    "POSSIBLE": 0.5,
    "LIKELY": 0.75,
    "VERY_LIKELY": 0.95,
}
_OPERATION = re.compile(r"(?:projects/[\w-]+/locations/[\w-]+/)?operations/[\w-]+", re.ASCII)
_STORED = re.compile(r"gs://[^*?]+\Z")
"""Google reads `*` and `?` as any letters: one such address may stand for every video of a bucket."""
_LONGEST_NAME = 300
_STATUS = {3: 400, 5: 404, 7: 403, 8: 429, 13: 500, 14: 503, 16: 401}
"""HTTP's words for those of google.rpc.Code that an operation can end with."""


class GoogleVideo:
    """See `services.service.Service` and `JobService`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        work = request.work
        if not isinstance(work, VideoAnalysis):
            return ()
        found = ["features"] if set(work.features) - _FEATURES.keys() else []
        where = video(request).url
        if where is not None and not _STORED.match(where):
            found.append("video.url")
        if remark(request) is not None:
            found.append("instructions")
        return tuple(found)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` where there is no video."""
        work = request.work
        assert isinstance(work, VideoAnalysis), "the registry finds services by their work"
        shown = video(request)
        body: dict[str, Any] = {"features": [_FEATURES[name] for name in work.features]}
        if shown.url is not None:
            body["inputUri"] = shown.url
        else:
            body["inputContent"] = shown.data
        if "speech" in work.features:
            tongue = {"languageCode": work.language or "en-US"}
            body["videoContext"] = {"speechTranscriptionConfig": tongue}
        return Letter(PATH, msgspec.json.encode(body), work=work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        return Undecided()

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)

    def job(self, letter: Letter) -> Job:
        assert isinstance(letter.work, VideoAnalysis)
        return _Operation(letter.work)


class _Segment(Struct):
    start: str | None = field(default=None, name="startTimeOffset")
    end: str | None = field(default=None, name="endTimeOffset")


class _Entity(Struct):
    description: str | None = None


class _Sighting(Struct):
    segment: _Segment = field(default_factory=_Segment)
    confidence: float | None = None


class _Annotation(Struct):
    """A label, a text, an object or a face: the same fields, some of them absent."""

    entity: _Entity = field(default_factory=_Entity)
    text: str | None = None
    segment: _Segment | None = None
    confidence: float | None = None
    segments: list[_Sighting] = field(default_factory=list)
    tracks: list[_Sighting] = field(default_factory=list)


class _Frame(Struct):
    at: str | None = field(default=None, name="timeOffset")
    likelihood: str | None = field(default=None, name="pornographyLikelihood")


class _Explicit(Struct):
    frames: list[_Frame] = field(default_factory=list)


class _Word(Struct):
    start: str | None = field(default=None, name="startTime")
    end: str | None = field(default=None, name="endTime")


class _Alternative(Struct):
    transcript: str | None = None
    confidence: float | None = None
    words: list[_Word] = field(default_factory=list)


class _Speech(Struct):
    alternatives: list[_Alternative] = field(default_factory=list)


class _Results(Struct, rename="camel"):
    segment: _Segment | None = None
    segment_label_annotations: list[_Annotation] = field(default_factory=list)
    shot_annotations: list[_Segment] = field(default_factory=list)
    text_annotations: list[_Annotation] = field(default_factory=list)
    object_annotations: list[_Annotation] = field(default_factory=list)
    face_detection_annotations: list[_Annotation] = field(default_factory=list)
    explicit_annotation: _Explicit = field(default_factory=_Explicit)
    speech_transcriptions: list[_Speech] = field(default_factory=list)
    error: Any = None


class _Response(Struct):
    results: list[_Results] = field(default_factory=list, name="annotationResults")


class _Status(Struct):
    code: int = 2


class _Document(Struct):
    name: str | None = None
    done: bool = False
    error: _Status | None = None
    response: _Response | None = None


_documents = msgspec.json.Decoder(_Document)


class _Operation:
    """See `services.service.Job`."""

    def __init__(self, work: VideoAnalysis) -> None:
        self._work = work
        self._name = ""
        self._ended = False
        self._response: _Response | None = None

    def next(self) -> Step | None:
        if self._response is not None:
            return None
        return Step("GET", Letter(f"/v1/{self._name}", b""), after_pause=True)

    def take(self, body: bytes) -> None:
        try:
            said = _documents.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise MalformedAnswer("not_json") from None
        if not self._name:
            self._name = _checked(said.name)
        self._ended = said.done
        if said.error is not None:
            raise UpstreamStatus(_STATUS.get(said.error.code, 500))
        if said.done:
            if said.response is None:
                raise MalformedAnswer("no_report")
            self._response = said.response

    def report(self) -> list[Event]:
        assert self._response is not None, "it is not done"
        report = Report(self._work.features)
        for results in self._response.results:
            if results.error is not None:
                raise UpstreamStatus(400)
            _collect(results, report)
        return report.events()

    def calling_off(self) -> tuple[Step, ...]:
        if not self._name or self._ended:
            return ()
        return (Step("POST", Letter(f"/v1/{self._name}:cancel", b"{}")),)


def _checked(name: str | None) -> str:
    """The operation's name becomes a part of paths: nothing in it may lead elsewhere."""
    if name is None or len(name) > _LONGEST_NAME or not _OPERATION.fullmatch(name):
        raise MalformedAnswer("no_operation")
    return name


def _collect(results: _Results, report: Report) -> None:
    if results.segment is not None:
        report.lasts(_ms(results.segment.end))
    for feature, found in (
        ("labels", results.segment_label_annotations),
        ("text", results.text_annotations),
        ("objects", results.object_annotations),
        ("faces", results.face_detection_annotations),
    ):
        for annotation in found:
            _sightings(feature, annotation, report)
    for shot in results.shot_annotations:
        report.add("shots", _ms(shot.start), _ms(shot.end), None, None)
    for frame in results.explicit_annotation.frames:
        likely = _LIKELIHOOD.get(frame.likelihood or "")
        report.add("explicit", _ms(frame.at), _ms(frame.at), frame.likelihood, likely)
    for speech in results.speech_transcriptions:
        for said in speech.alternatives[:1]:
            first, last = (said.words[0], said.words[-1]) if said.words else (_Word(), _Word())
            text = (said.transcript or "").strip()
            report.add("speech", _ms(first.start), _ms(last.end), text, said.confidence)


def _sightings(feature: str, annotation: _Annotation, report: Report) -> None:
    text = annotation.text or annotation.entity.description
    seen = annotation.segments or annotation.tracks
    if annotation.segment is not None:
        seen = [_Sighting(annotation.segment, annotation.confidence)]
    for sighting in seen:
        start, end = _ms(sighting.segment.start), _ms(sighting.segment.end)
        report.add(feature, start, end, text, sighting.confidence)


def _ms(offset: str | None) -> int:
    """Of an offset such as `14.833s`."""
    return milliseconds((offset or "").removesuffix("s"))
