"""What jobs cost and what is told of them, however they end: law 2 and law 6 where nobody waits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gilmok.core.money import nano
from gilmok.ledger.recovery import SWEPT
from gilmok.providers.services import upstream
from gilmok.providers.services.upstream import Pauses
from tests.gateway import Running, quietly
from tests.process import GatewayProcess
from tests.wall import Wall
from tests.wire.services import QUICK, dummy, form, recording
from tests.wire.test_services_videos import CLIP, MP4, PATH, ended, google, send, until

PRICED = "price_per_minute = 0.1"
LONGEST = 2 * 60 * nano("0.1")
"""Two features of a video whose length nobody knows: `max_video_minutes` of each."""
OPEN = QUICK + 'video_buckets = ["gs://ours/"]\n[privacy]\nattachments = "allow"\n'
STORED = {"url": "gs://ours/a.mp4"}


async def told(gateway: Running, decision: str) -> Any:
    return (await gateway.get(f"/v1/decisions/{decision}")).json


async def test_a_job_that_is_refused_leaves_its_receipt(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, QUICK + google(wall)) as gateway:
        body, headers = form(MP4)
        refused = await gateway.send("POST", PATH, body, headers)
        decision = await told(gateway, refused.headers["x-gilmok-decision"])
        assert gateway.gateway._limits.in_flight == 0
    assert (refused.status, refused.code) == (403, "label_refused")
    assert (decision["outcome"], decision["error"]) == ("refused", "label_refused")
    assert decision["does"] == "video"
    vetoes = decision["explanation"]["vetoes"]
    assert [(veto["endpoint_id"], veto["code"]) for veto in vetoes] == [("far", "label")]


async def test_a_kept_report_is_given_where_nothing_more_may_be_spent(tmp_path: Path) -> None:
    """As of pictures: what was made before costs nothing."""
    toml = QUICK + dummy("here", "video", "ok", f"{PRICED}\ndaily_cap_usd = 15")
    async with Running(tmp_path, toml) as gateway:
        first = await ended(gateway, (await send(gateway)).json["id"])
        other = await send(gateway, CLIP | {"features": ["text", "faces"]})
        again = await send(gateway)
        job = await ended(gateway, again.json["id"])
    assert (other.status, other.code) == (402, "cap_reached")
    assert (again.status, job["status"], job["result"]) == (202, "done", first["result"])
    assert job["gilmok"]["cost_usd"] == "0.000000000"


async def test_a_length_that_nobody_knows_is_an_estimate(tmp_path: Path) -> None:
    """Of an address all that one may cost is charged, and the receipt says that nobody measured it."""
    toml = QUICK + dummy("here", "video", "nousage", PRICED)
    async with Running(tmp_path, toml) as gateway:
        stored = (await send(gateway)).json
        await ended(gateway, stored["id"])
        guessed = await told(gateway, stored["decision"])
    assert 0 <= guessed["cost"] - LONGEST < 1_000  # and the few tokens of an address
    assert (guessed["usage_reported"], guessed["cost_estimated"]) == (False, True)


@pytest.mark.parametrize(("file", "known"), [(recording(), True), (b"ID3" + bytes(9_000), False)])
async def test_a_length_that_was_read_is_none(tmp_path: Path, file: bytes, known: bool) -> None:
    toml = QUICK + dummy("ear", "transcription", "nousage", PRICED)
    async with Running(tmp_path, toml) as gateway:
        body, headers = form(file)
        heard = await gateway.send("POST", "/v1/audio/transcriptions", body, headers)
        decision = await told(gateway, heard.headers["x-gilmok-decision"])
    assert (heard.status, decision["cost"] > 0) == (200, True)
    assert (decision["usage_reported"], decision["cost_estimated"]) == (known, not known)


async def test_half_a_recording_is_charged_whole_as_an_estimate(tmp_path: Path) -> None:
    toml = QUICK + dummy("voice", "speech", "cut=1", "price_per_million_characters = 15")
    async with Running(tmp_path, toml) as gateway:
        answer = await gateway.post("/v1/audio/speech", {"input": "hello there"})
        decision = await told(gateway, answer.headers["x-gilmok-decision"])
    assert answer.status == 502
    assert (decision["units"], decision["cost_estimated"]) == (11, True)


async def test_a_job_that_is_lost_is_charged_and_not_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider has it and looks at the video, whether it can be asked about it or not."""
    monkeypatch.setattr(upstream, "Pauses", lambda: Pauses(0.001, 1.0, 0.001))
    async with Wall(aliases={"ok+as=google-video": "pollfails=9"}) as wall:
        toml = OPEN.replace("retries = 0", "retries = 2") + google(wall, PRICED)
        async with Running(tmp_path, toml) as gateway:
            taken = (await send(gateway, STORED)).json
            job = await ended(gateway, taken["id"])
            decision = await told(gateway, taken["decision"])
        begun = [call for call in wall.calls if call.path == "/v1/videos:annotate"]
    (tried,) = decision["explanation"]["attempts"]
    assert (job["status"], tried["outcome"], len(begun)) == ("failed", "job_lost", 1)
    assert tried["cost"] == decision["cost"] >= LONGEST // 2
    assert decision["cost_estimated"]


