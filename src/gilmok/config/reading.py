"""The bytes of a configuration file as a TOML document, or the reason why not."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gilmok.config.problems import Problems, Said
from gilmok.core.os_errors import why

_LARGEST_FILE = 2**20
_NO_PATH = Said("not a path", "경로가 아님")
_TOO_MUCH = Said(
    "a number is too long or the nesting too deep", "숫자가 너무 길거나 중첩이 너무 깊음"
)
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")


def read(file: Path, problems: Problems) -> dict[str, Any]:
    """The document, floats as `Decimal`; empty where there is a problem."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as failure:  # ValueError: a NUL in the path
        reason = why(failure) if isinstance(failure, OSError) else _NO_PATH
        problems.error(
            "(file)",
            Said(f"cannot be read: {reason.en}.", f"읽을 수 없습니다: {reason.ko}."),
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
        at = failure.start
        reason = Said(f"byte {at} is not UTF-8", f"{at}번째 바이트가 UTF-8이 아님")
    except tomllib.TOMLDecodeError as failure:
        reason = _syntax(str(failure))
    except (ValueError, InvalidOperation, RecursionError):
        reason = _TOO_MUCH
    problems.error(
        "(syntax)",
        Said(f"is not TOML: {reason.en}.", f"TOML 형식이 아닙니다: {reason.ko}."),
        Said(
            "Correct that place; text needs quotes.",
            "해당 위치를 고치세요. 문자열은 따옴표로 감쌉니다.",
        ),
    )
    return {}


def _syntax(message: str) -> Said:
    """The parser's words, which are English; where the place is, everybody is told."""
    found = _PLACE.search(message)
    if found is None:
        return Said(message, message)
    line, column = found.groups()
    what = message[: found.start()]
    return Said(message, f"{line}번째 줄 {column}번째 글자({what})")
