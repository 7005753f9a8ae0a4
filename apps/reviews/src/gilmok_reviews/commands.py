"""What the commands do: with the store itself, or through the service that has it open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gilmok_reviews import words
from gilmok_reviews.domain import GatewayError, Restaurant
from gilmok_reviews.importing.reasons import REASONS
from gilmok_reviews.importing.records import format_of
from gilmok_reviews.jobs.importing import take_over
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.remote import Remote
from gilmok_reviews.service import Service, running
from gilmok_reviews.settings import Settings
from gilmok_reviews.store.records import Job, State
from gilmok_reviews.texts import Locale, Says

_ANALYSES = ("sentiment", "summary", "strengths")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Talk:
    """With whoever sits before the terminal."""

    console: Console
    locale: Locale

    def say(self, says: Says, **parts: str | int) -> None:
        self.console.print(says.of(self.locale, **parts), markup=False, highlight=False)

    def bar(self) -> Progress:
        return Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=self.console,
        )  # fmt: skip


async def import_file(settings: Settings, file: Path, talk: Talk) -> int:
    """The exit code. Where an earlier import of the same file was cut off, it goes on there."""
    if not await asyncio.to_thread(file.is_file):
        talk.say(words.NO_FILE, path=str(file))
        return 2
    form = format_of(file.name)
    try:
        async with running(settings) as service:
            name = service.jobs.new_id()
            upload = await asyncio.to_thread(take_over, file, form, service.jobs.uploads, name)
            job = await service.jobs.take(upload)
            return await _follow_import(service, job, talk)
    except Refused as refused:
        if refused.problem is not Problem.STORE_BUSY:
            raise
        busy = refused
    async with Remote(settings) as remote:
        if not await remote.answers():
            raise busy
        talk.say(words.BUSY_HINT, url=remote.url)
        return await remote.import_file(file, talk.locale, talk.bar(), talk.say)


async def analyse(
    settings: Settings, restaurants: Sequence[str], out: Path | None, talk: Talk
) -> int:
    """The exit code: 1 where an analysis failed. Results as JSON."""
    async with running(settings) as service:
        chosen = list(restaurants) or await service.library.reviewed()
        job = await service.jobs.analyse(chosen, _ANALYSES, talk.locale)
        with talk.bar() as bar:
            task = bar.add_task(words.ANALYSING.of(talk.locale), total=len(chosen) * len(_ANALYSES))
            async for event in service.jobs.events(job.id, 0):
                if event is not None and event.kind == "part":
                    bar.advance(task)
        job = await service.jobs.job(job.id)
        parts = await service.jobs.parts(job.id)
    found: dict[str, dict[str, object]] = {}
    for part in parts:
        answer = part.result if part.result is not None else {"code": part.code}
        found.setdefault(part.restaurant_id, {})[part.analysis] = answer
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if out is None:
        talk.console.print_json(text)
    else:
        await asyncio.to_thread(out.write_text, text + "\n", encoding="utf-8")
        talk.say(words.SAVED, path=str(out))
    talk.say(words.ANALYSED, done=job.progress["done"], failed=job.progress["failed"])
    return 1 if job.progress["failed"] else 0


async def reindex(settings: Settings, talk: Talk) -> int:
    """Raises `GatewayError` where the gateway gives no vectors; the reviews then wait for theirs."""
    talk.say(words.REINDEX_ASKS)
    async with running(settings, reindex=True) as service:
        counts = await service.library.counts()
        with talk.bar() as bar:
            task = bar.add_task(words.INDEXING.of(talk.locale), total=sum(counts.values()))

            async def told(more: int) -> None:
                bar.advance(task, more)

            await service.indexer.catch_up(told)
        counts = await service.library.counts()
    talk.say(words.REINDEXED, count=counts.get("indexed", 0))
    return 0


async def load_sample(service: Service, talk: Talk) -> None:
    """The reviews that ship, in the store; again, it changes nothing."""
    folder = resources.files("gilmok_reviews") / "sample"
    for line in _lines(folder / "restaurants.jsonl"):
        told = json.loads(line)
        known = Restaurant(id=told["id"], name=told["name"], category=told["category"])
        await service.library.put_restaurant(known)
    with resources.as_file(folder / "reviews.jsonl") as file:
        upload = await asyncio.to_thread(
            take_over, file, "jsonl", service.jobs.uploads, service.jobs.new_id()
        )
    await _follow_import(service, await service.jobs.take(upload), talk)


async def _follow_import(service: Service, job: Job, talk: Talk) -> int:
    with talk.bar() as bar:
        storing = bar.add_task(words.STORING.of(talk.locale), total=100)
        async for event in service.jobs.events(job.id, 0):
            if event is not None and "percent" in event.data:
                bar.update(storing, completed=event.data["percent"])
    ended = await service.jobs.job(job.id)
    if ended.state is not State.DONE:
        raise _refused(ended)
    done = ended.progress
    counts = ("added", "changed", "unchanged", "duplicates", "bad")
    talk.say(words.IMPORTED, **{name: int(done[name]) for name in counts})
    for line, code in await service.jobs.bad_lines(job.id, _SHOWN):
        talk.say(words.BAD_LINE, line=line, reason=REASONS[code].says.of(talk.locale))
    if done["bad"] > _SHOWN:
        talk.say(words.MORE_BAD_LINES, count=done["bad"] - _SHOWN)
    waiting = (await service.library.counts()).get("waiting", 0)
    if waiting:
        # As the import found it: meanwhile it is being tried again.
        talk.say(words.WAITING, count=waiting, code=str(done.get("code", "")))
    return 0


def _refused(job: Job) -> Exception:
    known = {problem.code: problem for problem in (Problem.NO_TEXT_COLUMN, Problem.EMPTY_FILE)}
    if job.trouble in known:
        return Refused(known[job.trouble])
    return GatewayError(job.trouble or job.state, job.trouble or job.state)


def _lines(file: Traversable) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line.strip()]
