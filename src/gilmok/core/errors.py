"""Every way a request can go wrong, as one tree.

```
GilmokError
├── ConfigError                 one wrong option of the configuration; never during a request
├── ConfigErrors                every wrong option of a configuration at once
├── CallerError                 4xx: the request has to change
│   ├── InvalidRequest              400 invalid_request
│   ├── UnsupportedParameter        400 unsupported_parameter
│   ├── ContextTooLong              400 context_length_exceeded
│   ├── NoCapableEndpoint           400 no_capable_endpoint
│   ├── InvalidKey                  401 invalid_api_key
│   ├── LabelRefused                403 label_refused
│   ├── NotPermitted                403 not_permitted
│   ├── ModelNotFound               404 model_not_found
│   ├── DecisionNotFound            404 decision_not_found
│   ├── RouteNotFound               404 route_not_found
│   ├── MethodNotAllowed            405 method_not_allowed
│   ├── RequestTimeout              408 request_timeout
│   ├── BodyTooLarge                413 body_too_large
│   ├── UnsupportedMediaType        415 unsupported_media_type
│   ├── TooManyRequests             429 concurrency_exceeded
│   ├── HeadersTooLarge             431 headers_too_large
│   ├── UpstreamRejected            400 upstream_rejected
│   └── UpstreamRateLimited         429 upstream_rate_limited
├── ServiceError                5xx: the request was fine
│   ├── InternalError               500 internal_error
│   ├── AnswerUnusable              502 answer_unusable
│   ├── AllEndpointsFailed          503 all_endpoints_failed
│   ├── LocalUnavailable            503 local_unavailable
│   ├── NothingAvailable            503 no_endpoint_available
│   ├── JournalUnavailable          503 journal_unavailable
│   └── DeadlineExceeded            504 deadline_exceeded
└── AttemptFailed               one try; dispatch decides what follows
    ├── ConnectFailed               connect_failed
    ├── ZoneRefused                 zone_refused: the address is less trusted than the label asks
    ├── UpstreamStatus              upstream_status_NNN
    ├── FirstTokenTimeout           first_token_timeout
    ├── MalformedAnswer             malformed_answer
    ├── EmptyAnswer                 empty_answer
    └── StreamBroken                stream_broken, stream_stalled, stream_error_event
```

Codes are stable English; messages exist in English and Korean, side by side, so that neither can be
forgotten. Messages never hold user text: parameters are names, numbers and codes.
"""

from __future__ import annotations

from typing import ClassVar

from gilmok.core.endpoint import Zone


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


class UnsupportedParameter(CallerError):
    code = "unsupported_parameter"
    en = "{field} is not supported here: {reason}. Leave it out, or call the provider directly."
    ko = (
        "{field}은(는) 여기서 지원하지 않습니다: {reason_ko}. "
        "이 값을 빼거나 제공자를 직접 호출하세요."
    )

    def __init__(self, field: str, reason: str, reason_ko: str) -> None:
        super().__init__(param=field, field=field, reason=reason, reason_ko=reason_ko)


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
    en = "No valid API key was given. Send one of the configured keys as 'Authorization: Bearer …'."
    ko = "유효한 API 키가 없습니다. 설정된 키를 'Authorization: Bearer …'로 보내세요."


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


class NotPermitted(CallerError):
    status = 403
    type = "permission_error"
    code = "not_permitted"
    en = "This key may not use {what}. Ask whoever configured the gateway for the right."
    ko = "이 키로는 {what}을(를) 사용할 수 없습니다. 게이트웨이 관리자에게 권한을 요청하세요."

    def __init__(self, what: str) -> None:
        super().__init__(what=what)


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


class DecisionNotFound(CallerError):
    status = 404
    code = "decision_not_found"
    en = "No decision with this id is recorded for this key."
    ko = "이 키로 기록된 결정 중에 그런 id가 없습니다."


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


class BodyTooLarge(CallerError):
    status = 413
    code = "body_too_large"
    en = "The request body is larger than {limit} bytes ([server] max_body_bytes)."
    ko = "요청 본문이 {limit}바이트([server] max_body_bytes)보다 큽니다."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class UnsupportedMediaType(CallerError):
    status = 415
    code = "unsupported_media_type"
    en = "Send the body as application/json in UTF-8."
    ko = "본문을 UTF-8 application/json 으로 보내세요."


class TooManyRequests(CallerError):
    status = 429
    type = "rate_limit_error"
    code = "concurrency_exceeded"
    en = "{limit} requests are already being answered ({scope}). Try again in {retry} s."
    ko = "이미 {limit}개의 요청을 처리하고 있습니다({scope}). {retry}초 뒤에 다시 시도하세요."

    def __init__(self, scope: str, limit: int, retry_after_s: float) -> None:
        super().__init__(
            retry_after_s=retry_after_s, scope=scope, limit=limit, retry=round(retry_after_s)
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


class JournalUnavailable(ServiceError):
    code = "journal_unavailable"
    en = (
        "The journal cannot be written ({reason}), so nothing is sent. Free the disk and try again."
    )
    ko = "기록 장부에 쓸 수 없어({reason}) 아무것도 보내지 않았습니다. 디스크를 확인한 뒤 다시 시도하세요."

    def __init__(self, reason: str) -> None:
        super().__init__(retry_after_s=5.0, reason=reason)


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
