"""Videos: submitted, asked for, called off; and jobs that mean harm."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.completion import Made, Opened, Usage
from gilmok.core.endpoint import Zone
from gilmok.core.errors import AttemptFailed, JobLost, MalformedAnswer, UpstreamStatus, ZoneRefused
from gilmok.core.request import Request
from gilmok.core.text import Secret
from gilmok.core.work import Does
from gilmok.providers.resolver import Resolver
from gilmok.providers.services import SERVICES, JobService, Pauses
from gilmok.providers.services.report import MAX_FINDINGS, Report
from gilmok.providers.services.service import Job, Step
from tests.unit.providers.services.samples import (
    AWS_KEY,
    STORED,
    endpoint,
    outbound,
    upstream,
    video,
)
from tests.wall import Wall
from tests.wall.video import MILLISECONDS

GOOGLE, AWS = "ok+as=google-video", "ok+as=aws-rekognition"
STORED_AT_GOOGLE = "gs://bucket/video.mp4"


async def look(wall: Wall, wire: str, asked: Request) -> tuple[dict[str, Any], Usage]:
    """The report and what it is paid by."""
    where = endpoint(wire, Does.VIDEO, wall)
    speaker = upstream(where)
    async with speaker.converse(outbound(where, asked), connect_s=2.0) as batches:
        opened, made, usage = [event async for batch in batches for event in batch]
    await speaker.close()
    assert isinstance(opened, Opened)
    assert isinstance(made, Made)
    assert isinstance(usage, Usage)
    assert made.media_type == "application/json"
    return json.loads(made.data), usage


async def test_google_in_one_shape() -> None:
    features = ("labels", "shots", "text", "explicit", "speech", "objects", "faces")
    async with Wall(aliases={GOOGLE: "polls=3"}) as wall:
        report, usage = await look(wall, "google-video", video(STORED_AT_GOOGLE, features=features))
        part = {"start_ms": 1500, "end_ms": 2250}
        assert report == {
            "duration_ms": MILLISECONDS,
            "labels": [
                {"start_ms": 0, "end_ms": MILLISECONDS, "text": "dog", "confidence": 0.9712}
            ],
            "shots": [part],
            "text": [part | {"text": "길목", "confidence": 0.9}],
            "explicit": [
                {"start_ms": 500, "end_ms": 500, "text": "VERY_UNLIKELY", "confidence": 0.05}
            ],
            "speech": [
                {"start_ms": 1000, "end_ms": 2000, "text": "hello there", "confidence": 0.8}
            ],
            "objects": [part | {"text": "ball", "confidence": 0.7}],
            "faces": [part | {"confidence": 0.6}],
        }
        assert usage == Usage(0, 0, units=MILLISECONDS * len(features))
        assert [exchange.method for exchange in wall.exchanges] == ["POST", "GET", "GET", "GET"]
        assert len({exchange.connection for exchange in wall.exchanges}) == 1
        # The key goes along, the words of the caller do not.
        assert all(exchange.header("x-goog-api-key") for exchange in wall.exchanges)
        assert not any(exchange.body for exchange in wall.exchanges[1:])


async def test_amazon_in_the_same_shape() -> None:
    features = ("labels", "shots", "text", "explicit", "faces")
    async with Wall(aliases={AWS: "polls=2"}) as wall:
        report, usage = await look(wall, "rekognition", video(STORED, features=features))
        seen = {"start_ms": 500, "end_ms": 1500}
        assert report == {
            "duration_ms": MILLISECONDS,
            "labels": [
                seen | {"text": "Dog", "confidence": 0.985},
                seen | {"text": "Ball", "confidence": 0.985},
            ],
            "shots": [{"start_ms": 0, "end_ms": 5166, "confidence": 0.995}],
            "text": [{"start_ms": 700, "end_ms": 700, "text": "길목", "confidence": 0.9}],
            "explicit": [{"start_ms": 800, "end_ms": 800, "text": "Alcohol", "confidence": 0.6}],
            "faces": [{"start_ms": 900, "end_ms": 900, "confidence": 0.99}],
        }
        assert usage.units == MILLISECONDS * len(features)
        targets = [(e.header("x-amz-target") or "").partition(".")[2] for e in wall.exchanges]
        assert targets[:5] == [
            "StartLabelDetection", "GetLabelDetection", "GetLabelDetection", "GetLabelDetection",
            "StartSegmentDetection",
        ]  # fmt: skip
        for exchange in wall.exchanges:
            authorization = exchange.header("authorization") or ""
            scope = "AKIDEXAMPLE/20150830/us-east-1/rekognition/aws4_request"
            assert f"Credential={scope}, " in authorization
            assert "SignedHeaders=content-type;host;x-amz-date;x-amz-target, " in authorization
        assert not wall.contains(AWS_KEY.partition(":")[2])


async def test_a_session_token_goes_along() -> None:
    async with Wall() as wall:
        key = Secret(f"{AWS_KEY}:the/session/token==")
        where = endpoint("rekognition", Does.VIDEO, wall, api_key=key)
        speaker = upstream(where)
        async with speaker.converse(outbound(where, video(STORED)), connect_s=2.0) as batches:
            assert len([batch async for batch in batches]) == 2
        await speaker.close()
        assert wall.calls[0].header("x-amz-security-token") == "the/session/token=="


@pytest.mark.parametrize(
    ("wire", "name", "url"),
    [("google-video", GOOGLE, STORED_AT_GOOGLE), ("rekognition", AWS, STORED)],
)
class TestOnTheWay:
    async def test_a_question_that_fails_begins_nothing_anew(
        self, wire: str, name: str, url: str
    ) -> None:
        async with Wall(aliases={name: "pollfails=2"}) as wall:
            report, _ = await look(wall, wire, video(url))
            assert report["labels"]
            begun = [e for e in wall.calls if e.path == "/v1/videos:annotate"]
            begun += [e for e in wall.calls if "Start" in (e.header("x-amz-target") or "")]
            assert len(begun) == 1

    async def test_only_failures_in_a_row_count(self, wire: str, name: str, url: str) -> None:
        """Each of Amazon's jobs fails twice and goes on: six failures, never three in a row."""
        features = ("labels", "text", "faces") if wire == "rekognition" else ("labels",)
        async with Wall(aliases={name: "pollfails=2"}) as wall:
            report, _ = await look(wall, wire, video(url, features=features))
            assert report.keys() == {"duration_ms", *features}

    async def test_too_many_of_them_are_a_failed_attempt(
        self, wire: str, name: str, url: str
    ) -> None:
        async with Wall(aliases={name: "pollfails=9"}) as wall:
            with pytest.raises(JobLost, match="upstream_status_503"):
                await look(wall, wire, video(url))

    async def test_a_job_that_fails(self, wire: str, name: str, url: str) -> None:
        async with Wall(aliases={name: "jobfails"}) as wall:
            with pytest.raises(UpstreamStatus) as caught:
                await look(wall, wire, video(url))
            assert caught.value.status == (429 if wire == "google-video" else 500)

    async def test_whoever_leaves_calls_it_off_where_that_can_be(
        self, wire: str, name: str, url: str
    ) -> None:
        async with Wall(aliases={name: "polls=1000000"}) as wall:
            where = endpoint(wire, Does.VIDEO, wall)
            speaker = upstream(where)
            asked = asyncio.Event()

            async def wait() -> None:
                sent = outbound(where, video(url))
                async with speaker.converse(sent, connect_s=2.0) as batches:
                    await anext(batches)
                    asked.set()
                    await anext(batches)

            task = asyncio.create_task(wait())
            await asked.wait()
            await wall.wait_received(4)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            seen = [exchange.path for exchange in wall.exchanges]
            await speaker.close()
            await wall.wait_connections(0)
            if wire == "google-video":
                assert seen[-1] == f"{seen[-2]}:cancel"
                assert wall.exchanges[-1].header("x-goog-api-key")
            else:
                assert {exchange.path for exchange in wall.exchanges} == {"/"}
            assert len(wall.exchanges) == len(seen)

    async def test_what_is_done_is_not_called_off(self, wire: str, name: str, url: str) -> None:
        async with Wall() as wall:
            await look(wall, wire, video(url))
            assert not any("cancel" in exchange.path for exchange in wall.exchanges)

    async def test_a_name_that_moves_gets_no_further_question(
        self, wire: str, name: str, url: str
    ) -> None:
        """Every connection of a job is proved anew: law 1 holds for questions as for the letter."""
        async with Wall(aliases={name: "polls=3"}) as wall:
            where = endpoint(wire, Does.VIDEO, wall)
            at = where.base_url.replace("127.0.0.1", "video.example")
            where = endpoint(wire, Does.VIDEO, wall, base_url=at)
            addresses = ["127.0.0.1"]

            async def lookup(host: str) -> list[Any]:
                return [ip_address(each) for each in addresses]

            speaker = upstream(where, lookup=lookup)
            sent = outbound(where, video(url), frozenset({Zone.LOCAL}))

            async def wait() -> None:
                async with speaker.converse(sent, connect_s=2.0) as batches:
                    await anext(batches)
                    addresses[:] = ["8.8.8.8"]
                    speaker.pool.close()
                    speaker._resolver = Resolver(speaker._origin, lookup)
                    await anext(batches)

            with pytest.raises(ZoneRefused):
                await wait()
            assert len(wall.exchanges) == 1


