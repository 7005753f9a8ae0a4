"""Reviews judged in the background, so that an analysis finds most of its work done.

On this machine: neither the network nor money is needed, but a text takes the classifier tens of
milliseconds of a core. So nobody waits for it: an import ends before, and what an analysis wants
earlier it judges itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from gilmok_reviews.domain import Judge
from gilmok_reviews.problems import Refused
from gilmok_reviews.store.catalogue import Catalogue
from gilmok_reviews.store.library import Store

BATCH: Final = 16
"""Kept together: what a kill in between costs is judged again."""

_PAUSE_S: Final = 30.0

_log = logging.getLogger(__name__)


class Judging:
    """`catch_up` judges what there is to judge, once. `run` does so whenever `wake` was called."""

    def __init__(
        self,
        store: Store,
        judge: Judge,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._judge = judge
        self._sleep = sleep
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self.catch_up()
            except Refused:  # There is no room for judgements.
                _log.warning("judging_waits_for_storage")
                await self._sleep(_PAUSE_S)
                self._woken.set()

    async def catch_up(self) -> None:
        """Until every review was tried. What fails is judged when an analysis wants it. Raises
        `Refused` where judgements cannot be kept."""
        async with self._turn:
            after = 0
            while unjudged := await self._store.reading.catalogue.do(
                Catalogue.unjudged, after, BATCH
            ):
                texts = [stored.review.text for stored in unjudged]
                after = unjudged[-1].number
                try:
                    judged = await asyncio.to_thread(self._judge.judge, texts)
                except Exception as error:
                    _log.error("judging_failed", extra={"error": type(error).__name__})
                    continue
                pairs = list(zip(unjudged, judged, strict=True))
                await self._store.writing.catalogue.do(Catalogue.judge, pairs)
