"""Every way a request can go wrong, as one tree.

```
GilmokError
├── ConfigError                 one wrong option of the configuration; never during a request
├── ConfigErrors                every wrong option of a configuration at once
├── CallerError                 4xx: the request has to change
│   ├── InvalidRequest              400 invalid_request
│   │   └── InvalidTask                 422 invalid_task
│   ├── UnsupportedParameter        400 unsupported_parameter
│   ├── UnsafeUrl                   400 unsafe_url
│   ├── ContextTooLong              400 context_length_exceeded
│   ├── NoCapableEndpoint           400 no_capable_endpoint
│   ├── InvalidKey                  401 invalid_api_key
│   │   ├── MistypedKey                 401 mistyped_api_key
│   │   ├── ExpiredKey                  401 expired_api_key
│   │   ├── RevokedKey                  401 revoked_api_key
│   │   └── InvalidAdminKey             401 invalid_admin_key
│   ├── BudgetExceeded              402 budget_exceeded
│   ├── LabelRefused                403 label_refused
│   ├── LabelNotPermitted           403 label_not_permitted
│   ├── InjectionRefused            403 injection_refused
│   ├── NotPermitted                403 not_permitted
│   ├── PlanRefused                 403 plan_refused
│   ├── ModelNotFound               404 model_not_found
│   ├── DecisionNotFound            404 decision_not_found
│   ├── ReferenceNotFound           404 reference_not_found
│   ├── RoleNotFound                404 role_not_found
│   ├── BatchNotFound               404 batch_not_found
│   ├── KeyNotFound                 404 key_not_found
│   ├── RouteNotFound               404 route_not_found
│   ├── MethodNotAllowed            405 method_not_allowed
│   ├── RequestTimeout              408 request_timeout
│   ├── KeyExists                   409 key_exists
│   ├── KeyEnded                    409 key_ended
│   ├── IdempotencyAnswerTooLarge   409 idempotency_answer_too_large
│   ├── BatchCancelled              409 batch_cancelled
│   ├── BodyTooLarge                413 body_too_large
│   ├── BatchTooLarge               413 batch_too_large
│   ├── TokensExceedLimit           413 tokens_exceed_limit
│   ├── UnsupportedMediaType        415 unsupported_media_type
│   ├── InvalidIdempotencyKey       422 invalid_idempotency_key
│   ├── IdempotencyKeyReused        422 idempotency_key_reused
│   ├── TooManyBatches              429 too_many_batches
│   ├── LimitReached                429 rate_limit_exceeded
│   │   └── TooManyRequests             429 concurrency_exceeded
│   ├── HeadersTooLarge             431 headers_too_large
│   ├── UpstreamRejected            400 upstream_rejected
│   └── UpstreamRateLimited         429 upstream_rate_limited
├── ServiceError                5xx: the request was fine
│   ├── InternalError               500 internal_error
│   ├── AnswerUnusable              502 answer_unusable
│   ├── AnswersRejected             502 answers_rejected
│   ├── AllEndpointsFailed          503 all_endpoints_failed
│   ├── LocalUnavailable            503 local_unavailable
│   ├── NothingAvailable            503 no_endpoint_available
│   ├── PriceUnknown                503 price_unknown
│   ├── JournalUnavailable          503 journal_unavailable
│   ├── KeyringUnavailable          503 keyring_unavailable
│   ├── IdempotencyStoreFull        503 idempotency_store_full
│   ├── BatchesFull                 503 batches_full
│   ├── ServerStopping              503 server_stopping
│   ├── DeadlineExceeded            504 deadline_exceeded
│   └── MemoryInsufficient          507 insufficient_memory
└── AttemptFailed               one try; dispatch decides what follows
    ├── ConnectFailed               connect_failed
    ├── ZoneRefused                 zone_refused: the address is less trusted than the label asks
    ├── EndpointFull                endpoint_limit
    ├── EngineBusy                  engine_busy: its queue is full, or it would not begin in time
    ├── UpstreamStatus              upstream_status_NNN
    ├── FirstTokenTimeout           first_token_timeout
    ├── MalformedAnswer             malformed_answer
    ├── EmptyAnswer                 empty_answer
    ├── AnswerRejected              rejected_CODE: the answer came, and is no answer
    ├── BudgetTooSmall              budget: this candidate's worst case was not covered any more
    └── StreamBroken                stream_broken, stream_stalled, stream_error_event
```

Codes are stable English; messages exist in English and Korean, side by side, so that neither can be
forgotten. Messages never hold user text: parameters are names, numbers and codes.
"""

from __future__ import annotations

from asyncio import CancelledError
from math import ceil, inf
from typing import ClassVar

from gilmok.core.endpoint import Zone
from gilmok.core.flaws import Flaw


