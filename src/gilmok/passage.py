"""An answer on its way to the client: what a surface reads while `Pipeline.answer` is open."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gilmok.cache import CachedAnswer
from gilmok.core.completion import Event, Opened, Usage
from gilmok.core.errors import StreamBroken
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.request import Request
from gilmok.dispatch import Course, Live


class Passage:
    """One answer, from a model or from the cache. Its events can be read once."""

    def __init__(
        self, request: Request, inspection: Inspection, plan: RoutePlan, course: Course
    ) -> None:
        self.request = request
        self.inspection = inspection
        self.plan = plan
        self.course = course
        self.cache = "off"
        self.broken: StreamBroken | None = None
        self._live: Live | None = None
        self._hit: CachedAnswer | None = None
        self._kept: list[Event] | None = None
        self._ended = False

    def replay(self, hit: CachedAnswer) -> None:
        self._hit = hit
        self.cache = "hit"

    def carry(self, live: Live, *, remember: bool) -> None:
        self._live = live
        self._kept = [] if remember else None
        self.cache = "miss" if remember else "off"

    @property
    def endpoint_id(self) -> str | None:
        if self._hit is not None:
            return self._hit.endpoint_id
        return self._live.candidate.endpoint.id if self._live else None

    @property
    def zone(self) -> str | None:
        if self._hit is not None:
            return self._hit.zone
        return self._live.candidate.zone.value if self._live else None

    @property
    def opened(self) -> Opened:
        """How the upstream introduced its answer."""
        return self._live.opened if self._live else Opened()

    @property
    def model(self) -> str:
        """The name of the model that answers."""
        return self._live.candidate.endpoint.model if self._live else self.endpoint_id or ""

    @property
    def fallback(self) -> bool:
        """True where another than the plan's first candidate answers."""
        return self._live is not None and self._live.candidate is not self.plan.candidates[0]

    @property
    def usage(self) -> Usage | None:
        """Reported by the upstream or estimated; known once the answer ended, however it did."""
        if self._hit is not None:
            return next((e for e in self._hit.events if isinstance(e, Usage)), None)
        return self._live.usage if self._live else None

    @property
    def cost(self) -> int:
        """Nano-dollars so far: final once the events have been read."""
        earlier = sum(a.cost for a in self.course.attempts if a.outcome != "started")
        return earlier + (self._live.cost if self._live and not self._live.closed else 0)

    @property
    def left_early(self) -> BaseException | None:
        """Why the answer was not read to its proper end; `None` where it was."""
        return None if self._ended else self.broken or ConnectionAbortedError("left unread")

    @property
    def complete(self) -> CachedAnswer | None:
        """The whole answer, where it was to be remembered and ended properly."""
        if self._kept is None or not self._ended or not (self.endpoint_id and self.zone):
            return None
        return CachedAnswer(self.endpoint_id, self.zone, tuple(self._kept))

    async def events(self) -> AsyncIterator[Event]:
        """The answer. Raises `StreamBroken` where it does not end properly."""
        if self._hit is not None:
            for event in self._hit.events:
                yield event
        elif self._live is not None:
            try:
                async for event in self._live.events():
                    if self._kept is not None:
                        self._kept.append(event)
                    yield event
            except StreamBroken as error:
                self.broken = error
                raise
        self._ended = True
