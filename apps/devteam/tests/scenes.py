"""Timelines made by hand: what a run on a small machine looks like."""

from __future__ import annotations

from gilmok_devteam.timeline import COMPLETED, Call, EngineAt, Load, Sample, Timeline

MB = 2**20
_STATES = {".": Load.COLD, "l": Load.LOADING, "W": Load.WARM, "d": Load.DRAINING, "x": Load.SICK}


def samples(budget: int | None = 600 * MB, **engines: str) -> tuple[Sample, ...]:
    """One letter for each second of an engine: `coder="..lWW"`. A loaded engine holds 300 MiB."""
    length = max(map(len, engines.values()))
    return tuple(
        Sample(
            at=float(number),
            budget=budget,
            held=300 * MB * sum(letters[number] in "lWd" for letters in engines.values()),
            engines=tuple(
                EngineAt(id=name, load=_STATES[letters[number]])
                for name, letters in engines.items()
            ),
        )
        for number in range(length)
    )


ARCHITECT = Call(
    role="architect",
    model="architect",
    sent=0.5,
    begun=2.0,
    first=2.4,
    ended=6.0,
    prompt_tokens=80,
    completion_tokens=180,
    outcome=COMPLETED,
    endpoint="architect",
)
CODER = Call(
    role="coder",
    model="coder",
    sent=6.0,
    begun=9.0,
    first=9.5,
    ended=12.0,
    prompt_tokens=260,
    completion_tokens=100,
    outcome=COMPLETED,
    endpoint="coder",
)
SWAP = Timeline(
    calls=(ARCHITECT, CODER),
    samples=samples(architect=".lWWWWWd.....", coder=".......llWWWW"),
    now=12.5,
)
"""The architect is loaded and answers; then it makes room for the coder."""
