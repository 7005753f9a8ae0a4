"""Routing: which endpoints may answer, in which order, and why not the others. Pure."""

from gilmok.routing.objective import Objective
from gilmok.routing.refusal import refusal
from gilmok.routing.router import Router

__all__ = ["Objective", "Router", "refusal"]
