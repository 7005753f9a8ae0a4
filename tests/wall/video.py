"""Videos: Google's operations and AWS's jobs. A job's name says how it is to go, so that nothing has
to be remembered but how often it was asked for."""

import re
from collections.abc import Mapping
from typing import Any

from tests.wall.answers import Answer, Ask
from tests.wall.dialect import Endpoint, Json, bad
from tests.wall.log import Exchange
from tests.wall.play import State
from tests.wall.services import Service

MILLISECONDS = 14_833
"""How long every video is."""
_JOB = re.compile(r"([0-9]+)-([0-9]+)-([0-9]+)-(ok|no)-([A-Za-z_]+)\Z")
_OPERATIONS = "/v1/projects/7/locations/us-east1/operations/"
Found = tuple[int, object]


def _job(ask: Ask, number: int) -> str:
    faults = ask.faults
    fate = "no" if faults.jobfails else "ok"
    return f"{number}-{faults.polls}-{faults.pollfails}-{fate}-{'_'.join(ask.features)}"


class GoogleVideo(Service):
    """POST /v1/videos:annotate."""

    provider = "google-video"

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        if "x-goog-api-key" not in headers:
            raise bad("The request is missing a valid API key.")
        if ("inputUri" in body) == ("inputContent" in body) or not body["features"]:
            raise bad("Either `input_uri` or `input_content` should be set.")
        shown = str(body.get("inputUri", ""))
        features = tuple(name.split("_")[0] for name in body["features"])
        return Ask(self.model, texts=(shown,), choices=0, features=features)

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        return {"name": _OPERATIONS.removeprefix("/v1/") + _job(ask, number)}


class Rekognition(Service):
    """POST / with a target that begins a job."""

    provider = "aws-rekognition"

    def error(self, failure: Any, number: int) -> Json:
        kind = {429: "ThrottlingException", 403: "AccessDeniedException"}
        return {"__type": kind.get(failure.status, "InvalidParameterException"), "message": "wall"}

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        if not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            raise bad("unsigned")
        stored = body["Video"]["S3Object"]
        feature = _target(headers.get("x-amz-target", ""), "Start")
        if feature == "SegmentDetection" and body.get("SegmentTypes") != ["SHOT"]:
            raise bad("SegmentTypes")
        shown = f"{stored['Bucket']}/{stored['Name']}"
        return Ask(self.model, texts=(shown,), choices=0, features=(feature,))

    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        return {"JobId": _job(ask, number)}


POSTS: dict[str, Endpoint] = {"/v1/videos:annotate": GoogleVideo(), "/": Rekognition()}


def _target(target: str, verb: str) -> str:
    return target.removeprefix(f"RekognitionService.{verb}")


def progress(state: State, exchange: Exchange) -> Found | None:
    """The answer to a question for a job, or to its end; `None` for any other request."""
    path, target = exchange.path, exchange.header("x-amz-target") or ""
    if path.startswith(_OPERATIONS):
        name = path.removeprefix(_OPERATIONS)
        if exchange.method == "POST" and name.endswith(":cancel"):
            return 200, {}
        return _operation(state, name)
    if path == "/" and target.startswith("RekognitionService.Get"):
        return _detection(state, exchange.json, _target(target, "Get"))
    return None


def _standing(state: State, job: str) -> str:
    """`gone`, `failing`, `running`, `failed` or `done`."""
    found = _JOB.match(job)
    if found is None:
        return "gone"
    asked = state.requests[job]
    state.requests[job] += 1
    polls, fails = int(found[2]), int(found[3])
    if asked < fails:
        return "failing"
    if asked - fails + 1 < polls:
        return "running"
    return "done" if found[4] == "ok" else "failed"


def _operation(state: State, job: str) -> Found:
    name = _OPERATIONS.removeprefix("/v1/") + job
    match _standing(state, job):
        case "gone":
            return 404, {"error": {"code": 404, "message": "no such operation"}}
        case "failing":
            return 503, {"error": {"code": 503, "message": "later", "status": "UNAVAILABLE"}}
        case "running":
            return 200, {"name": name, "metadata": {"progressPercent": 50}}
        case "failed":
            return 200, {"name": name, "done": True, "error": {"code": 8, "message": "quota"}}
    return 200, {"name": name, "done": True, "response": {"annotationResults": [_seen()]}}


