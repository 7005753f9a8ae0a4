"""The vectors of one request, or of several that were made of one. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gilmok.core.completion import Event, Opened, Usage, Vector
from gilmok.core.errors import HttpError, StreamBroken
from gilmok.core.inspection import Sensitivity
from gilmok.surfaces.headers import Header
from gilmok.surfaces.services.door import Note

_FLOAT = 4
"""Bytes."""


class Vectors:
    """Those of one answer, collected. Raises `StreamBroken` for what does not fit."""

    __slots__ = ("_by_index", "_dimensions", "_total", "usage")

    def __init__(self, total: int, dimensions: int | None) -> None:
        self._total = total
        self._dimensions = dimensions
        self._by_index: dict[int, bytes] = {}
        self.usage: Usage | None = None

    def add(self, event: Event) -> None:
        if isinstance(event, Vector):
            size = len(event.floats)
            if self._dimensions is None:
                self._dimensions = size // _FLOAT
            fits = size == self._dimensions * _FLOAT and size > 0
            if not fits or event.index in self._by_index or not 0 <= event.index < self._total:
                raise StreamBroken
            self._by_index[event.index] = event.floats
        elif isinstance(event, Usage):
            self.usage = event
        elif not isinstance(event, Opened):
            raise StreamBroken

    def in_order(self) -> tuple[bytes, ...]:
        """All of them. Raises `StreamBroken` where one is missing."""
        if len(self._by_index) < self._total:
            raise StreamBroken
        return tuple(self._by_index[index] for index in range(self._total))


class Answered(Struct, frozen=True, kw_only=True):
    """What came of one pass through the gateway."""

    vectors: tuple[bytes, ...]
    prompt_tokens: int
    cost: int
    """Nano-dollars."""
    attempts: int
    sensitivity: Sensitivity
    head: tuple[Header, ...]
    note: Note


class Gathered:
    """What came of texts that went one by one. Each has a vector or an error in the end."""

    def __init__(self, total: int, spent: int) -> None:
        """`spent`: nano-dollars that it cost to find out that they do not go together."""
        self._total = total
        self._spent = spent
        self._answers: dict[int, Answered] = {}
        self.errors: dict[int, HttpError] = {}

    def answered(self, index: int, answer: Answered) -> None:
        self._answers[index] = answer

    def failed(self, index: int, error: HttpError) -> None:
        self._spent += error.cost
        self.errors[index] = error

    @property
    def hopeless(self) -> bool:
        """True where nothing went well yet, and so many failed that it is not for what stands in
        them. Texts that nobody was asked for do not count."""
        if self._answers:
            return False
        asked = sum(error.asked for error in self.errors.values())
        return len(self._defects()) >= _ENOUGH or asked >= _REFUSED_ENOUGH

    @property
    def missing(self) -> bool:
        return len(self._answers) + len(self.errors) < self._total

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Index and vector of those that went well, in order."""
        return ((index, self._answers[index].vectors[0]) for index in sorted(self._answers))

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def cost(self) -> int:
        return self._spent + sum(answer.cost for answer in self._answers.values())

    @property
    def prompt_tokens(self) -> int:
        return sum(answer.prompt_tokens for answer in self._answers.values())

    @property
    def attempts(self) -> int:
        return sum(answer.attempts for answer in self._answers.values())

    @property
    def sensitivity(self) -> Sensitivity:
        return max(answer.sensitivity for answer in self._answers.values())

    @property
    def first(self) -> Answered:
        """Raises `ValueError` where none went well."""
        return self._answers[min(self._answers)]

    def of_one_length(self) -> bool:
        return len({len(floats) for _, floats in self}) <= 1

    def _defects(self) -> list[HttpError]:
        return [error for error in self.errors.values() if error.status >= 500]


_ENOUGH = 8
"""So many in a row do not fail for what stands in them."""
_REFUSED_ENOUGH = 32
"""The same of texts that were called invalid: a list may well begin with some that are."""
