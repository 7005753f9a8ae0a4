"""One request on its way to an answer: the stations after it was planned, in their order.

    cache → (deliberation) → Hold → Attempt… → events → Receipt

What was taken is given back, and what happened is written, on every path: see `Answering._end`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from msgspec import Struct

from gilmok.admission import Limits
from gilmok.cache import AnswerCache, Hit, Place
from gilmok.closing import receipt_of, undecided
from gilmok.core.beside import beside
from gilmok.core.errors import HttpError
from gilmok.core.identity import Caller, Taken
from gilmok.core.inspection import tightened
from gilmok.core.plan import RoutePlan
from gilmok.core.ports import Clock
from gilmok.core.receipt import Receipt
from gilmok.core.request import Request, size
from gilmok.deliberation import Deliberation
from gilmok.dispatch import Course, Dispatcher, Live
from gilmok.ledger import Hold, Ledger
from gilmok.passage import Passage
from gilmok.planning import Planner


class Stations(Struct, frozen=True, kw_only=True):
    """What a request passes on its way."""

    limits: Limits
    planner: Planner
    cache: AnswerCache
    ledger: Ledger
    dispatcher: Dispatcher
    record: Callable[[Receipt], None]
    clock: Clock
    deliberation: Deliberation | None = None


class Answering:
    """One answer, as a context: its first byte on entering; leaving hangs up and writes the receipt.

    Written out and not as a generator, which would cost each request as much as its routing does.
    """

    __slots__ = (
        "_caller",
        "_keep_at",
        "_live",
        "_passage",
        "_place",
        "_request",
        "_stations",
        "_tokens",
    )

    _passage: Passage

    def __init__(self, stations: Stations, request: Request, caller: Caller) -> None:
        self._stations = stations
        self._request = request
        self._caller = caller
        self._place: Place | None = None
        self._keep_at: Place | None = None
        self._tokens: Taken | None = None
        self._live: Live | None = None

    async def __aenter__(self) -> Passage:
        stations, request, caller = self._stations, self._request, self._caller
        course = Course(stations.clock)
        try:
            request, caller, inspection, plan = await stations.planner.plan(request, caller)
            purse = stations.ledger.purse(caller, request.received_at)
        except BaseException as error:  # Who fails here leaves a receipt, too.
            stations.record(undecided(caller, request, course, error))
            raise
        self._caller = caller
        self._passage = Passage(request, inspection, plan, course, purse)
        try:
            await self._begin()
        except BaseException as error:
            self._end(error)
            raise
        return self._passage

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._live is not None:
                await self._finish(self._live, error)
        except BaseException as late:
            error = late
            raise
        finally:
            self._end(error)

    async def _begin(self) -> None:
        stations, passage = self._stations, self._passage
        request, inspection, caller = passage.request, passage.inspection, self._caller
        find_place = stations.cache.place
        if request.work is None:
            self._place = place = find_place(request, inspection, caller)
        else:
            self._place = place = await beside(
                size(request), lambda: find_place(request, inspection, caller)
            )
        if place is not None or not passage.plan.candidates:
            hit = await self._kept(place)
            if hit is not None:
                passage.replay(hit)
                return
        self._tokens = stations.limits.hold(caller, request, inspection)
        if stations.deliberation is not None and request.work is None:
            place = await self._deliberate(stations.deliberation, place)
        self._keep_at = place
        await self._ask(self._hold())

    async def _kept(self, place: Place | None) -> Hit | None:
        """An answer that was given before. Raises `HttpError` where there is none, nor anybody who
        may be asked."""
        cache, passage, plan = self._stations.cache, self._passage, self._passage.plan
        # Kept answers stand in for those who are down; what was refused stays refused.
        if not plan.candidates and not any(veto.code == "down" for veto in plan.vetoes):
            raise self._refusal()
        hit = cache.find(place)
        if hit is None and place is not None and (cache.searches or place.of_work):
            hit = await cache.search(place, passage.request.deadline)
        if plan.candidates:
            return hit
        hit = hit or cache.last_resort(place)
        if hit is None:
            raise self._refusal()
        return hit

    async def _deliberate(self, deliberation: Deliberation, place: Place | None) -> Place | None:
        """Asks the models that are configured; returns the place in the cache that is left.

        The passage learns each step at once, so that its receipt tells it whatever comes next.
        Raises `HttpError` where a raised label leaves nobody to answer.
        """
        planner, passage, caller = self._stations.planner, self._passage, self._caller
        request, course, before = passage.request, passage.course, passage.inspection
        if not planner.affordable(passage.plan, request, caller).candidates:
            return place  # Advice is not paid for where the answer cannot be; the hold refuses.
        after = await deliberation.refine(request, before, caller, course)
        passage.inspection = after = tightened(after, caller.terms.medium)
        passage.plan = planner.route(request, after, caller)
        if not passage.plan.candidates:
            raise self._refusal()
        plan = planner.affordable(passage.plan, request, caller)
        if plan.candidates:
            passage.plan = await deliberation.choose(request, after, plan, caller, course)
        # The place was found under the lower label, by which more callers may look there.
        return place if after.sensitivity is before.sensitivity else None

    def _refusal(self) -> HttpError:
        passage, planner = self._passage, self._stations.planner
        return planner.refusal(passage.request, passage.inspection, passage.plan, self._caller)

    def _hold(self) -> Hold:
        """Holds the dearest candidate that a budget bears. Raises `BudgetExceeded`, `CapReached`."""
        passage, ledger = self._passage, self._stations.ledger
        hold = ledger.hold_whole(passage.plan, passage.purse)
        passage.hold = hold = hold or self._hold_in_part(passage.plan)
        return hold

    def _hold_in_part(self, asked: RoutePlan) -> Hold:
        stations, passage, caller = self._stations, self._passage, self._caller
        at = passage.request.received_at
        passage.plan = plan = stations.planner.affordable(asked, passage.request, caller)
        if plan is not asked:
            stations.ledger.pass_over(plan, caller, at)
        # Where nobody is left, what was asked for is refused.
        return stations.ledger.hold(plan if plan.candidates else asked, caller, at)

    async def _ask(self, hold: Hold) -> None:
        """Until somebody answers. Raises `HttpError` where nobody does."""
        stations, passage = self._stations, self._passage
        plan, course = passage.plan, passage.course
        try:
            live = await stations.dispatcher.begin(
                passage.request, passage.inspection, self._caller, plan, course, hold
            )
        except HttpError:
            resort = stations.cache.last_resort(self._keep_at) if course.attempts else None
            if resort is None:
                raise
            hold.end()
            passage.replay(resort)
        else:
            passage.carry(live, remember=self._keep_at is not None)
            self._live = live

    async def _finish(self, live: Live, error: BaseException | None) -> None:
        """Hangs up; a whole answer is kept."""
        stations, passage = self._stations, self._passage
        await stations.dispatcher.finish(live, passage.left_early if error is None else error)
        if error is None and (complete := passage.complete) is not None:
            stations.cache.keep(self._keep_at, complete)

    def _end(self, ended: BaseException | None) -> None:
        """Gives back what was taken, and writes the receipt, whatever is wrong with the books."""
        stations, passage = self._stations, self._passage
        if isinstance(ended, HttpError):
            ended.asked = bool(passage.course.attempts)
            ended.reasons = frozenset([f.reason for _, f in passage.course.failures])
            ended.cost = passage.course.cost
        try:
            if passage.hold is not None:
                passage.hold.end()
        finally:
            if self._tokens is not None:
                self._tokens.end(passage.course.tokens)
            if self._place is not None:
                stations.cache.leave(self._place)
            self._write(receipt_of(self._caller, passage, ended))

    def _write(self, receipt: Receipt) -> None:
        """Records it, and learns from it."""
        stations = self._stations
        if stations.deliberation is not None:
            stations.deliberation.observe(receipt)
        stations.planner.observe(receipt, self._passage.request)
        stations.record(receipt)
