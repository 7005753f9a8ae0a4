"""One round of the attack on the label law: real sockets, walls as ground truth.

Looked at for every case: all that reached a wall in the cloud, what the client was told, every log
record, the ledger's file, the metrics and the decisions that can be read back.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ahocorasick_rs import AhoCorasick

from gilmok.core import errors
from gilmok.core.inspection import Sensitivity
from tests.gateway import Answer, Running
from tests.laws.canaries import Case, case
from tests.laws.scenes import CLOUD_KEY, HOME_KEY, SCENES, Scene
from tests.wall import Wall
from tests.wall.log import Exchange, readings

_MARKER = re.compile(r"kanari[a-z]{12}")
_AT_ONCE = 24
_LOOKED_UP = 10
"""Every so many cases, the decision is read back."""


def _documented(kind: type[errors.HttpError]) -> Iterator[str]:
    yield kind.code
    for further in kind.__subclasses__():
        yield from _documented(further)


DOCUMENTED = frozenset(_documented(errors.HttpError)) - {"error", errors.InternalError.code}
"""What a refused request may be told."""
BROKEN = frozenset({"stream_broken", "stream_stalled", "stream_error_event", "deadline_exceeded"})
"""What the last event of an answer may be that had begun."""


@dataclass
class Findings:
    """What a round found. `failures` is what must be empty; the rest shows that it meant something."""

    cases: int = 0
    failures: dict[str, None] = field(default_factory=dict)
    """In the order they were found, each once."""
    outcomes: Counter[str] = field(default_factory=Counter)
    masked: int = 0
    """Requests with a secret that reached the cloud without it."""
    restored: int = 0
    """Masked answers in which the client found the originals again."""

    def fail(self, what: str) -> None:
        self.failures[what] = None

    def add(self, other: Findings) -> None:
        self.cases += other.cases
        self.failures |= other.failures
        self.outcomes += other.outcomes
        self.masked += other.masked
        self.restored += other.restored


class Records(logging.Handler):
    """Every log record at any level, as the text it would become."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self._formatter.format(record)} {record.__dict__}")


@contextmanager
def all_records() -> Iterator[Records]:
    root, records = logging.getLogger(), Records()
    level = root.level
    root.addHandler(records)
    root.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        root.removeHandler(records)
        root.setLevel(level)


def attack(folder: Path, seed: int, numbers: Sequence[int]) -> Findings:
    """One round over the numbered cases. `folder` is empty and for this round alone."""
    with all_records() as records:
        round_ = Round(folder, [case(seed, number) for number in numbers])
        asyncio.run(round_.run())
    round_.check_files()
    round_.check_text("a log", "\n".join(records.lines))
    return round_.findings


