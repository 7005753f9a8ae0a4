"""Which answers of services are whole and may be kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

from msgspec.structs import replace

from gilmok.cache import CachedAnswer
from gilmok.core.completion import Batch, Made, Usage
from gilmok.core.plan import Candidate, RoutePlan
from gilmok.core.work import Picture
from gilmok.dispatch import Course
from gilmok.passage import Passage
from gilmok.system import SystemClock
from tests.unit import nouns

EVENTS: tuple[Batch, ...] = ([Made(b"x", "image/png")], [Usage(7, 0)])
MEASURED = Usage(7, 0, units=1)


class Answered(SimpleNamespace):
    """As much of `Live` as a passage reads."""

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self._told()

    async def _told(self) -> AsyncIterator[Batch]:
        for batch in EVENTS:
            self.kept += batch
            yield batch
        self.ended = True


async def complete(*, stand_in: bool) -> CachedAnswer | None:
    plain = nouns.candidate()
    row = replace(plain.endpoint.provider, stand_in=stand_in)
    candidate: Candidate = replace(plain, endpoint=replace(plain.endpoint, provider=row))
    plan = RoutePlan(candidates=(candidate,), vetoes=(), weights=(1.0, 0.0, 0.0))
    request, course = nouns.request(work=Picture()), Course(SystemClock())
    passage = Passage(request, nouns.inspection(), plan, course, None)
    live = Answered(candidate=candidate, ended=False, usage=MEASURED, remark=None)
    passage.carry(live, remember=True)  # type: ignore[arg-type]
    async for _ in passage.events():
        pass
    return passage.complete


async def test_what_was_made_is_kept_with_its_units() -> None:
    kept = await complete(stand_in=False)
    assert kept is not None
    assert kept.events == (Made(b"x", "image/png"), MEASURED)


async def test_what_only_stands_in_is_not_kept() -> None:
    assert await complete(stand_in=True) is None
