"""Routing: which endpoints may answer, in which order, and why not the others. Pure.

`selector` is the question to a model that may reorder them: docs/strategies.md.
"""

from gilmok.routing.objective import Objective
from gilmok.routing.refusal import refusal
from gilmok.routing.router import Router
from gilmok.routing.vetoes import Room

__all__ = ["Objective", "Room", "Router", "refusal"]
