"""4xx: what was asked has to change."""

from __future__ import annotations

from gilmok.core.errors.base import CallerError


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


class OtherwiseUsed(CallerError):
    code = "wrong_use_of_model"
    en = "That model does something else ({model}). GET /v1/models says what each one does."
    ko = "그 모델은 다른 일을 합니다({model}). GET /v1/models에서 각 모델이 하는 일을 볼 수 있습니다."

    def __init__(self, model: str) -> None:
        super().__init__(param="model", model=model)


class InputsRejected(CallerError):
    """Of several texts some were refused, and what came of the others was not given in their place:
    a list with gaps would be read as one without."""

    code = "inputs_rejected"
    en = (
        "{count} of {total} texts were refused (input {indexes}: {reasons}). Correct those, or send "
        "x-gilmok-partial: true to be given the others."
    )
    ko = (
        "{total}개 가운데 {count}개의 텍스트가 거절되었습니다(input {indexes}: {reasons}). 그것을 고치거나, "
        "나머지라도 받으려면 x-gilmok-partial: true 헤더를 보내세요."
    )

    def __init__(self, count: int, total: int, indexes: str, reasons: str) -> None:
        super().__init__(param="input", count=count, total=total, indexes=indexes, reasons=reasons)


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
    en = "The request body is larger than the {limit} bytes that are taken here."
    ko = "요청 본문이 여기서 받는 {limit}바이트보다 큽니다."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class UnsupportedMediaType(CallerError):
    status = 415
    code = "unsupported_media_type"
    en = "Send the body as application/json in UTF-8; a recording as multipart/form-data."
    ko = "본문을 UTF-8 application/json 으로, 녹음 파일은 multipart/form-data 로 보내세요."


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
