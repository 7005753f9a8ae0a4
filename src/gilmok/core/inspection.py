"""What this machine found out about a request, without asking anyone."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct


class Sensitivity(IntEnum):
    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def label(self) -> str:
        return self.name.lower()


class Clearance(StrEnum):
    """Where the text of a request may go."""

    LOCAL_ONLY = "local_only"
    """Local and private zones only."""
    MASKED = "masked"
    """Anywhere, once the maskable evidence is replaced and the result inspected again."""
    OPEN = "open"


class Complexity(StrEnum):
    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"


class ResponseTime(StrEnum):
    """What the answer is needed for: soon, as well as possible, or in between."""

    FAST = "fast"
    BALANCED = "balanced"
    QUALITY = "quality"


class Evidence(Struct, frozen=True):
    """One reason for a label. It names a kind and a place, never the text itself."""

    kind: str
    """A stable dotted name: `id.kr_rrn`, `secret.api_key`, `topic.health`, `unreadable.image`."""
    level: Sensitivity
    where: int
    """Index into `texts(request)`; -1 where the evidence spans several texts."""
    start: int = 0
    end: int = 0
    """Character span in that text, end exclusive; equal where there is no exact span."""
    maskable: bool = False
    """True where replacing exactly this span removes the reason."""


class TokenBounds(Struct, frozen=True):
    """Tokens of the prompt: an estimate, and a bound no known vocabulary exceeds."""

    expected: int
    upper: int


class Inspection(Struct, frozen=True, kw_only=True):
    sensitivity: Sensitivity
    clearance: Clearance
    evidence: tuple[Evidence, ...] = ()
    complexity: Complexity = Complexity.MODERATE
    complexity_score: float = 0.5
    """0 (trivial) .. 1 (hard)."""
    response_time: ResponseTime = ResponseTime.BALANCED
    tokens: TokenBounds = TokenBounds(0, 0)
    expected_output: int = 256
    """Tokens of the answer, expected."""
    language: str = "en"
    """`ko`, `en` or `other`."""
    failed: tuple[str, ...] = ()
    """Detectors that raised: any makes the clearance `LOCAL_ONLY`."""

    @property
    def kinds(self) -> str:
        """The kinds of evidence that decided the label, for messages: names, never text."""
        deciding = {e.kind for e in self.evidence if e.level == self.sensitivity}
        deciding |= {f"failed.{name}" for name in self.failed}
        return ", ".join(sorted(deciding)[:5]) or "policy"
