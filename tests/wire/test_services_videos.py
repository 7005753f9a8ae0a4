"""Video jobs: taken on, looked up, ended, by whoever sent them and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gilmok.config import hash_key
from tests.gateway import Answer, Running
from tests.wall import Wall
from tests.wire.services import QUICK, dummy, form
from tests.wire.test_reports import bearer

PATH = "/v1/video/analyses"
CLIP: dict[str, object] = {"url": "https://example.org/a.mp4", "features": ["labels", "shots"]}
MP4 = b"\0\0\0\x10ftypisom" + bytes(40)
KEYS = "".join(
    f'[[keys]]\nid = "{key}"\nsha256 = "{hash_key(key)}"\ntenant = "{tenant}"\n'
    for key, tenant in (("one", "a"), ("two", "a"), ("three", "b"))
)


async def ended(gateway: Running, id: str, headers: dict[str, str] | None = None) -> Any:
    while True:
        answer = await gateway.get(f"{PATH}/{id}", headers)
        assert answer.status == 200, answer.body
        if answer.json["status"] != "running":
            return answer.json
        await asyncio.sleep(0.01)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


async def send(gateway: Running, body: object = CLIP, **headers: str) -> Answer:
    return await gateway.post(PATH, body, headers)


async def test_a_job_is_taken_on_and_done(tmp_path: Path) -> None:
    toml = QUICK + dummy("here", "video", "ok", "price_per_minute = 0.1")
    async with Running(tmp_path, toml) as gateway:
        taken = await send(gateway)
        assert taken.status == 202
        job = await ended(gateway, taken.json["id"])
        listed = (await gateway.get(PATH)).json["data"]
        decision = (await gateway.get(f"/v1/decisions/{taken.json['decision']}")).json
        body, headers = form(MP4, features="text,faces")
        upload = await gateway.send("POST", PATH, body, headers)
        seen = await ended(gateway, upload.json["id"])
    assert taken.headers["x-gilmok-job"] == taken.json["id"] == job["id"]
    assert taken.json["result"] is None
    assert job["status"] == "done"
    assert [found["feature"] for found in job["result"]["annotations"]] == ["labels", "shots"]
    assert job["gilmok"]["endpoint"] == "here"
    assert float(job["gilmok"]["cost_usd"]) > 0
    assert decision["outcome"] == "completed"
    assert decision["endpoint_id"] == "here"
    assert [entry["id"] for entry in listed] == [job["id"]]
    assert listed[0]["result"] is None
    assert [found["feature"] for found in seen["result"]["annotations"]] == ["text", "faces"]


async def test_a_job_that_fails_says_why(tmp_path: Path) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "video", "500")) as gateway:
        taken = await send(gateway, {"url": CLIP["url"]})
        job = await ended(gateway, taken.json["id"])
        korean = await gateway.post(PATH, CLIP, {"accept-language": "ko"})
        said = await ended(gateway, korean.json["id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "local_unavailable")
    assert "민감도" in said["error"]["message"]


async def test_what_cannot_be_done_is_refused_at_once(tmp_path: Path) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "video")) as gateway:
        answers: dict[str, list[dict[str, object]]] = {
            "invalid_request": [
                {"url": CLIP["url"], "features": ["smells"]},
                {},
                {"url": "data:,x"},
            ],
            "unsafe_url": [
                {"url": "http://169.254.169.254/latest/meta-data"},
                {"url": "file:///etc/passwd"},
                {"url": "gs://bucket/of-the-operators"},
            ],
            "model_not_found": [CLIP | {"model": "nobody"}],
        }
        for code, bodies in answers.items():
            for body in bodies:
                assert (await send(gateway, body)).code == code
        text, headers = form(b"hello")
        assert (await gateway.send("POST", PATH, text, headers)).code == "invalid_request"
        plain = await gateway.send("POST", PATH, b"x", {"content-type": "text/plain"})
        assert plain.code == "unsupported_media_type"
        assert (await gateway.get(PATH)).json["data"] == []


async def test_a_face_stays_here_unless_the_operator_says_otherwise(tmp_path: Path) -> None:
    async with Wall() as wall:
        far = google(wall)
        async with Running(tmp_path, QUICK + far) as gateway:
            body, headers = form(MP4)
            kept = await gateway.send("POST", PATH, body, headers)
            shown = await send(gateway)
        assert wall.calls == []
        opened = QUICK + '[privacy]\nattachments = "allow"\n' + far
        async with Running(tmp_path, opened) as gateway:
            taken = await gateway.send("POST", PATH, body, headers)
            job = await ended(gateway, taken.json["id"])
    assert (kept.status, kept.code) == (403, "label_refused")
    assert shown.code == "label_refused"
    assert job["status"] == "done"
    assert job["gilmok"]["zone"] == "cloud"


def google(wall: Wall, more: str = "") -> str:
    return (
        f'[[endpoints]]\nid = "far"\nprovider = "google-video"\nbase_url = "{wall.url}"\n'
        f'model = "default"\nzone = "cloud"\napi_key = "key-of-google-for-tests"\n{more}\n'
    )


async def test_cancelling_tells_the_upstream(tmp_path: Path) -> None:
    async with Wall() as wall:
        wall.override = "polls=1000"
        toml = (
            QUICK
            + 'video_buckets = ["gs://ours/"]\n[privacy]\nattachments = "allow"\n'
            + google(wall)
        )
        async with Running(tmp_path, toml) as gateway:
            taken = await send(gateway, {"url": "gs://ours/a.mp4"})
            await until(lambda: bool(wall.calls))
            path = f"{PATH}/{taken.json['id']}"
            cancelled = await gateway.send("DELETE", path, b"")
            again = await gateway.send("DELETE", path, b"")
            decision = (await gateway.get(f"/v1/decisions/{taken.json['decision']}")).json
            await until(lambda: any(call.path.endswith(":cancel") for call in wall.calls))
    assert cancelled.status == 200
    assert cancelled.json["status"] == again.json["status"] == "cancelled"
    assert decision["outcome"] == "cancelled"


async def test_nobody_else_finds_a_job(tmp_path: Path) -> None:
    toml = QUICK + KEYS + dummy("here", "video", "slow=5000")
    async with Running(tmp_path, toml) as gateway:
        taken = await send(gateway, **bearer("one"))
        path = f"{PATH}/{taken.json['id']}"
        for key in ("two", "three"):
            for method in ("GET", "DELETE"):
                answer = await gateway.send(method, path, b"", bearer(key))
                assert (answer.status, answer.code) == (404, "job_not_found")
            assert (await gateway.get(PATH, bearer(key))).json["data"] == []
        mine = await gateway.get(path, bearer("one"))
        assert mine.json["status"] == "running"


async def test_jobs_of_a_tenant_are_bounded_and_a_slot_is_given_back(tmp_path: Path) -> None:
    toml = QUICK + "jobs_kept = 2\n" + KEYS + dummy("here", "video", "mute")
    async with Running(tmp_path, toml) as gateway:
        taken = [await send(gateway, **bearer("one")) for _ in range(3)]
        assert [answer.status for answer in taken] == [202, 202, 429]
        assert taken[2].code == "too_many_jobs"
        assert int(taken[2].headers["retry-after"]) > 0
        assert (await send(gateway, **bearer("three"))).status == 202
        assert gateway.gateway._limits.in_flight == 3
        await gateway.send("DELETE", f"{PATH}/{taken[0].json['id']}", b"", bearer("one"))
        assert gateway.gateway._limits.in_flight == 2
        assert (await send(gateway, **bearer("one"))).status == 202


async def test_the_same_key_takes_one_job_on(tmp_path: Path) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "video")) as gateway:
        once = {"idempotency-key": "k"}
        first = await gateway.post(PATH, CLIP, once)
        second = await gateway.post(PATH, CLIP, once)
        jobs = (await gateway.get(PATH)).json["data"]
    assert (first.status, second.status) == (202, 202)
    assert second.json == first.json
    assert len(jobs) == 1


async def test_a_restart_forgets_jobs_and_keeps_what_they_cost(tmp_path: Path) -> None:
    toml = QUICK + dummy("here", "video", "mute", "price_per_minute = 0.1")
    async with Running(tmp_path, toml, memory=False) as gateway:
        taken = await send(gateway)
        assert taken.status == 202
    async with Running(tmp_path, toml, memory=False) as gateway:
        gone = await gateway.get(f"{PATH}/{taken.json['id']}")
        decision = (await gateway.get(f"/v1/decisions/{taken.json['decision']}")).json
    assert (gone.status, gone.code) == (404, "job_not_found")
    assert "restarts" in gone.json["error"]["message"]
    assert (decision["outcome"], decision["error"]) == ("failed", "server_stopping")
    assert (decision["cost"] > 0, decision["cost_estimated"]) == (True, True)


async def test_videos_that_wait_to_be_looked_at_are_bounded_by_their_bytes(
    tmp_path: Path,
) -> None:
    async with Running(tmp_path, QUICK + dummy("here", "video", "mute")) as gateway:
        store = gateway.gateway.works._store
        store.bounds = msgspec.structs.replace(store.bounds, max_carried=1_000)
        body, headers = form(MP4 + bytes(500))
        taken = [await gateway.send("POST", PATH, body, headers) for _ in range(2)]
        by_address = await send(gateway)
        assert gateway.gateway._limits.in_flight == 2
    assert [answer.status for answer in (*taken, by_address)] == [202, 429, 202]
    assert taken[1].code == "too_many_jobs"
