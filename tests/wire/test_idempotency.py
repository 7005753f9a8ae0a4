"""`Idempotency-Key` on real sockets; the wall's own log says how often a model was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from gilmok.config import hash_key
from gilmok.state import tape as tape_module
from tests.gateway import Answer
from tests.laws.scenes import IMPATIENT
from tests.laws.stage import Stage, at_home, stage
from tests.wall import Ending
from tests.wire.raw import Client, post, until

CHAT = "/v1/chat/completions"
KEY = {"idempotency-key": "order-66"}
DECISION = "x-gilmok-decision"
PROMPT_CLOSE_S = 0.25


def body(text: str = "hi", **more: object) -> dict[str, object]:
    return {"model": "auto", "messages": [{"role": "user", "content": text}], **more}


def question(stream: bool) -> dict[str, object]:
    return body(stream=True) if stream else body()


async def ask(s: Stage, key: str = "order-66", *, stream: bool = False) -> Answer:
    return await s.gateway.post(CHAT, question(stream), {"idempotency-key": key})


def replayed(answer: Answer) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


def same(answers: Sequence[Answer]) -> bool:
    """The same to the byte, but for the mark of the later ones and the time they were sent."""

    def seen(answer: Answer) -> object:
        passing = ("idempotent-replayed", "date")
        fields = {n: v for n, v in answer.headers.items() if n not in passing}
        return answer.status, fields, answer.body, answer.complete

    return all(seen(answer) == seen(answers[0]) for answer in answers)


@asynccontextmanager
async def asking(
    s: Stage, *, stream: bool, key: str = "order-66", sip: int | None = None
) -> AsyncIterator[Client]:
    """A client that has asked under the key and takes `sip` bytes at a time."""
    message = post(
        json.dumps(question(stream)).encode(),
        "Content-Type: application/json",
        f"Idempotency-Key: {key}",
        path=CHAT,
    )
    async with Client(s.gateway.port, recv_bytes=sip) as client:
        await client.send(message.replace(b"Host: test", b"Host: localhost"))
        yield client


@asynccontextmanager
async def listening(s: Stage, *, sip: int | None = None) -> AsyncIterator[Client]:
    """The same for a stream, which has begun."""
    async with asking(s, stream=True, sip=sip) as client:
        await client.until(b"data: ")
        yield client


def kept(s: Stage) -> int:
    return len(s.gateway.gateway._answers)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_same_request_is_answered_once(tmp_path: Path, stream: bool) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        first, second, third = [await ask(s, stream=stream) for _ in range(3)]
        assert first.status == 200
        assert same([first, second, third])
        assert [replayed(a) for a in (first, second, third)] == [False, True, True]
        assert first.text
        assert len(s.home.calls) == 1
        (receipt,) = await s.receipts(1)
        assert receipt.decision_id == second.headers[DECISION]


async def test_without_the_header_every_request_is_a_new_one(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        answers = [await s.gateway.post(CHAT, body()) for _ in range(2)]
        assert len(s.home.calls) == 2
        assert not any(replayed(a) for a in answers)
        assert kept(s) == 0


async def test_only_posts_are_remembered(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        plans = [await s.gateway.post("/v1/route", body(), KEY) for _ in range(2)]
        assert same(plans)
        assert replayed(plans[1])
        looks = [await s.gateway.get("/v1/models", KEY) for _ in range(2)]
        assert [(a.status, replayed(a)) for a in looks] == [(200, False)] * 2


@pytest.mark.parametrize(
    ("path", "more", "headers"),
    [
        (CHAT, {"temperature": 0.5}, {}),
        (CHAT, {"stream": True}, {}),
        ("/v1/route", {}, {}),
        (CHAT, {}, {"x-gilmok-task": "review"}),
    ],
)
async def test_a_key_is_for_one_request_only(
    tmp_path: Path, path: str, more: dict[str, object], headers: dict[str, str]
) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        assert (await ask(s)).status == 200
        refused = await s.gateway.post(path, {**body(), **more}, {**KEY, **headers})
        assert (refused.status, refused.code) == (422, "idempotency_key_reused")
        assert refused.json["error"]["param"] == "idempotency-key"
        assert len(s.home.calls) == 1


async def test_less_patience_is_no_other_request(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        await ask(s)
        hurried = await s.gateway.post(CHAT, body(), {**KEY, "x-gilmok-deadline-ms": "900"})
        assert replayed(hurried)


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("a", 200),
        ("!~" * 127 + "x", 200),
        ("x" * 256, 422),
        ("", 422),
        ("two words", 422),
        ("\xe9t\xe9", 422),
        ("once\r\nidempotency-key: twice", 422),
    ],
)
async def test_keys_are_visible_ascii(tmp_path: Path, key: str, status: int) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        raw = post(
            json.dumps(body()).encode(),
            "Content-Type: application/json",
            f"Idempotency-Key: {key}",
            "Connection: close",
            path=CHAT,
        )
        async with Client(s.gateway.port) as client:
            await client.send(raw.replace(b"Host: test", b"Host: localhost"))
            answer = Answer(await client.rest())
        assert answer.status == status
        if status == 422:
            assert answer.code == "invalid_idempotency_key"
            assert answer.json["error"]["param"] == "idempotency-key"
            assert s.home.calls == []


@pytest.mark.parametrize("stream", [False, True])
async def test_twenty_at_once_ask_the_model_once(tmp_path: Path, stream: bool) -> None:
    async with stage(tmp_path, at_home("ttft=50+tokens=20")) as s:
        answers = await asyncio.gather(*(ask(s, stream=stream) for _ in range(20)))
        assert same(answers)
        assert answers[0].status == 200
        assert sum(not replayed(a) for a in answers) == 1
        assert len(s.home.calls) == 1
        assert len(await s.receipts(1)) == 1


async def test_two_streams_see_the_same_while_it_comes(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("stall=3")) as s, listening(s) as one, listening(s) as two:
        # Nothing has ended yet, and the second one has the beginning as well.
        for client in (one, two):
            await client.until(b"data: ")
        assert len(s.home.calls) == 1
        assert s.home.calls[0].ending is Ending.OPEN


async def test_the_first_client_may_leave_while_another_waits(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("tokens=30+pace=5")) as s:
        async with listening(s) as first, listening(s) as second:
            first.reset()
            rest = await second.until(b"data: [DONE]")
        assert rest.count(b"data: ") > 25
        (receipt,) = await s.receipts(1)
        assert receipt.outcome == "completed"
        assert s.home.calls[0].ending is Ending.ANSWERED
        assert replayed(await ask(s, stream=True))


@pytest.mark.parametrize("stream", [True, False])
async def test_the_last_one_to_leave_stops_the_model(tmp_path: Path, stream: bool) -> None:
    async with stage(tmp_path, at_home("mute")) as s:
        running = s.gateway.gateway.idempotency._running
        async with asking(s, stream=stream) as a, asking(s, stream=stream) as b:
            async with asking(s, stream=stream) as c:
                await until(lambda: sum(tape.readers for tape in running) == 3)
                for leaving in (a, c):
                    leaving.reset()
                await until(lambda: sum(tape.readers for tape in running) == 1)
            assert s.home.calls[0].ending is Ending.OPEN
            b.close()
            assert await s.home.wait_closed(1) < PROMPT_CLOSE_S
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("cancelled", "client_left")
        assert kept(s) == 0
        assert s.gateway.gateway.ledger.open_holds == 0
        # Nothing was given, so the next one with the key is a first one.
        s.home.override = "ok"
        again = await ask(s, stream=stream)
        assert (again.status, replayed(again)) == (200, False)


async def test_who_was_cut_off_finds_the_answer_where_it_may_linger(tmp_path: Path) -> None:
    more = "[idempotency]\nlinger_s = 60\n"
    async with stage(tmp_path, at_home("tokens=30+pace=5"), more=more) as s:
        async with listening(s) as client:
            client.reset()
        await until(lambda: bool(s.gateway.gateway.idempotency._lingering))
        again = await ask(s, stream=True)
        assert replayed(again)
        assert again.events[-1] == "[DONE]"
        assert len(s.home.calls) == 1
        assert not s.gateway.gateway.idempotency._lingering


async def test_lingering_ends_for_who_never_returns(tmp_path: Path) -> None:
    more = "[idempotency]\nlinger_s = 0.05\n"
    async with stage(tmp_path, at_home("mute"), more=more) as s:
        async with asking(s, stream=True):
            await until(lambda: bool(s.home.calls))
        await s.home.wait_closed(1)
        (receipt,) = await s.receipts(1)
        assert receipt.outcome == "cancelled"
        assert kept(s) == 0


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("500", 503, "local_unavailable"),
        ("400", 400, "upstream_rejected"),
        ("cut=3", 503, "all_endpoints_failed"),
    ],
)
async def test_what_failed_after_a_model_was_asked_is_given_again(
    tmp_path: Path, model: str, status: int, code: str
) -> None:
    sensitive = "주민번호 900101-1234568" if code == "local_unavailable" else "hi"
    async with stage(tmp_path, at_home(model)) as s:
        first = await s.gateway.post(CHAT, body(sensitive), KEY)
        tries = len(s.home.calls)
        assert (first.status, first.code) == (status, code)
        assert tries >= 1
        s.home.override = "ok"
        again = await s.gateway.post(CHAT, body(sensitive), KEY)
        assert same([first, again])
        assert replayed(again)
        assert len(s.home.calls) == tries


async def test_a_broken_stream_is_given_again_as_it_broke(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("errevent=3")) as s:
        first = await ask(s, stream=True)
        again = await ask(s, stream=True)
        assert first.code == "stream_error_event"
        assert same([first, again])
        assert replayed(again)


@pytest.mark.parametrize(
    ("request_body", "headers", "code"),
    [
        (body(temperature="warm"), {}, "invalid_request"),
        (body(model="nobody"), {}, "model_not_found"),
        (body(), {"content-type": "text/plain"}, "unsupported_media_type"),
    ],
)
async def test_what_was_refused_before_is_decided_anew(
    tmp_path: Path, request_body: dict[str, object], headers: dict[str, str], code: str
) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        for _ in range(2):
            answer = await s.gateway.post(CHAT, request_body, {**KEY, **headers})
            assert answer.code == code
            assert not replayed(answer)
        # The key is still free, for another request too.
        assert (await ask(s)).status == 200


ONE_AT_A_TIME = IMPATIENT.replace("max_concurrency = 10000", "max_concurrency = 1")


async def test_a_full_gateway_is_not_remembered(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("mute"), settings=ONE_AT_A_TIME) as s:
        async with asking(s, stream=True, key="slot"):
            await until(lambda: bool(s.home.calls))
            assert (await ask(s)).code == "concurrency_exceeded"
        await s.home.wait_closed(1)
        s.home.override = "ok"
        await s.receipts(1)
        assert (await ask(s)).status == 200


async def test_waiting_takes_no_slot(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ttft=50"), settings=ONE_AT_A_TIME) as s:
        answers = await asyncio.gather(*(ask(s, stream=True) for _ in range(5)))
        assert [a.status for a in answers] == [200] * 5


def api_key(name: str, tenant: str) -> str:
    return f'[[keys]]\nid = "{name}"\ntenant = "{tenant}"\nsha256 = "{hash_key(name)}"\n'


async def test_a_key_belongs_to_the_api_key_it_came_with(tmp_path: Path) -> None:
    keys = api_key("a", "one") + api_key("b", "one") + api_key("c", "two")
    async with stage(tmp_path, at_home("echo"), more=keys) as s:
        for number, name in enumerate("abc", 1):
            headers = {**KEY, "authorization": f"Bearer {name}"}
            own = await s.gateway.post(CHAT, body(f"question of {name}"), headers)
            assert (own.status, replayed(own)) == (200, False)
            assert len(s.home.calls) == number
            assert replayed(await s.gateway.post(CHAT, body(f"question of {name}"), headers))
        stranger = await s.gateway.post(CHAT, body("question of a"), KEY)
        assert (stranger.status, replayed(stranger)) == (401, False)


async def test_a_top_up_that_is_sent_twice_counts_once(tmp_path: Path) -> None:
    admin = {**KEY, "authorization": "Bearer the-admin-key"}
    more = f'[admin]\nsha256 = "{hash_key("the-admin-key")}"\n' + api_key("a", "one")
    async with stage(tmp_path, at_home("ok"), more=more) as s:
        top_up = {"tenant": "one", "amount_usd": 5}
        answers = [await s.gateway.post("/admin/v1/top-ups", top_up, admin) for _ in range(2)]
        assert same(answers)
        assert (answers[0].status, replayed(answers[1])) == (200, True)
        # A caller's key is no way to it, and its own answers lie elsewhere.
        caller = {**KEY, "authorization": "Bearer a"}
        stranger = await s.gateway.post("/admin/v1/top-ups", top_up, caller)
        assert (stranger.status, replayed(stranger)) == (401, False)
        assert not replayed(await s.gateway.post(CHAT, body(), caller))


async def test_an_answer_is_forgotten_in_time(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok"), more="[idempotency]\nttl_s = 3600\n") as s:
        await ask(s)
        answers = s.gateway.gateway._answers
        place, (at, tape) = answers._kept.popitem()
        answers._kept[place] = (at - 3599.0, tape)
        assert replayed(await ask(s))
        answers._kept[place] = (at - 3601.0, tape)
        assert not replayed(await ask(s))
        assert len(s.home.calls) == 2


async def test_new_bounds_hold_at_once_and_answers_survive_a_reload(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        await ask(s)
        gateway = s.gateway.gateway
        smaller = gateway.settings.idempotency.model_copy(update={"max_entries": 1})
        gateway.reconfigure(replace(gateway.settings, idempotency=smaller))
        assert replayed(await ask(s))
        assert not replayed(await ask(s, key="another"))
        assert kept(s) == 1


async def test_an_answer_too_large_to_keep_is_given_and_never_made_twice(tmp_path: Path) -> None:
    more = "[idempotency]\nmax_bytes = 65536\n"
    async with stage(tmp_path, at_home("huge=200000"), more=more) as s:
        first = await ask(s, stream=True)
        assert len(first.text) >= 200_000
        again = await ask(s, stream=True)
        assert (again.status, again.code) == (409, "idempotency_answer_too_large")
        assert len(s.home.calls) == 1


async def test_no_room_for_another_key(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("mute"), more="[idempotency]\nmax_entries = 1\n") as s:
        async with asking(s, stream=True):
            await until(lambda: bool(s.home.calls))
            refused = await ask(s, key="another")
        assert (refused.status, refused.code) == (503, "idempotency_store_full")
        assert refused.headers["retry-after"] == "5"
        assert len(s.home.calls) == 1


async def test_a_slow_reader_of_a_replay_takes_no_memory_of_its_own(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("huge=3000000")) as s:
        whole = await ask(s, stream=True)
        taken = s.gateway.gateway._answers.bytes_taken
        async with listening(s, sip=2048), listening(s, sip=2048):
            connections = tuple(s.gateway.server._connections)
            await until(lambda: all(c.must_wait for c in connections))
            unsent = [c.transport.get_write_buffer_size() for c in connections]
            assert max(unsent) <= 256 * 1024
            assert s.gateway.gateway._answers.bytes_taken == taken
            assert same([whole, await ask(s, stream=True)])  # others are not held up
        assert len(s.home.calls) == 1


async def test_a_slow_reader_of_a_large_answer_holds_the_model_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not kept is passed on at the pace of whoever reads it."""
    sizes: list[int] = []
    room = tape_module.Tape.room

    async def watched(tape: tape_module.Tape) -> None:
        sizes.append(tape.size)
        await room(tape)

    monkeypatch.setattr(tape_module.Tape, "room", watched)
    more = "[idempotency]\nmax_bytes = 65536\n"
    large = {"large": f"repeat={'x' * 2000}+tokens=2000"}
    async with stage(tmp_path, at_home("large"), more=more, aliases=large) as s:
        async with listening(s, sip=32 * 1024) as client:
            (connection,) = s.gateway.server._connections
            await until(lambda: connection.must_wait)
            running = s.gateway.gateway.idempotency._running
            await until(lambda: any(t.size > tape_module.WINDOW_BYTES for t in running))
            while b"[DONE]" not in client._buffer:
                await client.fill()
        assert max(sizes) < 256 * 1024


async def test_a_stopped_gateway_leaves_nobody_waiting(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("mute")) as s:
        async with asking(s, stream=False), asking(s, stream=False):
            await until(lambda: bool(s.home.calls))
            await s.gateway.server.drain(0)
        (receipt,) = await s.receipts(1)
        assert receipt.error == "server_stopping"
