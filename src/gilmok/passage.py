"""An answer on its way to the client: what a surface reads while `Pipeline.answer` is open."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gilmok.cache import CachedAnswer, Hit
from gilmok.core.billing import cost_of
from gilmok.core.completion import Batch, Event, Opened, Usage
from gilmok.core.endpoint import ZONE_NAMES
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.request import Request
from gilmok.dispatch import Course, Live
from gilmok.ledger import Hold, Purse


class Passage:
    """One answer, from a model or from the cache. Its events can be read once."""

    endpoint_id: str | None = None
    """Who answers."""
    zone: str | None = None
    model = ""
    """The name of the model that answers."""
    fallback = False
    """True where another than the plan's first candidate answers, or whoever came before it was
    passed over."""
    cache = "off"
    hold: Hold | None = None
    hit: Hit | None = None
    _live: Live | None = None
    _kept: list[Event] | None = None
    _replay_ended = False

    def __init__(
        self,
        request: Request,
        inspection: Inspection,
        plan: RoutePlan,
        course: Course,
        purse: Purse | None,
    ) -> None:
        self.request = request
        self.inspection = inspection
        self.plan = plan
        self.course = course
        self.purse = purse

    def replay(self, hit: Hit) -> None:
        self.hit = hit
        self.cache = hit.how
        self.endpoint_id, self.model = hit.answer.endpoint_id, hit.answer.model
        self.zone = hit.answer.zone

    def carry(self, live: Live, *, remember: bool) -> None:
        self._live = live
        if remember:
            self._kept = live.kept = []
            self.cache = "miss"
        endpoint, first = live.candidate.endpoint, self.plan.candidates[0].endpoint
        self.endpoint_id, self.model = endpoint.id, endpoint.model
        self.zone = ZONE_NAMES[live.candidate.zone]
        # By its id: whoever waited for its turn may answer at another address by now.
        self.fallback = endpoint.id != first.id or self.plan.passed_over is not None

    @property
    def has_begun(self) -> bool:
        """True where somebody answers."""
        return self._live is not None or self.hit is not None

    @property
    def opened(self) -> Opened:
        """How the upstream introduced its answer."""
        return self._live.opened if self._live else Opened()

    @property
    def validation(self) -> str | None:
        """What is wrong with the answer, where it is given all the same. Of a stream, final only at
        its end."""
        return self._live.remark if self._live else None

    @property
    def usage(self) -> Usage | None:
        """Reported by the upstream or estimated; known once the answer ended, however it did."""
        if self.hit is not None:
            return next((e for e in self.hit.answer.events if isinstance(e, Usage)), None)
        return self._live.usage if self._live else None

    @property
    def cost(self) -> int:
        """Nano-dollars so far: final once the events have been read."""
        earlier = sum([a.cost for a in self.course.attempts if a.outcome != "started"])
        return earlier + (self._live.cost if self._live and not self._live.closed else 0)

    @property
    def held(self) -> int:
        """Nano-dollars held for the answer, further attempts included."""
        return self.hold.amount if self.hold else 0

    @property
    def saved(self) -> int:
        """Nano-dollars that the kept answer would have cost now."""
        if self.hit is None or self.usage is None or not self.plan.candidates:
            return 0
        return cost_of(self.plan.candidates[0].endpoint.price, self.usage)

    @property
    def budget_left(self) -> int | None:
        """Nano-dollars that the caller's tightest budget has left; `None` where none applies."""
        return self.purse.remaining if self.purse else None

    @property
    def left_early(self) -> BaseException | None:
        """Why the answer was not read to its proper end; `None` where it was."""
        if self._ended:
            return None
        broken = self._live.broken if self._live else None
        return broken or ConnectionAbortedError("left unread")

    @property
    def _ended(self) -> bool:
        return self._live.ended if self._live else self._replay_ended

    @property
    def complete(self) -> CachedAnswer | None:
        """The whole answer, where it was to be remembered, ended properly and is one."""
        if self._kept is None or not self._ended or not (self.endpoint_id and self.zone):
            return None
        if self.validation is not None:
            return None
        events = tuple(self._kept)
        if self.request.work is not None:
            if self._stands_in:
                return None
            # With the units, which not every upstream counts: what is saved is known by them.
            events = tuple(self.usage or e if isinstance(e, Usage) else e for e in events)
        return CachedAnswer(self.endpoint_id, self.zone, events, self.request.id, self.model)

    @property
    def _stands_in(self) -> bool:
        """True of content in place of the real thing: by the next time that may be back."""
        return self._live is not None and self._live.candidate.endpoint.provider.stand_in

    def events(self) -> AsyncIterator[Batch]:
        """The answer. Raises `StreamBroken` where it does not end properly."""
        if self.hit is not None:
            return self._replayed(self.hit.answer)
        assert self._live is not None, "nobody answers"
        return self._live

    async def _replayed(self, hit: CachedAnswer) -> AsyncIterator[Batch]:
        yield hit.events
        self._replay_ended = True
