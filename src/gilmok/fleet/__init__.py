"""The fleet: what is up, how fast it is, and which endpoints rest after failures."""

from gilmok.fleet.breaker import BreakerPolicy
from gilmok.fleet.health import Check, HealthMonitor
from gilmok.fleet.registry import Registry

__all__ = ["BreakerPolicy", "Check", "HealthMonitor", "Registry"]