class GilmokError(Exception):
    """A failure with a stable code and a message in two languages."""

    code: ClassVar[str] = "error"
    en: ClassVar[str] = "Something went wrong."
    ko: ClassVar[str] = "문제가 발생했습니다."

    def __init__(self, **parameters: str | int | float) -> None:
        self.parameters = parameters
        super().__init__(self.message("en"))

    def message(self, locale: str = "en") -> str:
        return (self.ko if locale == "ko" else self.en).format(**self.parameters)


class ConfigError(GilmokError):
    """One wrong option: which file, which key, why, and what to write instead."""

    code = "config_invalid"
    en = "{file}: {key}: {reason} {fix}"
    ko = "{file}: {key}: {reason_ko} {fix_ko}"

    def __init__(
        self,
        *,
        file: str,
        key: str,
        reason: str,
        fix: str,
        reason_ko: str | None = None,
        fix_ko: str | None = None,
    ) -> None:
        super().__init__(
            file=file,
            key=key,
            reason=reason,
            fix=fix,
            reason_ko=reason if reason_ko is None else reason_ko,
            fix_ko=fix if fix_ko is None else fix_ko,
        )


class ConfigErrors(GilmokError):
    """Everything that is wrong with a configuration, in file order; never empty."""

    code = "config_invalid"

    def __init__(self, errors: tuple[ConfigError, ...]) -> None:
        self.errors = errors
        super().__init__()

    def message(self, locale: str = "en") -> str:
        return "\n".join(error.message(locale) for error in self.errors)


class HttpError(GilmokError):
    """A failure a client sees. `type` is OpenAI's error type, `param` the field at fault."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "api_error"

    def __init__(
        self,
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        **p: str | int | float,
    ) -> None:
        self.param = param
        self.retry_after_s = retry_after_s
        self.asked = False
        """True where an endpoint had been asked before it was raised: the request was carried out,
        and only the outcome is an error."""
        super().__init__(**p)


class CallerError(HttpError):
    status = 400
    type = "invalid_request_error"


class InvalidRequest(CallerError):
    code = "invalid_request"
    en = "{field}: {reason}"
    ko = "{field}: {reason_ko}"

    def __init__(self, field: str, reason: str, reason_ko: str) -> None:
        super().__init__(param=field, field=field, reason=reason, reason_ko=reason_ko)


class InvalidTask(InvalidRequest):
    """The body is sound JSON and no task: 422, as the development team's clients expect it."""

    status = 422
    code = "invalid_task"
    en = "{field}: {reason}"
    ko = "{field}: {reason_ko}"


class UnsupportedParameter(CallerError):
    code = "unsupported_parameter"
    en = "{field} is not supported here: {reason}. Leave it out, or call the provider directly."
    ko = (
        "{field}은(는) 여기서 지원하지 않습니다: {reason_ko}. "
        "이 값을 빼거나 제공자를 직접 호출하세요."
    )

    def __init__(self, field: str, reason: str, reason_ko: str) -> None:
        super().__init__(param=field, field=field, reason=reason, reason_ko=reason_ko)


class UnsafeUrl(CallerError):
    """An address for an endpoint to fetch, at which a caller has no business."""

    code = "unsafe_url"
    en = (
        "{field} must be a data: URL, or http(s) at a public host. Send the content itself instead."
    )
    ko = (
        "{field}은(는) data: URL이거나 공개 호스트의 http(s) 주소여야 합니다. 내용을 직접 보내세요."
    )

    def __init__(self, field: str) -> None:
        super().__init__(param=field, field=field)


class ContextTooLong(CallerError):
    code = "context_length_exceeded"
    en = (
        "The prompt needs about {tokens} tokens; the largest permitted context is {context}. "
        "Shorten the conversation or configure an endpoint with a longer context."
    )
    ko = (
        "프롬프트에 약 {tokens}토큰이 필요하지만 허용된 가장 긴 컨텍스트는 {context}토큰입니다. "
        "대화를 줄이거나 컨텍스트가 더 긴 엔드포인트를 설정하세요."
    )

    def __init__(self, tokens: int, context: int) -> None:
        super().__init__(param="messages", tokens=tokens, context=context)


class NoCapableEndpoint(CallerError):
    code = "no_capable_endpoint"
    en = "No permitted endpoint supports {features}. Leave it out or configure one that does."
    ko = "허용된 엔드포인트 중 {features}을(를) 지원하는 곳이 없습니다. 빼거나 지원하는 곳을 설정하세요."

    def __init__(self, features: str) -> None:
        super().__init__(param=features.split(",")[0], features=features)


