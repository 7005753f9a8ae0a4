"""Reads the file that `gilmok calibrate` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gilmok.config.problems import Problems, Said
from gilmok.config.sources import Sources
from gilmok.core.prospect import Ability, Calibration

_KEY = "routing.calibration"
_LARGEST = 1_000_000


def abilities(written: str | None, sources: Sources, problems: Problems) -> Mapping[str, Ability]:
    """By endpoint id; empty where none is configured. What is wrong is among the problems."""
    if written is None or (path := sources.existing(_KEY, written)) is None:
        return {}
    with Path(path).open("rb") as file:
        content = file.read(_LARGEST)
    try:
        found = msgspec.json.decode(content, type=Calibration)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found = None
    if found is None or found.version != 1:
        problems.error(
            _KEY,
            Said("is not a calibration.", "보정 파일이 아닙니다."),
            Said("Make it anew: gilmok calibrate.", "다시 만드세요: gilmok calibrate."),
        )
        return {}
    return found.abilities
