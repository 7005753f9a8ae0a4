"""Which endpoint answered a decision, and what was expected of it: what feedback is compared with."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from gilmok.ledger import schema
from gilmok.ledger.records import decisions


class Expected(Struct, frozen=True):
    """An answer that was given, from before anybody knew how good it is."""

    decision_id: str
    endpoint_id: str
    chance: float
    """That the answer is adequate, as it was planned."""


def expected(path: Path, ids: Collection[str]) -> Iterator[Expected]:
    """Of those decisions that were answered by a planned candidate, in order of their time.

    Raises `ConfigError` where there is no journal or it cannot be read.
    """
    try:
        with closing(schema.open_reader(path)) as connection:
            for decision in decisions(connection, ids):
                for candidate in decision.explanation.candidates:
                    if candidate.endpoint_id == decision.endpoint_id:
                        yield Expected(
                            decision.decision_id, candidate.endpoint_id, candidate.expected_quality
                        )
                        break
    except sqlite3.DatabaseError as error:
        raise schema.refusal(path, error) from None
