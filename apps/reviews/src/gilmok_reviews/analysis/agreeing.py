"""Which of the nearest reviews say the same, and not the opposite. Pure.

To every encoder tried "it came late" lies nearer to "it did not come late" than most paraphrases do. The
classifier tells the two apart, so a review of the opposite mood loses some of its likeness.
"""

from __future__ import annotations

from collections.abc import Sequence

from gilmok_reviews.domain import Found, Judgement, Polarity

WIDER = 3
"""So many times more are looked at than are wanted."""
_CONTRARY = 0.25
"""What the opposite mood counts, in cosine: about what a paraphrase is nearer than a mere topic."""
_SURE = 0.6
_OPPOSITE = {
    Polarity.POSITIVE: Polarity.NEGATIVE,
    Polarity.NEGATIVE: Polarity.POSITIVE,
}


def agreeing_first(
    asked: Judgement, near: Sequence[Found], judged: Sequence[Judgement | None]
) -> list[Found]:
    """All of them; where neither mood is sure, in the order they came in."""
    opposite = _OPPOSITE.get(asked.feeling.polarity) if _is_sure(asked) else None
    worth = [
        found.score - _CONTRARY * (mood is not None and _is(mood, opposite))
        for found, mood in zip(near, judged, strict=True)
    ]
    order = sorted(range(len(near)), key=lambda at: -worth[at])
    return [near[at] for at in order]


def _is(mood: Judgement, polarity: Polarity | None) -> bool:
    return mood.feeling.polarity is polarity and _is_sure(mood)


def _is_sure(mood: Judgement) -> bool:
    return mood.feeling.confidence >= _SURE
