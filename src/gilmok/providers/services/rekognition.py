"""AWS Rekognition Video: one job for each feature, of a video that stands in S3.

There is no way to call a job off: what was begun is paid for, whoever still waits.

Source: docs.aws.amazon.com/rekognition/latest/APIReference.
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
from gilmok.providers.services.report import Report
from gilmok.providers.services.service import Job, Step
from gilmok.providers.services.undecided import Undecided
from gilmok.providers.wire import Decoder, retry_after

_CALLS = {
    "labels": "LabelDetection",
    "shots": "SegmentDetection",
    "text": "TextDetection",
    "explicit": "ContentModeration",
    "faces": "FaceDetection",
}
_TYPE = "application/x-amz-json-1.1"
_STORED = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.{1,1024})\Z", re.DOTALL)
_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}\Z")
_PAGE = 1000
_MAX_PAGES = 100
_LONGEST_TOKEN = 512
_THROTTLED = frozenset(
    {"LimitExceededException", "ProvisionedThroughputExceededException", "ThrottlingException"}
)
_FORBIDDEN = frozenset(
    {"AccessDeniedException", "IncompleteSignatureException", "InvalidSignatureException"}
    | {"MissingAuthenticationTokenException", "UnrecognizedClientException"}
    | {"ExpiredTokenException"}
)


class Rekognition:
    """See `services.service.Service` and `JobService`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        work = request.work
        if not isinstance(work, VideoAnalysis):
            return ()
        found = ["features"] if set(work.features) - _CALLS.keys() else []
        where = video(request).url
        if where is None or not _STORED.match(where):
            found.append("video.data" if where is None else "video.url")
        if remark(request) is not None:
            found.append("instructions")
        return tuple(found)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` where there is no video."""
        work = request.work
        assert isinstance(work, VideoAnalysis), "the registry finds services by their work"
        found = _STORED.match(video(request).url or "")
        bucket, name = found.groups() if found is not None else ("", "")
        body = msgspec.json.encode({"Video": {"S3Object": {"Bucket": bucket, "Name": name}}})
        return _starting(work.features[0], body, work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        return Undecided()

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        """Everything is 400 here; what it is stands in the body."""
        try:
            kind = msgspec.json.decode(body, type=_Error).kind.rpartition("#")[2]
        except (msgspec.MsgspecError, UnicodeDecodeError):
            kind = ""
        if kind in _THROTTLED:
            status = 429
        elif kind in _FORBIDDEN:
            status = 403
        return UpstreamStatus(status, retry_after(headers))

    def job(self, letter: Letter) -> Job:
        assert isinstance(letter.work, VideoAnalysis)
        return _Jobs(letter, letter.work)


def _starting(feature: str, body: bytes, work: VideoAnalysis) -> Letter:
    if feature == "shots":
        body = body[:-1] + b',"SegmentTypes":["SHOT"]}'
    return _letter("Start", feature, body, work)


def _letter(verb: str, feature: str, body: bytes, work: VideoAnalysis) -> Letter:
    target = ("x-amz-target", f"RekognitionService.{verb}{_CALLS[feature]}")
    return Letter("/", body, (("content-type", _TYPE), target), work)


class _Error(Struct):
    kind: str = field(default="", name="__type")


class _Named(Struct, rename="pascal"):
    """A label, a text, a moderation label or a face."""

    name: str | None = None
    detected_text: str | None = None
    type: str | None = None
    confidence: float | None = None


class _Found(Struct, rename="pascal"):
    """One entry of any of the lists: whichever feature it is of."""

    timestamp: int = 0
    start_timestamp_millis: int | None = None
    end_timestamp_millis: int | None = None
    label: _Named | None = None
    text_detection: _Named | None = None
    moderation_label: _Named | None = None
    face: _Named | None = None
    shot_segment: _Named | None = None

    @property
    def what(self) -> _Named | None:
        return (
            self.label
            or self.text_detection
            or self.moderation_label
            or self.face
            or self.shot_segment
        )


class _Video(Struct, rename="pascal"):
    duration_millis: int | None = None


class _Answer(Struct, rename="pascal"):
    job_id: str | None = None
    job_status: str | None = None
    next_token: str | None = None
    video_metadata: _Video | list[_Video] | None = None
    labels: list[_Found] = field(default_factory=list)
    text_detections: list[_Found] = field(default_factory=list)
    moderation_labels: list[_Found] = field(default_factory=list)
    faces: list[_Found] = field(default_factory=list)
    segments: list[_Found] = field(default_factory=list)


_answers = msgspec.json.Decoder(_Answer)


class _Jobs:
    """See `services.service.Job`. Invariant: one feature after the other, each to its last page."""

    def __init__(self, letter: Letter, work: VideoAnalysis) -> None:
        self._work = work
        self._video = letter.body.replace(b',"SegmentTypes":["SHOT"]', b"")
        self._ahead = list(work.features)
        self._id = ""
        """Of the job under way; empty where the next one has to be started."""
        self._token: str | None = None
        self._pages = 0
        self._report = Report(work.features)

    def next(self) -> Step | None:
        if not self._ahead:
            return None
        feature = self._ahead[0]
        if not self._id:
            return Step("POST", _starting(feature, self._video, self._work))
        asked: dict[str, Any] = {"JobId": self._id, "MaxResults": _PAGE}
        if feature in ("labels", "explicit"):
            asked["AggregateBy"] = "SEGMENTS" if feature == "labels" else "TIMESTAMPS"
        if self._token is not None:
            asked["NextToken"] = self._token
        letter = _letter("Get", feature, msgspec.json.encode(asked), self._work)
        return Step("POST", letter, after_pause=self._token is None)

    def take(self, body: bytes) -> None:
        try:
            said = _answers.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise MalformedAnswer("not_json") from None
        if not self._id:
            if said.job_id is None or not _ID.match(said.job_id):
                raise MalformedAnswer("no_operation")
            self._id = said.job_id
        elif said.job_status == "SUCCEEDED":
            self._page(said)
        elif said.job_status == "FAILED":
            raise UpstreamStatus(500)
        elif said.job_status != "IN_PROGRESS":
            raise MalformedAnswer("no_report")

    def _page(self, said: _Answer) -> None:
        metadata = said.video_metadata
        for each in metadata if isinstance(metadata, list) else [metadata or _Video()]:
            self._report.lasts(each.duration_millis)
        _collect(self._ahead[0], said, self._report)
        self._token = said.next_token or None
        self._pages += 1
        if self._token is None:
            del self._ahead[0]
            self._id = ""
        elif len(self._token) > _LONGEST_TOKEN or self._pages >= _MAX_PAGES:
            raise MalformedAnswer("too_large")

    def report(self) -> list[Event]:
        return self._report.events()

    def calling_off(self) -> tuple[Step, ...]:
        return ()


def _collect(feature: str, said: _Answer, report: Report) -> None:
    lists = {
        "labels": said.labels,
        "text": said.text_detections,
        "explicit": said.moderation_labels,
        "faces": said.faces,
        "shots": said.segments,
    }
    for found in lists[feature]:
        what = found.what or _Named()
        if what.type == "WORD":
            continue  # Its line has it too.
        start = max(found.timestamp, found.start_timestamp_millis or 0)
        end = max(start, found.end_timestamp_millis or 0)
        sure = None if what.confidence is None else what.confidence / 100
        report.add(feature, start, end, what.name or what.detected_text, sure)