class InvalidKey(CallerError):
    status = 401
    type = "authentication_error"
    code = "invalid_api_key"
    en = "No valid API key was given. Send a key of this gateway as 'Authorization: Bearer …'."
    ko = "유효한 API 키가 없습니다. 이 게이트웨이의 키를 'Authorization: Bearer …'로 보내세요."


class MistypedKey(InvalidKey):
    code = "mistyped_api_key"
    en = (
        "This API key has a typing error or is cut off: its check digits do not fit. Copy it again."
    )
    ko = "API 키를 잘못 입력했거나 일부가 빠졌습니다(검사 숫자 불일치). 키를 다시 복사하세요."


class ExpiredKey(InvalidKey):
    code = "expired_api_key"
    en = "This API key has expired. Ask whoever manages the gateway's keys for a new one."
    ko = "만료된 API 키입니다. 게이트웨이의 키를 관리하는 사람에게 새 키를 요청하세요."


class RevokedKey(InvalidKey):
    code = "revoked_api_key"
    en = "This API key was revoked. Ask whoever manages the gateway's keys for another one."
    ko = "폐기된 API 키입니다. 게이트웨이의 키를 관리하는 사람에게 다른 키를 요청하세요."


class InvalidAdminKey(InvalidKey):
    code = "invalid_admin_key"
    en = "The admin API takes the admin key only, as 'Authorization: Bearer …'."
    ko = "관리 API는 관리 키만 받습니다. 'Authorization: Bearer …'로 보내세요."


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


class LabelRefused(CallerError):
    status = 403
    type = "permission_error"
    code = "label_refused"
    en = (
        "This request is {sensitivity} sensitivity ({kinds}) and may only be answered on this "
        "machine or a private network, but no such endpoint is configured for it. Start a local "
        "model (`gilmok doctor` says how) or remove the sensitive part."
    )
    ko = (
        "이 요청은 민감도 {sensitivity}({kinds})이므로 이 컴퓨터나 사설망 안에서만 답할 수 있지만, "
        "그럴 수 있는 엔드포인트가 설정되어 있지 않습니다. 로컬 모델을 켜거나(`gilmok doctor` 참고) "
        "민감한 부분을 빼고 다시 요청하세요."
    )

    def __init__(self, sensitivity: str, kinds: str) -> None:
        super().__init__(sensitivity=sensitivity, kinds=kinds)


class LabelNotPermitted(CallerError):
    """The label is above what the key may send, wherever it would go."""

    status = 403
    type = "permission_error"
    code = "label_not_permitted"
    en = (
        "This request is {sensitivity} sensitivity ({kinds}), and this key may send {highest} "
        "sensitivity at most. Nothing was sent. Remove the sensitive part, or ask whoever manages "
        "the gateway's keys for one that may."
    )
    ko = (
        "이 요청은 민감도 {sensitivity}({kinds})인데 이 키로는 민감도 {highest}까지만 보낼 수 있습니다. "
        "아무것도 보내지 않았습니다. 민감한 부분을 빼거나, 게이트웨이의 키를 관리하는 사람에게 권한이 "
        "있는 키를 요청하세요."
    )

    def __init__(self, sensitivity: str, kinds: str, highest: str) -> None:
        super().__init__(sensitivity=sensitivity, kinds=kinds, highest=highest)


class InjectionRefused(CallerError):
    """The operator wants no answer to what reads like an attempt to take over the model."""

    status = 403
    type = "permission_error"
    code = "injection_refused"
    en = (
        "The {source} of this request reads like an attempt to take over the model ({kind}), which "
        "this gateway refuses. Nothing was sent. Remove that part; if it is harmless, tell whoever "
        "manages the gateway ([injection])."
    )
    ko = (
        "이 요청의 {source_ko}에 모델을 조종하려는 것으로 보이는 내용({kind})이 있어 거절했습니다. 아무것도 "
        "보내지 않았습니다. 그 부분을 빼고 다시 요청하세요. 해롭지 않은 내용이라면 게이트웨이 관리자에게 "
        "알려 주세요([injection])."
    )
    _SOURCES: ClassVar[dict[str, tuple[str, str]]] = {
        "user": ("message", "메시지"),
        "document": ("document", "문서"),
        "tool": ("tool result", "도구 결과"),
    }

    def __init__(self, source: str, kind: str) -> None:
        en, ko = self._SOURCES[source]
        super().__init__(param="messages", source=en, source_ko=ko, kind=kind)


class NotPermitted(CallerError):
    status = 403
    type = "permission_error"
    code = "not_permitted"
    en = "This key may not use {what}. Ask whoever configured the gateway for the right."
    ko = "이 키로는 {what}을(를) 사용할 수 없습니다. 게이트웨이 관리자에게 권한을 요청하세요."

    def __init__(self, what: str) -> None:
        super().__init__(what=what)


