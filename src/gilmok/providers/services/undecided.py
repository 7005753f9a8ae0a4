"""The decoder of services that answer by and by: their answers are read by a `Job`."""

from __future__ import annotations

from gilmok.core.completion import Event
from gilmok.core.errors import MalformedAnswer


class Undecided:
    """See `providers.wire.Decoder`. Nothing that came at once is an answer."""

    done = True

    def feed(self, data: bytes) -> list[Event]:
        return []

    def finish(self) -> list[Event]:
        raise MalformedAnswer("no_report")
