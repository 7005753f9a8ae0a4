"""What requests share beyond one of them, behind ports: in the memory of this process for now."""

from gilmok.state.batches import Batch, BatchBounds, BatchStore, Outcome, Owner
from gilmok.state.idempotency import (
    Claim,
    IdempotencyBounds,
    IdempotencyStore,
    MemoryIdempotencyStore,
)
from gilmok.state.limiter import (
    Limit,
    Limiter,
    Refusal,
    Subject,
)
from gilmok.state.memory_limiter import MemoryLimiter
from gilmok.state.tape import Ending, Opening, Record, Tape, Whole

__all__ = [
    "Batch",
    "BatchBounds",
    "BatchStore",
    "Claim",
    "Ending",
    "IdempotencyBounds",
    "IdempotencyStore",
    "Limit",
    "Limiter",
    "MemoryIdempotencyStore",
    "MemoryLimiter",
    "Opening",
    "Outcome",
    "Owner",
    "Record",
    "Refusal",
    "Subject",
    "Tape",
    "Whole",
]
