"""Upstreams that show the key they were called with, everywhere and in every spelling.

Looked at for every trial: all that the client was sent, and what it puts together from it. After
all of them: every log record, the metrics, the decisions, the dashboard, the reports, and the
ledger's files.
"""

from __future__ import annotations

import asyncio
import json
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from gilmok.telemetry.logs import SafeFormatter
from tests.gateway import Answer, Running
from tests.laws.attack import all_records
from tests.laws.scenes import IMPATIENT
from tests.leaks import Listener
from tests.wall import Wall
from tests.wall.leaks import FORMS

TEXTS = ("said", "reasoning_content", "reasoning", "refusal")
FIELDS = (
    *("id", "model", "object", "system_fingerprint", "service_tier", "role", "name", "type"),
    *("finish_reason", "stop_reason", "logprobs", "usage", "index", "created", "debug", "content"),
)
ERROR_FIELDS = ("message", "type", "code", "param", "status", "error", "debug")
BROKEN = ("401", "429=1", "500", "errevent=2", "cut=3", "malformed=1", "html", "reset=2")
SHAPES = ("", "toolecho", "split", "keepalive", "nousage")
_TRANSPORT = ("head", "trailer", "event", "location")
_AT_ONCE = 8
_PATIENT = IMPATIENT.replace("connect_s = 2.0", "connect_s = 60.0").replace(
    "deadline_s = 10", "deadline_s = 60"
) + ("[health]\ntimeout_s = 60\n")
"""Nothing is given up for want of a processor."""
_PAGES = ("/metrics", "/dashboard", "/dashboard/decisions", "/v1/report", "/v1/statistics")
TOOL = {
    "type": "function",
    "function": {
        "name": "note",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
    },
}


@dataclass(frozen=True)
class Trial:
    wire: str
    place: str
    form: str
    faults: str
    """What else the wall does."""
    stream: bool
    key: str

    @property
    def model(self) -> str:
        return "+".join(
            filter(None, (f"leak={quote(self.place)}", f"form={self.form}", self.faults))
        )

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": [{"role": "user", "content": "Which key did I send?"}],
            "stream": self.stream,
        }
        if "toolecho" in self.faults:
            body["tools"] = [TOOL]
        if self.place == "logprobs":
            body |= {"logprobs": True, "top_logprobs": 1}
        return body

    def table(self, number: int, wall: Wall) -> str:
        """Of an endpoint of its own."""
        url = {"openai": wall.openai, "anthropic": wall.anthropic}[self.wire]
        return f"""
[[endpoints]]
id = "e{number}"
provider = "{self.wire}"
base_url = "{url}"
model = "{self.model}"
api_key = "{self.key}"
price_input = 1
price_output = 2
capabilities = ["stream", "tools", "logprobs"]
"""


def some_key(rng: Random) -> str:
    """Of one of the kinds that providers hand out, or worse."""
    letters = string.ascii_letters + string.digits
    head, alphabet, size = rng.choice(
        (
            ("sk-proj-", letters + "_-", 64),
            ("sk-ant-api03-", letters + "-_", 64),
            ("gsk_", letters, 48),
            ("", "0123456789abcdef", 32),
            ("", letters + "+/=", 40),
            ("AIza", letters + "-_", 35),
            ("", string.punctuation.replace('"', "").replace("\\", "") + letters, 24),
        )
    )
    return head + "".join(rng.choices(alphabet, k=size))


def every_trial(rng: Random) -> Iterator[Trial]:
    """The whole product of what makes sense; each with a key of its own."""
    for wire, form, stream in product(("openai", "anthropic"), FORMS, (False, True)):
        for place in (*TEXTS, *FIELDS, *_TRANSPORT):
            if wire == "anthropic" and place == "logprobs":
                continue  # it has none
            shapes = SHAPES if place in ("said", "event", "debug") else ("",)
            for shape, grain in product(shapes, (1, 3, 11) if place in TEXTS else (5,)):
                faults = "+".join(filter(None, (shape, f"grain={grain}")))
                yield Trial(wire, place, form, faults, stream, some_key(rng))
        for place, broken in product((*ERROR_FIELDS, "head"), BROKEN):
            yield Trial(wire, place, form, broken, stream, some_key(rng))


