"""Reads the numbers that llama-server and vLLM show at `/metrics`."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


def numbers(text: str) -> dict[str, float]:
    """By name, summed over labels; histograms by their `_sum` and `_count`. What cannot be read ends
    the reading: never raises."""
    found: dict[str, float] = {}
    try:
        for metric in text_string_to_metric_families(text):
            for sample in metric.samples:
                if not sample.name.endswith(("_bucket", "_created")):
                    found[sample.name] = found.get(sample.name, 0.0) + sample.value
    except ValueError:
        pass
    return found
