"""The label law: nothing leaves except through clearance. Ground truth is the cloud walls' own log.

The many random cases are in `attack`; here are also the exact cases that have names.
"""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from gilmok.providers import resolver
from tests.laws.attack import all_records, attack
from tests.laws.identifiers import identifier
from tests.laws.scenes import CLOUD_KEY, HOME_KEY, endpoint
from tests.laws.stage import at_home, in_cloud, stage
from tests.wall import Wall

SEED, CASES, ROUND = 20261122, 2000, 1000
RRN = "900101-1234568"
SECRET = f"제 주민등록번호는 {RRN} 입니다"
PHONE = "010-9876-5432"


@pytest.mark.parametrize("first", range(0, CASES, ROUND))
def test_two_thousand_canaries(first: int, tmp_path: Path) -> None:
    found = attack(tmp_path, SEED, range(first, first + ROUND))
    assert not found.failures, "\n".join(
        [*list(found.failures)[:20], f"python -m fuzz.labels --seed {SEED} --only N replays one"]
    )
    # The attack meant something: the cloud was reached, and every path was walked.
    assert found.masked > ROUND // 10
    assert len(found.outcomes) > 20


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("wire", ["openai", "anthropic", "ollama"])
async def test_local_503_with_a_cloud_fallback(tmp_path: Path, stream: bool, wire: str) -> None:
    """The exact case: routed local, the local endpoint answers 503, a cloud fallback exists."""
    async with stage(tmp_path, at_home("503"), in_cloud("ok", wire=wire)) as s:
        answer = await s.gateway.chat(SECRET, stream=stream)
        assert (answer.status, answer.code) == (503, "local_unavailable")
        assert "id.kr_rrn" in answer.json["error"]["message"]
        assert int(answer.headers["retry-after"]) >= 1
        assert [call.status for call in s.home.calls] == [503, 503]
        assert s.cloud.calls == []
        assert not s.cloud.contains(RRN)
        found = await s.gateway.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
        assert [(v["endpoint_id"], v["code"]) for v in _vetoes(found.json)] == [("cloud", "label")]


def _vetoes(decision: Any) -> list[Any]:
    vetoes: list[Any] = decision["explanation"]["vetoes"]
    return vetoes


@pytest.mark.parametrize("stream", [False, True])
async def test_no_local_model_at_all(tmp_path: Path, stream: bool) -> None:
    async with stage(tmp_path, in_cloud("ok")) as s:
        answer = await s.gateway.chat(SECRET, stream=stream)
        assert (answer.status, answer.code) == (403, "label_refused")
        assert "retry-after" not in answer.headers
        assert s.cloud.calls == []


@pytest.mark.parametrize(
    "model", ["auto", "cheap", "fast", "best", "cloud", "ok+as=named", "local"]
)
async def test_no_wish_lets_it_out(tmp_path: Path, model: str) -> None:
    async with stage(tmp_path, at_home("ok"), in_cloud("ok+as=named")) as s:
        body = {
            "model": model,
            "messages": [{"role": "user", "content": SECRET}],
            "zone": "cloud",
            "sensitivity": "low",
        }
        wishes = {
            "x-gilmok-task": "public",
            "x-gilmok-zone": "cloud",
            "x-gilmok-sensitivity": "low",
            "x-gilmok-endpoint": "cloud",
        }
        answer = await s.gateway.post("/v1/chat/completions", body, wishes)
        if model in ("cloud", "ok+as=named"):
            assert (answer.status, answer.code) == (403, "label_refused")
        else:
            assert answer.headers["x-gilmok-zone"] == "local"
            assert answer.headers["x-gilmok-sensitivity"] == "high"
        assert s.cloud.calls == []


async def test_a_key_for_the_cloud_alone(tmp_path: Path) -> None:
    key = "a-caller-of-the-cloud"
    keys = f"""
[[keys]]
id = "outside"
sha256 = "{sha256(key.encode()).hexdigest()}"
zones = ["cloud"]
"""
    async with stage(tmp_path, at_home("ok"), in_cloud("ok"), more=keys) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": SECRET}]}
        asked = {"authorization": f"Bearer {key}"}
        answer = await s.gateway.post("/v1/chat/completions", body, asked)
        assert (answer.status, answer.code) == (403, "label_refused")
        assert s.cloud.calls == s.home.calls == []


MEDIUM = ("phone", "kr_brn", "plate", "email")


