"""Who waits for one engine, who runs, and who is next. Pure: time is an argument.

The order is by key, which a ticket gets when it arrives and keeps:

    key = arrived + lag

The lag is in proportion to `size`, the work it is predicted to take from the engine, divided by its
priority and halved with each step of urgency; and it is bounded. So small ones go first, and yet
nothing is begun before a request that arrives later than its key: that is the hard bound of ageing,
and nothing has to age for it. And nobody overtakes where somebody who came earlier would then be
answered later than anybody of late would have been in order of arrival: that is the guard. `Shares`
passes over tenants that are ahead of their share.
`design.md` says why, and what it does for real traces.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from itertools import islice
from math import inf
from typing import Final

from msgspec import Struct

from gilmok.core.engine import NOBODY, Demand
from gilmok.dispatch.queue.ageing import Ageing
from gilmok.dispatch.queue.forecast import Forecast
from gilmok.dispatch.queue.line import Line, Place
from gilmok.dispatch.queue.load import Load, Size
from gilmok.dispatch.queue.patience import Patience
from gilmok.dispatch.queue.policy import QueuePolicy
from gilmok.dispatch.queue.shares import Account, Shares
from gilmok.dispatch.queue.ticket import Refusal, Ticket, Used, Why

_LOOK_AHEAD: Final = 8
"""Places in which to look for one that fits, while the first is too large and not yet due."""
_GUARDED: Final = 128
"""Of those who came first, so many are guarded: a decision is to cost some microseconds, however
many wait."""
_DOUBT: Final = 1.25
"""A deadline is only called lost when it would be missed by so much."""
_SPARE: Final = 1.1
"""Whoever is told to come back is not to come in vain."""
_LEAST_S: Final = 0.05
"""A wait that is told to somebody, at least."""
_ACCOUNTS: Final = 1024
"""So many tenants are remembered without anybody asking whether they need be."""


class _Waiting(Struct, frozen=True):
    ticket: Ticket
    place: Place
    size: Size
    claim: float
    """By priority and urgency; 1 is usual."""
    since: float
    foreseen: float
    """How long it would wait, in multiples of the engine's pace; 0: not known."""
    latest: float
    """The last moment at which it may begin."""


class Begun(Struct, frozen=True):
    """Whose turn it is."""

    ticket: Ticket
    waited_s: float


