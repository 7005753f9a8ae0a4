"""Dispatch: makes attempts until one begins to answer, then hands the answer on as it comes."""

from gilmok.dispatch.attempts import Dispatcher
from gilmok.dispatch.course import Course
from gilmok.dispatch.endpoint_limits import EndpointLimits
from gilmok.dispatch.live import Live
from gilmok.dispatch.policy import DispatchPolicy

__all__ = ["Course", "DispatchPolicy", "Dispatcher", "EndpointLimits", "Live"]
