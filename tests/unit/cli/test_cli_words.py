"""Nothing is said in one language only, and every code has words."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter

import pytest

from gilmok.cli import words
from gilmok.cli.words import help, looking, serving, terms
from gilmok.core.endpoint import EndpointState, Zone
from gilmok.core.inspection import Complexity, ResponseTime, Sensitivity
from gilmok.core.receipt import Outcome
from gilmok.core.request import Preference
from gilmok.core.said import Said
from gilmok.ledger.reports import By
from gilmok.routing.vetoes import STAGES


def _said() -> Iterator[tuple[str, Said]]:
    for found in pkgutil.iter_modules(words.__path__):
        module = importlib.import_module(f"{words.__name__}.{found.name}")
        for name, value in vars(module).items():
            if isinstance(value, Said):
                yield f"{found.name}.{name}", value
            elif isinstance(value, dict) and name.isupper():
                yield from ((f"{found.name}.{name}[{key}]", said) for key, said in value.items())


EVERY = dict(_said())


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("said", EVERY.values(), ids=EVERY)
def test_both_languages_say_the_same_things(said: Said) -> None:
    assert said.en.strip()
    assert said.ko.strip()
    assert _fields(said.en) == _fields(said.ko)


def test_korean_is_korean() -> None:
    same = {name for name, said in EVERY.items() if said.en == said.ko}
    assert same <= {"checking.OLLAMA", "looking.P95", "looking.EVIDENCE_KINDS[finance.iban]"}


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (STAGES, looking.VETO),
        (tuple(Outcome), looking.OUTCOMES),
        (tuple(By), looking.GROUPS),
        (tuple(Zone), terms.ZONES),
        (tuple(level.label for level in Sensitivity), terms.LEVELS),
        (tuple(state.value for state in EndpointState), terms.STATES),
        (tuple(Preference), serving.PREFERENCE),
        (tuple(Complexity), terms.COMPLEXITIES),
        (tuple(ResponseTime), terms.RESPONSE_TIMES),
        (("ko", "en", "other"), terms.LANGUAGES),
        (("off", "miss", "hit"), terms.CACHES),
    ],
)
def test_every_code_has_words(codes: tuple[str, ...], table: dict[str, Said]) -> None:
    assert set(codes) <= set(table)


def test_help_is_found_by_its_english() -> None:
    """The help pages look the Korean up by the English, so no English may stand twice."""
    english = [said.en for said in vars(help).values() if isinstance(said, Said)]
    assert len(english) == len(set(english))
