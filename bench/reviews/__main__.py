"""How well reviews are judged and summed up: `python -m bench.reviews [--data ../shared/data/reviews]`.

Prints one table: the classifier on reviews it was not trained on, shares of praise and their intervals,
and what the design document claims of twenty reviews around the representative vector (60 to 80 % fewer
tokens, 50 to 70 % less time, nothing lost), on restaurants made of labelled reviews. `--engine` also
measures the time with the embedded model (minutes).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import quicktok
from bench.readme import HERE
from bench.reviews import context, intervals, report, summaries, timing
from bench.reviews.data import NoData, check, food, unseen
from bench.reviews.encoder import Encoder
from bench.reviews.places import Place, places

from gilmok_reviews import sentiment
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.domain import Judge
from gilmok_reviews.sentiment import evaluation

README = HERE / "reviews" / "README.md"
PARTS = ("judge", "intervals", "context")
BEGIN, END = "<!-- table:begin (written by bench/reviews) -->", "<!-- table:end -->"
SETS = HERE.parent / "apps/reviews/training/sets"
K = Policy().context
POOL = 1500
"""Labelled food reviews that places are made of."""
SIZE, TIMED_SIZE, TIMED = 120, 60, 1
"""Reviews of a place, of one that the embedded model reads, and how many of these."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.reviews", description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared/data/reviews")
    parser.add_argument("--places", type=int, default=100, help="restaurants of 120 reviews")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; all, if left out")
    parser.add_argument("--engine", action="store_true", help="time with the embedded model too")
    parser.add_argument("--write", action="store_true", help="bench/reviews/README.md")
    asked = parser.parse_args()
    began = time.monotonic()
    try:
        check(asked.data)
        text = _measured(asked)
    except NoData as error:
        print(error, file=sys.stderr)
        return 2
    print(text)
    if asked.write:
        _write(text)
    print(f"{time.monotonic() - began:.0f} s")
    return 0


def _measured(asked: argparse.Namespace) -> str:
    judge, parts = sentiment.load(), asked.only or PARTS
    rows: list[report.Row] = []
    if "judge" in parts:
        rows += report.classifier_rows(evaluation.figures(judge, asked.data, SETS))
    if "intervals" in parts:
        rows += report.interval_rows(_intervals(asked, judge))
    if "context" in parts:
        rows += _of_context(asked, judge)
    about = (
        f"{asked.places} restaurants of {SIZE} labelled food reviews, {K} chosen, seed {asked.seed}; "
        "tokens in OpenAI's o200k vocabulary."
    )
    return f"{about}\n\n{report.whole(rows)}"


def _of_context(asked: argparse.Namespace, judge: Judge) -> list[report.Row]:
    pool = [review for review in food(asked.data) if unseen(review.text)][:POOL]
    texts = [review.text for review in pool]
    judged = dict(zip((r.id for r in pool), judge.judge(texts), strict=True))
    encoder = Encoder()
    vectors, tokens = encoder.encode(texts), _tokens()
    drawn = places(pool, vectors, asked.places, SIZE, asked.seed)
    read = {
        name: context.measured(drawn, judged, K, choice, tokens, asked.seed)
        for name, choice in context.CHOICES.items()
    }
    summed = {
        name: summaries.measured(drawn, judged, Policy().evidence, choice, encoder, asked.seed)
        for name, choice in context.CHOICES.items()
    }
    timed = places(pool, vectors, TIMED, TIMED_SIZE, asked.seed) if asked.engine else []
    return [
        *report.context_rows(read),
        *report.classified_rows(context.classified(drawn, judged)),
        *report.summary_rows(summed),
        *report.timing_rows(_timing(timed, judged) if timed else None),
    ]


def _intervals(asked: argparse.Namespace, judge: Judge) -> dict[str, intervals.Intervals]:
    return {
        name: intervals.measured(asked.data, name, judge, 2 * asked.places, asked.seed)
        for name in ("nsmc", "sentineg")
    }


def _timing(drawn: list[Place], judged: context.Judgements) -> timing.Timing | None:
    return asyncio.run(timing.measured(drawn, judged, K)) if timing.is_here() else None


def _tokens() -> Callable[[str], int]:
    vocabulary = quicktok.get_encoding("o200k_base")
    return lambda text: len(vocabulary.encode(text))


def _write(text: str) -> None:
    head, _, rest = README.read_text("utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    README.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")
    print("written: bench/reviews/README.md")


if __name__ == "__main__":
    raise SystemExit(main())
