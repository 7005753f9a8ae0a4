"""What the ledger's numbers mean: scores, recommendations, the performance report. Pure."""

from gilmok.lab.forecast import Forecast, forecast, monthly_cost
from gilmok.lab.performance import PerformanceReport, performance
from gilmok.lab.policy import FeedbackPolicy, ScoreWeights

__all__ = [
    "FeedbackPolicy",
    "Forecast",
    "PerformanceReport",
    "ScoreWeights",
    "forecast",
    "monthly_cost",
    "performance",
]
