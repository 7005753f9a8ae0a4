"""The cache as the pipeline sees it: a place for each request, looks of rising cost, one keeper.

Works (vectors, pictures, speech, …) are kept apart, for longer and by their own bytes: they are made
of everything that was asked for, so only the same request finds one.

Looking by digest is synchronous and always first. What takes longer (waiting for the same question
that is on its way, and looking for one that means the same) is asked for only where it is
configured. What comes from here is always an answer of the same tenant under the same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from gilmok.cache.exact import CachedAnswer, ExactCache
from gilmok.cache.flights import Flights
from gilmok.cache.place import Place, around_digest, exact_digest, spelled_digest
from gilmok.core.completion import Delta, FinishReason
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection
from gilmok.core.ports import Clock
from gilmok.core.request import CacheReach, Request

_OFF, _EXACT = CacheReach.OFF, CacheReach.EXACT
_UNFIT = {FinishReason.CONTENT_FILTER}
_PLAIN_END = FinishReason.STOP
_LONGEST_WORK_S = 60.0
"""For the same work that is under way; it is also no longer than half of the time there is left."""


class Hit(Struct, frozen=True):
    """An answer from the cache, and how it was found: what receipts and headers say."""

    answer: CachedAnswer
    how: str = "hit"
    """`hit`: the same words; `hit-parameters`: another spelling; `hit-semantic`: the same meaning;
    `hit-last-resort`: similar, and nobody else answered."""
    score: float | None = None
    """The verifier's, where words differ."""


class Similar(Protocol):
    """What the semantic cache hands out and takes back."""

    @property
    def answer(self) -> CachedAnswer | None: ...

    @property
    def score(self) -> float: ...

    @property
    def accepted(self) -> bool: ...


class Semantic(Protocol):
    """`semantic.SemanticCache`, which is an extra and so not imported here."""

    async def look(self, place: Place) -> Similar | None: ...

    def keep(self, place: Place, proposal: Any, answer: CachedAnswer) -> None:
        """`proposal`: what `look` found for this place."""
        ...

    def forget(self, chosen: Callable[[str, tuple[str, ...]], bool]) -> int: ...

    def close(self) -> None: ...


class CachePolicy(Struct, frozen=True, kw_only=True):
    enabled: bool = False
    spelling: bool = False
    """Blanks, case and politeness do not make another question."""
    single_flight_s: float = 0.0
    """Seconds to wait for the same question on its way; 0: everybody asks."""
    last_resort: float | None = None
    """Lowest score of an answer that is given where nobody else answers; `None`: none is."""


