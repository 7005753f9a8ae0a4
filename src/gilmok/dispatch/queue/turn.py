"""A place with an engine, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from gilmok.dispatch.queue.ticket import Used


class Turn:
    """Whoever holds it is one of those the engine answers. Ended exactly once, however it is left;
    whatever is called after that changes nothing.

        turn = await queues.turn(endpoint_id, ticket)
        with turn:
            ...
            turn.began(first_token_s)
            ...
            turn.end(usage.prompt, usage.cached, usage.completion, first_token_s, seconds)

    Leaving without `end` gives the place back, and nothing is learned from it.
    """

    __slots__ = ("_began", "_end", "waited_s")

    def __init__(
        self, waited_s: float, began: Callable[[], None], end: Callable[[Used | None], None]
    ) -> None:
        self.waited_s = waited_s
        self._began: Callable[[], None] | None = began
        self._end: Callable[[Used | None], None] | None = end

    def began(self, first_token_s: float | None = None) -> None:
        """The first token came just now: its prompt has been read, and the next may be."""
        began, self._began = self._began, None
        if began is not None and self._end is not None:
            began()

    def end(
        self,
        prompt: int = 0,
        cached: int = 0,
        completion: int = 0,
        first_token_s: float | None = None,
        seconds: float = 0.0,
        out_of_memory: bool = False,
    ) -> None:
        """The engine is done with it, just now. Tokens are the engine's own counts; without
        `completion` nothing is learned. `out_of_memory`: the engine said so, and is given less."""
        self._finish(
            Used(
                prompt=prompt,
                cached=cached,
                completion=completion,
                first_token_s=first_token_s,
                seconds=seconds,
                out_of_memory=out_of_memory,
            )
        )

    def _finish(self, used: Used | None) -> None:
        end, self._end = self._end, None
        if end is not None:
            end(used)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish(None)