class Round:
    def __init__(self, folder: Path, cases: list[Case]) -> None:
        self.findings = Findings(cases=len(cases))
        self._folder = folder
        self._cases = cases
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._running: dict[str, Running] = {}
        self._hunt = _Hunt(cases)

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            home = await stack.enter_async_context(Wall())
            cloud = await stack.enter_async_context(Wall())
            for scene in SCENES:
                place = self._folder / scene.name.replace(" ", "-")
                place.mkdir()
                self._running[scene.name] = await stack.enter_async_context(
                    Running(place, scene.toml(home, cloud), memory=False)
                )
            async with asyncio.TaskGroup() as group:
                for number, one in enumerate(self._cases):
                    group.create_task(self._try(one, look_up=number % _LOOKED_UP == 0))
            for running in self._running.values():
                self.check_text("the metrics", (await running.get("/metrics")).body.decode())
            self._check_cloud(cloud)

    async def _try(self, one: Case, *, look_up: bool) -> None:
        rng = Random(f"scene {one.seed}:{one.number}")
        scene = rng.choice(SCENES)
        body = json.loads(json.dumps(one.body))
        headers = scene.ask(body, rng)
        raw = json.dumps(body, ensure_ascii=rng.random() < 0.5).encode()
        running = self._running[scene.name]
        async with self._slots:
            for _ in range(scene.repeats):
                answer = await running.post(scene.path, raw, headers)
                self._check_answer(one, scene, answer)
            if look_up and scene.path != "/v1/route":
                found = await running.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
                if found.status != 200:
                    self._fail(one, scene, f"no decision to read: {found.status}")
                self.check_text("a decision", found.body.decode())

    def check_text(self, where: str, text: str) -> None:
        """No secret and no word of any user in what the gateway says about itself."""
        for one in self._hunt.traces(text):
            self.findings.fail(f"{one}: user text in {where}")
        for key in (HOME_KEY, CLOUD_KEY):
            if key in text:
                self.findings.fail(f"a provider's key in {where}")

    def check_files(self) -> None:
        """The ledgers as they lie on the disk, write-ahead logs included."""
        for path in sorted(self._folder.rglob("ledger.db*")):
            self.check_text(f"the file {path.name}", path.read_bytes().decode("utf-8", "replace"))

    def _fail(self, one: Case, scene: Scene, what: str) -> None:
        self.findings.fail(f"{one}, path {scene.name!r}: {what}")

    def _check_answer(self, one: Case, scene: Scene, answer: Answer) -> None:
        code = answer.code
        self.findings.outcomes[f"{scene.name}: {code or answer.status}"] += 1
        if HOME_KEY.encode() in answer.raw or CLOUD_KEY.encode() in answer.raw:
            self._fail(one, scene, "a provider's key in the answer")
        if code is not None:
            if code not in (BROKEN if answer.is_stream else DOCUMENTED):
                self._fail(one, scene, f"refused with {code}")
            if not answer.is_stream and self._hunt.finds(one, answer.body.decode()):
                self._fail(one, scene, "user text in an error body")
        elif scene.path == "/v1/route":
            self._check_plan(one, scene, answer)
        else:
            self._check_answered(one, scene, answer)

    def _check_plan(self, one: Case, scene: Scene, answer: Answer) -> None:
        plan = answer.json
        if Sensitivity[plan["sensitivity"].upper()] < one.identifier.level:
            self._fail(one, scene, f"labelled {plan['sensitivity']}")
        if self._hunt.finds(one, answer.body.decode()):
            self._fail(one, scene, "user text in a plan")
        for candidate in plan["candidates"]:
            if candidate["zone"] == "cloud" and (one.is_high or not candidate["masked"]):
                self._fail(one, scene, "planned for the cloud")

    def _check_answered(self, one: Case, scene: Scene, answer: Answer) -> None:
        label, zone = answer.headers["x-gilmok-sensitivity"], answer.headers["x-gilmok-zone"]
        if Sensitivity[label.upper()] < one.identifier.level:
            self._fail(one, scene, f"labelled {label}")
        if one.is_high and zone == "cloud":
            self._fail(one, scene, "answered by the cloud")
        if scene.parrots and isinstance(one.prompt, str) and "tools" not in one.body:
            if answer.text != one.prompt:
                self._fail(one, scene, "the answer was not restored")
            elif zone == "cloud":
                self.findings.restored += 1

    def _check_cloud(self, cloud: Wall) -> None:
        """The ground truth."""
        for exchange in cloud.calls:
            texts = [*readings(exchange.decoded), _head(exchange)]
            whole = "\n".join(texts)
            concerned = self._hunt.marked(whole)
            for one in concerned:
                self.findings.masked += 1
                if one.is_high or any(one.seen_in(text) for text in texts):
                    self.findings.fail(f"LEAK to the cloud: {one}")
            if not concerned:
                for one in self._hunt.traces(whole):
                    self.findings.fail(f"LEAK to the cloud: {one}")
        # Socket by socket once more, whatever the wall took for a request.
        for one in self._hunt.secrets(cloud.received.decode("utf-8", "replace")):
            self.findings.fail(f"LEAK to the cloud's socket: {one}")


def _head(exchange: Exchange) -> str:
    return exchange.target + "\n" + "\n".join(f"{k}: {v}" for k, v in exchange.headers)


class _Hunt:
    """Looks for what all cases hide at once."""

    def __init__(self, cases: list[Case]) -> None:
        self._by_marker = {one.marker: one for one in cases}
        self._secrets = [(needle, one) for one in cases for needle in one.needles]
        self._automaton = AhoCorasick([needle for needle, _ in self._secrets])

    def marked(self, text: str) -> list[Case]:
        found = dict.fromkeys(_MARKER.findall(text))
        return [self._by_marker[marker] for marker in found if marker in self._by_marker]

    def secrets(self, text: str) -> list[Case]:
        hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return [self._secrets[index][1] for index, _, _ in hits]

    def traces(self, text: str) -> list[Case]:
        return self.marked(text) + self.secrets(text)

    def finds(self, one: Case, text: str) -> bool:
        return one.marker in text or any(needle in text for needle in one.needles)
