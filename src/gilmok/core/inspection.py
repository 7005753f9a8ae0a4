"""What is known about a request: found out on this machine, or by a model that was asked as well."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.injection import Action, Injection, Unsettled
from gilmok.core.request import Request


class Sensitivity(IntEnum):
    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = tuple(level.name.lower() for level in Sensitivity)


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


NameKind = Literal["person", "organisation", "place"]


class Evidence(Struct, frozen=True):
    """One reason for a label. It names a kind and a place, never the text itself."""

    kind: str
    """A stable dotted name: `id.kr_rrn`, `secret.api_key`, `topic.health`, `unreadable.image`,
    `judge.health` (a model's word)."""
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
    images: int = 0
    """Images among them: some prices count these one by one."""
    counted: tuple[tuple[str, int], ...] = ()
    """Tighter bounds, each by the vocabulary whose tokens were counted."""

    def upper_in(self, vocabulary: str | None) -> int:
        """The bound for models of a vocabulary; the general one where it was not counted."""
        return next((upper for name, upper in self.counted if name == vocabulary), self.upper)


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
    doubtful: tuple[int, ...] = ()
    """Texts of users that may be private though the fast tier did not find them so: for a deeper
    look, where somebody looks."""
    failed: tuple[str, ...] = ()
    """Detectors that raised: any makes the clearance `LOCAL_ONLY`."""
    injection: tuple[Injection, ...] = ()
    """The strongest attempt to take over the model, of each source that makes one."""
    unsettled: tuple[Unsettled, ...] = ()
    """Words of users that a deeper look should judge, where somebody looks. It may acquit them."""
    injection_action: Action = "off"
    """What is done about it: decided by the guard."""
    analysed_by: str = "fast"
    """`llm` where a model's judgement is part of it."""
    analyser_fell_back: str = ""
    """Why the model that was to judge did not: a stable code."""

    @property
    def kinds(self) -> str:
        """The kinds of evidence that decided the label, for messages: names, never text."""
        deciding = {e.kind for e in self.evidence if e.level == self.sensitivity}
        deciding |= {f"failed.{name}" for name in self.failed}
        if self.injection_action == "strip":
            deciding |= {found.kind for found in self.injection}
        return ", ".join(sorted(deciding)[:5]) or "policy"


def tightened(inspection: Inspection, medium: str | None) -> Inspection:
    """Under a plan's rule for medium text (`mask`, `local`, `open`), where that is stricter than
    the gateway's."""
    if medium is None or medium == "open" or inspection.sensitivity is not Sensitivity.MEDIUM:
        return inspection
    if inspection.clearance is Clearance.LOCAL_ONLY:
        return inspection
    maskable = all(e.maskable for e in inspection.evidence if e.level is Sensitivity.MEDIUM)
    if medium == "local" or not maskable:
        return replace(inspection, clearance=Clearance.LOCAL_ONLY)
    return replace(inspection, clearance=Clearance.MASKED)


def tokens_expected(request: Request, inspection: Inspection) -> int:
    """Of prompt and answer: what a limit holds until the answer ends.

    An estimate and no bound, as OpenAI does it: a bound would let hardly anything pass where no
    `max_tokens` is given. What is used beyond it is owed.
    """
    answer = request.sampling.max_tokens or inspection.expected_output
    return inspection.tokens.expected + answer * request.sampling.n
