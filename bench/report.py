"""The comparison's figures as a table, as verdicts on its targets, and as a plot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.dialogue import CHUNKS
from bench.gateway import Gateway
from bench.measure import Round
from bench.readme import Bar, Panel, Target, table

REFERENCE = "tensorzero"
Figure = Callable[[Round], float]


@dataclass(frozen=True)
class Outcome:
    """All rounds of one gateway, or why there are none."""

    gateway: Gateway
    rounds: Sequence[Round]
    reason: str | None = None

    def complaint(self) -> str | None:
        """Why the figures do not count: not measured, or a round with errors."""
        if self.reason:
            return self.reason
        return next((why for r in self.rounds if (why := r.complaint())), None)

    def middle(self, figure: Figure) -> float:
        return median(figure(r) for r in self.rounds)


def per_request(one: Round) -> float:
    return one.plain.cpu_us


def per_chunk(one: Round) -> float:
    return one.stream.cpu_us / CHUNKS


def added_p50_ms(one: Round) -> float:
    return (one.alone.p50_us - one.direct.p50_us) / 1e3


def added_p99_ms(one: Round) -> float:
    return (one.alone.p99_us - one.direct.p99_us) / 1e3


def ratio(
    outcomes: Sequence[Outcome], name: str, figure: Figure, to: str = REFERENCE
) -> float | None:
    """The median of the ratios within each round: what disturbs a whole round disturbs both."""
    valid = {o.gateway.name: o for o in outcomes if not o.complaint()}
    if name not in valid or to not in valid:
        return None
    pairs = zip(valid[name].rounds, valid[to].rounds, strict=False)
    return median(figure(own) / figure(other) for own, other in pairs)


COLUMNS = (
    *("gateway", "CPU µs/request", "ratio", "CPU µs/chunk", "ratio"),
    *("added p50 ms", "added p99 ms", "req/s", "p99 ms", "RSS MiB", "ready s", "errors"),
)


def _row(outcome: Outcome, outcomes: Sequence[Outcome]) -> list[str]:
    name = outcome.gateway.label
    if not outcome.rounds:
        return [name, *["n/a"] * (len(COLUMNS) - 1)]
    errors = sum(r.plain.load.errors + r.stream.load.errors for r in outcome.rounds)
    ratios = [ratio(outcomes, outcome.gateway.name, f) for f in (per_request, per_chunk)]
    first, second = ("n/a" if value is None else f"{value:.2f}" for value in ratios)
    return [
        f"{name} (invalid)" if outcome.complaint() else name,
        f"{outcome.middle(per_request):.0f}",
        first,
        f"{outcome.middle(per_chunk):.1f}",
        second,
        f"{outcome.middle(added_p50_ms):.2f}",
        f"{outcome.middle(added_p99_ms):.2f}",
        f"{outcome.middle(lambda r: r.plain.load.requests / r.plain.load.seconds):.0f}",
        f"{outcome.middle(lambda r: r.plain.load.p99_us) / 1e3:.1f}",
        f"{outcome.middle(lambda r: r.memory_mib):.0f}",
        f"{outcome.middle(lambda r: r.ready_s):.1f}",
        str(errors),
    ]


def figures(outcomes: Sequence[Outcome]) -> str:
    """The table, then the complaints."""
    notes = [f"* {o.gateway.label}: {why}" for o in outcomes if (why := o.complaint())]
    rows = [_row(outcome, outcomes) for outcome in outcomes]
    return "\n".join([table(COLUMNS, rows), "", *notes]).rstrip()


def targets(outcomes: Sequence[Outcome]) -> list[Target]:
    every, bare = "gilmok-all", "gilmok"

    def alone(figure: Figure) -> float | None:
        found = next((o for o in outcomes if o.gateway.name == every and not o.complaint()), None)
        return None if found is None else found.middle(figure)

    cpu = "CPU per request, in"
    return [
        Target(f"everything on: {cpu} TensorZero's", 1.0, ratio(outcomes, every, per_request)),
        Target(f"bare: {cpu} TensorZero's", 1.0, ratio(outcomes, bare, per_request)),
        Target(
            f"everything on: {cpu} LiteLLM's",
            1 / 50,
            ratio(outcomes, every, per_request, "litellm"),
        ),
        Target(
            f"everything on: {cpu} Portkey's",
            1 / 15,
            ratio(outcomes, every, per_request, "portkey"),
        ),
        Target("everything on: added latency of one client, p50", 0.5, alone(added_p50_ms), "ms"),
        Target("everything on: added latency of one client, p99", 2.0, alone(added_p99_ms), "ms"),
    ]


def panels(outcomes: Sequence[Outcome]) -> list[Panel]:
    good = [o for o in outcomes if not o.complaint()]
    return [
        Panel(
            title,
            "µs",
            [
                Bar(o.gateway.label, o.middle(figure), o.gateway.name.startswith("gilmok"))
                for o in good
            ],
        )
        for title, figure in (
            ("CPU per request, µs (logarithmic, less is better)", per_request),
            ("CPU per streamed chunk, µs (logarithmic, less is better)", per_chunk),
        )
    ]