@pytest.mark.parametrize("wire", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize("grain", [1, 2, 5, 40])
async def test_masked_out_and_back(tmp_path: Path, wire: str, grain: int) -> None:
    """The cloud sees placeholders only, and the client finds its own words in the answer."""
    rng = Random(grain)
    parrot = in_cloud(f"parrot+grain={grain}+split", wire=wire)
    async with stage(tmp_path, parrot) as s:
        for kind in MEDIUM:
            secrets = [identifier(rng, kind).text for _ in range(2)]
            text = f'{secrets[0]}, 그리고 {secrets[1]}; 다시 {secrets[0]} \\ "끝"'
            for stream in (False, True):
                answer = await s.gateway.chat(text, stream=stream)
                assert answer.headers["x-gilmok-zone"] == "cloud"
                assert answer.text == text
            for secret in secrets:
                assert not s.cloud.contains(secret)
        assert s.cloud.contains("[PHONE_1]")
        assert s.cloud.contains("[PHONE_2]")


@pytest.mark.parametrize("stream", [False, True])
async def test_masked_tool_arguments_stay_json(tmp_path: Path, stream: bool) -> None:
    text = f'"{PHONE}" \\ 번으로 전화'
    tool = {"type": "function", "function": {"name": "call", "parameters": {"type": "object"}}}
    async with stage(tmp_path, in_cloud("toolecho+grain=3")) as s:
        answer = await s.gateway.chat(text, stream=stream, tools=[tool])
        assert answer.headers["x-gilmok-zone"] == "cloud"
        if stream:
            deltas = [e["choices"][0]["delta"] for e in answer.events[:-1]]
            calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
            arguments = "".join(call["function"]["arguments"] for call in calls)
        else:
            arguments = answer.json["choices"][0]["message"]["tool_calls"][0]["function"][
                "arguments"
            ]
        assert text in json.loads(arguments).values()
        assert not s.cloud.contains(PHONE)


async def test_a_cached_answer_does_not_carry_text_across_labels(tmp_path: Path) -> None:
    async with stage(tmp_path, in_cloud("parrot"), more="[cache]\nenabled = true\n") as s:
        first = await s.gateway.chat(f"연락처 {PHONE}")
        again = await s.gateway.chat(f"연락처 {PHONE}")
        other = await s.gateway.chat("연락처 010-1111-2222")
        assert [a.headers["x-gilmok-cache"] for a in (first, again, other)] == [
            "miss",
            "hit",
            "miss",
        ]
        assert first.text == again.text == f"연락처 {PHONE}"
        assert other.text == "연락처 010-1111-2222"
        assert not s.cloud.contains(PHONE)


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with Wall() as elsewhere:
        target = quote(f"{elsewhere.openai}/chat/completions", safe="")
        async with stage(tmp_path, at_home(f"redirect={target}")) as s:
            for text, code in ((SECRET, "local_unavailable"), ("안녕", "all_endpoints_failed")):
                for stream in (False, True):
                    answer = await s.gateway.chat(text, stream=stream)
                    assert (answer.status, answer.code) == (503, code)
            assert len(s.home.calls) > 0
            assert elsewhere.connections_made == 0


@pytest.mark.parametrize("stream", [False, True])
async def test_a_providers_key_never_comes_back(tmp_path: Path, stream: bool) -> None:
    models = ("echo", "echo+grain=1", "echo+grain=7", "errecho", "400+errecho", "401+errecho")
    tables = [in_cloud(model, f"c{i}") for i, model in enumerate(models)]
    tables += [in_cloud("errecho", "c-anthropic", "anthropic"), in_cloud("echo", "c-o", "ollama")]
    with all_records() as records:
        async with stage(tmp_path, *tables) as s:
            for name in [*(f"c{i}" for i in range(len(models))), "c-anthropic", "c-o"]:
                answer = await s.gateway.chat("hello", model=name, stream=stream)
                heard = answer.raw.decode() + (answer.text if answer.status == 200 else "")
                assert CLOUD_KEY not in heard
                decision = answer.headers["x-gilmok-decision"]
                assert (
                    CLOUD_KEY not in (await s.gateway.get(f"/v1/decisions/{decision}")).raw.decode()
                )
            assert s.cloud.contains(CLOUD_KEY)
    assert CLOUD_KEY not in "\n".join(records.lines)
    assert HOME_KEY not in "\n".join(records.lines)


BAD_BODIES: tuple[Any, ...] = (
    {"model": RRN, "messages": [{"role": "user", "content": "hi"}]},
    {"model": "auto", "messages": RRN},
    {"model": "auto", "messages": [{"role": RRN, "content": "x"}]},
    {"model": "auto", "messages": [{"role": "user", "content": [{"type": RRN}]}]},
    {"model": "auto", "messages": [{"role": "user", "content": "x"}], "temperature": RRN},
    {"model": "auto", "messages": [{"role": "user", "content": "x"}], "tool_choice": RRN},
    {"model": "auto", "messages": [{"role": "user", "content": "x"}], "tools": [{"type": RRN}]},
    {
        "model": "auto",
        "messages": [{"role": "user", "content": "x"}],
        "response_format": {"type": RRN},
    },
    {"model": "auto", "messages": [{"role": "user", "content": "x"}], "reasoning_effort": RRN},
    f'{{"model": "{RRN}"'.encode(),
    f'{{"{RRN}": 1, "{RRN}": 2}}'.encode(),
    f'{{"model": "auto", "messages": [{{"role": "user", "content": "{RRN}\\ud800"}}]}}'.encode(),
)


async def test_a_refused_request_is_not_quoted(tmp_path: Path) -> None:
    """Error bodies, log records, the ledger and the metrics, for requests wrong in every way."""
    with all_records() as records:
        async with stage(tmp_path, in_cloud("ok")) as s:
            answers = [await s.gateway.post("/v1/chat/completions", bad) for bad in BAD_BODIES]
            answers += [await s.gateway.post("/v1/route", bad) for bad in BAD_BODIES]
            for path in ("models", "decisions", RRN):
                answers.append(await s.gateway.get(f"/v1/{path}/{RRN}?x={RRN}"))
            for name in ("x-gilmok-task", "x-gilmok-deadline-ms", "accept-language", "user-agent"):
                body = {"model": "no-such-model", "messages": [{"role": "user", "content": "hi"}]}
                answers.append(await s.gateway.post("/v1/chat/completions", body, {name: RRN}))
            for answer in answers:
                assert 400 <= answer.status < 500 or answer.json["object"] == "gilmok.route"
                assert RRN not in answer.raw.decode()
            assert RRN not in (await s.gateway.get("/metrics")).raw.decode()
            assert not s.cloud.contains(RRN)
    assert RRN not in "\n".join(records.lines)
    assert_no_file_holds(tmp_path, RRN)


def assert_no_file_holds(folder: Path, text: str) -> None:
    files = list(folder.glob("ledger.db*"))
    assert files
    assert not [file.name for file in files if text.encode() in file.read_bytes()]


class Names:
    """A resolver that can be moved, and a note of every address that was connected to."""

    def __init__(self) -> None:
        self.addresses = ["127.0.0.1"]
        self.connected: list[str] = []


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """`models.internal` stands for whatever the test says; nothing ever leaves this machine."""
    known = Names()
    loop = asyncio.get_running_loop()
    connect = loop.create_connection

    async def getaddrinfo(host: str, port: object, **_: object) -> list[Any]:
        assert host == "models.internal"
        return [(2, 1, 6, "", (address, 0)) for address in known.addresses]

    async def create_connection(
        factory: Any, host: Any = None, port: Any = None, **more: Any
    ) -> Any:
        known.connected.append(str(host))
        assert host == "127.0.0.1", "a connection left this machine"
        return await connect(factory, host, port, **more)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(loop, "create_connection", create_connection)
    monkeypatch.setattr(resolver, "TTL_S", 0.0)
    return known


def _named(h: Wall, c: Wall) -> str:
    table = endpoint("named", h, "ok", zone="private")
    return table.replace("127.0.0.1", "models.internal")


@pytest.mark.parametrize(
    "moved", [["203.0.113.7"], ["127.0.0.1", "203.0.113.7"], ["169.254.169.254"]]
)
async def test_a_name_that_moves_away(tmp_path: Path, names: Names, moved: list[str]) -> None:
    """It was private when it was asked first; then the name stands for somewhere else."""
    async with stage(tmp_path, _named) as s:
        first = await s.gateway.chat(SECRET)
        assert (first.status, first.headers["x-gilmok-zone"]) == (200, "private")
        asked = len(s.home.calls)
        names.addresses = moved
        await s.home.close()  # the kept connections, which were proved, are gone
        answer = await s.gateway.chat(SECRET)
        assert answer.code in ("local_unavailable", "label_refused")
        assert len(s.home.calls) == asked
        again = await s.gateway.chat(SECRET)
        assert (again.status, again.code) == (403, "label_refused")
        assert set(names.connected) == {"127.0.0.1"}
