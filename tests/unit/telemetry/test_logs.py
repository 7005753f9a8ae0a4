"""No way of logging prints user text."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gilmok.core.errors import ConfigError, ConnectFailed
from gilmok.core.text import Private, Secret
from gilmok.telemetry import logs

CANARY = "홍길동의 전화번호는 010-1234-5678"
log = logging.getLogger("gilmok.room")
library = logging.getLogger("some.library")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("gilmok")
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    try:
        logs.configure("info", "json", stream)
        yield stream
    finally:
        root.handlers[:], level, ours_level = before
        root.setLevel(level)
        ours.setLevel(ours_level)
        logging.captureWarnings(False)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    assert CANARY not in out.getvalue()
    assert "5678" not in out.getvalue()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_has_its_code_and_plain_fields(out: io.StringIO) -> None:
    log.warning("journal_unwritable", extra={"reason": "SQLITE_FULL", "rows": 3, "open": True})
    (line,) = lines(out)
    assert line["event"] == "journal_unwritable"
    assert line["level"] == "warning"
    assert line["logger"] == "gilmok.room"
    assert (line["reason"], line["rows"], line["open"]) == ("SQLITE_FULL", 3, True)


@pytest.mark.parametrize(
    "say",
    [
        lambda: log.error(CANARY),
        lambda: log.error("answer was %s", CANARY),
        lambda: log.error("failed: %s", CANARY),
        lambda: log.error(f"failed: {CANARY}"),
        lambda: log.error("event", extra={"text": CANARY}),
        lambda: log.error("event", extra={"text": "010-1234-5678"}),
        lambda: log.error("event", extra={"texts": [CANARY]}),
        lambda: log.error("event", extra={CANARY: 1}),
        lambda: log.error("event", extra={"text": CANARY.encode()}),
        lambda: log.error("event", extra={"text": Private(CANARY)}),
        lambda: log.error("event %s", Private(CANARY)),
        lambda: log.error(Private(CANARY)),
        lambda: library.error("body: %s", CANARY),
        lambda: library.error(CANARY, stack_info=True),
        lambda: warnings.showwarning(CANARY, UserWarning, "file.py", 1),
    ],
)
def test_user_text_is_never_printed(out: io.StringIO, say: Any) -> None:
    say()
    assert len(lines(out)) == 1


def test_an_exception_keeps_its_place_and_loses_its_message(out: io.StringIO) -> None:
    for name in (log, library):
        try:
            try:
                json.loads(CANARY)
            except ValueError as error:
                raise ConnectFailed(CANARY) from error
        except ConnectFailed:
            name.exception("attempt_failed")
    ours, theirs = lines(out)
    assert (ours["event"], ours["error"], ours["code"]) == (
        "attempt_failed",
        "ConnectFailed",
        "connect_failed",
    )
    assert ours["cause"] == "JSONDecodeError"
    assert "test_logs.py" in ours["frames"]
    assert theirs["event"] == logs.LIBRARY


def test_private_text_in_a_record_is_called_out(out: io.StringIO) -> None:
    log.info("event", extra={"key": Secret("sk-5678"), "n": 1})
    (line,) = lines(out)
    assert (line["event"], line["level"]) == (logs.PRIVATE_REFUSED, "error")
    assert "key" not in line


def test_the_operators_own_words_are_printed(out: io.StringIO) -> None:
    error = ConfigError(file="설정.toml", key="server.port", reason="Not a port.", fix="Use 8080.")
    log.error("reload_refused", extra={"reason": error, "path": Path("/tmp/내 설정")})
    (line,) = lines(out)
    assert line["reason"] == "설정.toml: server.port: Not a port. Use 8080."
    assert line["path"] == "/tmp/내 설정"


def test_libraries_are_quiet_and_ours_follow_the_level(out: io.StringIO) -> None:
    for name in ("httpx", "openai", "_granian"):
        logging.getLogger(name).info("HTTP Request: POST /v1 %s", CANARY)
    log.debug("decision")
    log.info("serving: at %s", "http://127.0.0.1:8080")
    (line,) = lines(out)
    assert (line["event"], line["arg1"]) == ("serving", "http://127.0.0.1:8080")


def test_text_for_people_is_one_line(out: io.StringIO) -> None:
    logs.configure("info", "text", out)
    log.info("serving", extra={"port": 8080})
    text = out.getvalue()
    assert text.count("\n") == 1
    assert text.endswith(" INFO    serving port=8080 (gilmok.room)\n")
