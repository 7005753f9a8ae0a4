"""What to do about it: at most one recommendation of each kind, and of each endpoint.

A code, the number that led to it, and the sentence in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gilmok.core.endpoint import Zone
from gilmok.core.said import Locale, Said
from gilmok.lab.efficiency import Efficiency
from gilmok.lab.figures import duration, money, percent
from gilmok.lab.policy import FeedbackPolicy
from gilmok.ledger import EndpointStatistics, Statistics


class Recommendation(Struct, frozen=True, kw_only=True):
    code: str
    """One of `MESSAGES`."""
    endpoint_id: str | None = None
    value: float | None = None
    """Nano-dollars, a share, or milliseconds: what was measured."""
    message: str


MESSAGES = {
    "cost_high": Said(
        "{cost} were spent. Give local models more of the work to spend less.",
        "총비용이 {cost}입니다. 로컬 모델을 더 많이 써서 비용을 줄이세요.",
    ),
    "savings_good": Said(
        "Answering here instead of in the cloud saved {savings}. Keep it up.",
        "클라우드 대신 이곳에서 답해 {savings}를 절감했습니다. 지금 방식을 유지하세요.",
    ),
    "endpoint_unreliable": Said(
        "{endpoint} succeeded in {share} of its requests only. See what is wrong with it.",
        "{endpoint}의 성공률이 {share}로 낮습니다. 상태를 점검하세요.",
    ),
    "endpoint_slow": Said(
        "{endpoint} is slow ({latency} on average). Prefer a faster one where time matters.",
        "{endpoint}의 응답이 느립니다(평균 {latency}). 더 빠른 곳을 우선 사용하세요.",
    ),
    "local_share_low": Said(
        "Only {share} of the answers came from this machine and its network. "
        "Let local models take the simple questions to spend less.",
        "로컬에서 답한 비율이 {share}로 낮습니다. 간단한 질문을 로컬 모델에 맡겨 비용을 줄이세요.",
    ),
    "local_share_high": Said(
        "{share} of the answers came from this machine and its network. "
        "A cloud model may answer the hard questions better.",
        "로컬에서 답한 비율이 {share}로 높습니다. 어려운 질문은 클라우드 모델이 더 잘 답할 수 "
        "있습니다.",
    ),
    "all_good": Said("Nothing to improve.", "지금 방식이 최적입니다."),
}


def recommendations(
    found: Statistics, scores: Sequence[Efficiency], policy: FeedbackPolicy, locale: Locale
) -> tuple[Recommendation, ...]:
    """In order: money, endpoints, shares. `all_good` alone where there was work and no complaint."""
    advice = (
        *_about_money(found, policy, locale),
        *(
            each
            for of, score in zip(found.endpoints, scores, strict=True)
            for each in _about(of, score, policy, locale)
        ),
        *_about_shares(found, policy, locale),
    )
    if not advice and any(of.successes for of in found.endpoints):
        return (_said("all_good", locale),)
    return advice


def local_share(found: Statistics) -> float | None:
    """Of all answers, those of this machine and its network; `None` without any."""
    every = sum(of.successes for of in found.endpoints)
    local = sum(of.successes for of in found.endpoints if of.zone != Zone.CLOUD)
    return local / every if every else None


def _about_money(
    found: Statistics, policy: FeedbackPolicy, locale: Locale
) -> Iterator[Recommendation]:
    if found.cost > policy.cost:
        yield _said("cost_high", locale, value=found.cost, cost=money(found.cost))
    if (found.savings or 0) > policy.savings:
        saved = found.savings or 0
        yield _said("savings_good", locale, value=saved, savings=money(saved))


def _about(
    of: EndpointStatistics, score: Efficiency, policy: FeedbackPolicy, locale: Locale
) -> Iterator[Recommendation]:
    name = of.endpoint_id
    if of.success_rate is not None and of.success_rate < policy.reliability:
        share = percent(of.success_rate)
        yield _said(
            "endpoint_unreliable", locale, name, of.success_rate, endpoint=name, share=share
        )
    if of.mean_ms is not None and score.speed_score < policy.speed:
        latency = duration(of.mean_ms)
        yield _said("endpoint_slow", locale, name, of.mean_ms, endpoint=name, latency=latency)


def _about_shares(
    found: Statistics, policy: FeedbackPolicy, locale: Locale
) -> Iterator[Recommendation]:
    share = local_share(found)
    if share is None:
        return
    if share < policy.local_share_low:
        yield _said("local_share_low", locale, value=share, share=percent(share))
    elif share > policy.local_share_high:
        yield _said("local_share_high", locale, value=share, share=percent(share))


def _said(
    code: str,
    locale: Locale,
    endpoint_id: str | None = None,
    value: float | None = None,
    **facts: str,
) -> Recommendation:
    said = MESSAGES[code]
    message = (said.ko if locale == "ko" else said.en).format(**facts)
    return Recommendation(code=code, endpoint_id=endpoint_id, value=value, message=message)