class PlanRefused(CallerError):
    """Endpoints would do, but not by the plan's quality floor and cap."""

    status = 403
    type = "permission_error"
    code = "plan_refused"
    en = (
        "The plan '{plan}' offers no endpoint for this request: it allows an expected quality of "
        "{floor} to {cap} ({endpoints} lie outside). Ask for another model, or whoever manages the "
        "gateway for another plan."
    )
    ko = (
        "요금제 '{plan}'에는 이 요청에 쓸 수 있는 엔드포인트가 없습니다. 허용되는 예상 품질은 {floor}~{cap}"
        "입니다({endpoints} 제외). 다른 모델을 요청하거나 게이트웨이 관리자에게 다른 요금제를 요청하세요."
    )

    def __init__(self, plan: str, floor: float, cap: float, endpoints: str) -> None:
        super().__init__(plan=plan, floor=f"{floor:g}", cap=f"{cap:g}", endpoints=endpoints)


class ModelNotFound(CallerError):
    status = 404
    code = "model_not_found"
    en = "No endpoint or model has that name. GET /v1/models lists them; 'auto' lets the gateway choose."
    ko = (
        "그런 이름의 엔드포인트나 모델이 없습니다. GET /v1/models 에 목록이 있고, "
        "'auto'를 쓰면 게이트웨이가 고릅니다."
    )

    def __init__(self) -> None:
        super().__init__(param="model")


class ReferenceNotFound(CallerError):
    """A report was to be measured against a model whose price nobody knows."""

    status = 404
    code = "reference_not_found"
    en = (
        "That is no endpoint and no model of known price. `gilmok models` lists the endpoints; "
        "listed models go by names such as gpt-4o-mini."
    )
    ko = (
        "엔드포인트도 아니고 가격을 아는 모델도 아닙니다. 엔드포인트는 `gilmok models`에 있고, 목록의 모델은 "
        "gpt-4o-mini 같은 이름을 씁니다."
    )

    def __init__(self) -> None:
        super().__init__(param="reference")


class DecisionNotFound(CallerError):
    status = 404
    code = "decision_not_found"
    en = "No decision with this id is recorded for this key."
    ko = "이 키로 기록된 결정 중에 그런 id가 없습니다."


class RoleNotFound(CallerError):
    status = 404
    code = "role_not_found"
    en = "No role is called {role} here. Send the task to /route; GET /models lists the roles."
    ko = "{role} 역할이 없습니다. /route 로 작업을 보내세요. 역할 목록은 GET /models 에 있습니다."

    def __init__(self, role: str) -> None:
        super().__init__(role=role)


class BatchNotFound(CallerError):
    status = 404
    code = "batch_not_found"
    en = "No such batch is remembered for this key. [tasks] batch_ttl_s says for how long they are."
    ko = "이 키로 보낸 그런 배치가 없습니다. 보관 기간은 [tasks] batch_ttl_s 입니다."


class KeyNotFound(CallerError):
    status = 404
    code = "key_not_found"
    en = "No key with this id is stored. Keys of the configuration file are changed there."
    ko = "그런 id로 저장된 키가 없습니다. 설정 파일에 적힌 키는 그 파일에서 바꿉니다."


class RouteNotFound(CallerError):
    status = 404
    code = "route_not_found"
    en = "There is nothing at this path. The documented routes are in docs/api.md."
    ko = "이 경로에는 아무것도 없습니다. 문서화된 경로는 docs/api.md 에 있습니다."


class MethodNotAllowed(CallerError):
    status = 405
    code = "method_not_allowed"
    en = "This path answers {allowed} only."
    ko = "이 경로는 {allowed} 요청만 받습니다."

    def __init__(self, allowed: str) -> None:
        self.allowed = allowed
        super().__init__(allowed=allowed)


class RequestTimeout(CallerError):
    status = 408
    code = "request_timeout"
    en = "The request body did not arrive within {seconds} s."
    ko = "요청 본문이 {seconds}초 안에 도착하지 않았습니다."

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=seconds)


class KeyExists(CallerError):
    """Ids are never given twice, not even those of revoked keys: receipts name them."""

    status = 409
    code = "key_exists"
    en = (
        "The id {id} is taken, by a stored key (a revoked one keeps its id), by one of the "
        "configuration file, or by the gateway itself. Choose another."
    )
    ko = (
        "id {id}은(는) 이미 쓰이고 있습니다. 저장된 키(폐기된 키 포함), 설정 파일의 키, 게이트웨이 자신이 "
        "쓰는 id는 다시 쓸 수 없습니다. 다른 id를 고르세요."
    )

    def __init__(self, id: str) -> None:
        super().__init__(param="id", id=id)


