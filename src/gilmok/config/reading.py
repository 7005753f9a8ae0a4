"""The bytes of a configuration file as a TOML document, or the reason why not."""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gilmok.config.problems import Problems, Said

_LARGEST_FILE = 2**20


def read(file: Path, problems: Problems) -> dict[str, Any]:
    """The document, floats as `Decimal`; empty where there is a problem."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as failure:  # ValueError: a NUL in the path
        reason = getattr(failure, "strerror", None) or "not a path"
        problems.error(
            "(file)",
            Said(f"cannot be read: {reason}.", f"읽을 수 없습니다: {reason}."),
            Said(
                "Check the path given by --config or GILMOK_CONFIG.",
                "--config 또는 GILMOK_CONFIG의 경로를 확인하세요.",
            ),
        )
        return {}
    if len(content) > _LARGEST_FILE:
        problems.error(
            "(file)",
            Said("is larger than 1 MiB.", "1 MiB보다 큽니다."),
            Said("Is it the right file?", "올바른 파일인지 확인하세요."),
        )
        return {}
    try:
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as failure:
        reason = f"byte {failure.start} is not UTF-8"
    except tomllib.TOMLDecodeError as failure:
        reason = str(failure)
    except (ValueError, InvalidOperation, RecursionError):
        reason = "a number is too long or the nesting too deep"
    problems.error(
        "(syntax)",
        Said(f"is not TOML: {reason}.", f"TOML 형식이 아닙니다: {reason}."),
        Said(
            "Correct that place; text needs quotes.",
            "해당 위치를 고치세요. 문자열은 따옴표로 감쌉니다.",
        ),
    )
    return {}