def _seen() -> Json:
    whole = {"startTimeOffset": "0s", "endTimeOffset": f"{MILLISECONDS / 1000}s"}
    part = {"startTimeOffset": "1.5s", "endTimeOffset": "2.250s"}
    return {
        "inputUri": "/bucket/video.mp4",
        "segment": whole,
        "segmentLabelAnnotations": [
            {
                "entity": {"entityId": "/m/0bt9lr", "description": "dog"},
                "segments": [{"segment": whole, "confidence": 0.97123456}],
            }
        ],
        "shotAnnotations": [part],
        "textAnnotations": [
            {"text": "길목", "segments": [{"segment": part, "confidence": 0.9, "frames": []}]}
        ],
        "explicitAnnotation": {
            "frames": [{"timeOffset": "0.5s", "pornographyLikelihood": "VERY_UNLIKELY"}]
        },
        "speechTranscriptions": [
            {
                "alternatives": [
                    {
                        "transcript": "hello there",
                        "confidence": 0.8,
                        "words": [
                            {"startTime": "1s", "endTime": "1.4s", "word": "hello"},
                            {"startTime": "1.4s", "endTime": "2s", "word": "there"},
                        ],
                    }
                ]
            }
        ],
        "objectAnnotations": [
            {"entity": {"description": "ball"}, "segment": part, "confidence": 0.7, "frames": []}
        ],
        "faceDetectionAnnotations": [{"tracks": [{"segment": part, "confidence": 0.6}]}],
    }


def _detection(state: State, body: Json, feature: str) -> Found:
    job = body["JobId"]
    second = body.get("NextToken") == "page-2"
    standing = "done" if second else _standing(state, job)
    if standing == "failing":
        return 503, {"__type": "InternalServerError"}
    if standing == "gone" or _JOB.match(job)[5] != feature:  # type: ignore[index]
        return 400, {"__type": "ResourceNotFoundException"}
    if standing in ("running", "failed"):
        return 200, {"JobStatus": "IN_PROGRESS" if standing == "running" else "FAILED"}
    found: Json = {"JobStatus": "SUCCEEDED", "VideoMetadata": {"DurationMillis": MILLISECONDS}}
    return 200, found | _detected(feature, second)


def _detected(feature: str, second: bool) -> Json:
    if feature == "LabelDetection":
        name = "Ball" if second else "Dog"
        label = {"Label": {"Name": name, "Confidence": 98.5}, "Timestamp": 500}
        label |= {"StartTimestampMillis": 500, "EndTimestampMillis": 1500}
        return {"Labels": [label]} | ({} if second else {"NextToken": "page-2"})
    if feature == "TextDetection":
        line = {"DetectedText": "길목", "Confidence": 90.0, "Type": "LINE"}
        word = line | {"Type": "WORD"}
        return {
            "TextDetections": [
                {"Timestamp": 700, "TextDetection": line},
                {"Timestamp": 700, "TextDetection": word},
            ]
        }
    if feature == "ContentModeration":
        label = {"Name": "Alcohol", "Confidence": 60.0, "ParentName": "Drinks"}
        return {"ModerationLabels": [{"Timestamp": 800, "ModerationLabel": label}]}
    if feature == "FaceDetection":
        return {"Faces": [{"Timestamp": 900, "Face": {"Confidence": 99.0, "BoundingBox": {}}}]}
    shot = {"Type": "SHOT", "StartTimestampMillis": 0, "EndTimestampMillis": 5166}
    shot["ShotSegment"] = {"Index": 0, "Confidence": 99.5}
    metadata = [{"DurationMillis": MILLISECONDS, "Codec": "h264"}]
    return {"Segments": [shot], "VideoMetadata": metadata}
