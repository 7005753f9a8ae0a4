"""What an upstream knows of us reaches no client and no record of ours; what a client says beside
its request reaches no upstream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from tests.laws.attack import all_records
from tests.laws.echoes import Trial, attack, every_trial
from tests.laws.stage import in_cloud, stage
from tests.leaks import pieces_of
from tests.wall import Wall

SEED = 1
_TRIALS = tuple(every_trial(Random(SEED)))
KEPT_IN = 20
"""Of the sample below, at least so many answers have something to withhold."""


def test_a_key_that_an_upstream_shows_comes_back_nowhere(tmp_path: Path) -> None:
    """A sample; the whole product is in `fuzz/echo.py`."""
    found = attack(tmp_path, Random(SEED).sample(_TRIALS, 90))
    assert found.failures == []
    assert found.withheld > KEPT_IN
    assert len(found.outcomes) > 3


async def _told(wall: Wall, trial: Trial) -> bytes:
    """What the wall answers to somebody who asks it directly."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wall.port)
    path = "/v1/messages" if trial.wire == "anthropic" else "/v1/chat/completions"
    body = json.dumps({"model": trial.model, "max_tokens": 500, **trial.body}).encode()
    fields = {
        "host": "wall",
        "authorization": f"Bearer {trial.key}",
        "anthropic-version": "2023-06-01",
        "connection": "close",
        "content-length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    told = await reader.read(-1)
    writer.close()
    return told


async def test_the_wall_does_show_it() -> None:
    """So that the test above means something: of each place and form, a whole answer."""
    trials = {
        (trial.wire, trial.place, trial.form): trial
        for trial in _TRIALS
        # A whole answer has neither trailer nor events.
        if not (trial.stream or "+" in trial.faults or trial.place in ("trailer", "event"))
        and trial.faults.startswith("grain")
    }
    async with Wall() as wall:
        for trial in Random(SEED).sample(list(trials.values()), 100):
            told = await _told(wall, trial)
            assert pieces_of(trial.key, told), (trial, told)


CLIENTS = {
    "authorization": "Bearer client-key-0123456789abcdef",
    "cookie": "session=client-cookie-0123456789",
    "x-forwarded-for": "203.0.113.77",
    "x-real-ip": "203.0.113.77",
    "forwarded": "for=203.0.113.77",
    "x-request-id": "client-request-0123456789",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "referer": "https://intranet.example/secret-page",
    "origin": "https://intranet.example",
    "user-agent": "client-agent-0123456789",
    "openai-organization": "org-of-the-client",
    "anthropic-beta": "beta-of-the-client",
    "idempotency-key": "idempotency-of-the-client",
    "x-gilmok-task": "task-of-the-client",
    "x-gilmok-user": "user-of-the-client",
    "x-api-base": "http://169.254.169.254/",
    "proxy-authorization": "Basic cHJveHktb2YtdGhlLWNsaWVudA==",
    "accept-encoding": "gzip, br",
    "te": "trailers",
    "range": "bytes=0-1",
}
UPSTREAM = frozenset(
    {"host", "user-agent", "accept-encoding", "content-type", "content-length", "accept"}
    | {"authorization", "x-api-key", "anthropic-version", "anthropic-beta"}
)
"""All that an upstream is ever told in a head."""
DOWNSTREAM = frozenset(
    {"content-type", "content-length", "transfer-encoding", "connection", "cache-control", "date"}
    | {"x-accel-buffering", "x-request-id", "retry-after"}
)
"""All that a client is told in a head, besides `x-gilmok-…`, `x-ratelimit-…`."""


def _told_by(names: Iterable[str], allowed: frozenset[str], *prefixes: str) -> set[str]:
    return {n for n in names if n not in allowed and not n.startswith(prefixes or ("\0",))}


@pytest.mark.parametrize("wire", ["openai", "anthropic", "ollama"])
async def test_heads_are_made_anew_both_ways(tmp_path: Path, wire: str) -> None:
    models = ("leak=head", "leak=head+429=1", "leak=head+500", "leak=location", "leak=trailer")
    tables = [in_cloud(model, f"c{n}", wire) for n, model in enumerate(models)]
    with all_records() as records:
        async with stage(tmp_path, *tables) as s:
            for number, _ in enumerate(models):
                for stream in (False, True):
                    body = {
                        "model": f"c{number}",
                        "messages": [{"role": "user", "content": "hi"}],
                        "stream": stream,
                    }
                    headers = {**CLIENTS, "idempotency-key": f"of-the-client-{number}-{stream}"}
                    answer = await s.gateway.post("/v1/chat/completions", body, headers)
                    told = _told_by(answer.headers, DOWNSTREAM, "x-gilmok-", "x-ratelimit-")
                    assert told == set()
            assert len(s.cloud.calls) >= 2 * len(models)
            for call in s.cloud.calls:
                assert _told_by((name.lower() for name, _ in call.headers), UPSTREAM) == set()
            for name, value in CLIENTS.items():
                if name not in ("x-gilmok-user", "te", "range"):
                    assert value.encode() not in s.cloud.received, name
    for name in ("authorization", "cookie", "proxy-authorization", "idempotency-key"):
        assert CLIENTS[name] not in "\n".join(records.lines)
