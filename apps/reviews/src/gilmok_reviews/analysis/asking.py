"""Questions to the language model, one result's worth: counted, and never trusted for their form."""

from __future__ import annotations

import json

from gilmok_reviews.analysis.prompts import Schema
from gilmok_reviews.analysis.results import Note, Usage
from gilmok_reviews.domain import GatewayError, Llm, NotAsked, Said


class Questions:
    """Those of one request. After a refusal or silence nothing more is asked."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm
        self._said: list[Said] = []
        self._notes: dict[Note, None] = {}
        self._calls = 0

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(self._notes)

    @property
    def usage(self) -> Usage:
        said = self._said
        return Usage(
            calls=self._calls,
            prompt_tokens=sum(s.prompt_tokens for s in said),
            completion_tokens=sum(s.completion_tokens for s in said),
            cost_nano=sum(s.cost_nano for s in said),
            model=said[-1].model if said else "",
            decision_ids=tuple(s.decision_id for s in said),
        )

    @property
    def silent(self) -> bool:
        """Nobody answered, and nobody will be asked again."""
        return Note.MODEL_UNREACHABLE in self._notes or Note.MODEL_OFF in self._notes

    async def ask(
        self, question: tuple[str, str], *, task: str, max_tokens: int, schema: Schema
    ) -> dict[str, object] | None:
        """The answer's JSON object; `None`, and a note, where there is none. Its members are whatever
        the model wrote: the caller checks them."""
        if self.silent:
            return None
        system, user = question
        try:
            said = await self._llm.ask(
                system, user, task=task, max_tokens=max_tokens, schema=schema
            )
        except NotAsked as error:
            self.note(Note.MODEL_UNREACHABLE if error.retryable else Note.MODEL_OFF)
            return None
        except GatewayError:
            self._calls += 1
            self.note(Note.MODEL_UNREACHABLE)
            return None
        self._calls += 1
        self._said.append(said)
        answer = _object(said.text)
        if answer is None:
            self.note(Note.MODEL_ANSWER_INVALID)
        return answer

    def note(self, note: Note) -> None:
        self._notes[note] = None


def _object(text: str) -> dict[str, object] | None:
    """The JSON object that the text is, or that stands in a fence or a sentence."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    for candidate in (text[start : end + 1], _mended(text[start:])):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _mended(text: str) -> str:
    """An answer that ran out of tokens in the middle of a list, without the member it broke off in."""
    whole = text[: text.rfind("}") + 1]
    return f"{whole}]}}"
