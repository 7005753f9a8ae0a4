"""What can be wrong with an answer that came in one piece and on time. Stable codes."""

from __future__ import annotations

from enum import StrEnum


class Flaw(StrEnum):
    EMPTY = "empty"
    """Nothing but white space."""
    TOO_SHORT = "too_short"
    """Fewer letters and digits than configured."""
    REFUSAL = "refusal"
    """Nothing but the usual words of refusing."""
    LOOP = "loop"
    """It ends by saying the same thing again and again."""
    TRUNCATED = "truncated"
    """It was cut though the caller set no bound, or stops in the middle of JSON."""
    WRONG_LANGUAGE = "wrong_language"
    """It is clearly in another language than the question clearly is."""
    ANALYSIS_ECHO = "analysis_echo"
    """It is a router's analysis of the question instead of an answer."""

    @property
    def is_hard(self) -> bool:
        """True where such an answer is of no use to anyone: it is never passed on."""
        return self in _HARD


_HARD = frozenset({Flaw.EMPTY, Flaw.ANALYSIS_ECHO})