async def test_a_job_that_fails_there_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "Pauses", lambda: Pauses(0.001, 1.0, 0.001))
    async with (
        Wall(aliases={"ok+as=google-video": "jobfails"}) as wall,
        Running(tmp_path, OPEN + google(wall, PRICED)) as gateway,
    ):
        taken = (await send(gateway, STORED)).json
        await ended(gateway, taken["id"])
        assert (await told(gateway, taken["decision"]))["cost"] == 0


async def test_kill_9_in_a_job_is_charged_at_its_worst_case(tmp_path: Path) -> None:
    """A real process and a real signal: nothing stays held, the decision says what became of it."""
    capped = f"{PRICED}\ndaily_cap_usd = 20"
    toml = '[ledger]\npath = "ledger.db"\n' + QUICK + dummy("here", "video", "mute", capped)
    (tmp_path / "gilmok.toml").write_text(quietly(toml))
    async with GatewayProcess(tmp_path) as process:
        await process.start()
        taken = (await process.send("POST", PATH, CLIP)).json
        await process.kill()
        await process.start()
        gone = await process.send("GET", f"{PATH}/{taken['id']}")
        decision = (await process.send("GET", f"/v1/decisions/{taken['decision']}")).json
        (cap,) = (await process.send("GET", "/v1/budget")).json["data"]
        more = await process.send("POST", PATH, CLIP)
    assert (gone.status, gone.code) == (404, "job_not_found")
    assert (decision["does"], decision["error"]) == ("video", SWEPT)
    assert (decision["cost_estimated"], decision["cost"] >= LONGEST) == (True, True)
    assert (nano(cap["spent_usd"]), cap["held_usd"]) == (decision["cost"], "0.000000000")
    assert (more.status, more.code) == (402, "cap_reached")


async def test_a_job_that_is_cancelled_gives_back_what_was_held(tmp_path: Path) -> None:
    toml = QUICK + dummy("here", "video", "mute", f"{PRICED}\ndaily_cap_usd = 30")
    async with Running(tmp_path, toml) as gateway:
        ledger = gateway.gateway.ledger
        jobs = [(await send(gateway, CLIP | {"user": str(n)})).json for n in range(2)]
        await until(lambda: ledger.open_holds == 2)
        assert (await send(gateway, CLIP | {"user": "3"})).code == "cap_reached"
        paths = [f"{PATH}/{job['id']}" for job in jobs]
        await asyncio.gather(*(gateway.send("DELETE", path, b"") for path in paths * 2))
        assert (ledger.open_holds, ledger.held) == (0, 0)
        assert ledger.endpoint_caps is not None
        (cap,) = ledger.endpoint_caps.budgets(gateway.gateway._world.clock.wall())
        costs = [(await told(gateway, job["decision"]))["cost"] for job in jobs]
        assert (cap.held, cap.spent) == (0, sum(costs))
