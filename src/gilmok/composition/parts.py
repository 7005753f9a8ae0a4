"""Settings become the rooms' own policies, one small translation each."""

from __future__ import annotations

from pathlib import Path

from gilmok.config import Settings, Weights
from gilmok.core.goodput import Targets
from gilmok.core.injection import InjectionPolicy, Source
from gilmok.core.money import nano
from gilmok.core.terms import Pace
from gilmok.dashboard import Dashboard
from gilmok.deliberation import LLM, StrategyPolicy
from gilmok.dispatch import DispatchPolicy
from gilmok.fleet import BreakerPolicy
from gilmok.guard import OutputPolicy
from gilmok.guard.answers import AnswerPolicy
from gilmok.inspection import InjectionDetector, LabelPolicy, issued_secrets
from gilmok.lab import FeedbackPolicy, ScoreWeights
from gilmok.ledger import Journal, MemoryJournal
from gilmok.routing import Objective
from gilmok.state import IdempotencyBounds, Subject
from gilmok.surfaces.admin import Admin
from gilmok.surfaces.budgets import BudgetRoutes
from gilmok.surfaces.cache import CacheRoutes
from gilmok.surfaces.chat import Chat
from gilmok.surfaces.lookups import Lookups
from gilmok.surfaces.reports import Reports
from gilmok.surfaces.routes import Handler


def journal(settings: Settings) -> Journal | MemoryJournal:
    path = settings.ledger.path
    if path is None or path == ":memory:":
        return MemoryJournal(threaded=True)
    return Journal(Path(path), synchronous=settings.ledger.synchronous)


def objective(settings: Settings) -> Objective:
    def triple(weights: Weights) -> tuple[float, float, float]:
        return weights.quality, weights.price, weights.time

    routing = settings.routing
    return Objective(
        balanced=triple(routing.weights_balanced),
        fast=triple(routing.weights_fast),
        quality=triple(routing.weights_quality),
        cheap=triple(routing.weights_cheap),
        best=triple(routing.weights_best),
    )


def breaker_policy(settings: Settings) -> BreakerPolicy:
    breaker = settings.breaker
    return BreakerPolicy(
        failures=breaker.failures, window_s=breaker.window_s, cool_s=breaker.cool_s
    )


def handlers(
    chat: Chat,
    lookups: Lookups,
    reports: Reports,
    budgets: BudgetRoutes,
    dashboard: Dashboard,
    admin: Admin,
    cache: CacheRoutes,
) -> dict[str, Handler]:
    return {
        "chat": chat.chat,
        "route": chat.route,
        "models": lookups.models,
        "model": lookups.model,
        "decision": lookups.decision,
        "report": reports.report,
        "sla": reports.sla,
        "forecast": reports.forecast,
        "engines": lookups.engines,
        "budget": budgets.budget,
        "statistics": reports.statistics,
        "dashboard": dashboard.overview,
        "dashboard_decisions": dashboard.decisions,
        "dashboard_decision": dashboard.decision,
        "dashboard_style": dashboard.style,
        "home": dashboard.home,
        "create_key": admin.create,
        "list_keys": admin.all,
        "show_key": admin.show,
        "rotate_key": admin.rotate,
        "expire_key": admin.expire,
        "revoke_key": admin.revoke,
        "list_tenants": admin.tenants,
        "top_up": budgets.top_up,
        "forget_cache": cache.forget,
        "health": lookups.health,
        "live": lookups.live,
        "ready": lookups.ready,
        "metrics": lookups.metrics,
        "openapi": lookups.openapi,
    }


def labels(settings: Settings) -> LabelPolicy:
    privacy = settings.privacy
    return LabelPolicy(medium=privacy.medium, attachments=privacy.attachments, terms=privacy.terms)


def injection(settings: Settings) -> InjectionPolicy:
    chosen = settings.injection
    return InjectionPolicy(user=chosen.user, documents=chosen.documents, tools=chosen.tools)


def injection_detector(settings: Settings, followed: bool) -> InjectionDetector | None:
    """For the sources that somebody wants to know of: nothing is spent on the others."""
    asks = any(plan.injection for plan in settings.plans)
    sources = tuple(Source) if asks else injection(settings).sources
    return InjectionDetector(sources, followed) if sources else None


def strategies(settings: Settings) -> StrategyPolicy | None:
    """`None` where only the built-in strategies are wanted."""
    chosen = settings.strategies
    policy = StrategyPolicy(
        judges=chosen.analyser == LLM,
        chooses=chosen.selector == LLM,
        endpoint=chosen.endpoint,
        timeout_s=chosen.timeout_s,
        max_chars=chosen.max_chars,
    )
    return policy if policy.judges or policy.chooses else None


def feedback(settings: Settings) -> FeedbackPolicy:
    chosen = settings.feedback
    return FeedbackPolicy(
        weights=ScoreWeights(
            cost=chosen.weight_cost,
            speed=chosen.weight_speed,
            reliability=chosen.weight_reliability,
        ),
        cost=nano(chosen.cost_usd),
        savings=nano(chosen.savings_usd),
        reliability=chosen.reliability,
        speed=chosen.speed,
        target_latency_ms=chosen.target_latency_ms,
        local_share_low=chosen.local_share_low,
        local_share_high=chosen.local_share_high,
    )


def targets(settings: Settings) -> Targets:
    """What callers are promised."""
    own = {plan.id: plan.first_token_target_s for plan in settings.plans}
    return Targets(
        settings.telemetry.first_token_target_s,
        {plan: seconds for plan, seconds in own.items() if seconds is not None},
    )


def limits(settings: Settings) -> Subject:
    """The gateway's own limits over time."""
    chosen = settings.limits
    pace = Pace(
        requests_per_minute=chosen.requests_per_minute,
        requests_per_day=chosen.requests_per_day,
        tokens_per_minute=chosen.tokens_per_minute,
        tokens_per_day=chosen.tokens_per_day,
    )
    return Subject(scope="gateway", name="gateway", pace=pace, time_zone=chosen.time_zone)


def idempotency_bounds(settings: Settings) -> IdempotencyBounds:
    chosen = settings.idempotency
    return IdempotencyBounds(
        ttl_s=chosen.ttl_s, max_entries=chosen.max_entries, max_bytes=chosen.max_bytes
    )


def answer_policy(settings: Settings) -> AnswerPolicy:
    chosen = settings.validation
    return AnswerPolicy.of(chosen.checks, chosen.min_chars)


def output_policy(settings: Settings) -> OutputPolicy:
    chosen = settings.output
    return OutputPolicy(
        system_prompt=chosen.system_prompt,
        secrets=chosen.secrets,
        markup=chosen.markup,
        image_hosts=chosen.image_hosts,
        terms=chosen.terms,
        canaries=chosen.canaries,
        find_secrets=issued_secrets if chosen.secrets != "off" else None,
    )


def dispatch_policy(settings: Settings) -> DispatchPolicy:
    chosen = settings.dispatch
    return DispatchPolicy(
        connect_s=chosen.connect_s,
        first_token_s=chosen.first_token_s,
        stall_s=chosen.stall_s,
        retries=chosen.retries,
        backoff_s=chosen.backoff_s,
        backoff_max_s=chosen.backoff_max_s,
    )
