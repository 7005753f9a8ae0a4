"""Answers that end by saying the same thing again and again, as small models do until they are cut.

The end of the text decides, so the end is read: its last characters are looked up in what stands
before them, which gives the length of what repeats, and the repetitions are counted backwards. Each
character is compared a bounded number of times, whatever the text is.
"""

from __future__ import annotations

WINDOW = 16_384
"""Characters at the end of an answer that are looked at."""
_TAIL = 32
_LENGTH = 200
"""Characters that the repetitions take together, at least."""
_TIMES = 6
"""Repetitions at least."""


def is_loop(text: str) -> bool:
    """True where `text` ends in `_TIMES` or more repetitions of the same words."""
    said = text[-WINDOW:].rstrip()
    if len(said) < _LENGTH:
        return False
    end = len(said)
    before = said.rfind(said[-_TAIL:], 0, end - 1)
    if before < 0:
        return False
    period = end - _TAIL - before
    unit = said[-period:]
    if not any(map(str.isalpha, unit)):
        return False  # A table, a drawing, a row of numbers.
    at = end - period
    while at >= period and said.startswith(unit, at - period):
        at -= period
    repeated = end - at
    return repeated >= max(_LENGTH, _TIMES * period)
