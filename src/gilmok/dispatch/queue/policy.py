"""What an operator may set about one engine's queue."""

from __future__ import annotations

from msgspec import Struct


class QueuePolicy(Struct, frozen=True, kw_only=True):
    """The defaults are those of `design.md`, where each figure has its reason."""

    concurrent: int = 20
    """Requests at once, at most, whatever the engine offers."""
    batch_tokens: int | None = None
    """Tokens of all requests at once, prompts and predicted answers together; one that is larger
    runs alone. `None`: only the number counts."""
    reading_tokens: int = 512
    """Of prompts the engine was given and has not read: about what it reads in one step. A longer
    prompt is read alone. More would only choose who is read next before it has to be chosen."""
    waiting: int = 1000
    """Requests that may wait; the next is refused."""
    bound_s: float = 600.0
    """Ageing: nothing that arrives so long after a request is begun before it."""
    stretch: float = 2.0
    """How much sizes count: a request of typical size may be overtaken by what arrives within this
    multiple of the longest response of late. 0: first come, first served."""
    guard: float = 1.0
    """Nobody is overtaken who would then be answered later than this multiple of it, as far as its
    share of the engine's work tells."""
    lead: float = 8.0
    """How far a tenant may get ahead of its share, in average requests."""
    prefill_tokens_per_s: float = 2000.0
    """A prior, until answers have been measured."""
    token_s: float = 0.03
    """Seconds per token of one answer that runs alone; a prior as well."""
    prefix_block: int = 512
    """Tokens that one hash of `Ticket.prefix` stands for."""
    prefix_blocks: int = 0
    """How many such blocks the engine is expected to keep; 0: nothing is recognised."""