def test_pauses_grow_and_stop_growing() -> None:
    pauses = Pauses(first_s=0.5, factor=2.0, longest_s=4.0)
    assert [pauses.after(n) for n in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    assert pauses.after(10**9) == 4.0


def job(wire: str, url: str, features: tuple[str, ...] = ("labels",)) -> Job:
    where = endpoint(wire, Does.VIDEO)
    service = SERVICES[wire, Does.VIDEO]
    assert isinstance(service, JobService)
    return service.job(outbound(where, video(url, features=features)).letter)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../../v1/keys",
        "operations/../secrets",
        "operations/1?key=2",
        "operations/1 HTTP/1.1\r\nhost: evil",
        "https://evil.example/operations/1",
        "//evil.example/operations/1",
        "operations/길목",
        "operations/" + "1" * 400,
        "operations/1\n",
    ],
)
def test_an_operation_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(MalformedAnswer):
        job("google-video", STORED_AT_GOOGLE).take(json.dumps({"name": name}).encode())
    with pytest.raises(MalformedAnswer):
        job("rekognition", STORED).take(json.dumps({"JobId": name + "/"}).encode())


def test_an_operations_name_cannot_change_on_the_way() -> None:
    found = job("google-video", STORED_AT_GOOGLE)
    found.take(b'{"name":"operations/1"}')
    found.take(b'{"name":"operations/2"}')
    step = found.next()
    assert isinstance(step, Step)
    assert step.letter.path == "/v1/operations/1"


