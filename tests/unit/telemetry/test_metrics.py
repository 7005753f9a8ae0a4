"""What a scrape shows after receipts, and that each name is documented."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.ledger.samples import receipt

from gilmok.core.cap_view import CapView
from gilmok.core.completion import Timings, Usage
from gilmok.core.engine import EngineState
from gilmok.core.engine_view import NO_ENGINES, DeviceView, EngineView, MachineView, QueueView
from gilmok.core.goodput import Targets
from gilmok.core.receipt import Attempt, Outcome
from gilmok.telemetry.metrics import Metrics

DOCUMENTED = Path(__file__).parents[3] / "docs" / "metrics.md"


def scrape(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Samples by name and label values in the order of the label names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def watched() -> Metrics:
    metrics = Metrics()
    metrics.watch(
        in_flight=lambda: 3,
        journal_queue=lambda: 12,
        journal_healthy=lambda: True,
        journal_dropped=lambda: 0,
    )
    metrics.watch_engines(lambda: NO_ENGINES)
    metrics.watch_caps(lambda: [CapView("cloud-mini", "daily", 100, 30, 5)])
    return metrics


def test_a_completed_request_is_counted_once_everywhere() -> None:
    metrics = watched()
    metrics.observe(receipt(fallback=True, fallback_reason="connect_failed", cache="miss"))
    seen = scrape(metrics)
    assert seen["gilmok_requests_total", "cloud-mini", "completed", "medium", "cloud"] == 1
    assert seen["gilmok_attempts_total", "cloud-mini", "answered"] == 1
    assert seen["gilmok_tokens_total", "cloud-mini", "prompt"] == 100
    assert seen["gilmok_tokens_total", "cloud-mini", "completion"] == 20
    assert seen["gilmok_cost_nano_usd_total", "cloud-mini"] == 27_000
    assert seen["gilmok_fallbacks_total", "connect_failed"] == 1
    assert seen["gilmok_cache_lookups_total", "miss"] == 1
    assert seen["gilmok_request_duration_seconds_sum", "cloud-mini"] == 0.2015
    assert seen["gilmok_first_token_seconds_count", "cloud-mini"] == 1
    assert seen["gilmok_requests_in_flight",] == 3
    assert seen["gilmok_journal_queue_rows",] == 12
    assert seen["gilmok_journal_healthy",] == 1


def test_rejected_and_marked_answers_are_counted_apart() -> None:
    metrics = Metrics()
    rejected, given = (
        Attempt(
            number=number,
            endpoint_id=name,
            zone="cloud",
            masked=False,
            started_ms=0.0,
            ended_ms=1.0,
            outcome=outcome,
        )
        for number, (name, outcome) in enumerate(
            (("a", "rejected_wrong_language"), ("cloud-mini", "answered")), 1
        )
    )
    metrics.observe(receipt(attempts=(rejected, given), validation="loop"))
    seen = scrape(metrics)
    assert seen["gilmok_answers_rejected_total", "wrong_language", "a"] == 1
    assert seen["gilmok_answers_marked_total", "loop", "cloud-mini"] == 1
    assert seen["gilmok_attempts_total", "a", "rejected_wrong_language"] == 1
    metrics.observe(receipt())
    assert scrape(metrics)["gilmok_answers_marked_total", "loop", "cloud-mini"] == 1


def test_a_refusal_has_an_error_and_no_duration() -> None:
    metrics = Metrics()
    metrics.observe(
        receipt(
            outcome=Outcome.REFUSED,
            error="label_refused",
            endpoint_id=None,
            zone=None,
            inspection=None,
            plan=None,
            attempts=(),
            usage=None,
            first_token_ms=None,
        )
    )
    seen = scrape(metrics)
    assert seen["gilmok_requests_total", "none", "refused", "none", "none"] == 1
    assert seen["gilmok_errors_total", "label_refused"] == 1
    assert not any(name.startswith("gilmok_request_duration") for name, *_ in seen)


def test_phases_are_measured_where_they_are_known() -> None:
    metrics = Metrics()
    metrics.observe(receipt())
    seen = scrape(metrics)
    assert seen["gilmok_output_token_seconds_sum", "cloud-mini"] == pytest.approx(0.12 / 19)
    # Nobody but the server knows what of the time to the first token was the prompt's.
    assert not any(name.startswith(("gilmok_prefill", "gilmok_queue")) for name, *_ in seen)
    told = Usage(100, 21, timings=Timings(70.0, 400.0))
    queued = replace(receipt().attempts[0], usage=told, queued_ms=250.0, first_token_ms=None)
    metrics.observe(receipt(attempts=(queued,)))
    seen = scrape(metrics)
    assert seen["gilmok_prefill_seconds_sum", "cloud-mini"] == 0.07
    assert seen["gilmok_queue_seconds_sum", "cloud-mini"] == 0.25
    assert seen["gilmok_output_token_seconds_sum", "cloud-mini"] == pytest.approx(0.12 / 19 + 0.02)
    metrics.observe(receipt(attempts=(replace(queued, usage=Usage(100, 1), queued_ms=0.0),)))
    assert scrape(metrics)["gilmok_output_token_seconds_count", "cloud-mini"] == 2


def test_promises_are_counted_by_plan() -> None:
    metrics = Metrics()
    metrics.targets = Targets(0.1, {"paid": 0.05})
    metrics.observe(receipt())
    metrics.observe(receipt(plan_id="paid"))
    metrics.observe(receipt(outcome=Outcome.REFUSED, error="label_refused"))
    seen = scrape(metrics)
    assert seen["gilmok_sla_requests_total", "default", "met"] == 1
    assert seen["gilmok_sla_requests_total", "paid", "missed"] == 1
    assert ("gilmok_sla_requests_total", "default", "missed") not in seen


def test_engines_and_their_memory() -> None:
    metrics = Metrics()
    shown = [NO_ENGINES]
    metrics.watch_engines(lambda: shown[-1])
    assert not any(name.startswith("gilmok_engine") for name, *_ in scrape(metrics))
    coder = EngineView(
        id="coder", model="m", driver="pod", state=EngineState.COLD, footprint={"gpu0": 7},
        stopped_s=10.0, saved=2_000_000,
    )  # fmt: skip
    shown.append(
        MachineView(
            devices=(DeviceView(id="gpu0", budget=8, held=3),),
            engines=(coder,),
            queues=(QueueView(endpoint_id="coder", waiting=2, running=1, most=9),),
        )
    )
    seen = scrape(metrics)
    assert seen["gilmok_engine_state", "coder", "cold"] == 1
    assert seen["gilmok_engine_state", "coder", "warm"] == 0
    assert seen["gilmok_engine_in_flight", "coder"] == 0
    assert seen["gilmok_engine_stopped_seconds_total", "coder"] == 10.0
    assert seen["gilmok_engine_saved_nano_usd_total", "coder"] == 2_000_000
    assert seen["gilmok_memory_budget_bytes", "gpu0"] == 8
    assert seen["gilmok_memory_held_bytes", "gpu0"] == 3
    assert seen["gilmok_queue_waiting", "coder"] == 2


def test_nonsense_from_an_upstream_does_not_raise() -> None:
    metrics = Metrics()
    attempt = Attempt(
        number=1,
        endpoint_id="cloud-mini",
        zone="cloud",
        masked=False,
        started_ms=0.0,
        ended_ms=1.0,
        outcome="answered",
        usage=Usage(-5, 10**30),
        cost=-1,
    )
    metrics.observe(receipt(attempts=(attempt,)))
    assert scrape(metrics)["gilmok_tokens_total", "cloud-mini", "prompt"] == 0


def test_no_caller_can_add_a_series() -> None:
    metrics = Metrics()
    for number in range(20):
        metrics.observe(receipt(f"dec_{number}", asked=f"model-{number}", tenant=f"t{number}"))
    assert b"model-" not in metrics.render().replace(b"cloud-mini-model", b"")
    assert b'"t1' not in metrics.render()


def test_every_metric_is_documented_and_every_documented_metric_exists() -> None:
    documented = {
        line.split("`")[1] for line in DOCUMENTED.read_text().splitlines() if line.startswith("| `")
    }
    # A counter's family has no `_total`, its samples and the documentation do.
    exist = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in watched().registry.collect()
    }
    assert documented == exist
