"""`embed`, `draw` and `say` against a real gateway, before the dummy."""

from __future__ import annotations

import json
from pathlib import Path

from gilmok.cli import exits
from gilmok.cli.words.making import WHY
from gilmok.surfaces.services.fallback import FALLBACKS
from tests.gateway import Running
from tests.unit.cli.conftest import Cli
from tests.wire.services import QUICK, dummy

TOML = QUICK + "".join(dummy(does, does) for does in ("embeddings", "images", "speech"))


async def test_vectors_are_compared(cli: Cli, tmp_path: Path) -> None:
    async with Running(tmp_path, TOML) as gateway:
        at = ("--url", gateway.url)
        ran = await cli("embed", "국물이 진해요", "국물이 짜요", "주차", *at)
        korean = await cli("embed", "국물", *at, "--lang", "ko")
        told = await cli("embed", "국물", *at, "--json")
        nothing = await cli("embed", *at)
    assert (ran.code, ran.err) == (exits.OK, "")
    assert ran.lines[0] == "3 vectors of 64 numbers by ok (embeddings), $0"
    assert any("1.000" in line and "국물이 진해요" in line for line in ran.lines)
    assert "차원 64" in korean.out
    assert json.loads(told.out)["object"] == "list"
    assert nothing.code == exits.USAGE


async def test_pictures_and_sounds_are_written(cli: Cli, tmp_path: Path) -> None:
    picture, sound = tmp_path / "a.png", tmp_path / "a.wav"
    async with Running(tmp_path, TOML) as gateway:
        at = ("--url", gateway.url)
        drawn = await cli("draw", "soup", "-o", str(picture), "--size", "64x64", *at)
        said = await cli("say", "hello", "-o", str(sound), *at)
        refused = await cli("draw", "soup", "-o", str(picture), "--size", "huge", *at)
        nowhere = await cli("say", "hello", "-o", str(tmp_path / "no" / "a.wav"), *at)
        other = await cli("say", "hello", "-o", str(tmp_path / "a.xyz"), *at)
    assert (drawn.code, said.code) == (exits.OK, exits.OK)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sound.read_bytes().startswith(b"RIFF")
    assert str(sound) in said.out
    assert "speech" in said.out
    assert refused.code != exits.OK
    assert "size" in refused.err
    assert nowhere.code == exits.FAILED
    assert other.code == exits.USAGE
    assert "mp3, opus, aac" in other.err


async def test_nothing_is_asked_for_a_file_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    """What is asked may cost. At the address of this test nobody answers, and it is not noticed."""
    at = ("--url", "http://127.0.0.1:9")
    for command, ending in (("draw", "png"), ("say", "wav")):
        nowhere = await cli(command, "soup", "-o", str(tmp_path / "no" / f"a.{ending}"), *at)
        assert "No such file" in nowhere.err
        folder = tmp_path / f"folder.{ending}"
        folder.mkdir()
        korean = await cli(command, "soup", "-o", str(folder), *at, "--lang", "ko")
        assert "폴더임" in korean.err


async def test_a_picture_whose_name_lies_is_pointed_out(cli: Cli, tmp_path: Path) -> None:
    async with Running(tmp_path, TOML) as gateway:
        ran = await cli("draw", "soup", "-o", str(tmp_path / "a.gif"), "--url", gateway.url)
    assert ran.code == exits.OK
    assert "holds a png picture" in ran.err


def test_every_reason_has_words() -> None:
    assert set(WHY) == set(FALLBACKS)