class KeyEnded(CallerError):
    """A key that was revoked stays so; nothing about it can be changed."""

    status = 409
    code = "key_ended"
    en = "The key {id} was revoked, and that is final. Create a new one."
    ko = "키 {id}은(는) 폐기되었고 되돌릴 수 없습니다. 새 키를 만드세요."

    def __init__(self, id: str) -> None:
        super().__init__(id=id)


class IdempotencyAnswerTooLarge(CallerError):
    status = 409
    code = "idempotency_answer_too_large"
    en = (
        "The request with this Idempotency-Key was carried out, but its answer was too large to be "
        "kept, so it cannot be given again. Use a new key to ask (and pay) again; [idempotency] "
        "max_bytes bounds what is kept."
    )
    ko = (
        "이 Idempotency-Key의 요청은 이미 처리되었지만 답이 너무 커서 보관하지 못했기 때문에 다시 보낼 수 "
        "없습니다. 새 키로 요청하면 다시 처리되고 비용도 다시 듭니다. 보관 한도는 [idempotency] "
        "max_bytes 입니다."
    )


class BatchCancelled(CallerError):
    """Of the tasks of a batch that was cancelled before they had ended."""

    status = 409
    code = "batch_cancelled"
    en = "The batch was cancelled before this task had ended."
    ko = "이 작업이 끝나기 전에 배치가 취소되었습니다."


class BodyTooLarge(CallerError):
    status = 413
    code = "body_too_large"
    en = "The request body is larger than the {limit} bytes that are taken here."
    ko = "요청 본문이 여기서 받는 {limit}바이트보다 큽니다."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class BatchTooLarge(CallerError):
    status = 413
    code = "batch_too_large"
    en = "A batch has at most {most} tasks here, and this one has {count}. Send it in parts."
    ko = "배치 하나에 작업을 {most}개까지 담을 수 있는데 {count}개입니다. 나누어 보내세요."

    def __init__(self, most: int, count: int) -> None:
        super().__init__(most=most, count=count)


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


class UnsupportedMediaType(CallerError):
    status = 415
    code = "unsupported_media_type"
    en = "Send the body as application/json in UTF-8."
    ko = "본문을 UTF-8 application/json 으로 보내세요."


class InvalidIdempotencyKey(CallerError):
    status = 422
    code = "invalid_idempotency_key"
    en = "The header Idempotency-Key must be 1 to {most} visible ASCII characters, sent once."
    ko = "Idempotency-Key 헤더는 공백 없는 ASCII 문자 1~{most}자여야 하고 한 번만 보내야 합니다."

    def __init__(self, most: int) -> None:
        super().__init__(param="idempotency-key", most=most)


class IdempotencyKeyReused(CallerError):
    status = 422
    code = "idempotency_key_reused"
    en = (
        "This Idempotency-Key was used for another request. Use a new key for each request, and the "
        "same key only to send the very same request again."
    )
    ko = (
        "이 Idempotency-Key는 다른 요청에 이미 쓰였습니다. 요청마다 새 키를 쓰고, 똑같은 요청을 다시 "
        "보낼 때만 같은 키를 쓰세요."
    )

    def __init__(self) -> None:
        super().__init__(param="idempotency-key")


class TooManyBatches(CallerError):
    status = 429
    type = "rate_limit_error"
    code = "too_many_batches"
    en = "{most} batches are running for this tenant, and more are not taken. Try again in {retry} s."
    ko = "이 테넌트의 배치 {most}개가 처리 중이라 더 받지 않습니다. {retry}초 뒤에 다시 시도하세요."

    def __init__(self, most: int) -> None:
        super().__init__(retry_after_s=5.0, most=most, retry=5)


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


class HeadersTooLarge(CallerError):
    status = 431
    code = "headers_too_large"
    en = "The request's header fields are more than {fields}, or larger than {limit} bytes."
    ko = "요청 헤더가 {fields}개를 넘거나 {limit}바이트보다 큽니다."

    def __init__(self, fields: int, limit: int) -> None:
        super().__init__(fields=fields, limit=limit)


class UpstreamRejected(CallerError):
    code = "upstream_rejected"
    en = "Every permitted endpoint rejected the request as invalid ({reasons})."
    ko = "허용된 모든 엔드포인트가 이 요청을 잘못된 요청으로 거절했습니다({reasons})."

    def __init__(self, reasons: str) -> None:
        super().__init__(reasons=reasons)


class UpstreamRateLimited(CallerError):
    status = 429
    type = "rate_limit_error"
    code = "upstream_rate_limited"
    en = "Every permitted endpoint is over its rate limit ({reasons}). Try again in {retry} s."
    ko = "허용된 모든 엔드포인트가 요청 한도를 넘었습니다({reasons}). {retry}초 뒤에 다시 시도하세요."

    def __init__(self, reasons: str, retry_after_s: float) -> None:
        super().__init__(retry_after_s=retry_after_s, reasons=reasons, retry=round(retry_after_s))


