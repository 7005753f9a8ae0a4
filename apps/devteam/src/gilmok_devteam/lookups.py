"""What the gateway says about itself: its record of a call, and what is loaded now.

Behind an address that is no Gilmok, or an older one, these are missing, and the timeline has less
in it. Nothing here can make the team fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import openai
from openai import AsyncOpenAI

from gilmok_devteam.clients import Gateway, at_home
from gilmok_devteam.recording import Decision, Recorder
from gilmok_devteam.timeline import COMPLETED, EngineAt, Load, Sample

_LOADS = frozenset(load.value for load in Load)
_PATIENCE_S = 5.0
_TRIES = 20
_PAUSE_S = 0.1
"""A decision can be read once it is journalled, which is grouped and follows the answer."""


class Lookups:
    def __init__(self, gateway: Gateway) -> None:
        self._client = AsyncOpenAI(
            base_url=gateway.url,
            api_key=gateway.key or "none",
            max_retries=0,
            timeout=_PATIENCE_S,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not at_home(gateway.url)),
        )

    async def close(self) -> None:
        await self._client.close()

    async def models(self) -> frozenset[str]:
        """Names that may be asked for; none where nobody says."""
        try:
            body = await self._client.get("/models", cast_to=object)
        except openai.OpenAIError:
            return frozenset()
        return frozenset(str(row.get("id")) for row in _rows(body, "data"))

    async def watch(self, recorder: Recorder, every_s: float) -> None:
        """Sample the engines until cancelled; stops by itself where there is no such route."""
        keeps_engines = True
        while keeps_engines:
            keeps_engines = await self.look(recorder)
            await asyncio.sleep(every_s)

    async def look(self, recorder: Recorder) -> bool:
        """One sample. False where nobody keeps engines there."""
        try:
            body = await self._client.get("/engines", cast_to=object)
        except openai.APIStatusError:
            return False
        except openai.OpenAIError:
            return True  # a pause of the network, or the gateway is going: the next try will tell
        sample = read_sample(body, recorder.now)
        if sample is not None:
            recorder.sample(sample)
        return sample is not None

    async def settle(self, recorder: Recorder) -> None:
        """Replace what the client saw of every call by what the gateway recorded."""
        for number, decision_id in recorder.to_settle():
            decision = await self._decision(decision_id)
            if decision is not None:
                recorder.settled(number, decision)

    async def _decision(self, decision_id: str) -> Decision | None:
        for _ in range(_TRIES):
            try:
                body = await self._client.get(f"/decisions/{decision_id}", cast_to=object)
            except openai.NotFoundError:
                await asyncio.sleep(_PAUSE_S)
                continue
            except openai.OpenAIError:
                return None
            return read_decision(body)
        return None


def read_decision(body: object) -> Decision | None:
    """`GET /v1/decisions/{id}`; unknown fields are ignored, missing ones are not known."""
    if not isinstance(body, Mapping):
        return None
    outcome = str(body.get("outcome") or "")
    if not outcome:
        return None
    answered = _answering_attempt(body)
    return Decision(
        outcome=COMPLETED if outcome == COMPLETED else str(body.get("error") or outcome),
        endpoint=str(body.get("endpoint_id") or ""),
        begun_ms=_begun(answered),
        first_ms=_number(body.get("first_token_ms")),
        total_ms=_number(body.get("total_ms")),
        prompt_tokens=_whole(body.get("prompt_tokens")),
        completion_tokens=_whole(body.get("completion_tokens")),
    )


def _answering_attempt(body: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The last attempt at the client's own question."""
    attempts = _rows(body.get("explanation"), "attempts")
    mine = [attempt for attempt in attempts if attempt.get("purpose", "answer") == "answer"]
    return mine[-1] if mine else {}


def _begun(attempt: Mapping[Any, Any]) -> float | None:
    started, queued = _number(attempt.get("started_ms")), _number(attempt.get("queued_ms"))
    return None if started is None or queued is None else started + queued


def read_sample(body: object, at: float) -> Sample | None:
    """`GET /v1/engines`; `None` where there are no engines."""
    engines = tuple(e for row in _rows(body, "engines") if (e := _engine(row)) is not None)
    if not engines:
        return None
    devices = _rows(body, "devices")
    held, budget = (sum(_whole(d.get(name)) or 0 for d in devices) for name in ("held", "budget"))
    return Sample(at=at, engines=engines, held=held, budget=budget or None)


def _engine(row: Mapping[Any, Any]) -> EngineAt | None:
    name, state = row.get("id"), row.get("state")
    if not isinstance(name, str) or state not in _LOADS:
        return None
    return EngineAt(id=name, load=Load(state))


def _rows(body: object, name: str) -> list[Mapping[Any, Any]]:
    """The objects of a list in an object; none where it is something else."""
    rows = body.get(name) if isinstance(body, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _number(value: object) -> float | None:
    right = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if right else None  # type: ignore[arg-type]  # narrowed by `right`


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
