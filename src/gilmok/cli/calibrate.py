"""`gilmok calibrate`: corrects what is expected of each endpoint by what its answers were worth.

Verdicts come in a file of JSON lines, `{"decision_id": "…", "good": true}`: the id that every
answer carries in `x-gilmok-decision`. What had been expected stands in the ledger's file; where a
calibration is in force already, it is taken off again first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.explain import MEMORY
from gilmok.cli.failures import Unwritable
from gilmok.cli.options import Config, Output
from gilmok.cli.screen import Screen
from gilmok.cli.words import books, help
from gilmok.cli.words import calibrating as words
from gilmok.core.os_errors import why
from gilmok.core.prospect import Ability
from gilmok.lab.calibration import FEWEST, FEWEST_OF_A_KIND, Fit, TooFew, Verdict
from gilmok.lab.calibration import calibrate as fitted
from gilmok.ledger.judged import Expected, expected

_EDGE = 0.02
_LARGEST = 50_000_000


class _Line(Struct, frozen=True):
    decision_id: str
    good: bool


def calibrate(
    feedback: Annotated[Path, Parameter(help=help.CALIBRATE_FEEDBACK.en)],
    *,
    out: Annotated[Path, Parameter(name="--out", help=help.CALIBRATE_OUT.en)] = Path(
        "calibration.json"
    ),
    config: Config = None,
    screen: Output,
) -> int:
    settings = load_settings(config)
    if str(settings.ledger.path) == MEMORY:
        screen.fail(screen.text(books.IN_MEMORY))
        return exits.FAILED
    said = _read(feedback)
    if said is None:
        screen.fail(screen.text(words.NO_FEEDBACK, file=str(feedback)))
        return exits.USAGE
    verdicts = [
        Verdict(e.endpoint_id, _bare(settings.abilities, e), said[e.decision_id])
        for e in expected(Path(str(settings.ledger.path)), said)
    ]
    try:
        fit = fitted(verdicts)
    except TooFew as few:
        screen.fail(
            screen.text(
                words.TOO_FEW, good=few.good, bad=few.bad, least=FEWEST, each=FEWEST_OF_A_KIND
            )
        )
        return exits.FAILED
    _show(screen, fit)
    if fit.gained.mean <= 0:
        screen.fail(screen.text(words.NO_BETTER))
        return exits.FAILED
    _write(out, msgspec.json.format(msgspec.json.encode(fit.calibration), indent=1) + b"\n")
    screen.say(words.WRITTEN, file=str(out))
    return exits.OK


def _bare(abilities: Mapping[str, Ability], answer: Expected) -> float:
    """The chance as it was predicted, without the calibration in force."""
    chance = max(_EDGE, min(1.0 - _EDGE, answer.chance))
    ability = abilities.get(answer.endpoint_id)
    return chance if ability is None else ability.undone(chance)


def _read(path: Path) -> dict[str, bool] | None:
    """The last verdict on each decision; `None` where the file is not one of verdicts."""
    decode = msgspec.json.Decoder(_Line).decode
    try:
        with path.open("rb") as file:
            lines = [decode(line) for line in file.read(_LARGEST).splitlines() if line.strip()]
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return {line.decision_id: line.good for line in lines}


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all. Raises `Unwritable`."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_bytes(content)
        os.replace(new, path)
    except OSError as error:
        raise Unwritable(path, why(error)) from error


def _show(screen: Screen, fit: Fit) -> None:
    screen.table(
        (words.ENDPOINT, words.VERDICTS, words.OFFSET),
        [
            (endpoint, f"{fit.calibration.answers[endpoint]:,}", f"{ability.offset:+.2f}")
            for endpoint, ability in sorted(fit.calibration.abilities.items())
        ],
        right=frozenset({1, 2}),
    )
    for label, figure in ((words.BEFORE, fit.before), (words.AFTER, fit.after)):
        screen.say(
            label, mean=f"{figure.mean:.3f}", low=f"{figure.low:.3f}", high=f"{figure.high:.3f}"
        )
    gained = fit.gained
    screen.say(
        words.GAINED,
        mean=f"{gained.mean:+.3f}",
        low=f"{gained.low:+.3f}",
        high=f"{gained.high:+.3f}",
    )
