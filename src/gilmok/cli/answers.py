"""What became of a question, as programs read it: one JSON object on a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct

from gilmok.cli.conversing import Spoken
from gilmok.cli.jsonl import JsonLines
from gilmok.cli.outlook import Outlook
from gilmok.core.money import usd

_BEGINS = b'{"question":'


class Asked(Struct, frozen=True):
    question: str
    outlook: Outlook | None
    """`None` where the gateway was gone before it could tell."""
    spoken: Spoken


class Told(Struct, frozen=True, kw_only=True):
    """One line of `--json` and `--output`."""

    question: str
    answer: str | None
    """The whole answer; `None` where there is none, or only a part of one."""
    decision: str | None = None
    endpoint: str | None = None
    model: str | None = None
    zone: str | None = None
    sensitivity: str | None = None
    evidence: tuple[str, ...] = ()
    """Kinds that decided the sensitivity; never text."""
    local_available: bool = False
    reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: str | None = None
    time_ms: float | None = None
    error: dict[str, str] | None = None


def told(asked: Asked) -> Told:
    spoken, decision = asked.spoken, asked.spoken.decision
    planned = asked.outlook.planned if asked.outlook else None
    error = spoken.refused or spoken.broken
    sensitivity = decision.sensitivity if decision else None
    return Told(
        question=asked.question,
        answer=spoken.text if spoken.answered else None,
        decision=spoken.decision_id or None,
        endpoint=decision.endpoint_id if decision else None,
        model=decision.model if decision else None,
        zone=decision.zone if decision else None,
        sensitivity=sensitivity or (planned.sensitivity if planned else None),
        evidence=_kinds(asked),
        local_available=asked.outlook.local_available if asked.outlook else False,
        reason=planned.reasoning if planned else None,
        prompt_tokens=decision.prompt_tokens if decision else None,
        completion_tokens=decision.completion_tokens if decision else None,
        cost_usd=usd(decision.cost) if decision and decision.price_known else None,
        time_ms=round(decision.total_ms, 3) if decision else None,
        error={"code": error.code, "message": error.message} if error else None,
    )


def _kinds(asked: Asked) -> tuple[str, ...]:
    """As recorded, else as planned: an analyser that is asked with the request may find more."""
    decision = asked.spoken.decision
    seen = decision.explanation.inspection if decision else None
    if seen is not None:
        found = (e.kind for e in seen.evidence if e.level == seen.sensitivity)
        return tuple(dict.fromkeys(found))
    planned = asked.outlook.planned if asked.outlook else None
    return planned.kinds if planned else ()


class AnswerFile:
    """Answers of this run after those of earlier ones. Raises like `JsonLines`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = JsonLines(path, Told, _BEGINS)
        try:
            self._answered = Counter(
                line.question for line in self._lines.lines() if line.answer is not None
            )
        except BaseException:
            self._lines.close()
            raise

    def unanswered(self, questions: Iterable[str]) -> list[str]:
        """Those without an answer here; a question that is asked twice needs two."""
        left = self._answered.copy()
        found = []
        for question in questions:
            if left[question]:
                left[question] -= 1
            else:
                found.append(question)
        return found

    def append(self, asked: Asked) -> None:
        """Raises `Unwritable`."""
        self._lines.append(told(asked))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()
