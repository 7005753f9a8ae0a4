"""What the gateway tells its operators: metrics, savings and logs, never user text."""

from gilmok.telemetry.idle import savings
from gilmok.telemetry.logs import configure as configure_logs
from gilmok.telemetry.metrics import Metrics

__all__ = ["Metrics", "configure_logs", "savings"]