class ServiceError(HttpError):
    status = 503
    type = "api_error"


class InternalError(ServiceError):
    status = 500
    code = "internal_error"
    en = (
        "The gateway failed on this request; that is our defect. Please report decision {decision}."
    )
    ko = "게이트웨이가 이 요청을 처리하지 못했습니다. 저희 결함이니 결정 번호 {decision}을(를) 알려 주세요."

    def __init__(self, decision: str) -> None:
        super().__init__(decision=decision)


class AnswerUnusable(ServiceError):
    status = 502
    code = "answer_unusable"
    en = "The model's answer was incomplete ({kind}), so it was not passed on. Please try again."
    ko = "모델의 답이 불완전하여({kind}) 전달하지 않았습니다. 다시 시도해 주세요."

    def __init__(self, kind: str) -> None:
        super().__init__(kind=kind)


class AnswersRejected(ServiceError):
    status = 502
    code = "answers_rejected"
    en = (
        "A model answered, but not with an answer ({reasons}), so it was not passed on. Try again "
        "or put the question differently; [validation] checks says what is looked for."
    )
    ko = (
        "모델이 답하기는 했지만 쓸 수 있는 답이 아니어서({reasons}) 전달하지 않았습니다. 다시 시도하거나 "
        "질문을 바꿔 보세요. 무엇을 살펴보는지는 [validation] checks 에 있습니다."
    )

    def __init__(self, reasons: str) -> None:
        super().__init__(reasons=reasons)


class AllEndpointsFailed(ServiceError):
    code = "all_endpoints_failed"
    en = (
        "Sorry, no model could answer just now ({reasons}). Please try again in {retry} s; "
        "nothing was charged for this request unless `gilmok explain` shows otherwise."
    )
    ko = (
        "죄송합니다. 지금은 답할 수 있는 모델이 없습니다({reasons}). {retry}초 뒤에 다시 시도해 주세요. "
        "`gilmok explain`에 표시된 것 외에는 비용이 들지 않았습니다."
    )

    def __init__(self, reasons: str, retry_after_s: float) -> None:
        super().__init__(retry_after_s=retry_after_s, reasons=reasons, retry=round(retry_after_s))


class LocalUnavailable(ServiceError):
    code = "local_unavailable"
    en = (
        "This request is {sensitivity} sensitivity ({kinds}) and must stay on this machine or a "
        "private network, but the model there did not answer ({reasons}). It was not sent "
        "anywhere else. Try again in {retry} s, or see `gilmok doctor`."
    )
    ko = (
        "이 요청은 민감도 {sensitivity}({kinds})이므로 이 컴퓨터나 사설망을 벗어날 수 없는데, "
        "그곳의 모델이 답하지 못했습니다({reasons}). 다른 곳으로는 보내지 않았습니다. "
        "{retry}초 뒤에 다시 시도하거나 `gilmok doctor`를 실행해 보세요."
    )

    def __init__(self, sensitivity: str, kinds: str, reasons: str, retry_after_s: float) -> None:
        super().__init__(
            retry_after_s=retry_after_s,
            sensitivity=sensitivity,
            kinds=kinds,
            reasons=reasons,
            retry=round(retry_after_s),
        )


class NothingAvailable(ServiceError):
    code = "no_endpoint_available"
    en = (
        "Every endpoint that could answer is down or recovering ({reasons}). "
        "Try again in {retry} s, or see `gilmok doctor`."
    )
    ko = (
        "답할 수 있는 엔드포인트가 모두 내려갔거나 복구 중입니다({reasons}). "
        "{retry}초 뒤에 다시 시도하거나 `gilmok doctor`를 실행해 보세요."
    )

    def __init__(self, reasons: str, retry_after_s: float) -> None:
        super().__init__(retry_after_s=retry_after_s, reasons=reasons, retry=round(retry_after_s))


class PriceUnknown(ServiceError):
    """Nobody knows what the permitted endpoints cost, and the operator wants none of those asked."""

    code = "price_unknown"
    en = (
        "Nobody knows what {endpoints} costs, and endpoints of unknown price are not asked here. Set "
        "price_input and price_output there, or [routing] unknown_price."
    )
    ko = (
        "{endpoints}의 가격을 알 수 없고, 이 게이트웨이는 가격을 모르는 곳을 쓰지 않습니다. 그곳에 "
        "price_input과 price_output을 적거나 [routing] unknown_price를 바꾸세요."
    )

    def __init__(self, endpoints: str) -> None:
        super().__init__(retry_after_s=60.0, endpoints=endpoints)


