"""How many requests and tokens: the gateway's limits, the tenant's, the key's, the end user's.

Two steps. `enter` takes one request and one place among those answered now, before any text is
looked at. `hold` takes tokens once the request is known: the prompt as estimated and the longest
answer allowed, put right when the answer ends. A request that any limit refuses takes nothing from
any other: where `hold` refuses, the permit gives the request back, too.
"""

from __future__ import annotations

from functools import partial
from math import isinf

from gilmok.core.errors import HttpError, LimitReached, TokensExceedLimit, TooManyRequests
from gilmok.core.identity import Caller, Permit, Taken
from gilmok.core.inspection import Inspection, tokens_expected
from gilmok.core.request import Request
from gilmok.core.terms import UNLIMITED, Terms
from gilmok.state import Limit, Limiter, Refusal, Subject

_RETRY_S = 1.0
_Subjects = tuple[Subject, ...]


class Limits:
    """Single-threaded: every call happens on the event loop."""

    def __init__(self, limiter: Limiter, max_concurrency: int, gateway: Subject) -> None:
        """`gateway`: its limits over time. How many it answers at once is counted here."""
        self._limiter = limiter
        self.in_flight = 0
        self.configure(max_concurrency, gateway)

    def configure(self, max_concurrency: int, gateway: Subject) -> None:
        """New limits from the next request on. What was counted stays."""
        self._max = max_concurrency
        self._gateway = _limited(gateway)
        self._known: dict[tuple[str, str], tuple[Terms, _Subjects, _Subjects]] = {}

    def enter(self, caller: Caller) -> Permit:
        """A permit. Raises `LimitReached`; a refused request takes nothing."""
        if self.in_flight >= self._max:
            raise TooManyRequests("gateway", self._max, _RETRY_S)
        _, subjects, _ = self._of(caller)
        if not subjects:
            self.in_flight += 1
            return Permit(self._leave)
        taken = self._take(subjects)
        self.in_flight += 1
        return Permit(self._leave, (taken,), partial(self._limiter.left, subjects))

    def enter_for_user(self, caller: Caller, permit: Permit) -> None:
        """Takes for the end user as well, who became known after `enter`.

        Raises `LimitReached`.
        """
        subjects = _user(caller)
        if not subjects:
            return
        taken = self._take(subjects)
        everyone = self._of(caller)[1] + subjects
        permit.join(taken, partial(self._limiter.left, everyone))

    def hold(self, caller: Caller, request: Request, inspection: Inspection) -> Taken | None:
        """The tokens of one request, to be ended with what it used; `None` without limits.

        Raises `LimitReached`, and `TokensExceedLimit` where waiting would not help.
        """
        _, _, subjects = self._of(caller)
        if caller.user:
            subjects += _of_tokens(_user(caller))
        if not subjects:
            return None
        tokens = tokens_expected(request, inspection)
        taken = self._limiter.take(subjects, tokens=tokens)
        if isinstance(taken, Refusal):
            raise _error(taken, tokens)
        return taken

    def _take(self, subjects: _Subjects) -> Taken:
        taken = self._limiter.take(subjects, requests=1)
        if isinstance(taken, Refusal):
            raise _error(taken, 1)
        return taken

    def _of(self, caller: Caller) -> tuple[Terms, _Subjects, _Subjects]:
        """Whose limits hold for this caller, its end user aside: all of them, and those who have
        limits of tokens."""
        terms = caller.terms
        known = self._known.get((caller.tenant, caller.key_id))
        if known is not None and (known[0] is terms or _same_paces(known[0], terms)):
            return known
        subjects = self._gateway + _of_key(caller)
        found = terms, subjects, _of_tokens(subjects)
        self._known[caller.tenant, caller.key_id] = found
        return found

    def _leave(self) -> None:
        self.in_flight -= 1


def _same_paces(one: Terms, other: Terms) -> bool:
    """True for terms and their degraded form."""
    return one.tenant_pace is other.tenant_pace and one.key_pace is other.key_pace


def tenant_subject(tenant: str, terms: Terms) -> Subject:
    name = f"tenant/{tenant}"
    return Subject(scope="tenant", name=name, pace=terms.tenant_pace, time_zone=terms.time_zone)


def key_subject(tenant: str, key_id: str, terms: Terms) -> Subject:
    name = f"key/{tenant}/{key_id}"
    return Subject(scope="key", name=name, pace=terms.key_pace, time_zone=terms.time_zone)


def user_subject(tenant: str, user: str, terms: Terms) -> Subject:
    name = f"user/{tenant}/{user}"
    return Subject(scope="user", name=name, pace=terms.user_pace, time_zone=terms.time_zone)


def _of_key(caller: Caller) -> _Subjects:
    tenant = tenant_subject(caller.tenant, caller.terms)
    return _limited(tenant) + _limited(key_subject(caller.tenant, caller.key_id, caller.terms))


def _of_tokens(subjects: _Subjects) -> _Subjects:
    return tuple(s for s in subjects if s.pace.tokens_per_minute or s.pace.tokens_per_day)


def _user(caller: Caller) -> _Subjects:
    terms = caller.terms
    if not caller.user or terms.user_pace == UNLIMITED:
        return ()
    return (user_subject(caller.tenant, caller.user, terms),)


def _limited(subject: Subject) -> _Subjects:
    return () if subject.pace == UNLIMITED else (subject,)


def _error(refusal: Refusal, wanted: int) -> HttpError:
    scope, limit = refusal.subject.scope, refusal.limit
    if limit is Limit.CONCURRENCY:
        return TooManyRequests(scope, refusal.most, refusal.wait_s)
    if isinf(refusal.wait_s):
        return TokensExceedLimit(scope=scope, limit=limit, most=refusal.most, needed=wanted)
    return LimitReached(
        scope=scope,
        limit=limit,
        most=refusal.most,
        left=refusal.left,
        wait_s=refusal.wait_s,
        full_s=refusal.full_s,
    )
