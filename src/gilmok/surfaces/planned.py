"""The body of `POST /v1/route`: what was found in a request and where it would go.

The field names of the first seed document are kept: complexity, privacy sensitivity, response time,
contains_sensitive_data, estimated_tokens, reasoning.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from gilmok.core.errors import HttpError
from gilmok.core.inspection import Inspection, Sensitivity
from gilmok.core.money import usd
from gilmok.core.plan import RoutePlan, Veto
from gilmok.core.request import Request, texts


class _Evidence(Struct, frozen=True):
    kind: str
    level: str
    where: str | None
    """The field, such as `messages[0].content[0]`; `None` where it spans several."""
    start: int
    end: int


class _Injection(Struct, frozen=True):
    source: str
    """`user`, `document` or `tool`."""
    verdict: str
    kind: str
    score: float
    where: str
    """The field, as in `evidence`."""


class _Candidate(Struct, frozen=True):
    endpoint_id: str
    model: str
    zone: str
    masked: bool
    score: float
    expected_quality: float
    expected_cost_usd: str
    expected_seconds: float


class _Refusal(Struct, frozen=True):
    status: int
    code: str
    message: str


class Planned(Struct, frozen=True, kw_only=True):
    object: str = "gilmok.route"
    sensitivity: str
    clearance: str
    contains_sensitive_data: bool
    complexity: str
    response_time: str
    estimated_tokens: int
    expected_output_tokens: int
    language: str
    reasoning: str
    evidence: list[_Evidence]
    injection: list[_Injection]
    """Attempts to take over the model; see docs/injection.md."""
    injection_action: str
    candidates: list[_Candidate]
    vetoes: tuple[Veto, ...]
    weights: dict[str, float]
    analyser: str
    """`fast`, or `llm`: a model would be asked as well, and may raise the label."""
    selector: str
    """`objective`, or `llm`: a model would be asked, and may reorder the candidates."""
    refusal: _Refusal | None


_encode = msgspec.json.Encoder().encode


def plan_body(
    request: Request,
    inspection: Inspection,
    plan: RoutePlan,
    refusal: HttpError | None,
    strategies: tuple[str, str],
) -> bytes:
    """`strategies`: the analyser and the selector that the request would meet."""
    paths = [ref.path for ref in texts(request)]
    return _encode(
        Planned(
            sensitivity=inspection.sensitivity.label,
            clearance=inspection.clearance,
            contains_sensitive_data=inspection.sensitivity is not Sensitivity.LOW,
            complexity=inspection.complexity,
            response_time=inspection.response_time,
            estimated_tokens=inspection.tokens.expected,
            expected_output_tokens=inspection.expected_output,
            language=inspection.language,
            reasoning=_reasoning(inspection, plan, refusal, request.locale),
            evidence=[
                _Evidence(
                    e.kind, e.level.label, paths[e.where] if e.where >= 0 else None, e.start, e.end
                )
                for e in inspection.evidence
            ],
            injection=_injection(inspection, paths),
            injection_action=inspection.injection_action,
            candidates=[
                _Candidate(
                    c.endpoint.id,
                    c.endpoint.model,
                    c.zone,
                    c.masked,
                    round(c.score, 4),
                    round(c.expected_quality, 4),
                    usd(c.expected_cost),
                    round(c.expected_s, 3),
                )
                for c in plan.candidates
            ],
            vetoes=plan.vetoes,
            weights=dict(zip(("quality", "price", "time"), plan.weights, strict=True)),
            analyser=strategies[0],
            selector=strategies[1],
            refusal=_Refusal(refusal.status, refusal.code, refusal.message(request.locale))
            if refusal
            else None,
        )
    )


def _injection(inspection: Inspection, paths: list[str]) -> list[_Injection]:
    return [
        _Injection(i.source, i.verdict, i.kind, i.score, paths[i.where])
        for i in inspection.injection
    ]


def _reasoning(
    inspection: Inspection, plan: RoutePlan, refusal: HttpError | None, locale: str
) -> str:
    if refusal is not None:
        return refusal.message(locale)
    first = plan.candidates[0]
    facts = {
        "sensitivity": inspection.sensitivity.label,
        "kinds": inspection.kinds if inspection.evidence or inspection.failed else "-",
        "complexity": inspection.complexity.value,
        "time": inspection.response_time.value,
        "endpoint": first.endpoint.id,
        "zone": first.zone.value,
    }
    return (_KO if locale == "ko" else _EN).format(**facts)


_EN = (
    "Sensitivity {sensitivity} ({kinds}), complexity {complexity}, response time {time}: "
    "{endpoint} ({zone}) has the best expected value among the permitted endpoints."
)
_KO = (
    "민감도 {sensitivity}({kinds}), 복잡도 {complexity}, 응답 시간 {time}: "
    "허용된 엔드포인트 중 {endpoint}({zone})의 기대값이 가장 높습니다."
)