def test_pages_without_end_are_no_report() -> None:
    found = job("rekognition", STORED)
    found.take(b'{"JobId":"1"}')
    page = b'{"JobStatus":"SUCCEEDED","NextToken":"again"}'

    def turn_pages() -> None:
        for _ in range(1000):
            found.take(page)

    with pytest.raises(MalformedAnswer, match="too_large"):
        turn_pages()


def test_findings_without_end_are_no_report() -> None:
    report = Report(("labels",))
    for _ in range(MAX_FINDINGS):
        report.add("labels", 0, 1, "x", 0.5)
    with pytest.raises(MalformedAnswer, match="too_large"):
        report.add("labels", 0, 1, "x", 0.5)


@given(confidence=st.floats(), start=st.integers(), end=st.integers())
def test_a_report_is_always_one(confidence: float, start: int, end: int) -> None:
    report = Report(("labels", "shots"))
    report.add("labels", start, end, "x", confidence)
    report.add("nobody asked", start, end, "x", confidence)
    (made,) = report.events()
    assert isinstance(made, Made)
    found = json.loads(made.data)
    assert found.keys() == {"duration_ms", "labels", "shots"}
    (label,) = found["labels"]
    assert label["end_ms"] >= label["start_ms"]
    assert 0 <= label.get("confidence", 0) <= 1


WORDS = (
    *("name", "done", "error", "code", "response", "annotationResults", "segment"),
    *("segmentLabelAnnotations", "segments", "confidence", "entity", "description"),
    *("startTimeOffset", "endTimeOffset", "shotAnnotations", "explicitAnnotation", "frames"),
    *("JobId", "JobStatus", "NextToken", "Labels", "Label", "Timestamp", "VideoMetadata"),
    *("DurationMillis", "Confidence", "Name"),
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["operations/1", "SUCCEEDED", "IN_PROGRESS", "1.5s", "-1s", "1e400s", "x"])
    | st.text(max_size=5)
)


@pytest.mark.parametrize(
    ("wire", "url"), [("google-video", STORED_AT_GOOGLE), ("rekognition", STORED)]
)
@given(
    documents=st.lists(
        st.recursive(
            VALUES,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)
            ),
            max_leaves=15,
        ),
        max_size=4,
    )
)
def test_nonsense_is_a_failed_attempt_at_worst(
    wire: str, url: str, documents: list[object]
) -> None:
    found = job(wire, url)
    try:
        found.take(b'{"name":"operations/1","JobId":"1"}')
        for document in documents:
            if found.next() is None:
                break
            found.take(msgspec.json.encode(document))
        if found.next() is None:
            found.report()
    except AttemptFailed:
        pass
