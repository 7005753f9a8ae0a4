"""The team: three AutoGen assistants who speak in turn until the reviewer approves or time is up.

It always ends: by the reviewer's word, after `rounds`, after `seconds`, or with the error that a
call ended with. What models say is never acted upon; there are no tools.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import FunctionalTermination
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
)
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from autogen_core.model_context import HeadAndTailChatCompletionContext

from gilmok_devteam.clients import Bounds, Gateway, Problem, Watch, client_for
from gilmok_devteam.outcome import End, Message, Outcome, approves
from gilmok_devteam.recording import Recorder
from gilmok_devteam.roles import BY_ID, ROLES, Role, RoleId
from gilmok_devteam.texts import Locale


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run is to be."""

    models: Mapping[RoleId, str] = field(default_factory=lambda: {r.id: r.id for r in ROLES})
    rounds: int = 2
    seconds: float = 900.0
    recent: int = 2
    """Messages before its own that an agent is told, besides the task: contexts are small."""
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer, as it comes."""

    role: RoleId
    text: str


class Team:
    """One run. `async with` closes the clients, which stops answers under way."""

    def __init__(self, plan: Plan, gateway: Gateway, recorder: Recorder, locale: Locale) -> None:
        self._plan, self._recorder = plan, recorder
        self._token = CancellationToken()
        self._end: End | None = None
        self._messages: list[Message] = []
        self._watches = {r.id: Watch(r, plan.models[r.id], recorder) for r in ROLES}
        self._clients = {
            r.id: client_for(
                r, plan.models[r.id], gateway, plan.bounds, locale, self._watches[r.id]
            )
            for r in ROLES
        }
        self._chat = RoundRobinGroupChat(
            [self._agent(role, locale) for role in ROLES],
            termination_condition=FunctionalTermination(_is_approved),
            max_turns=plan.rounds * len(ROLES),
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for client in self._clients.values():
            self._stack.push_async_callback(client.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def stop(self, end: End = End.INTERRUPTED) -> None:
        """End the run as soon as possible; `work` then ends as usual."""
        self._end = self._end or end
        self._token.cancel()

    async def work(self, task: str) -> AsyncIterator[Piece | Message | Outcome]:
        """Pieces and messages as they come; last of all the outcome."""
        timer = asyncio.get_running_loop().call_later(self._plan.seconds, self.stop, End.TIME)
        failed = False
        try:
            stream = self._chat.run_stream(
                task=task, cancellation_token=self._token, output_task_messages=False
            )
            async for event in stream:
                if (seen := self._seen(event)) is not None:
                    yield seen
        except asyncio.CancelledError:
            if not self._token.is_cancelled():
                raise
        except RuntimeError:
            # What AutoGen raises for whatever its agents raised; the hooks know what it was.
            failed = True
        finally:
            timer.cancel()
            self._recorder.stopped(given_up=self._token.is_cancelled())
        problem = self._problem() if failed else None
        yield Outcome(self._ended(failed), tuple(self._messages), problem)

    def _agent(self, role: Role, locale: Locale) -> AssistantAgent:
        return AssistantAgent(
            role.id,
            self._clients[role.id],
            description=role.name.en,
            system_message=role.prompt.of(locale),
            model_client_stream=True,
            model_context=HeadAndTailChatCompletionContext(1, self._plan.recent),
        )

    def _seen(self, event: object) -> Piece | Message | None:
        if not isinstance(event, ModelClientStreamingChunkEvent | TextMessage):
            return None
        role = BY_ID.get(event.source)
        if role is None:
            return None
        if isinstance(event, ModelClientStreamingChunkEvent):
            self._recorder.token(role.id)
            return Piece(role.id, event.content)
        usage = event.models_usage
        told, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        self._recorder.finished(role.id, told, written)
        cut = written >= self._plan.bounds.tokens
        message = Message(role.id, event.content, written or None, cut)
        self._messages.append(message)
        return message

    def _ended(self, failed: bool) -> End:
        if self._end is not None:
            return self._end
        if failed:
            return End.FAILED
        approved = self._messages and approves(self._messages[-1].text)
        return End.APPROVED if approved else End.ROUNDS

    def _problem(self) -> Problem | None:
        """Of the last call. `None` where no error came back: it broke off, or nobody was there."""
        calls = self._recorder.timeline.calls
        return self._watches[calls[-1].role].problem if calls else None


def _is_approved(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> bool:
    last = messages[-1] if messages else None
    return isinstance(last, TextMessage) and last.source == "reviewer" and approves(last.content)
