"""Before each engine stands a queue: who is next is decided by `Schedule`, waited for in `Queues`."""

from gilmok.dispatch.queue.policy import QueuePolicy
from gilmok.dispatch.queue.queues import Queues
from gilmok.dispatch.queue.schedule import Begun, Schedule
from gilmok.dispatch.queue.ticket import Refusal, Ticket, Used, Why
from gilmok.dispatch.queue.turn import Turn

__all__ = [
    "Begun",
    "QueuePolicy",
    "Queues",
    "Refusal",
    "Schedule",
    "Ticket",
    "Turn",
    "Used",
    "Why",
]