class JournalUnavailable(ServiceError):
    code = "journal_unavailable"
    en = (
        "The journal cannot be written ({reason}), so nothing is sent. Free the disk and try again."
    )
    ko = (
        "기록 장부에 쓸 수 없어({reason_ko}) 아무것도 보내지 않았습니다. "
        "디스크를 확인한 뒤 다시 시도하세요."
    )

    def __init__(self, reason: str, reason_ko: str | None = None) -> None:
        super().__init__(retry_after_s=5.0, reason=reason, reason_ko=reason_ko or reason)


class ServerStopping(ServiceError):
    """Whoever stops a request that is under way cancels its task with this as the reason."""

    code = "server_stopping"
    en = "The gateway is being stopped, and this answer was not finished in time. Try again soon."
    ko = "게이트웨이가 멈추는 중이어서 답을 제때 마치지 못했습니다. 잠시 뒤 다시 시도하세요."

    def __init__(self) -> None:
        super().__init__(retry_after_s=5.0)


def reason_of(cancelled: CancelledError) -> HttpError | None:
    """Why a task was cancelled, where whoever did it said so (`task.cancel(reason)`); a client who
    leaves does not."""
    reason = cancelled.args[0] if cancelled.args else None
    return reason if isinstance(reason, HttpError) else None


class KeyringUnavailable(ServiceError):
    code = "keyring_unavailable"
    en = (
        "The stored keys cannot be read or changed ({reason}). Keys that were known keep working; "
        "check the file keys.db and its disk."
    )
    ko = (
        "저장된 키를 읽거나 바꿀 수 없습니다({reason}). 이미 알려진 키는 계속 쓸 수 있습니다. "
        "keys.db 파일과 디스크를 확인하세요."
    )

    def __init__(self, reason: str) -> None:
        super().__init__(retry_after_s=5.0, reason=reason)


class IdempotencyStoreFull(ServiceError):
    code = "idempotency_store_full"
    en = (
        "There is no room to remember this Idempotency-Key, so the request was not carried out. Try "
        "again in {retry} s, or raise [idempotency] max_entries and max_bytes."
    )
    ko = (
        "이 Idempotency-Key를 기억할 공간이 없어 요청을 처리하지 않았습니다. {retry}초 뒤에 다시 "
        "시도하거나 [idempotency] max_entries 와 max_bytes 를 늘리세요."
    )

    def __init__(self) -> None:
        super().__init__(retry_after_s=5.0, retry=5)


class BatchesFull(ServiceError):
    """Of a whole batch, and of a task in one that is under way."""

    code = "batches_full"
    en = (
        "There is no room for more tasks and results of this tenant's batches, so this was not "
        "carried out. Wait for others to end, send smaller ones, or raise [tasks] batch_max_bytes."
    )
    ko = (
        "이 테넌트의 배치 작업과 결과를 더 보관할 공간이 없어 처리하지 않았습니다. 다른 배치가 끝나기를 "
        "기다리거나, 더 작게 나누어 보내거나, [tasks] batch_max_bytes 를 늘리세요."
    )

    def __init__(self) -> None:
        super().__init__(retry_after_s=5.0)


class DeadlineExceeded(ServiceError):
    status = 504
    type = "timeout_error"
    code = "deadline_exceeded"
    en = "No answer began within {seconds} s ({reasons}). Try again, or raise [server] deadline_s."
    ko = (
        "{seconds}초 안에 답이 시작되지 않았습니다({reasons}). 다시 시도하거나 "
        "[server] deadline_s 를 늘리세요."
    )

    def __init__(self, seconds: float, reasons: str) -> None:
        super().__init__(seconds=round(seconds, 1), reasons=reasons)


class MemoryInsufficient(ServiceError):
    """No engine that was meant can ever be loaded here."""

    status = 507
    code = "insufficient_memory"
    en = "The model does not fit into memory ({sums}). Raise [memory], or ask a smaller model."
    ko = "모델이 메모리에 들어가지 않습니다({sums}). [memory]를 늘리거나 더 작은 모델을 쓰세요."

    def __init__(self, sums: str) -> None:
        """`sums`: what each needs, and what there is."""
        super().__init__(sums=sums)


class AttemptFailed(GilmokError):
    """One try at one endpoint failed. `retryable`: the same endpoint may do better next time."""

    code = "attempt_failed"
    en = "The attempt failed."
    ko = "시도가 실패했습니다."
    retryable: ClassVar[bool] = True
    counts_against_health: ClassVar[bool] = True

    @property
    def reason(self) -> str:
        """The stable code that attempts and receipts record."""
        return self.code