@dataclass
class Found:
    """`failures` is what must be empty; the rest shows that it meant something."""

    trials: int = 0
    withheld: int = 0
    """Answers in which the key was replaced."""
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def look(self, what: str, listener: Listener, told: bytes | str) -> None:
        if pieces := listener.pieces(told):
            self.failures.append(f"{what} tells {len(pieces)} pieces of a key")


def attack(folder: Path, trials: Sequence[Trial]) -> Found:
    """One gateway before one wall, asked once for each trial."""
    found = Found(trials=len(trials))
    with all_records() as records:
        records.setFormatter(SafeFormatter())
        asyncio.run(_run(folder, trials, found))
    listener = Listener({trial.key for trial in trials})
    found.look("the log", listener, "\n".join(records.lines))
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".toml":
            found.look(path.name, listener, path.read_bytes())
    return found


async def _run(folder: Path, trials: Sequence[Trial], found: Found) -> None:
    async with AsyncExitStack() as stack:
        wall = await stack.enter_async_context(Wall())
        toml = _PATIENT + "".join(trial.table(n, wall) for n, trial in enumerate(trials))
        gateway = await stack.enter_async_context(Running(folder, toml, memory=False))
        slots = asyncio.Semaphore(_AT_ONCE)

        async def go(number: int, trial: Trial) -> None:
            async with slots:
                await _try(gateway, number, trial, found)

        async with asyncio.TaskGroup() as group:
            for number, trial in enumerate(trials):
                group.create_task(go(number, trial))
        listener = Listener({trial.key for trial in trials})
        asked = {call.model or "" for call in wall.calls}
        unasked = {trial.model for trial in trials} - asked
        found.failures += [f"the wall was not asked for {model}" for model in sorted(unasked)]
        for page in _PAGES:
            answer = await gateway.get(page)
            assert answer.status == 200, page
            found.look(page, listener, answer.raw)


async def _try(gateway: Running, number: int, trial: Trial, found: Found) -> None:
    body = {"model": f"e{number}", **trial.body}
    answer = await gateway.post("/v1/chat/completions", body)
    what = f"{trial.wire} {trial.model} stream={trial.stream}"
    listener = Listener([trial.key])
    found.look(what, listener, answer.raw)
    for text in put_together(answer):
        found.look(f"{what}, put together,", listener, text)
    found.withheld += b"withheld" in answer.body
    found.outcomes[f"{answer.status} {answer.code or 'answered'}"] += 1
    decision = await gateway.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
    found.look(f"{what}, its decision,", listener, decision.raw)


def put_together(answer: Answer) -> list[str]:
    """The texts of an answer as a client has them in the end."""
    if answer.status != 200:
        return []
    events = answer.events if answer.is_stream else [answer.json]
    texts: dict[tuple[object, ...], str] = {}
    for event in events:
        for choice in event.get("choices", ()) if isinstance(event, dict) else ():
            said = choice.get("delta") or choice.get("message") or {}
            for name in ("content", "reasoning_content", "refusal"):
                _add(texts, (choice["index"], name), said.get(name))
            for at, call in enumerate(said.get("tool_calls") or ()):
                place = (choice["index"], "call", call.get("index", at))
                _add(texts, place, call["function"].get("arguments"))
    whole = list(texts.values())
    return [*whole, *(_decoded(text) for text in whole)]


def _add(
    texts: dict[tuple[object, ...], str], place: tuple[object, ...], piece: str | None
) -> None:
    texts[place] = texts.get(place, "") + (piece or "")


def _decoded(text: str) -> str:
    """Arguments are JSON, which a client reads once more."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text
