"""What can be wrong with plans and tenants beyond a single option."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gilmok.config.checks import unique
from gilmok.config.problems import Problems, Said
from gilmok.config.tables import Tables
from gilmok.config.terms import DEFAULT_PLAN, TermsBook, caps_of
from gilmok.config.wording import did_you_mean
from gilmok.core.terms import Caps, Terms


def check_plans(tables: Tables, problems: Problems) -> None:
    """Names that lead somewhere, calendars that exist, and money that can be spent."""
    before = len(problems.errors)
    unique("id", [(key, plan.id) for key, plan in tables.plans], problems)
    unique("id", [(key, tenant.id) for key, tenant in tables.tenants], problems)
    _check_names(tables, problems)
    _check_degrading(tables, problems)
    _check_zones(tables, problems)
    for key, plan in tables.plans:
        if plan.quality_floor > plan.quality_cap:
            problems.error(
                f"{key}.quality_floor",
                Said("is above quality_cap.", "quality_cap보다 큽니다."),
                Said("Lower it or raise quality_cap.", "값을 낮추거나 quality_cap을 올리세요."),
            )
    if len(problems.errors) == before:
        _check_caps(tables, problems)


def _check_names(tables: Tables, problems: Problems) -> None:
    known = tables.plan_ids | {DEFAULT_PLAN}
    named = [
        *((f"{key}.plan", tenant.plan) for key, tenant in tables.tenants),
        *((f"{key}.plan", table.plan) for key, table in tables.keys),
        *((f"{key}.degrade_to", plan.degrade_to) for key, plan in tables.plans),
    ]
    for place, plan in named:
        if plan is not None and plan not in known:
            problems.error(
                place,
                Said("names no plan.", "그런 요금제가 없습니다."),
                did_you_mean(plan, tuple(sorted(known))),
            )


def _check_degrading(tables: Tables, problems: Problems) -> None:
    """Who goes down from plan to plan never comes back to where he was."""
    below = {plan.id: plan.degrade_to for _, plan in tables.plans}
    for key, plan in tables.plans:
        seen, at = {plan.id}, plan.degrade_to
        while at is not None and at not in seen:
            seen.add(at)
            at = below.get(at)
        if at == plan.id:
            problems.error(
                f"{key}.degrade_to",
                Said("leads back to this plan.", "결국 이 요금제로 되돌아옵니다."),
                Said("Name a cheaper plan, or remove it.", "더 싼 요금제를 적거나 지우세요."),
            )


def _check_zones(tables: Tables, problems: Problems) -> None:
    named = [(f"{key}.time_zone", tenant.time_zone) for key, tenant in tables.tenants]
    named.append(("limits.time_zone", tables.file.limits.time_zone))
    for place, zone in named:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):  # A path, a folder, a name that is none.
            problems.error(
                place,
                Said("is no time zone.", "그런 시간대가 없습니다."),
                Said(
                    'Write an IANA name such as "Asia/Seoul".',
                    '"Asia/Seoul"처럼 IANA 이름을 쓰세요.',
                ),
            )


def _check_caps(tables: Tables, problems: Problems) -> None:
    """Within a plan. What a tenant's own table says beside it is meant for that tenant, and the
    tightest decides: one plan may serve small customers and large ones."""
    book = TermsBook(plan for _, plan in tables.plans)
    for key, plan in tables.plans:
        _check_nested(key, caps_of(plan.tenant_caps), book.of("default", plan.id), problems)


def _check_nested(key: str, tenant: Caps, terms: Terms, problems: Problems) -> None:
    """A cap above the one around it is never reached: somebody expects something else of it."""
    pairs = (
        ("user_caps", terms.user_caps, "key_caps", terms.key_caps),
        ("user_caps", terms.user_caps, "tenant_caps", tenant),
        ("key_caps", terms.key_caps, "tenant_caps", tenant),
    )
    for inner, small, outer, large in pairs:
        for cycle in ("daily", "monthly"):
            most, bound = getattr(small, cycle), getattr(large, cycle)
            if most is not None and bound is not None and most > bound:
                problems.error(
                    key,
                    Said(
                        f"makes {inner} {cycle}_usd larger than {outer} {cycle}_usd.",
                        f"{inner}의 {cycle}_usd가 {outer}의 {cycle}_usd보다 큽니다.",
                    ),
                    Said(
                        f"Lower {inner} or raise {outer}.",
                        f"{inner}를 낮추거나 {outer}를 올리세요.",
                    ),
                )
