"""`gilmok-reviews` with a judge that reads no files: processes of tests start at once."""

from __future__ import annotations

import sys

from apps.reviews.tests.scenes import StandIn

from gilmok_reviews import sentiment
from gilmok_reviews.cli import main


def _load() -> StandIn:
    return StandIn()


if __name__ == "__main__":
    sentiment.load = _load  # type: ignore[assignment]
    sys.exit(main())
