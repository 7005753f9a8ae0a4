"""`/batch` on real sockets: the wall's own log says what was asked, how often and how much at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gilmok.config import Settings
from gilmok.surfaces.tasks import batches as batches_module
from gilmok.surfaces.tasks.batch_runs import Captured, _wait
from tests.gateway import Answer, Running
from tests.wall import Ending, Wall
from tests.wire.raw import Client, until
from tests.wire.raw import post as raw_post
from tests.wire.test_reports import bearer, key
from tests.wire.test_tasks import QUICK, body, here, role, serving, team

STREAM = {"accept": "text/event-stream"}
BATCH = "x-gilmok-batch"
KEY = {"idempotency-key": "nightly-1"}
KO = {"accept-language": "ko"}
MUTE = "mute"


def tasks(*kinds: str, **more: object) -> list[dict[str, object]]:
    return [body(f"task {at}", task_type=kind, **more) for at, kind in enumerate(kinds)]


def tables(more: str = "", **faults: str) -> Callable[[Wall], str]:
    return lambda wall: team(wall, **faults) + more


@asynccontextmanager
async def asking(gateway: Running, batch: object, headers: dict[str, str]) -> AsyncIterator[Client]:
    """A client that has sent a batch and can leave."""
    fields = [f"{name}: {value}" for name, value in headers.items()]
    message = raw_post(
        json.dumps(batch).encode(), "Content-Type: application/json", *fields, path="/batch"
    )
    async with Client(gateway.port) as client:
        await client.send(message.replace(b"Host: test", b"Host: localhost"))
        yield client


async def asked(wall: Wall, count: int) -> None:
    """Waits until models were asked so often; health checks are no questions."""
    await until(lambda: len(wall.calls) >= count)


async def hung_up(wall: Wall, count: int) -> None:
    """Waits until so many questions were given up."""
    await until(lambda: sum(c.ending is Ending.CLIENT_CLOSED for c in wall.calls) >= count)


def events(answer: Answer) -> list[tuple[int, str, Any]]:
    """Id, name and data of every event; comments are no events."""
    found = []
    for block in answer.body.decode().split("\n\n"):
        if block and not block.startswith(":"):
            lines = dict(line.split(": ", 1) for line in block.split("\n"))
            found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return found


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [item.get("code", item["status"]) for item in results]


async def state(gateway: Running, id: str, headers: dict[str, str] | None = None) -> Any:
    answer = await gateway.get(f"/batch/{id}", headers)
    assert answer.status == 200, answer.body
    return answer.json


async def ended(gateway: Running, id: str) -> Any:
    """The state, once it has ended: told by its stream, not asked for again and again."""
    await gateway.get(f"/batch/{id}", STREAM)
    return await state(gateway, id)


async def test_one_failure_fails_no_other(tmp_path: Path) -> None:
    faults = tables(architect="429=2", coder="hangup")
    async with serving(tmp_path, faults) as (gateway, _):
        batch = [*tasks("review", "plan", "code"), {"task_type": "test"}, *tasks("qa")]
        english = await gateway.post("/batch", batch)
        korean = await gateway.post("/batch", batch, KO)
    assert english.status == korean.status == 200
    assert (english.json["total"], english.json["succeeded"], english.json["failed"]) == (5, 2, 3)
    results = english.json["results"]
    assert [item["index"] for item in results] == [0, 1, 2, 3, 4]
    assert statuses(results) == [
        *("success", "upstream_rate_limited", "all_endpoints_failed", "invalid_task", "success")
    ]
    assert set(results[0]) == {"index", "status", "result"}
    assert results[0]["result"]["agent"] == "Reviewer"
    assert set(results[1]) == {"index", "status", "error", "code"}
    assert [item["error"][:5] for item in results[1:4]] == ["429: ", "503: ", "422: "]
    assert results[3]["error"] == "422: prompt: is required"
    assert korean.json["results"][3]["error"] == "422: prompt: 필수 항목입니다"


async def test_both_forms_and_none_at_all(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, _):
        longer = await gateway.post("/batch", {"requests": tasks("code")})
        empty = await gateway.post("/batch", [])
    assert longer.json["results"][0]["result"]["agent"] == "Coder"
    assert empty.json == {"total": 0, "succeeded": 0, "failed": 0, "results": []}


@pytest.mark.parametrize(
    ("sent", "headers", "status", "code"),
    [
        (b"[", {}, 400, "invalid_request"),
        ({}, {}, 422, "invalid_task"),
        (3, {}, 422, "invalid_task"),
        ([{}] * 4, {}, 413, "batch_too_large"),
        ([], {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        ([], {"x-gilmok-urgency": "now"}, 400, "invalid_request"),
        ([], {"idempotency-key": "two words"}, 422, "invalid_idempotency_key"),
        ([], {"authorization": "Bearer nobody"}, 401, "invalid_api_key"),
    ],
)
async def test_what_is_no_batch(
    tmp_path: Path, sent: object, headers: dict[str, str], status: int, code: str
) -> None:
    more = tables("[tasks]\nbatch_items = 3\n" + key("k", "a"))
    async with serving(tmp_path, more) as (gateway, _):
        for also in ({}, KO):
            answer = await gateway.post("/batch", sent, {**bearer("k"), **headers, **also})
            assert (answer.status, answer.code) == (status, code)
            assert answer.json["detail"] == answer.json["error"]["message"]


async def test_as_many_at_once_as_configured(tmp_path: Path) -> None:
    more = tables("[tasks]\nbatch_concurrency = 2\n", coder="ttft=30")
    async with serving(tmp_path, more) as (gateway, wall):
        answer = await gateway.post("/batch", tasks(*["code"] * 6))
        spans = [(call.began, call.ended or 0.0) for call in wall.calls]
    assert answer.json["succeeded"] == 6
    assert max(sum(a <= at < b for a, b in spans) for at, _ in spans) == 2


async def test_its_own_tasks_wait_for_a_free_slot(tmp_path: Path) -> None:
    """Four at once of a key that may have one: nothing is refused."""
    more = tables(key("k", "a", "max_concurrency = 1"), coder="ttft=10")
    async with serving(tmp_path, more) as (gateway, wall):
        answer = await gateway.post("/batch", tasks(*["code"] * 5), bearer("k"))
        spans = [(call.began, call.ended or 0.0) for call in wall.calls]
    assert answer.json["succeeded"] == 5, answer.json
    assert max(sum(a <= at < b for a, b in spans) for at, _ in spans) == 1


@pytest.mark.parametrize(
    ("status", "code", "fields", "waits"),
    [
        (429, "rate_limit_exceeded", (("retry-after", "7"),), 7.0),
        (429, "concurrency_exceeded", (("retry-after", "1"),), 0.5),
        (429, "upstream_rate_limited", (("retry-after", "7"),), None),
        (402, "budget_exceeded", (), None),
        (503, "no_endpoint_available", (("retry-after", "7"),), None),
    ],
)
def test_what_is_worth_waiting_for(
    status: int, code: str, fields: tuple[tuple[str, str], ...], waits: float | None
) -> None:
    answer = Captured()
    answer.send(status, fields, json.dumps({"error": {"code": code, "message": "m"}}).encode())
    assert _wait(answer, 0.5) == waits


async def test_every_task_is_a_request_of_its_own(tmp_path: Path) -> None:
    far = '[[roles]]\nname = "writer"\nmodel = "far"\ntasks = ["docs"]\n'

    def cloud(wall: Wall) -> str:
        return team(wall) + here("far", wall, "ok+as=far").replace('"local"', '"cloud"') + far

    async with serving(tmp_path, cloud) as (gateway, wall):
        batch = [body("주민번호 900101-1234568", task_type="docs"), body(task_type="docs")]
        answer = await gateway.post("/batch", batch)
        await gateway.gateway.journal.flush()
        receipts = await gateway.gateway.journal.recent(10)
        assert statuses(answer.json["results"]) == ["label_refused", "success"]
        assert not wall.contains("900101-1234568")
    assert len(receipts) == 2
    assert answer.headers["x-gilmok-decision"] not in {r.decision_id for r in receipts}


async def test_progress_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path, tables(coder="ttft=30")) as (gateway, _):
        answer = await gateway.post("/batch", tasks("code", "review", "plan"), STREAM)
        id = answer.headers[BATCH]
        told = events(answer)
        again = events(await gateway.get(f"/batch/{id}", {**STREAM, "last-event-id": "2"}))
        whole = await state(gateway, id)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.complete
    assert [(number, name) for number, name, _ in told] == [
        *((0, "batch"), (1, "item"), (2, "item"), (3, "item"), (4, "done"))
    ]
    assert told[0][2] == {"id": id, "total": 3}
    assert told[3][2]["index"] == 0  # the slow one came last
    assert told[4][2] == {"id": id, "status": "done", "total": 3, "succeeded": 3, "failed": 0}
    assert again == told[3:]
    assert whole["status"] == "done"
    assert whole["results"] == sorted([t[2] for t in told[1:4]], key=lambda item: item["index"])


async def test_a_silent_stream_is_kept_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_module, "KEEP_ALIVE_S", 0.005)
    async with serving(tmp_path, tables(coder="ttft=60")) as (gateway, _):
        answer = await gateway.post("/batch", tasks("code"), STREAM)
    assert answer.body.count(b": keep-alive\n\n") >= 2
    assert [name for _, name, _ in events(answer)] == ["batch", "item", "done"]


async def test_a_stream_may_be_left_and_found_again(tmp_path: Path) -> None:
    more = tables("[tasks]\nbatch_concurrency = 1\n", coder="ttft=50")
    async with serving(tmp_path, more) as (gateway, wall):
        async with asking(gateway, tasks("review", "code", "code"), STREAM) as client:
            seen = await client.until(b'"index":0')
        id = seen.decode("latin-1").partition(f"{BATCH}: ")[2].partition("\r\n")[0]
        rest = events(await gateway.get(f"/batch/{id}", {**STREAM, "last-event-id": "1"}))
        found = await state(gateway, id)
        assert len(wall.calls) == 3
    assert [(number, name) for number, name, _ in rest] == [(2, "item"), (3, "item"), (4, "done")]
    assert (found["status"], found["succeeded"]) == ("done", 3)


async def test_who_waits_for_one_answer_takes_the_batch_along(tmp_path: Path) -> None:
    more = tables("[tasks]\nbatch_concurrency = 2\n", coder=MUTE)
    async with serving(tmp_path, more) as (gateway, wall):
        async with asking(gateway, tasks("review", *["code"] * 4), KEY):
            await asked(wall, 3)
        await hung_up(wall, 2)
        (left,) = gateway.gateway.devteam._store
        await until(lambda: left.ended)
        assert (left.cancelled, left.succeeded, left.failed) == (True, 1, 4)
        assert statuses((await state(gateway, left.id))["results"])[1:] == ["batch_cancelled"] * 4
        # Sent again, what succeeded is given again, and the rest is done.
        wall.override = "ok"
        before = len(wall.calls)
        answer = await gateway.post("/batch", tasks("review", *["code"] * 4), KEY)
        assert answer.json["succeeded"] == 5
        assert len(wall.calls) - before == 4
        assert answer.headers[BATCH] != left.id
        assert (await gateway.get(f"/batch/{left.id}")).status == 404


async def test_a_batch_under_a_key_is_done_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, wall):
        first, second = [await gateway.post("/batch", tasks("plan", "code"), KEY) for _ in range(2)]
        streamed = await gateway.post("/batch", tasks("plan", "code"), {**KEY, **STREAM})
        seen = {**STREAM, "last-event-id": "1"}
        resumed = await gateway.post("/batch", tasks("plan", "code"), {**KEY, **seen})
        other = await gateway.post("/batch", tasks("plan"), KEY)
        assert len(wall.calls) == 2
        # Of a new batch no event can have been seen.
        anew = await gateway.post("/batch", tasks("plan"), seen)
    assert first.body == second.body
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert first.headers[BATCH] == second.headers[BATCH] == streamed.headers[BATCH]
    assert [name for _, name, _ in events(streamed)] == ["batch", "item", "item", "done"]
    assert events(resumed) == events(streamed)[2:]
    assert [number for number, _, _ in events(anew)] == [0, 1, 2]
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_only_what_failed_is_done_again(tmp_path: Path) -> None:
    async with serving(tmp_path, tables(coder="flaky=1+hangup")) as (gateway, wall):
        first, second = [await gateway.post("/batch", tasks("plan", "code"), KEY) for _ in range(2)]
        assert statuses(first.json["results"]) == ["success", "all_endpoints_failed"]
        assert statuses(second.json["results"]) == ["success", "success"]
        assert first.json["results"][0] == second.json["results"][0]
        assert len(wall.calls) == 3
        assert first.headers[BATCH] != second.headers[BATCH]


async def test_two_who_wait_share_one_batch(tmp_path: Path) -> None:
    async with serving(tmp_path, tables(coder="ttft=50")) as (gateway, wall):
        async with asking(gateway, tasks("code"), KEY):
            await asked(wall, 1)
            joined = asyncio.create_task(gateway.post("/batch", tasks("code"), KEY))
            (batch,) = gateway.gateway.devteam._store
            await until(lambda: batch.followers == 2)
        # The first has left; the other still waits.
        answer = await joined
        assert answer.json["succeeded"] == 1
        assert len(wall.calls) == 1


async def test_a_batch_that_may_be_found_again_goes_on(tmp_path: Path) -> None:
    """A stream began it; somebody else waited for its end for a while."""
    async with serving(tmp_path, tables(coder="ttft=60")) as (gateway, wall):
        async with asking(gateway, tasks("code"), {**KEY, **STREAM}) as client:
            await client.until(b"event: batch")
        (batch,) = gateway.gateway.devteam._store
        async with asking(gateway, tasks("code"), KEY):
            await until(lambda: batch.followers == 1)
        await until(lambda: batch.followers == 0)
        assert (await ended(gateway, batch.id))["succeeded"] == 1
        assert len(wall.calls) == 1


async def test_a_batch_can_be_ended(tmp_path: Path) -> None:
    async with serving(tmp_path, tables(coder=MUTE)) as (gateway, wall):
        async with asking(gateway, tasks("code", "review"), STREAM) as client:
            await client.until(b'"index":1')
            (batch,) = gateway.gateway.devteam._store
            await asked(wall, 2)
            answer = await gateway.send("DELETE", f"/batch/{batch.id}", b"", KO)
            await hung_up(wall, 1)
            await client.until(b'"status":"cancelled"')
        again = await gateway.send("DELETE", f"/batch/{batch.id}", b"")
    assert answer.json["status"] == again.json["status"] == "cancelled"
    assert statuses(answer.json["results"]) == ["batch_cancelled", "success"]
    assert (answer.json["succeeded"], answer.json["failed"]) == (1, 1)


async def test_nobody_else_finds_it(tmp_path: Path) -> None:
    keys = key("ann", "a") + key("bob", "a") + key("eve", "b")
    async with serving(tmp_path, tables(keys)) as (gateway, _):
        mine = await gateway.post("/batch", tasks("code"), bearer("ann"))
        id = mine.headers[BATCH]
        assert (await state(gateway, id, bearer("ann")))["status"] == "done"
        for name in ("bob", "eve"):
            for method in ("GET", "DELETE", "HEAD"):
                answer = await gateway.send(method, f"/batch/{id}", b"", bearer(name))
                assert answer.status == 404
        assert (await gateway.get(f"/batch/{id}")).status == 401
        head = await gateway.send("HEAD", f"/batch/{id}", b"", {**bearer("ann"), **STREAM})
        assert (head.status, head.body) == (200, b"")


async def test_what_no_longer_fits_is_not_carried_out(tmp_path: Path) -> None:
    more = tables("[tasks]\nbatch_max_bytes = 2048\nbatch_concurrency = 1\n", coder="tokens=300")
    async with serving(tmp_path, more) as (gateway, wall):
        answer = await gateway.post("/batch", tasks(*["code"] * 4))
        assert len(wall.calls) == 1
        assert statuses(answer.json["results"]) == ["success", *["batches_full"] * 3]
        # The next one finds room: the first has ended, and is forgotten.
        assert (await gateway.post("/batch", tasks("plan"))).json["succeeded"] == 1
        assert (await gateway.get(f"/batch/{answer.headers[BATCH]}")).status == 404


async def test_so_many_batches_and_no_more(tmp_path: Path) -> None:
    more = tables("[tasks]\nbatch_kept = 1\n" + key("ann", "a") + key("eve", "b"), coder=MUTE)
    async with (
        serving(tmp_path, more) as (gateway, wall),
        asking(gateway, tasks("code"), {**STREAM, **bearer("ann")}),
    ):
        await asked(wall, 1)
        refused = await gateway.post("/batch", tasks("plan"), bearer("ann"))
        assert (refused.status, refused.code) == (429, "too_many_batches")
        assert refused.headers["retry-after"] == "5"
        assert (await gateway.post("/batch", tasks("plan"), bearer("eve"))).status == 200


async def test_a_bad_event_id(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, _):
        id = (await gateway.post("/batch", [])).headers[BATCH]
        answer = await gateway.get(f"/batch/{id}", {"last-event-id": "x"})
        beyond = await gateway.get(f"/batch/{id}", {**STREAM, "last-event-id": "99"})
    assert (answer.status, answer.json["error"]["param"]) == (400, "last-event-id")
    assert [name for _, name, _ in events(beyond)] == ["batch", "done"]


async def test_a_key_that_is_taken_away_ends_its_batch(tmp_path: Path) -> None:
    more = tables("[tasks]\nbatch_concurrency = 1\n" + key("ann", "a") + key("eve", "b"))
    async with serving(tmp_path, more) as (gateway, wall):
        wall.override = "ttft=50"
        async with asking(gateway, tasks("code", "plan"), {**STREAM, **bearer("ann")}):
            await asked(wall, 1)
            (batch,) = gateway.gateway.devteam._store
            gateway.gateway.reconfigure(_without_ann(gateway.gateway.settings))
            await until(lambda: batch.ended)
        entries = [json.loads(outcome.entry) for outcome in batch.in_order()]
        assert statuses(entries) == ["success", "invalid_api_key"]
        assert len(wall.calls) == 1


def _without_ann(settings: Settings) -> Settings:
    return replace(settings, keys=tuple(k for k in settings.keys if k.id != "ann"))


async def test_a_gateway_that_stops_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Wall() as wall:
        async with Running(tmp_path, team(wall, coder=MUTE)) as gateway:
            async with asking(gateway, tasks("code", "code"), STREAM):
                await asked(wall, 2)
            (batch,) = gateway.gateway.devteam._store
            under_way = batch.missing
        await hung_up(wall, 2)
    assert (under_way, batch.missing, batch.ended) == ([0, 1], [], True)
    assert b"server_stopping" in batch.outcomes[0].entry


async def test_tasks_wait_for_an_endpoint_with_a_queue(tmp_path: Path) -> None:
    def narrow(wall: Wall) -> str:
        return QUICK + here("one", wall, "ttft=20") + "slots = 1\n" + role("coder", "one")

    async with serving(tmp_path, narrow) as (gateway, wall):
        answer = await gateway.post("/batch", tasks("code", "code", "code"))
        spans = [(call.began, call.ended or 0.0) for call in wall.calls]
    assert answer.json["succeeded"] == 3
    assert max(sum(a <= at < b for a, b in spans) for at, _ in spans) == 1
