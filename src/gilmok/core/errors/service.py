"""5xx: the request was fine."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from gilmok.core.errors.base import HttpError, ServiceError


class InternalError(ServiceError):
    status = 500
    code = "internal_error"
    en = (
        "The gateway failed on this request; that is our defect. Please report decision {decision}."
    )
    ko = "게이트웨이가 이 요청을 처리하지 못했습니다. 저희 결함이니 결정 번호 {decision}을(를) 알려 주세요."

    def __init__(self, decision: str) -> None:
        super().__init__(decision=decision)


class NothingDoes(ServiceError):
    """Nobody is configured for this kind of work at all. Nothing a caller sends could change that."""

    status = 501
    code = "nothing_does_this"
    en = (
        'This gateway has no endpoint for {does}. Add one with does = "{does}" to its '
        "configuration{way}."
    )
    ko = (
        '이 게이트웨이에는 {does}용 엔드포인트가 없습니다. 설정에 does = "{does}"인 엔드포인트를 '
        "추가하세요{way_ko}."
    )
    _EXTRAS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"embeddings": "semantic", "images": "media", "speech": "media"}
    )
    """What brings somebody who does it here, without a key; the rest needs a provider."""

    def __init__(self, does: str) -> None:
        extra = self._EXTRAS.get(does)
        super().__init__(
            does=does,
            way="" if extra is None else f", or install the extra `{extra}`, which needs no key",
            way_ko="" if extra is None else f"(키 없이 쓰려면 extra `{extra}`를 설치하세요)",
        )


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


class InputsFailed(ServiceError):
    """As `InputsRejected`, where it was not the texts' fault, or not only."""

    status = 502
    code = "inputs_failed"
    en = (
        "{count} of {total} texts could not be answered (input {indexes}: {reasons}). Try again, or "
        "send x-gilmok-partial: true to be given the others."
    )
    ko = (
        "{total}개 가운데 {count}개의 텍스트를 처리하지 못했습니다(input {indexes}: {reasons}). 다시 시도하거나, "
        "나머지라도 받으려면 x-gilmok-partial: true 헤더를 보내세요."
    )

    def __init__(self, count: int, total: int, indexes: str, reasons: str) -> None:
        super().__init__(param="input", count=count, total=total, indexes=indexes, reasons=reasons)


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
