"""What the summary says, made from twenty reviews and made from all, against the labels.

The summary is the extract, which is what the embedded model leaves: no model of this size reads
Korean. A sentence is right where one of the reviews it cites is labelled with its aspect and mood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from bench.reviews.context import SHARED, Choice, Judgements
from bench.reviews.encoder import Encoder
from bench.reviews.places import Place

from gilmok_reviews.analysis.extracting import extract, weights
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.results import SummarySentence
from gilmok_reviews.analysis.voices import all_voices

_MAIN = 5
"""The most frequent opinions, which a summary of six sentences should name."""


@dataclass(frozen=True, slots=True)
class Summarised:
    right: float
    """Of the sentences whose reviews are labelled with their aspect, those with the mood it says."""
    named: float
    """Of the five most frequent opinions."""
    both: float
    """Places with praise and blame in the labels whose summary has both."""


def measured(
    places: Sequence[Place],
    judged: Judgements,
    k: int,
    choice: Choice,
    encoder: Encoder,
    seed: int,
) -> Summarised:
    rng = np.random.default_rng(seed)
    found = [_one(place, judged, k, choice, encoder, rng) for place in places]
    columns = zip(*found, strict=True)
    return Summarised(*(fmean(x for x in column if x is not None) for column in columns))


def _one(
    place: Place,
    judged: Judgements,
    k: int,
    choice: Choice,
    encoder: Encoder,
    rng: np.random.Generator,
) -> tuple[float | None, float, float | None]:
    said = all_voices([found.review for found in choice(place, judged, k, rng)], judged)
    spoken = weights(judged[review.id] for review in place.reviews)
    sentences = extract(said, encoder.encode([voice.text for voice in said]), spoken, Policy())
    truth = place.truth()
    main = [pair for pair, n in truth.most_common(_MAIN) if n >= SHARED * len(place.labelled)]
    told = {(sentence.aspect, sentence.polarity) for sentence in sentences}
    labelled = [right for s in sentences if (right := _right(s, place)) is not None]
    moods = {pair[1].value for pair, n in truth.items() if n >= SHARED * len(place.labelled)}
    sides = {"positive", "negative"}
    return (
        fmean(labelled) if labelled else None,
        fmean(pair in told for pair in main),
        float(sides <= {s.polarity.value for s in sentences}) if sides <= moods else None,
    )


def _right(sentence: SummarySentence, place: Place) -> bool | None:
    """`None` where no label speaks of the sentence's aspect."""
    labels = place.by_id()
    moods = {
        polarity
        for id in sentence.review_ids[:1]
        for aspect, polarity in labels[id].said
        if aspect is sentence.aspect
    }
    return sentence.polarity in moods if moods else None
