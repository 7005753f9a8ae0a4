"""4xx: a limit or a budget is reached."""

from __future__ import annotations

from math import ceil
from typing import ClassVar

from gilmok.core.errors.base import CallerError


class BudgetExceeded(CallerError):
    """No permitted candidate's worst case fits what is left.

    402 and not OpenAI's 429 `insufficient_quota`: its clients repeat every 429 by themselves, and a
    budget is not back in a moment. The type is OpenAI's.
    """

    status = 402
    type = "insufficient_quota"
    code = "budget_exceeded"
    en = (
        "The {cycle} budget of this {scope} has {remaining} of {cap} USD left, and this request may "
        "cost up to {needed} USD. It is renewed at {resets_at}. Ask for a shorter answer "
        "(max_tokens), name a cheaper or local model, or ask whoever manages the gateway for a "
        "top-up; GET /v1/budget shows what is left."
    )
    ko = (
        "이 {scope_ko}의 {cycle_ko} 예산이 {cap} USD 중 {remaining} USD 남았는데, 이 요청에는 최대 {needed} "
        "USD가 들 수 있습니다. 예산은 {resets_at}에 갱신됩니다. 답 길이를 줄이거나(max_tokens) 더 싼 모델이나 "
        "로컬 모델을 지정하거나, 게이트웨이 관리자에게 예산 추가를 요청하세요. 남은 예산은 GET /v1/budget 에서 "
        "볼 수 있습니다."
    )
    _KO: ClassVar[dict[str, str]] = {
        "tenant": "테넌트",
        "key": "키",
        "user": "사용자",
        "daily": "하루",
        "monthly": "한 달",
    }

    def __init__(
        self, *, scope: str, cycle: str, cap: str, remaining: str, needed: str, resets_at: str
    ) -> None:
        """Amounts in USD, the moment in ISO 8601."""
        super().__init__(
            scope=scope,
            cycle=cycle,
            cap=cap,
            remaining=remaining,
            needed=needed,
            resets_at=resets_at,
            scope_ko=self._KO[scope],
            cycle_ko=self._KO[cycle],
        )


class CapReached(CallerError):
    """Whoever might answer has spent what may be spent there, by all tenants together; see
    `BudgetExceeded` for the status. Tells nobody how much others spent."""

    status = 402
    type = "insufficient_quota"
    code = "cap_reached"
    en = (
        "What may be spent at {endpoints} is used up, or too little is left for this request. The "
        "cap is renewed at {resets_at}. Ask for less, name another model, or ask whoever manages "
        "the gateway for a higher daily_cap_usd or monthly_cap_usd."
    )
    ko = (
        "{endpoints}에 쓸 수 있는 금액을 다 썼거나 이 요청에는 모자랍니다. 한도는 {resets_at}에 갱신됩니다. "
        "더 작게 요청하거나 다른 모델을 지정하거나, 게이트웨이 관리자에게 daily_cap_usd 또는 "
        "monthly_cap_usd를 올려 달라고 하세요."
    )

    def __init__(self, endpoints: str, resets_at: str) -> None:
        """`resets_at`: ISO 8601."""
        super().__init__(endpoints=endpoints, resets_at=resets_at)


class TokensExceedLimit(CallerError):
    """413 and not 429: waiting does not help, and clients repeat a 429 by themselves."""

    status = 413
    code = "tokens_exceed_limit"
    en = (
        "This request needs {needed} tokens, prompt and answer together, and {most} {kind} are all "
        "there are ({scope}). Shorten the conversation, lower max_tokens, or ask whoever manages the "
        "gateway for a plan with more."
    )
    ko = (
        "이 요청에는 프롬프트와 답을 합쳐 {needed}토큰이 필요한데 한도는 {kind_ko} {most}입니다({scope}). "
        "대화를 줄이거나 max_tokens를 낮추거나, 게이트웨이 관리자에게 더 큰 요금제를 요청하세요."
    )

    def __init__(self, *, scope: str, limit: str, most: int, needed: int) -> None:
        en, ko = _LIMITS.get(limit, (limit, limit))
        super().__init__(
            param="max_tokens", scope=scope, most=most, needed=needed, kind=en, kind_ko=ko
        )


class LimitReached(CallerError):
    """A limit of the gateway, a tenant, a key or an end user. What is refused so takes nothing from
    any limit."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    en = (
        "The limit of {most} {kind} is reached ({scope}). Try again in {wait}, send less at a time, "
        "or ask whoever manages the gateway for a plan with more."
    )
    ko = (
        "{kind_ko} {most} 한도에 도달했습니다({scope}). {wait_ko} 뒤에 다시 시도하거나, 한 번에 보내는 "
        "양을 줄이거나, 게이트웨이 관리자에게 더 큰 요금제를 요청하세요."
    )

    def __init__(
        self, *, scope: str, limit: str, most: int, left: int, wait_s: float, full_s: float
    ) -> None:
        """`limit`: the option's name; `left` of `most`; `full_s` until all of it is there again."""
        self.limit = limit
        self.most = most
        self.left = left
        self.full_s = full_s
        en, ko = _LIMITS.get(limit, (limit, limit))
        wait, wait_ko = _spell(wait_s)
        super().__init__(
            retry_after_s=wait_s,
            scope=scope,
            most=most,
            kind=en,
            kind_ko=ko,
            wait=wait,
            wait_ko=wait_ko,
        )


_LIMITS = {
    "requests_per_minute": ("requests per minute", "분당 요청"),
    "requests_per_day": ("requests per day", "하루 요청"),
    "tokens_per_minute": ("tokens per minute", "분당 토큰"),
    "tokens_per_day": ("tokens per day", "하루 토큰"),
}


def _spell(seconds: float) -> tuple[str, str]:
    """A wait in words, never too short."""
    whole = max(1, ceil(seconds))
    if whole < 120:
        return f"{whole} s", f"{whole}초"
    minutes = -(-whole // 60)
    if minutes < 120:
        return f"{minutes} min", f"{minutes}분"
    hours = -(-minutes // 60)
    return f"{hours} h", f"{hours}시간"


class TooManyRequests(LimitReached):
    """At once, not over time. When one of them will end, nobody knows: the wait is a guess."""

    code = "concurrency_exceeded"
    en = "{most} requests are already being answered ({scope}). Try again in {wait}."
    ko = "이미 {most}개의 요청을 처리하고 있습니다({scope}). {wait_ko} 뒤에 다시 시도하세요."

    def __init__(self, scope: str, most: int, retry_after_s: float) -> None:
        super().__init__(
            scope=scope,
            limit="concurrency",
            most=most,
            left=0,
            wait_s=retry_after_s,
            full_s=retry_after_s,
        )


class UpstreamRateLimited(CallerError):
    status = 429
    type = "rate_limit_error"
    code = "upstream_rate_limited"
    en = "Every permitted endpoint is over its rate limit ({reasons}). Try again in {retry} s."
    ko = "허용된 모든 엔드포인트가 요청 한도를 넘었습니다({reasons}). {retry}초 뒤에 다시 시도하세요."

    def __init__(self, reasons: str, retry_after_s: float) -> None:
        super().__init__(retry_after_s=retry_after_s, reasons=reasons, retry=round(retry_after_s))
