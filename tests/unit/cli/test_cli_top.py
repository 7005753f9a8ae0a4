"""`gilmok top` and `gilmok report --sla` against a real gateway, and frames of machines with engines."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.replies import EndpointHealth, Health
from gilmok.cli.screen import Screen
from gilmok.cli.top import look, watch
from gilmok.cli.top_frame import Seen, frame
from gilmok.config import hash_key
from gilmok.core.engine import EngineState
from gilmok.core.engine_view import DeviceView, EngineView, MachineView, QueueView
from gilmok.core.goodput import Targets
from gilmok.core.said import Locale
from gilmok.ledger import GoodputReport, MemoryJournal
from gilmok.ledger.goodput import CACHE
from tests.gateway import Running
from tests.unit.cli.conftest import Cli, two_sides
from tests.unit.ledger.samples import NOW, receipt
from tests.wall import Wall

GIB = 2**30
MACHINE = MachineView(
    devices=(DeviceView(id="ram", budget=8 * GIB, held=6 * GIB),),
    engines=(
        EngineView(
            id="architect",
            model="big",
            driver="llamacpp",
            state=EngineState.LOADING,
            footprint={"ram": 4 * GIB},
            waiting=3,
            ready_in_s=12.0,
        ),
        EngineView(
            id="coder",
            model="small",
            driver="vllm",
            state=EngineState.WARM,
            footprint={"ram": 2 * GIB},
            in_flight=1,
            slots=2,
            stops_in_s=95.0,
            saved=1_250_000_000,
        ),
        EngineView(
            id="reviewer",
            model="small",
            driver="pod",
            state=EngineState.SICK,
            footprint={},
            problem="exited",
        ),
    ),
    queues=(QueueView(endpoint_id="coder", waiting=3, running=1, most=64, oldest_s=2.5),),
)


async def asked_twice(gateway: Running) -> None:
    """One request that is answered and one that nobody answers."""
    assert (await gateway.chat("Python?", stream=True)).status == 200
    assert (await gateway.chat("Python?", model="gone")).status == 404


async def test_one_frame_of_a_gateway_without_engines(cli: Cli, gateway: Running) -> None:
    await asked_twice(gateway)
    ran = await cli("top", "--once")
    assert (ran.code, ran.err) == (0, "")
    assert "No engines are configured" in ran.out
    for expected in ("cloud-mini", "here", "tokens/s", "100 %", "the last 5m"):
        assert expected in ran.out
    assert max(map(len, ran.lines)) <= 80
    korean = await cli("top", "--once", "--since", "1h", "--lang", "ko")
    assert "설정된 엔진이 없습니다" in korean.out
    assert "최근 1h" in korean.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(("--interval", "0"), "--interval"), (("--since", "soon"), "--since")],
)
async def test_what_top_does_not_take(cli: Cli, wrong: tuple[str, str], said: str) -> None:
    ran = await cli("top", "--once", *wrong)
    assert (ran.code, ran.out) == (exits.USAGE, "")
    assert said in ran.err


async def test_top_says_who_does_not_answer(cli: Cli) -> None:
    ran = await cli("top", "--once", "--url", "http://127.0.0.1:9")
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err


async def test_a_key_that_may_not_see_engines_sees_the_rest(
    cli: Cli, tmp_path: Path, wall: Wall
) -> None:
    keys = "".join(
        f'[[keys]]\nid = "{name}"\ntenant = "{name}"\nsha256 = "{hash_key(name)}"\n'
        for name in ("one", "other")
    )
    async with Running(tmp_path, two_sides(wall) + keys) as gateway:
        ran = await cli("top", "--once", "--url", gateway.url, "--key", "one")
        assert ran.code == 0
        assert "operator = true" in ran.out
        refused = await gateway.get("/v1/engines", {"authorization": "Bearer one"})
        assert (refused.status, refused.code) == (403, "not_permitted")


async def test_engines_of_a_gateway_that_has_none(gateway: Running) -> None:
    answer = await gateway.get("/v1/engines")
    assert (answer.status, answer.json) == (200, {"devices": [], "engines": [], "queues": []})


@pytest.fixture
async def report() -> GoodputReport:
    async with MemoryJournal() as journal:
        for receipt_ in (receipt("dec_1", endpoint_id="coder"), receipt("dec_2", cache="hit")):
            journal.record(receipt_)
        return await journal.goodput(NOW, NOW + 10**10, Targets())


def drawn(seen: Seen, *, locale: Locale = "en", lost: bool = False) -> str:
    out = io.StringIO()
    screen = Screen(locale, out=out)
    screen.out.width = 80
    screen.show(frame(screen, seen, lost=lost))
    return out.getvalue()


def seen(report: GoodputReport, machine: MachineView | None = MACHINE) -> Seen:
    return Seen(
        url="http://gw",
        time="2025-06-01 12:00:00",
        span="5m",
        health=Health("ok", endpoints=(EndpointHealth("coder", zone="local", state="up"),)),
        machine=machine,
        sla=report,
    )


def test_engines_memory_and_queues_are_drawn(report: GoodputReport) -> None:
    text = drawn(seen(report))
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "6.0 GiB of 8.0 GiB" in text
    assert "██████████████████······" in text
    assert "loading, 12.0 s left" in lines["architect"]
    assert "stops in 95.0 s" in text
    assert "sick: exited" in lines["reviewer"]
    assert "$1.25" in text
    assert "3/64" in text
    assert CACHE in lines
    assert max(map(len, text.splitlines())) <= 80
    assert "does not answer" in drawn(seen(report), lost=True)


def test_engines_in_korean(report: GoodputReport) -> None:
    text = drawn(seen(report), locale="ko")
    assert "불러오는 중, 12.0 s 남음" in text
    assert "대기열" in text


def test_nothing_in_a_frame_drives_a_terminal(report: GoodputReport) -> None:
    hostile = replace(MACHINE.engines[2], id="x\x1b[2J", problem="\x1b]0;y\x07")
    text = drawn(seen(report, replace(MACHINE, engines=(hostile,))))
    assert "\x1b" not in text


async def test_watching_outlives_the_gateway(wall: Wall, tmp_path: Path) -> None:
    """Frame after frame, until Ctrl-C; meanwhile the gateway goes and comes back."""
    out = io.StringIO()
    screen = Screen("en", out=out)
    screen.out = Console(file=out, force_terminal=True, width=80, height=40)
    frames: list[str] = []
    async with Running(tmp_path, two_sides(wall)) as gateway:
        client = Client(gateway.url, None)
        first = await asyncio.to_thread(look, client, "5m")
        addresses = iter(["http://127.0.0.1:9", gateway.url, gateway.url])

        def wait(seconds: float) -> None:
            assert seconds == 7.0
            frames.append(out.getvalue()[sum(map(len, frames)) :])
            if len(frames) == 4:
                raise KeyboardInterrupt
            client.url = next(addresses)

        with pytest.raises(KeyboardInterrupt):
            await asyncio.to_thread(watch, screen, client, first, 7.0, wait=wait)
    lost = ["does not answer" in text for text in frames]
    assert lost == [False, True, False, False]
    assert all("No engines are configured" in text for text in frames)


async def promised(gateway: Running) -> None:
    for _ in range(3):
        assert (await gateway.chat("Python?", stream=True)).status == 200
    await gateway.gateway.journal.flush()


async def test_promises_as_a_table(cli: Cli, gateway: Running) -> None:
    await promised(gateway)
    ran = await cli("report", "--sla")
    assert ran.code == 0
    assert "first token within 2.0 s" in ran.out
    assert "3 of 3 (100 %)" in ran.out
    assert max(map(len, ran.lines)) <= 80
    korean = await cli("report", "--sla", "--by", "plan", "--lang", "ko")
    assert "플랜별 약속 이행" in korean.out
    assert "3건 가운데 3건" in korean.out


async def test_promises_for_programs(cli: Cli, gateway: Running) -> None:
    await promised(gateway)
    told = json.loads((await cli("report", "--sla", "--by", "day", "--json")).out)
    assert (told["by"], told["total"]["requests"], told["total"]["met"]) == ("day", 3, 3)
    asked = json.loads((await cli("report", "--sla", "--url", gateway.url, "--json")).out)
    assert [line["key"] for line in asked["lines"]] == ["cloud-mini"]
    assert asked["total"] | {"requests_per_s": 0} == asked["lines"][0] | {
        "key": "total",
        "requests_per_s": 0,
    }
    rows = list(csv.DictReader(io.StringIO((await cli("report", "--sla", "--csv")).out)))
    assert [(row["key"], row["met"], row["compliance"]) for row in rows] == [
        ("cloud-mini", "3", "1.0")
    ]


async def test_nothing_was_promised_yet(cli: Cli, gateway: Running) -> None:
    assert "No request that counts" in (await cli("report", "--sla")).out


async def test_promises_of_a_ledger_in_memory(cli: Cli, tmp_path: Path, wall: Wall) -> None:
    config = tmp_path / "gilmok.toml"
    async with Running(tmp_path, two_sides(wall)) as gateway:
        await gateway.chat("Python?")
        with config.open("a", encoding="utf-8") as file:
            file.write(f"[server]\nport = {gateway.port}\n")
        ran = await cli("report", "--sla", "--config", str(config))
    assert "1 of 1 (100 %)" in ran.out
