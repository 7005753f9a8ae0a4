"""Logs that cannot hold user text.

A line is an event code with fields: `log.warning("journal_unwritable", extra={"reason": code})`;
of a message `code: words` the code is printed and its arguments become fields.
Free text is not printed, wherever it comes from: a message that is no code, a string field that
does not look like a name, and an exception's message are replaced by where they were. Exceptions
keep their types and frames. So a library that puts a request's body into its messages or errors
(decoders quote their input) prints no part of it here.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Literal, TextIO

import msgspec

from gilmok.core.errors import ConfigError, GilmokError
from gilmok.core.text import Private

Value = str | int | float | bool | None

PRIVATE_REFUSED = "private_text_refused"
UNSTRUCTURED = "unstructured_message"
LIBRARY = "library_message"

_CODE = re.compile(r"[a-z][a-z0-9_.]{0,79}", re.ASCII)
_LEADING_CODE = re.compile(r"([a-z][a-z0-9_.]{0,79})(?::|$)", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,199}", re.ASCII)
_FRAMES = 8
_OURS = "gilmok"
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

TALKATIVE = ("asyncio", "httpcore", "httpx", "openai", "urllib3", "_granian", "granian.access")
"""Libraries that log addresses, headers or bodies below `warning`."""


def configure(
    level: Literal["debug", "info", "warning", "error"] = "info",
    style: Literal["text", "json"] = "text",
    stream: TextIO | None = None,
) -> logging.Handler:
    """Sends every logger of the process through `SafeFormatter`, to stderr by default.

    Replaces the handlers of the root logger. `level` is the gateway's; libraries speak from
    `warning` on. Returns the handler.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(SafeFormatter(style))
    handler.addFilter(RefusePrivate())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(level.upper())
    for name in TALKATIVE:
        library = logging.getLogger(name)
        library.setLevel(logging.WARNING)
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(True)
    return handler


class RefusePrivate(logging.Filter):
    """Replaces a record that carries a `Private`, in its message, arguments or fields."""

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args.values() if isinstance(record.args, dict) else record.args or ()
        fields = {name: v for name, v in record.__dict__.items() if name not in _PLAIN}
        if any(isinstance(v, Private) for v in (record.msg, *args, *fields.values())):
            for name in fields:
                del record.__dict__[name]
            record.msg, record.args = PRIVATE_REFUSED, ()
            record.levelno, record.levelname = logging.ERROR, "ERROR"
        return True


class SafeFormatter(logging.Formatter):
    """One line per record, as text for people or as JSON for collectors."""

    def __init__(self, style: Literal["text", "json"] = "text") -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event, fields = _event(record), _fields(record)
        if self._json:
            level = record.levelname.lower()
            line = {"at": at, "level": level, "event": event, "logger": record.name}
            return msgspec.json.encode(
                line | {k: v for k, v in fields.items() if k not in line}
            ).decode()
        shown = "".join(f" {name}={value}" for name, value in fields.items())
        return f"{at} {record.levelname:7} {event}{shown} ({record.name})"


def _event(record: logging.LogRecord) -> str:
    if record.name != _OURS and not record.name.startswith(_OURS + "."):
        return LIBRARY
    code = _LEADING_CODE.match(record.msg) if isinstance(record.msg, str) else None
    return code[1] if code else UNSTRUCTURED


def _fields(record: logging.LogRecord) -> dict[str, Value]:
    fields = {
        name if _CODE.fullmatch(name) else "field": _value(value)
        for name, value in record.__dict__.items()
        if name not in _PLAIN
    }
    event = _event(record)
    if event in (UNSTRUCTURED, LIBRARY):
        fields["where"] = f"{record.module}:{record.lineno}"
    if event != LIBRARY and isinstance(record.args, tuple):
        fields.update((f"arg{n}", _value(arg)) for n, arg in enumerate(record.args, 1))
    if record.exc_info and record.exc_info[1] is not None:
        fields.update(_error(record.exc_info[1]))
    return fields


def _value(value: object) -> Value:
    """The value where it is a number or a name, else only what kind of thing it is."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, PurePath | ConfigError):
        return str(value)  # The operator's own words.
    if isinstance(value, str):
        return str(value) if _NAME.fullmatch(value) else f"<{len(value)} chars>"
    return f"<{type(value).__name__}>"


def _error(error: BaseException) -> dict[str, Value]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Value] = {
        "error": type(error).__name__,
        "frames": " > ".join(f"{Path(f.filename).name}:{f.lineno}:{f.name}" for f in frames),
    }
    if isinstance(error, GilmokError):
        told["code"] = error.code
    cause = error.__cause__ or error.__context__
    if cause is not None:
        told["cause"] = type(cause).__name__
    return told
