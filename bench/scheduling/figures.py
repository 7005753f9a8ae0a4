"""What a replay amounts to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from bench.scheduling.replay import Served

SLA_S = 2.0


@dataclass(frozen=True)
class Figures:
    mean_s: float
    p99_s: float
    short_ttft_s: float
    """Mean time to first token of the half that brings the least work."""
    sla: float
    """Share whose first token came within `SLA_S`."""
    goodput: float
    """Requests per second that met it."""
    jain: float
    """Of the tenants' mean slowdowns: 1 is equal."""
    slowdown: float
    """The largest: latency over what the request would take alone."""


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(served: Sequence[Served], alone: Callable[[Served], float]) -> Figures:
    """`alone`: seconds a request takes on the idle engine."""
    latencies = [s.latency for s in served]
    sizes = [alone(s) for s in served]
    middle = median(sizes)
    short = [s.ttft for s, size in zip(served, sizes, strict=True) if size <= middle]
    in_time = sum(s.ttft < SLA_S for s in served)
    slow: dict[str, list[float]] = defaultdict(list)
    for s, size in zip(served, sizes, strict=True):
        slow[s.job.tenant].append(s.latency / size)
    shares = [mean(values) for values in slow.values()]
    span = max(s.ended for s in served) - min(s.arrived for s in served)
    return Figures(
        mean_s=mean(latencies),
        p99_s=quantile(latencies, 0.99),
        short_ttft_s=mean(short),
        sla=in_time / len(served),
        goodput=in_time / span,
        jain=sum(shares) ** 2 / (len(shares) * sum(x * x for x in shares)),
        slowdown=max(s.latency / size for s, size in zip(served, sizes, strict=True)),
    )
