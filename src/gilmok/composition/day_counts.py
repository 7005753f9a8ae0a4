"""Limits by the day survive a restart: their counters start from what the ledger has of today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gilmok.admission.limits import key_subject, tenant_subject, user_subject
from gilmok.composition import parts
from gilmok.config import Settings
from gilmok.core.calendar import Cycle, span
from gilmok.core.identity import Caller
from gilmok.core.ports import Clock
from gilmok.core.terms import Pace, Terms
from gilmok.ledger import Archive
from gilmok.ledger.day_counts import DayCount
from gilmok.state import Limiter, Subject


class DayCounts:
    def __init__(self, archive: Archive, limiter: Limiter, clock: Clock) -> None:
        self._archive = archive
        self._limiter = limiter
        self._clock = clock

    async def restore(self, settings: Settings, callers: Iterable[Caller]) -> None:
        """Reads the ledger once per time zone, and not at all where nothing counts by the day."""
        gateway = parts.limits(settings)
        terms = {(c.tenant, c.key_id): c.terms for c in callers}
        book = settings.terms
        zones = {t.time_zone for t in terms.values() if any(map(_is_daily, _paces(t)))}
        if _is_daily(gateway.pace):
            zones.add(gateway.time_zone)
        for zone in sorted(zones):
            today = span(Cycle.DAILY, self._clock.wall(), zone)
            for count in await self._archive.day_counts(since=today.start):
                # What keys did that are gone is still their tenant's.
                of = terms.get((count.tenant, count.key_id)) or book.of(count.tenant)
                for subject in (gateway, *_subjects(count, of)):
                    if _is_daily(subject.pace) and subject.time_zone == zone:
                        self._limiter.restore(subject, count.requests, count.tokens)


def _subjects(count: DayCount, terms: Terms) -> Iterator[Subject]:
    yield tenant_subject(count.tenant, terms)
    yield key_subject(count.tenant, count.key_id, terms)
    if count.user:
        yield user_subject(count.tenant, count.user, terms)


def _paces(terms: Terms) -> tuple[Pace, ...]:
    return terms.tenant_pace, terms.key_pace, terms.user_pace


def _is_daily(pace: Pace) -> bool:
    return bool(pace.requests_per_day or pace.tokens_per_day)
