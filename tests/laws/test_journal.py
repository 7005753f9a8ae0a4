"""Law 2 against the disk, in short; `python -m fuzz.journal --offsets 10000` is the long form.

The last tests take the disk away from a real gateway: its files may not grow, or lie on a disk that
is full.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.journal import attack
from fuzz.journal_damage import (
    LEDGER,
    SQLITE_LOG,
    Damage,
    Harm,
    Verdict,
    check,
    images,
    lay_out,
)
from fuzz.journal_faults import attack as fail_writes
from msgspec.structs import replace

from gilmok.config import hash_key
from tests.gateway import QUIET, Answer
from tests.process import GatewayProcess
from tests.wall import Wall

TOML = """
[ledger]
path = "{ledger}"
[[keys]]
id = "app"
sha256 = "{key}"
[[endpoints]]
id = "e"
provider = "vllm"
base_url = "{url}"
model = "ok"
"""
QUESTION = {"model": "e", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8}
_PATIENCE_S = 20.0
needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="only root mounts a disk"
)


def test_damaged_files_open_to_what_is_whole_or_say_that_they_are_damaged(tmp_path: Path) -> None:
    told = asyncio.run(attack(tmp_path, offsets=60, seed=11))
    assert told.total() == 60
    assert told["intent log whole"]


async def test_a_database_of_noise_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (image,) = await images(tmp_path / "images", seed=11, count=1)
    # Without SQLite's own log, from which the first page might be mended.
    image = replace(image, files={k: v for k, v in image.files.items() if k != SQLITE_LOG})
    damage = Damage(LEDGER, Harm.TORN, 0, len(image.files[LEDGER]))
    place = tmp_path / "trial"
    place.mkdir()
    lay_out(image, damage, place, random.Random(11))
    assert await check(image, damage, place) is Verdict.REFUSED


def test_a_write_that_fails_refuses_its_own_request_only(tmp_path: Path) -> None:
    told = asyncio.run(fail_writes(tmp_path, rounds=24, seed=11))
    assert told["full: journal_unavailable"]
    assert told["broken: journal_unavailable"]
    for kind in ("database full", "interrupted"):
        assert told[f"{kind}: 200"]
        assert not told[f"{kind}: journal_unavailable"], "nobody waits for the database"
    assert told["database full: health degraded"]


def write_config(folder: Path, ledger: Path, wall: Wall) -> None:
    toml = TOML.format(ledger=ledger, key=hash_key("app"), url=wall.openai)
    (folder / "gilmok.toml").write_text(QUIET + toml)


async def chat(gateway: GatewayProcess, language: str = "en") -> Answer:
    return await gateway.send("POST", "/v1/chat/completions", QUESTION, language=language)


async def says_why_in_two_languages(gateway: GatewayProcess) -> None:
    english, korean = await chat(gateway), await chat(gateway, "ko")
    assert [(a.status, a.code) for a in (english, korean)] == [(503, "journal_unavailable")] * 2
    assert "the disk is full" in english.json["error"]["message"]
    assert "디스크가 가득 찼습니다" in korean.json["error"]["message"]
    assert english.headers["retry-after"] == "5"
    health = (await gateway.send("GET", "/health")).json
    assert (health["status"], health["journal"]) == ("degraded", "failing")
    ready = await gateway.send("GET", "/health/ready")
    assert (ready.status, ready.code) == (503, "journal_unavailable")


async def is_well_again(gateway: GatewayProcess) -> None:
    """Without a restart, and even where nobody asks meanwhile."""
    async with asyncio.timeout(_PATIENCE_S):
        while (await gateway.send("GET", "/health/ready")).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await chat(gateway)).status == 200
    health = (await gateway.send("GET", "/health")).json
    assert (health["status"], health["journal"]) == ("ok", "ok")


@pytest.mark.timeout(60)
async def test_files_that_may_not_grow(tmp_path: Path) -> None:
    async with Wall() as wall, GatewayProcess(tmp_path) as gateway:
        write_config(tmp_path, tmp_path / "ledger.db", wall)
        await gateway.start()
        assert (await chat(gateway)).status == 200
        old = resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (1, old[1]))
        await says_why_in_two_languages(gateway)
        resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, old)
        await is_well_again(gateway)
        log = await gateway.stop()
        assert len(wall.calls) == 2, "what was refused was not sent"
    assert "journal_unwritable" in log
    assert "journal_writable_again" in log
    assert "dropped" not in log


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        pytest.skip("no mounts here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> Path:
    """Every byte that is free."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4_096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return filler


@needs_mounts
@pytest.mark.timeout(60)
async def test_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    async with Wall() as wall, GatewayProcess(tmp_path) as gateway:
        write_config(tmp_path, small_disk / "ledger.db", wall)
        await gateway.start()
        assert (await chat(gateway)).status == 200
        filler = fill(small_disk)
        # The rest of the last page of the log is still there.
        async with asyncio.timeout(_PATIENCE_S):
            while (await chat(gateway)).status == 200:
                pass
        sent = len(wall.calls)
        await says_why_in_two_languages(gateway)
        assert len(wall.calls) == sent
        filler.unlink()
        await is_well_again(gateway)
        await gateway.stop()


@needs_mounts
@pytest.mark.timeout(60)
async def test_a_start_on_a_full_disk_says_so(tmp_path: Path, small_disk: Path) -> None:
    async with Wall() as wall, GatewayProcess(tmp_path) as gateway:
        write_config(tmp_path, small_disk / "ledger.db", wall)
        filler = fill(small_disk)
        code, said = await gateway.fail_to_start()
        assert code != 0
        assert "ledger.db" in said
        assert "free the disk" in said
        assert "Traceback" not in said
        filler.unlink()
        await gateway.start()
        assert (await chat(gateway)).status == 200
        await gateway.stop()