class ConnectFailed(AttemptFailed):
    code = "connect_failed"
    en = "The endpoint could not be reached ({detail})."
    ko = "엔드포인트에 연결할 수 없습니다({detail})."

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class ZoneRefused(AttemptFailed):
    code = "zone_refused"
    en = "The address of {endpoint} proves only the zone {proved}; nothing was sent."
    ko = "{endpoint}의 주소는 {proved} 구역으로만 확인되어 아무것도 보내지 않았습니다."
    retryable = False
    counts_against_health = False

    def __init__(self, endpoint: str, proved: Zone) -> None:
        self.proved = proved
        super().__init__(endpoint=endpoint, proved=proved.value)


class EndpointFull(AttemptFailed):
    """The endpoint's own configured limit: it was not asked, and nothing is wrong with it."""

    code = "endpoint_limit"
    en = "{endpoint} has reached its limit of {limit}."
    ko = "{endpoint}이(가) {limit} 한도에 도달했습니다."
    counts_against_health = False

    def __init__(self, endpoint: str, limit: str, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(endpoint=endpoint, limit=limit)


class EngineBusy(AttemptFailed):
    """An engine of our own has too much to do: it was not asked, and nothing is wrong with it."""

    code = "engine_busy"
    en = "{endpoint} is busy ({why}); it would begin in about {wait} s."
    ko = "{endpoint}이(가) 처리 중인 요청이 많아({why}) 약 {wait}초 뒤에야 시작할 수 있습니다."
    retryable = False
    """Waiting is what the queue was for: others are asked, or the caller is told when to come back."""
    counts_against_health = False

    def __init__(self, endpoint: str, why: str, wait_s: float) -> None:
        """`why`: `queue_full`, `deadline` or `engine_gone`. `wait_s`: after which another try is predicted to
        begin in time; infinite where nobody knows."""
        self.wait_s = wait_s
        wait = ceil(wait_s) if wait_s < inf else "?"
        super().__init__(endpoint=endpoint, why=why, wait=wait)


class UpstreamStatus(AttemptFailed):
    code = "upstream_status"
    en = "The endpoint answered with status {status}."
    ko = "엔드포인트가 상태 {status}(으)로 답했습니다."

    def __init__(self, status: int, retry_after_s: float | None = None, kind: str = "") -> None:
        self.status = status
        self.retry_after_s = retry_after_s
        self.kind = kind
        """The provider's own error code where it is a plain identifier, else empty."""
        super().__init__(status=status)

    @property
    def reason(self) -> str:
        return f"upstream_status_{self.status}"

    @property
    def is_callers_fault(self) -> bool:
        """True where another endpoint would refuse the same request for the same reason."""
        return self.status in (400, 413, 422)


class FirstTokenTimeout(AttemptFailed):
    code = "first_token_timeout"
    en = "The endpoint did not begin to answer within {seconds} s."
    ko = "엔드포인트가 {seconds}초 안에 답을 시작하지 않았습니다."
    retryable = False

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=round(seconds, 1))


class MalformedAnswer(AttemptFailed):
    code = "malformed_answer"
    en = "The endpoint's answer could not be read ({detail})."
    ko = "엔드포인트의 답을 읽을 수 없습니다({detail})."

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class EmptyAnswer(AttemptFailed):
    code = "empty_answer"
    en = "The endpoint finished without answering anything."
    ko = "엔드포인트가 아무 내용 없이 답을 끝냈습니다."
    counts_against_health = False


class AnswerRejected(AttemptFailed):
    """The endpoint answered properly, with something that is no answer to the question."""

    code = "rejected"
    en = "The answer was not passed on ({flaw})."
    ko = "답을 전달하지 않았습니다({flaw})."
    counts_against_health = False

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw=flaw.value)

    @property
    def reason(self) -> str:
        return f"{self.code}_{self.parameters['flaw']}"


class BudgetTooSmall(AttemptFailed):
    """After what earlier attempts cost, this candidate's worst case was not covered; nothing was
    sent."""

    code = "budget"
    en = "What is left of the budget does not cover {endpoint}; nothing was sent."
    ko = "남은 예산으로는 {endpoint}에 요청할 수 없어 아무것도 보내지 않았습니다."
    retryable = False
    counts_against_health = False

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=endpoint)


class StreamBroken(AttemptFailed):
    """The answer began and did not end properly. `kind` is how."""

    code = "stream_broken"
    en = "The answer broke off ({kind}): what was received so far is incomplete."
    ko = "답이 중간에 끊겼습니다({kind}). 지금까지 받은 내용은 완전하지 않습니다."

    def __init__(self, kind: str = "stream_broken") -> None:
        super().__init__(kind=kind)

    @property
    def reason(self) -> str:
        return str(self.parameters["kind"])
