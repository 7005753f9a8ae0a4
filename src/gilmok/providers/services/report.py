"""What was seen in a video: one shape, whoever looked.

    {"duration_ms": 14833,
     "labels": [{"text": "dog", "confidence": 0.97, "start_ms": 0, "end_ms": 14833}],
     "shots": [{"start_ms": 0, "end_ms": 5166}]}

There is a list for each feature that was asked for (`labels`, `shots`, `text`, `explicit`, `speech`,
`objects`, `faces`), empty where nothing was found. Times count from the video's beginning. A
`confidence` is between 0 and 1; it and `text` are absent where the provider says none.
"""

from __future__ import annotations

import math

import msgspec
from msgspec import Struct

from gilmok.core.completion import Event, Made, Usage
from gilmok.core.errors import MalformedAnswer

MAX_FINDINGS = 100_000
"""More than a provider finds in the longest video it takes."""
_MAX_MS = 7 * 24 * 3600 * 1000


class Finding(Struct, frozen=True, omit_defaults=True):
    start_ms: int
    end_ms: int
    text: str | None = None
    confidence: float | None = None


class Report:
    """Collects findings, feature by feature."""

    def __init__(self, features: tuple[str, ...]) -> None:
        self.duration_ms: int | None = None
        self._found: dict[str, list[Finding]] = {feature: [] for feature in features}
        self._count = 0

    def add(
        self, feature: str, start: int, end: int, text: str | None, confidence: float | None
    ) -> None:
        """Raises `MalformedAnswer` where there are too many. What nobody asked for is left out."""
        if feature not in self._found:
            return
        self._count += 1
        if self._count > MAX_FINDINGS:
            raise MalformedAnswer("too_large")
        sure = confidence if confidence is not None and math.isfinite(confidence) else None
        if sure is not None:
            sure = round(min(max(sure, 0.0), 1.0), 4)
        self._found[feature].append(Finding(start, max(start, end), text or None, sure))

    def lasts(self, milliseconds: int | None) -> None:
        """How long the video is, as far as that can be."""
        if milliseconds is not None and 0 < milliseconds < _MAX_MS:
            self.duration_ms = max(milliseconds, self.duration_ms or 0)

    def events(self) -> list[Event]:
        document = {"duration_ms": self.duration_ms, **self._found}
        made = Made(msgspec.json.encode(document), "application/json")
        if self.duration_ms is None:
            return [made]
        return [made, Usage(0, 0, units=self.duration_ms * len(self._found))]


def milliseconds(seconds: object) -> int:
    """Of a number of seconds, whole or not; nothing for what is none."""
    try:
        found = float(seconds) * 1000  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0
    return int(found) if 0 <= found < _MAX_MS else 0
