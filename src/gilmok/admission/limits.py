"""How many requests and tokens: the gateway's limits, the tenant's, the key's, the end user's.

Two steps. `enter` takes one request and one place among those answered now, before any text is
looked at. `hold` takes tokens once the request is known: the prompt as estimated and the longest
answer allowed, put right when the answer ends. A request that any limit refuses takes nothing from
any other: where `hold` refuses, the permit gives the request back, too.
"""

from __future__ import annotations

from functools import partial
from math import isinf

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.errors import HttpError, LimitReached, TokensExceedLimit, TooManyRequests
from gilmok.core.identity import Caller, Permit, Taken
from gilmok.core.inspection import Inspection, tokens_expected
from gilmok.core.request import Request
from gilmok.core.terms import UNLIMITED, Terms
from gilmok.state import Limit, Limiter, Refusal, Subject

_RETRY_S = 1.0
_KNOWN = 10_000
"""Groups that are remembered: end users are many, and those who come often are few."""
_Subjects = tuple[Subject, ...]


class _Group(Struct, frozen=True):
    """Whose limits hold for one caller."""

    terms: Terms
    shared: _Subjects
    """The gateway, the tenant, the key."""
    user: _Subjects
    """The end user, where one is named."""
    everyone: _Subjects
    of_tokens: _Subjects
    """Those of them all who have limits of tokens."""


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
        self._groups: dict[tuple[str, str, str], _Group] = {}
        self._subjects: dict[Subject, Subject] = {}
        """Of equals the first: the limiter knows them again without a look at what is in them."""

    def enter(self, caller: Caller) -> Permit:
        """A permit. Raises `LimitReached`; a refused request takes nothing."""
        if self.in_flight >= self._max:
            raise TooManyRequests("gateway", self._max, _RETRY_S)
        subjects = self._of(caller).shared
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
        group = self._of(caller)
        if group.user:
            taken = self._take(group.user)
            permit.join(taken, partial(self._limiter.left, group.everyone))

    def hold(self, caller: Caller, request: Request, inspection: Inspection) -> Taken | None:
        """The tokens of one request, to be ended with what it used; `None` without limits.

        Raises `LimitReached`, and `TokensExceedLimit` where waiting would not help.
        """
        subjects = self._of(caller).of_tokens
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

    def _of(self, caller: Caller) -> _Group:
        group = self._groups.get((caller.tenant, caller.key_id, caller.user))
        if group is not None:
            terms = caller.terms
            if group.terms is terms or _same_paces(group.terms, terms):
                return group
        return self._learn(caller)

    def _learn(self, caller: Caller) -> _Group:
        if len(self._groups) >= _KNOWN:
            self._groups.clear()
            self._subjects.clear()
        if caller.user:
            shared = self._of(replace(caller, user="")).shared
        else:
            shared = self._gateway + self._known(_of_key(caller))
        user = self._known(_user(caller))
        everyone = shared + user
        group = _Group(caller.terms, shared, user, everyone, _of_tokens(everyone))
        self._groups[caller.tenant, caller.key_id, caller.user] = group
        return group

    def _known(self, subjects: _Subjects) -> _Subjects:
        return tuple(self._subjects.setdefault(subject, subject) for subject in subjects)

    def _leave(self) -> None:
        self.in_flight -= 1


def _same_paces(one: Terms, other: Terms) -> bool:
    """True for terms and their degraded form."""
    return (
        one.tenant_pace is other.tenant_pace
        and one.key_pace is other.key_pace
        and one.user_pace is other.user_pace
    )


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
