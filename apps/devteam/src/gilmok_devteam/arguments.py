"""The command line's options, checked."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from gilmok_devteam.clients import URL, Bounds, Gateway
from gilmok_devteam.machine import SETS, ModelSet
from gilmok_devteam.roles import ROLES, RoleId
from gilmok_devteam.texts import Locale

EXAMPLE: Final = "Write a Python function that says whether a year is a leap year, and test it."
_AGAINST_CIRCLES: Final = 0.5
"""What SmolLM2 needs so as not to repeat one sentence to its bound."""
CACHE: Final = Path("~/.cache/gilmok-devteam")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    task: str
    locale: Locale | None
    gateway: Gateway
    models: Mapping[RoleId, str]
    """What was asked for by name; the other roles take what the gateway has."""
    own: ModelSet | None
    """Start a gateway with these engines, instead of using one that runs."""
    threads: int | None
    cache: Path
    rounds: int
    seconds: float
    recent: int
    bounds: Bounds
    timeline: Path | None
    code: Path | None


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Exits with 2 where something is wrong, as argparse does."""
    given = _parser().parse_args(arguments)
    own: ModelSet | None = given.models if given.own_gateway else None
    return Options(
        task=given.task or (EXAMPLE if own else ""),
        locale=given.lang,
        gateway=Gateway(given.base_url, given.api_key),
        models={role.id: name for role in ROLES if (name := getattr(given, role.id))},
        own=own,
        threads=given.threads or (1 if own == "smollm2" else None),
        cache=given.cache.expanduser(),
        rounds=given.rounds,
        seconds=given.seconds,
        recent=given.recent,
        bounds=Bounds(
            tokens=given.max_tokens,
            seconds=given.patience,
            temperature=given.temperature,
            frequency_penalty=_penalty(given.frequency_penalty, own),
        ),
        timeline=given.timeline,
        code=given.code,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gilmok-devteam",
        description="Architect, coder and reviewer (AutoGen) work on a task through a Gilmok.",
    )
    add = parser.add_argument
    add("task", nargs="?", default="", help="what to build, in Korean or English")
    add("--lang", choices=get_args(Locale), help="default: the task's language")
    _where(parser)
    add("--rounds", type=_whole, default=2, metavar="N", help="turns of each (%(default)s)")
    add("--max-tokens", type=_whole, default=220, metavar="N", help="of one answer (%(default)s)")
    add("--patience", type=_span, default=300.0, metavar="SECONDS", help="for one answer")
    add("--seconds", type=_span, default=900.0, metavar="SECONDS", help="for the whole run")
    add("--recent", type=_whole, default=2, metavar="N", help="messages an agent is reminded of")
    add("--temperature", type=float, default=0.2, help="%(default)s")
    add("--frequency-penalty", type=float, metavar="X", help="against going in circles")
    add("--timeline", type=_picture, metavar="FILE", help="draw it: .svg, or .html with a table")
    add("--code", type=Path, metavar="FILE", help="save the coder's last program")
    return parser


def _where(parser: argparse.ArgumentParser) -> None:
    """Which models, and where they are."""
    add, env = parser.add_argument, os.environ
    add("--base-url", default=env.get("GILMOK_URL", URL), help="the gateway (GILMOK_URL)")
    add("--api-key", default=env.get("GILMOK_API_KEY"), help="its key (GILMOK_API_KEY)")
    for role in ROLES:
        add(f"--{role.id}", metavar="MODEL", help=f"default: “{role.id}” where offered, else auto")
    add(
        "--own-gateway",
        action="store_true",
        help="start a gateway with three small local models for this run",
    )
    add("--models", choices=SETS, default=SETS[0], help="of --own-gateway (%(default)s)")
    add("--threads", type=_whole, metavar="N", help="of each engine (1 for smollm2)")
    add("--cache", type=Path, default=CACHE, metavar="DIR", help="keeps qwen (%(default)s)")


def _penalty(given: float | None, own: ModelSet | None) -> float | None:
    return _AGAINST_CIRCLES if given is None and own == "smollm2" else given


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return int(text)


def _span(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("seconds, at most a day")
    return seconds


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".svg", ".html"):
        raise argparse.ArgumentTypeError("a file that ends in .svg or .html")
    return path
