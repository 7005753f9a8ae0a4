"""4xx: it was asked before, or is over, or too much of it is under way."""

from __future__ import annotations

from gilmok.core.errors.base import CallerError


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


class BatchTooLarge(CallerError):
    status = 413
    code = "batch_too_large"
    en = "A batch has at most {most} tasks here, and this one has {count}. Send it in parts."
    ko = "배치 하나에 작업을 {most}개까지 담을 수 있는데 {count}개입니다. 나누어 보내세요."

    def __init__(self, most: int, count: int) -> None:
        super().__init__(most=most, count=count)


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


class TooManyJobs(CallerError):
    status = 429
    type = "rate_limit_error"
    code = "too_many_jobs"
    en = "{most} jobs are running for this tenant, and more are not taken. Try again in {retry} s."
    ko = "이 테넌트의 작업 {most}개가 처리 중이라 더 받지 않습니다. {retry}초 뒤에 다시 시도하세요."

    def __init__(self, most: int) -> None:
        super().__init__(retry_after_s=30.0, most=most, retry=30)
