"""The API for callers in the OpenAPI document, with what needs no key."""

from __future__ import annotations

from typing import Final

from gilmok.core import errors as e
from gilmok.core.engine_view import MachineView
from gilmok.lab import Forecast, PerformanceReport
from gilmok.ledger import Decision, GoodputReport, Statistics
from gilmok.surfaces import headers, sse
from gilmok.surfaces.budgets import BudgetList
from gilmok.surfaces.chat_whole import Completion
from gilmok.surfaces.chat_wire import ChatBody
from gilmok.surfaces.headers import BUDGET_LEFT
from gilmok.surfaces.lookups import PROMETHEUS, Health
from gilmok.surfaces.models import Model, ModelList
from gilmok.surfaces.openapi_operation import Errors, Operation
from gilmok.surfaces.openapi_schemas import Schema, ref, stream_event
from gilmok.surfaces.planned import Planned
from gilmok.surfaces.ratelimit import RATE_LIMITS

_JSON: Final = "application/json"
_TEXT: Schema = {"type": "string"}

OF_A_BODY: Final[Errors] = (
    e.UnsupportedParameter,
    e.UnsafeUrl,
    e.UnsupportedMediaType,
)
OF_AN_ANSWER: Final[Errors] = (
    e.ContextTooLong,
    e.NoCapableEndpoint,
    e.UpstreamRejected,
    e.BudgetExceeded,
    e.CapReached,
    e.LabelRefused,
    e.LabelNotPermitted,
    e.NotPermitted,
    e.PlanRefused,
    e.InjectionRefused,
    e.TokensExceedLimit,
    e.ModelNotFound,
    e.UpstreamRateLimited,
    e.AnswerUnusable,
    e.AnswersRejected,
    e.AllEndpointsFailed,
    e.LocalUnavailable,
    e.NothingAvailable,
    e.PriceUnknown,
    e.JournalUnavailable,
    e.ServerStopping,
    e.DeadlineExceeded,
    e.MemoryInsufficient,
)

OF_ANSWERS_HEAD: Final = (
    "x-gilmok-endpoint",
    "x-gilmok-zone",
    "x-gilmok-sensitivity",
    "x-gilmok-injection",
    "x-gilmok-attempts",
    "x-gilmok-fallback",
    "x-gilmok-cache",
    "x-gilmok-cost-usd",
    BUDGET_LEFT,
    "x-gilmok-validation",
    *RATE_LIMITS,
)
"""Headers of whole answers and streams."""

_EXAMPLES: Final = {
    "short": {
        "summary": "The gateway chooses",
        "value": {"model": "auto", "messages": [{"role": "user", "content": "What is a tuple?"}]},
    },
    "stream": {
        "summary": "As a stream, with usage",
        "value": {
            "model": "auto",
            "messages": [{"role": "user", "content": "파이썬 튜플이 뭐야?"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    },
}

CALLER_OPERATIONS: Final = {
    "chat": Operation(
        summary="Answer a conversation",
        description="OpenAI's chat completions. With `stream: true` the answer comes as "
        "server-sent events, each a `ChatChunk`. Parameters that cannot be carried to an endpoint "
        "are refused by name, never dropped in silence.",
        answers=((_JSON, ref(Completion)), (sse.CONTENT_TYPE.partition(";")[0], stream_event())),
        errors=(*OF_A_BODY, *OF_AN_ANSWER),
        parameters=(
            headers.TASK,
            headers.URGENCY,
            headers.DEADLINE,
            headers.USER,
            headers.CACHE,
            headers.CACHE_TAGS,
            "accept-language",
        ),
        body=ChatBody,
        examples=_EXAMPLES,
        headers=OF_ANSWERS_HEAD,
    ),
    "route": Operation(
        summary="Plan the same request without answering it",
        description="Nothing is sent and nothing is charged. A request that would be refused has "
        "its refusal in the body, and the status is 200. With `does` the body is that of the "
        "service's own route.",
        answers=((_JSON, ref(Planned)),),
        errors=OF_A_BODY,
        parameters=("does", headers.TASK, headers.DEADLINE, headers.USER, "accept-language"),
        body=ChatBody,
        examples=_EXAMPLES,
    ),
    "models": Operation(
        summary="List the names `model` may have",
        answers=((_JSON, ref(ModelList)),),
    ),
    "model": Operation(
        summary="Look up one of these names",
        answers=((_JSON, ref(Model)),),
        errors=(e.ModelNotFound,),
    ),
    "decision": Operation(
        summary="Read back why a request went where it went, and what it cost",
        description="Times in milliseconds, `at` in nanoseconds since 1970, money in nano-dollars.",
        answers=((_JSON, ref(Decision)),),
        errors=(e.DecisionNotFound,),
    ),
    "report": Operation(
        summary="The performance report in seven parts",
        description="Totals, cloud, local, efficiency of each endpoint, fallbacks, recommendations, "
        "summary: of the caller's tenant, and of all where the caller may see sums over all. Money "
        "in nano-dollars, times in milliseconds, moments in nanoseconds since 1970.",
        answers=((_JSON, ref(PerformanceReport)),),
        errors=(e.ReferenceNotFound,),
        parameters=("since", "reference", "accept-language"),
    ),
    "sla": Operation(
        summary="Whether promises were kept: goodput, and the time to the first token",
        description="A request meets its target where its first token came in time and it ended "
        "properly. For the same callers as the report; today's targets are held against the past.",
        answers=((_JSON, ref(GoodputReport)),),
        parameters=("since", "by"),
    ),
    "engines": Operation(
        summary="What this machine's engines do: memory, states, queues",
        description="Empty lists where no engines are configured. Bytes, seconds, nano-dollars.",
        answers=((_JSON, ref(MachineView)),),
    ),
    "forecast": Operation(
        summary="What a month will cost",
        description="Requests a day · 30 · tokens · prices, what is being charged drawn out to 30 "
        "days, and all of it at the reference model's prices. For the same callers as the report; "
        "of thirty days where `since` is left out.",
        answers=((_JSON, ref(Forecast)),),
        errors=(e.ReferenceNotFound,),
        parameters=("since", "reference"),
    ),
    "statistics": Operation(
        summary="How every endpoint served, and the requests by hour or day",
        description="What the report is made from, for the same callers and in the same units.",
        answers=((_JSON, ref(Statistics)),),
        errors=(e.ReferenceNotFound,),
        parameters=("since", "reference"),
    ),
    "budget": Operation(
        summary="What the caller's budgets have left",
        description="The tenant's, the key's, and with x-gilmok-user that end user's. Empty where "
        "none applies. Amounts in USD, moments in UTC.",
        answers=((_JSON, ref(BudgetList)),),
        parameters=(headers.USER,),
    ),
    "health": Operation(
        summary="How the gateway and its endpoints are",
        description="Without a valid key only the status.",
        answers=((_JSON, ref(Health)),),
    ),
    "live": Operation(summary="The process answers", answers=((_JSON, ref(Health)),)),
    "ready": Operation(
        summary="A request could be answered now",
        answers=((_JSON, ref(Health)),),
        errors=(e.JournalUnavailable, e.NothingAvailable),
    ),
    "metrics": Operation(
        summary="Metrics in the Prometheus text format",
        answers=((PROMETHEUS.partition(";")[0], _TEXT),),
    ),
    "openapi": Operation(summary="This document", answers=((_JSON, {"type": "object"}),)),
}