class AnswerCache:
    def __init__(
        self,
        clock: Clock,
        policy: CachePolicy,
        exact: ExactCache,
        semantic: Semantic | None = None,
        works: ExactCache | None = None,
    ) -> None:
        """`works`: where works are kept; `None`: nowhere."""
        self.enabled = policy.enabled
        self.searches = policy.enabled and (semantic is not None or policy.single_flight_s > 0)
        """True where `search` may find what `find` does not. For works it always may."""
        self._clock = clock
        self._policy = policy
        self._exact = exact
        self._semantic = semantic
        self._works = works
        self._flights = Flights()
        self._proposals: dict[str, Similar] = {}

    def place(self, request: Request, inspection: Inspection, caller: Caller) -> Place | None:
        """Where the answer belongs; `None` where nothing may be kept or found."""
        if request.work is not None:
            return self._place_of_work(request, inspection, caller)
        if not self.enabled or request.cache is _OFF:
            return None
        if inspection.injection:  # What such a request is answered is given to nobody else.
            return None
        place = Place(
            exact=exact_digest(request, inspection, caller),
            tenant=caller.tenant,
            tags=request.cache_tags,
            decision_id=request.id,
        )
        wide = self._policy.spelling or self._semantic is not None
        if not wide or request.cache is _EXACT:
            return place
        if (around := around_digest(request, inspection, caller)) is None:
            return place
        digest, question = around
        return replace(
            place,
            spelled=spelled_digest(digest, question) if self._policy.spelling else None,
            around=digest.digest() if self._semantic is not None and not request.tools else None,
            question=question,
        )

    def _place_of_work(
        self, request: Request, inspection: Inspection, caller: Caller
    ) -> Place | None:
        if self._works is None or request.cache is _OFF:
            return None
        return Place(
            exact=exact_digest(request, inspection, caller),
            tenant=caller.tenant,
            tags=request.cache_tags,
            decision_id=request.id,
            of_work=True,
        )

    def find(self, place: Place | None) -> Hit | None:
        """By digest, in microseconds."""
        if place is None:
            return None
        if place.of_work:
            made = None if self._works is None else self._works.find(place.exact)
            return None if made is None else Hit(made.answer)
        kept = self._exact.find(place.spelled or place.exact)
        if kept is None:
            return None
        return Hit(kept.answer, "hit" if kept.exact == place.exact else "hit-parameters")

    async def search(self, place: Place, deadline: float) -> Hit | None:
        """By waiting for the same question, or by meaning. `leave` must follow, whatever happens."""
        left_s = deadline - self._clock.monotonic()
        longest_s = self._policy.single_flight_s
        if place.of_work:
            longest_s = min(_LONGEST_WORK_S, left_s / 2)
        if longest_s > 0:
            wait_s = min(longest_s, left_s)
            key = place.spelled or place.exact
            if await self._flights.join(key, place.decision_id, wait_s) and (
                hit := self.find(place)
            ):
                return hit
        if self._semantic is None or place.around is None:
            return None
        proposal = await self._semantic.look(place)
        if proposal is None:
            return None
        if proposal.accepted and proposal.answer is not None:
            return Hit(proposal.answer, "hit-semantic", proposal.score)
        self._proposals[place.decision_id] = proposal
        return None

    def last_resort(self, place: Place | None) -> Hit | None:
        """A similar answer, for a request that nobody answered."""
        least = self._policy.last_resort
        if place is None or least is None:
            return None
        proposal = self._proposals.get(place.decision_id)
        if proposal is None or proposal.answer is None or proposal.score < least:
            return None
        return Hit(proposal.answer, "hit-last-resort", proposal.score)

    def keep(self, place: Place | None, answer: CachedAnswer) -> None:
        """Takes a complete answer."""
        if place is None or _finishes(answer) & _UNFIT:
            return
        if place.of_work:
            if self._works is not None:
                key, tenant, tags = place.exact, place.tenant, place.tags
                self._works.keep(key, answer, exact=key, tenant=tenant, tags=tags)
            return
        self._exact.keep(
            place.spelled or place.exact,
            answer,
            exact=place.exact,
            tenant=place.tenant,
            tags=place.tags,
        )
        proposal = self._proposals.get(place.decision_id)
        if self._semantic is not None and proposal is not None and _is_plain(answer):
            self._semantic.keep(place, proposal, answer)

    def leave(self, place: Place) -> None:
        """The request is over: whoever waits for it goes on."""
        self._proposals.pop(place.decision_id, None)
        self._flights.leave(place.spelled or place.exact, place.decision_id)

    def forget(self, tenant: str | None, tag: str | None) -> int:
        """Drops the answers of a tenant, those with a tag, or all; how many."""

        def chosen(of: str, tags: tuple[str, ...]) -> bool:
            return (tenant is None or of == tenant) and (tag is None or tag in tags)

        stores = (self._exact, self._works, self._semantic)
        return sum(store.forget(chosen) for store in stores if store is not None)

    def close(self) -> None:
        if self._semantic is not None:
            self._semantic.close()


def _finishes(answer: CachedAnswer) -> set[FinishReason | None]:
    return {event.finish for event in answer.events if isinstance(event, Delta)}


def _is_plain(answer: CachedAnswer) -> bool:
    """Words to the end: calls carry what the question said, and a cut answer is none."""
    deltas = [event for event in answer.events if isinstance(event, Delta)]
    return not any(d.tool_calls or d.refusal for d in deltas) and {
        d.finish for d in deltas if d.finish
    } == {_PLAIN_END}