class Schedule:
    """Every decision is a function of the calls so far and their `now`, which never steps back:
    the same calls give the same decisions."""

    def __init__(self, policy: QueuePolicy) -> None:
        self.policy = policy
        self.load = Load(policy)
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._line = Line()
        self._at: dict[int, str] = {}
        self._shares = Shares()
        self._patience = Patience()
        self._forecast = Forecast()
        self._urgencies: Counter[float] = Counter()
        self._serial = 0
        self._ageing = Ageing(policy.stretch, policy.guard, policy.bound_s)
        self._ready_at = inf

    def configure(self, policy: QueuePolicy) -> None:
        """Whoever waits keeps its place."""
        self.policy = policy
        self.load.configure(policy)
        self._ageing.configure(policy.stretch, policy.guard, policy.bound_s)

    def arrive(self, ticket: Ticket, now: float) -> Refusal | None:
        """It waits from now on, unless it is refused. Raises `ValueError` where its id is known."""
        if ticket.id in self._waiting or ticket.id in self.load:
            raise ValueError(f"{ticket.id} is here already")
        size = self.load.size(ticket)
        claim = max(ticket.priority, 1e-6) * 2.0**ticket.urgency
        place = self._place(ticket, size, claim, now)
        foreseen = self._foreseen(ticket.tenant, place.key, size.work_s, now)
        latest = self._latest(ticket, size)
        if self._waiting or not self._fits(ticket, size, now):
            refusal = self._full(now) or self._lost(foreseen, latest, now)
            if refusal is not None:
                self._ageing.refused()
                return refusal
        paces = 0.0 if self._ready_s(now) else foreseen / self.load.pace_s
        self._enter(_Waiting(ticket, place, size, claim, now, paces, latest), now)
        return None

    def _place(self, ticket: Ticket, size: Size, claim: float, now: float) -> Place:
        self._serial += 1
        backlog_s = self._line.work_s + self.load.left_s(now)
        self._ageing.arrived(backlog_s + self.load.answer_s(size), bool(self._waiting))
        lag = self._ageing.lag_s(size.work_s / claim)
        return Place(min(ticket.arrived, now) + lag, self._serial, size.work_s)

    def _enter(self, waiting: _Waiting, now: float) -> None:
        ticket, place = waiting.ticket, waiting.place
        self._waiting[ticket.id] = waiting
        self._at[place.serial] = ticket.id
        self._line.add(place)
        self._shares.lead_s = self.policy.lead * self._ageing.mean_s(place.work_s)
        self._shares.join(ticket.tenant, ticket.priority, place)
        self._patience.watch(ticket.id, place.serial, waiting.latest, now)
        self._urgencies[ticket.urgency] += 1
        if len(self._shares) > _ACCOUNTS + 2 * len(self._waiting):
            self._shares.prune()

    def begin(self, now: float) -> Begun | None:
        """Whose turn it is, if anybody's: it runs from now on. Ask until there is none."""
        waiting = self._next(now)
        if waiting is None:
            return None
        return self._begin(waiting, now)

    def release(self, id: str, now: float) -> Begun:
        """It runs from now on, whether there is room or not. Raises `KeyError`."""
        return self._begin(self._waiting[id], now)

    def _begin(self, waiting: _Waiting, now: float) -> Begun:
        ticket = waiting.ticket
        if waiting is next(iter(self._waiting.values())):
            self._ageing.began(waiting.claim, now - waiting.since + waiting.place.work_s)
        self._shares.begin(ticket.tenant, waiting.place)
        self._forget(waiting)
        waited = max(0.0, now - ticket.arrived)
        if waiting.foreseen > 0.0:
            self._forecast.came(waiting.foreseen * self.load.pace_s, now - waiting.since)
        # What it shares with those before it may be cached by now, or no more.
        self.load.begin(ticket, self.load.size(ticket), now)
        return Begun(ticket, waited)

    def _next(self, now: float) -> _Waiting | None:
        if not self._waiting or not self.load.room.has_place():
            return None
        first = self._waiting[self._at[self._shares.first().serial]]
        next_ = self._guarded(first, now)
        if self.load.fits(next_.ticket, next_.size):
            return next_ if self.load.reads(next_.size, now) else None
        if now >= next_.place.key:
            return None  # Its time has come: what is free is kept until there is enough for it.
        for place in self._line.foremost(_LOOK_AHEAD):
            other = self._waiting[self._at[place.serial]]
            if self._shares.is_ahead(other.ticket.tenant):
                continue
            if self._fits(other.ticket, other.size, now):
                return other
            if now >= place.key:
                return None
        return None

    def _guarded(self, first: _Waiting, now: float) -> _Waiting:
        """The least key for which those who came earlier, and claim no less, have time: were they
        answered in order of arrival afterwards, none of them would be late. Whoever came after the
        first key of all is no candidate, so the bound stays hard."""
        best, before_s, slack_s = first, 0.0, inf
        patience_s, free_at = self._ageing.patience_s, now + self.load.left_s(now)
        for waiting in islice(self._waiting.values(), _GUARDED):
            if waiting is first or slack_s <= 0.0:
                break
            place, arrived = waiting.place, waiting.ticket.arrived
            if waiting.claim < first.claim or arrived > first.place.key:
                continue
            if self._shares.is_ahead(waiting.ticket.tenant):
                continue
            if place.work_s <= slack_s and (best is first or place < best.place):
                best = waiting
            before_s += place.work_s
            slack_s = min(slack_s, arrived + patience_s(waiting.claim) - free_at - before_s)
        return first if first.place.work_s <= slack_s else best

    def _fits(self, ticket: Ticket, size: Size, now: float) -> bool:
        return self.load.fits(ticket, size) and self.load.reads(size, now)

    def first_token(self, id: str, now: float) -> None:
        self.load.first_token(id, now)

    def end(self, id: str, now: float, used: Used | None = None) -> None:
        """It runs no more. Raises `KeyError` where it did not."""
        ticket, work_s, more_s = self.load.end(id, used, now)
        self._ageing.ended(work_s)
        if not self._waiting and not self.load:
            self._shares.forget()
        elif more_s:
            self._shares.correct(ticket.tenant, more_s)

    def leave(self, id: str) -> None:
        """It waits no more. Raises `KeyError` where it did not."""
        waiting = self._waiting[id]
        self._shares.leave(waiting.ticket.tenant, waiting.place)
        self._forget(waiting)

    def _forget(self, waiting: _Waiting) -> None:
        ticket, place = waiting.ticket, waiting.place
        del self._waiting[ticket.id]
        del self._at[place.serial]
        self._line.remove(place)
        self._patience.drop(ticket.id)
        self._urgencies[ticket.urgency] -= 1
        if not self._urgencies[ticket.urgency]:
            del self._urgencies[ticket.urgency]

    def hopeless(self, now: float) -> tuple[Ticket, Refusal] | None:
        """One that cannot be begun in time any more: it waits no more. Ask until there is none."""
        while (id := self._patience.due(now)) is not None:
            waiting = self._waiting[id]
            refusal = self._lost(self._foreseen_of(waiting, now), waiting.latest, now)
            if refusal is not None:
                self.leave(id)
                return waiting.ticket, refusal
            self._patience.watch(id, waiting.place.serial, waiting.latest, now)
        return None

    def next_look(self, now: float) -> float:
        """When to ask `begin` and `hopeless` again, if nothing happens before; infinite: never."""
        reading = self.load.next_read(now) if self._waiting else inf
        return min(reading, self._patience.next_look())

    def open(self, slots: int, now: float, ready_in_s: float = 0.0) -> None:
        """Requests the engine takes at once; 0 while it is not loaded, which it is predicted to be
        in `ready_in_s` (infinite: nobody knows)."""
        self.load.room.open(slots)
        self._ready_at = now + ready_in_s

    def demand(self) -> Demand:
        if not self._waiting and not self.load:
            return NOBODY
        oldest = next(iter(self._waiting.values())).ticket.arrived if self._waiting else None
        return Demand(
            waiting=len(self._waiting),
            running=len(self.load),
            oldest=oldest,
            work_s=self._line.work_s,
            urgency=max(self._urgencies, default=0.0),
        )

    def wait_s(self, now: float) -> float:
        """Seconds until a new request of average size and nobody in particular would begin."""
        mean = self._ageing.mean_s(0.0)
        key = now + self._ageing.lag_s(mean)
        foreseen = self._foreseen("", key, mean, now)
        return self._ready_s(now) + self._forecast.corrected(foreseen)

    def _foreseen_of(self, waiting: _Waiting, now: float) -> float:
        place = waiting.place
        return self._foreseen(waiting.ticket.tenant, place.key, place.work_s, now)

    def _foreseen(self, tenant: str, key: float, work_s: float, now: float) -> float:
        """Seconds until it begins once the engine is loaded, as far as the work before it tells."""
        first = self._first_place_s(now)
        return first + self._before(tenant, key, work_s) if self._waiting else first

    def _ready_s(self, now: float) -> float:
        """Until the engine is loaded; infinite where it is not and nobody knows."""
        return 0.0 if self.load.room.is_open else max(0.0, self._ready_at - now)

    def _first_place_s(self, now: float) -> float:
        return self.load.next_end(now) if len(self.load) >= self.load.batch else 0.0

    def _before(self, tenant: str, key: float, work_s: float) -> float:
        """Work that goes before it: of its own tenant by key alone, of the others by key as far as
        shares allow."""
        account = self._shares.account(tenant)
        own = account.line.before(key) if account is not None else 0.0
        others = max(0.0, self._line.before(key) - own)
        rivals = self._shares.others(account)
        if not others and not rivals:
            return own
        least, most = self._claims(account, own + work_s, rivals)
        if others < least:  # Those with later keys catch up first.
            others = min(least, self._line.work_s - own)
        return own + min(others, max(least, most))

    def _claims(self, account: Account | None, work_s: float, rivals: float) -> tuple[float, float]:
        """Of others' work, what has to and what may go before so much of a tenant's own."""
        weight = account.weight if account is not None else 1.0
        had = (account.tag if account is not None else 0.0) - self._shares.now
        lead = self._shares.lead_s
        least = max(0.0, had - lead) * rivals
        most = (work_s / weight + max(0.0, had) + lead) * rivals
        return least, most

    def _latest(self, ticket: Ticket, size: Size) -> float:
        """An answer is never taken to need more than half of the time there was for it: what would
        not be in time without a queue is not the queue's to refuse."""
        half = max(0.0, ticket.deadline - ticket.arrived) / 2.0
        end = ticket.deadline - min(half, self.load.answer_s(size))
        return min(end, ticket.first_token_deadline - self.load.prefill_s(size))

    def _full(self, now: float) -> Refusal | None:
        if len(self._waiting) < self.policy.waiting:
            return None
        return Refusal(Why.FULL, max(_LEAST_S, self._ready_s(now) + self._first_place_s(now)))

    def _lost(self, foreseen_s: float, latest: float, now: float) -> Refusal | None:
        """Somebody who has to wait, and for whom it will be too late."""
        wait, left = self._ready_s(now) + self._forecast.corrected(foreseen_s), latest - now
        if left > 0.0 and (wait <= left * _DOUBT or wait == inf):
            return None
        return Refusal(Why.DEADLINE, max(_LEAST_S, _SPARE * wait - max(0.0, left)))
