"""Which faults a model's name selects. Pure: no sockets, no clock."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from tests.wall.leaks import FORMS

USAGE_KINDS = frozenset({"absurd", "negative", "huge", "contradiction", "zero", "text", "null"})


class UnknownFault(ValueError):
    """The name has a part that means nothing here; the wall answers 404, never a guess."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What one model name asks for. `None`, 0 and False mean "not asked for"; times are in ms."""

    ok: bool = False
    label: str | None = None
    tokens: int | None = None
    grain: int | None = None
    deaf: bool = False
    repeat: str | None = None
    parrot: bool = False
    echo: bool = False
    empty: bool = False
    huge: int | None = None
    tool: int = 0
    call: str | None = None
    toolecho: bool = False
    length: bool = False
    filter: bool = False
    refuse: bool = False
    nousage: bool = False
    wrongusage: str | None = None
    cached: int = 0
    written: int = 0
    audio: int = 0
    reasoning: int = 0
    slow: int = 0
    ttft: int = 0
    pace: int = 0
    load: int = 0
    keepalive: int | None = None
    split: bool = False
    gzip: bool = False
    mute: bool = False
    hangup: bool = False
    stall: int | None = None
    cut: int | None = None
    reset: int | None = None
    trunc: int | None = None
    malformed: int | None = None
    errevent: int | None = None
    overlong: bool = False
    badjson: bool = False
    html: bool = False
    redirect: str | None = None
    status: int | None = None
    retry_after: str | None = None
    retry_after_ms: int | None = None
    retry_at: int | None = None
    quota: bool = False
    toolong: bool = False
    errecho: bool = False
    flaky: int | None = None
    flap: bool = False
    leak: str | None = None
    form: str = "plain"
    floats: bool = False
    fewer: bool = False
    badbase64: bool = False
    byaddress: bool = False
    moderated: bool = False
    polls: int = 1
    pollfails: int = 0
    jobfails: bool = False

    @property
    def stops_after(self) -> int | None:
        """The number of pieces after which this name stops a stream, if it does."""
        asked = (self.stall, self.cut, self.reset, self.trunc, self.errevent)
        return min((n for n in asked if n is not None), default=None)

    @property
    def fails(self) -> bool:
        return replace(self, **_HEALTHY) != self

    def healed(self) -> "Faults":
        """The same name on a good day: every failure gone, everything else kept."""
        return replace(self, **_HEALTHY)

    def failing(self) -> "Faults":
        """The same name on a bad day: its own failure, or a plain 500."""
        return self if self.fails else replace(self, status=500)


HEALTHY = Faults()
_HEALTHY: dict[str, Any] = dict.fromkeys(
    ("mute", "hangup", "overlong", "badjson", "html", "quota", "toolong", "errecho"), False
)
_HEALTHY |= dict.fromkeys(("stall", "cut", "reset", "trunc", "malformed", "errevent", "redirect"))
_HEALTHY |= dict.fromkeys(("status", "retry_after", "retry_after_ms", "retry_at"))


def _flag(value: str | None) -> bool:
    if value is not None:
        raise ValueError("takes no value")
    return True


def _count(value: str | None) -> int:
    if value is None or not (value.isascii() and value.isdigit()):
        raise ValueError("needs a whole number")
    return int(value)


def _positive(value: str | None) -> int:
    number = _count(value)
    if number < 1:
        raise ValueError("counts from 1")
    return number


def _text(value: str | None) -> str:
    if value is None:
        raise ValueError("needs a value")
    return unquote(value)


def _tools(value: str | None) -> int:
    return 1 if value is None else _positive(value)


def _period(value: str | None) -> int:
    return 20 if value is None else _positive(value)


def _usage_kind(value: str | None) -> str:
    kind = "absurd" if value is None else value
    if kind not in USAGE_KINDS:
        raise ValueError("no such kind of wrong usage")
    return kind


def _form(value: str | None) -> str:
    if value not in FORMS:
        raise ValueError("no such spelling of a key")
    return value


_READERS: dict[str, Callable[[str | None], Any]] = {
    **dict.fromkeys(("as", "repeat", "redirect", "call", "leak"), _text),
    **dict.fromkeys(("ok", "deaf", "parrot", "echo", "empty", "toolecho", "length"), _flag),
    **dict.fromkeys(("filter", "refuse", "nousage", "split", "gzip", "mute", "hangup"), _flag),
    **dict.fromkeys(("overlong", "badjson", "html", "quota", "toolong", "errecho"), _flag),
    **dict.fromkeys(("tokens", "huge", "cached", "written", "audio", "reasoning"), _count),
    **dict.fromkeys(("slow", "ttft", "pace"), _count),
    **dict.fromkeys(("load", "stall", "cut", "reset", "trunc", "errevent", "flaky"), _count),
    **dict.fromkeys(("grain", "malformed"), _positive),
    **dict.fromkeys(("floats", "fewer", "badbase64", "byaddress", "moderated", "jobfails"), _flag),
    **dict.fromkeys(("polls", "pollfails"), _count),
    "flap": _flag,
    "tool": _tools,
    "keepalive": _period,
    "wrongusage": _usage_kind,
    "form": _form,
}
_FIELDS = {"as": "label"}
_STATUS = re.compile(r"([45][0-9][0-9])(ms|at)?\Z")

NAMES = frozenset(_READERS) | {"NNN", "NNNms", "NNNat"}
"""Every part that a model's name may have; `NNN` stands for a 4xx or 5xx status."""


def _status_fields(match: re.Match[str], value: str | None) -> dict[str, Any]:
    status, unit = int(match[1]), match[2]
    if unit == "ms":
        milliseconds = _count(value)
        after = str(-(-milliseconds // 1000))
        return {"status": status, "retry_after_ms": milliseconds, "retry_after": after}
    if unit == "at":
        return {"status": status, "retry_at": _count(value)}
    return {"status": status, "retry_after": None if value is None else str(_count(value))}


def _part(part: str) -> dict[str, Any]:
    name, equals, rest = part.partition("=")
    value = rest if equals else None
    if match := _STATUS.match(name):
        return _status_fields(match, value)
    reader = _READERS.get(name)
    if reader is None:
        raise ValueError("is unknown")
    return {_FIELDS.get(name, name): reader(value)}


@lru_cache(maxsize=4096)
def parse(model: str) -> Faults:
    """Read a model's name. Raises `UnknownFault`, naming the part that has no meaning."""
    fields: dict[str, Any] = {}
    for part in model.removesuffix(":latest").split("+"):
        try:
            found = _part(part)
        except ValueError as error:
            raise UnknownFault(f"{part!r} {error}") from None
        if fields.keys() & found.keys():
            raise UnknownFault(f"{part!r} is said twice")
        fields |= found
    return Faults(**fields)
