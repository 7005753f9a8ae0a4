"""What the service itself refuses, with stable codes, in Korean and English.

What the gateway refuses is a `domain.GatewayError` with the gateway's own code and message.
Messages hold names, numbers and codes, never a review's text.
"""

from __future__ import annotations

from enum import Enum

from gilmok_reviews.texts import Locale, Says


class Problem(Enum):
    """Code and HTTP status, and what to do about it."""

    INVALID_REQUEST = (
        "invalid_request",
        422,
        "요청을 이해하지 못했습니다. {field}: {reason}",
        "The request could not be understood. {field}: {reason}",
    )
    INVALID_KEY = (
        "invalid_api_key",
        401,
        "API 키가 없거나 맞지 않습니다. X-API-Key 또는 Authorization: Bearer로 REVIEWS_API_KEY를 보내세요.",
        "The API key is missing or wrong. Send REVIEWS_API_KEY as X-API-Key or Authorization: Bearer.",
    )
    NOT_LOCAL = (
        "loopback_only",
        403,
        "REVIEWS_API_KEY가 없어서 이 컴퓨터에서 온 요청만 받습니다. 다른 곳에서 쓰려면 키를 정하세요.",
        "Without REVIEWS_API_KEY only requests from this machine are served. Set a key to use it from elsewhere.",
    )
    CROSS_SITE = (
        "cross_site",
        403,
        "다른 사이트에서 보낸 요청이라 처리하지 않았습니다.",
        "This came from another site and was not carried out.",
    )
    NO_RESTAURANT = (
        "restaurant_not_found",
        404,
        "그런 가게가 없습니다: {id}. GET /api/v1/restaurants로 목록을 보세요.",
        "There is no restaurant {id}. GET /api/v1/restaurants lists them.",
    )
    NO_REVIEW = (
        "review_not_found",
        404,
        "그런 리뷰가 없습니다: {id}.",
        "There is no review {id}.",
    )
    NO_JOB = (
        "job_not_found",
        404,
        "그런 작업이 없습니다: {id}.",
        "There is no job {id}.",
    )
    JOB_ENDED = (
        "job_ended",
        409,
        "이미 끝난 작업입니다: {id}.",
        "The job has ended already: {id}.",
    )
    NOTHING_TO_DO = (
        "nothing_to_do",
        422,
        "분석할 가게가 없습니다. 먼저 리뷰를 넣으세요(POST /api/v1/reviews).",
        "There is no restaurant to analyse. Put in reviews first (POST /api/v1/reviews).",
    )
    EMBEDDING_CHANGED = (
        "embedding_model_changed",
        409,
        "저장된 벡터는 {was}({was_width}차원)의 것이고, 지금 모델은 {now}({now_width}차원)입니다. 두 모델의 "
        "벡터는 비교할 수 없습니다. EMBEDDING_MODEL을 되돌리거나 `gilmok-reviews reindex`를 실행하세요.",
        "The stored vectors are {was}'s ({was_width} wide) and the model is now {now} ({now_width} wide). "
        "Vectors of two models cannot be compared. Set EMBEDDING_MODEL back, or run `gilmok-reviews reindex`.",
    )
    COLLECTION_DIFFERS = (
        "collection_differs",
        409,
        "Qdrant 컬렉션 {name}의 폭은 {width}인데 {expected}이어야 합니다. 다른 COLLECTION_NAME을 쓰거나 "
        "`gilmok-reviews reindex`를 실행하세요.",
        "The Qdrant collection {name} is {width} wide where {expected} is needed. Use another COLLECTION_NAME, "
        "or run `gilmok-reviews reindex`.",
    )
    STORE_BUSY = (
        "store_busy",
        503,
        "다른 프로세스가 이 저장소를 쓰고 있습니다: {path}. 그것을 멈추거나 REVIEWS_DATA를 바꾸세요.",
        "Another process uses this store: {path}. Stop it, or choose another REVIEWS_DATA.",
    )
    STORE_DAMAGED = (
        "store_damaged",
        503,
        "목록 파일이 손상되어 읽을 수 없습니다: {path}. 백업을 되돌리세요. 백업이 없으면 파일을 옮기고 다시 시작한 다음 리뷰 "
        "파일을 다시 들여오세요.",
        "The catalogue is damaged and cannot be read: {path}. Restore a backup. Without one move the file away, start "
        "again and import the files of reviews anew.",
    )
    VECTORS_DAMAGED = (
        "vector_store_damaged",
        503,
        "벡터 폴더가 손상되었습니다: {path}. 폴더를 비우고 다시 시작하세요. 벡터는 목록에서 다시 만들어집니다.",
        "The folder of vectors is damaged: {path}. Empty it and start again: the vectors are told to it anew from the "
        "catalogue.",
    )
    STORAGE_FULL = (
        "storage_full",
        507,
        "저장할 자리가 없거나 디스크에 쓸 수 없습니다(REVIEWS_DATA). 자리를 만든 뒤 다시 시도하세요.",
        "There is no room to store this, or the disk cannot be written (REVIEWS_DATA). Make room, and try again.",
    )
    VECTORS_UNAVAILABLE = (
        "vector_store_unavailable",
        503,
        "벡터 저장소(QDRANT_URL)가 답하지 않습니다. 켜져 있는지 확인하고 다시 시도하세요.",
        "The vector store (QDRANT_URL) does not answer. See that it runs, and try again.",
    )
    NO_TEXT_COLUMN = (
        "no_text_column",
        422,
        "리뷰 글의 열을 찾지 못했습니다. 첫 줄에 열 이름을 적으세요: 글은 text, 리뷰, 내용, 후기 중 하나, 가게는 "
        "restaurant_id나 가게.",
        "No column of review texts was found. Name the columns in the first line: text (or review, 리뷰, 내용) and "
        "restaurant_id (or restaurant, 가게).",
    )
    EMPTY_FILE = (
        "empty_file",
        422,
        "파일이 비어 있습니다.",
        "The file is empty.",
    )
    UNKNOWN_FORMAT = (
        "unknown_format",
        415,
        "CSV(text/csv) 또는 JSONL(application/x-ndjson) 파일이어야 합니다.",
        "The file must be CSV (text/csv) or JSONL (application/x-ndjson).",
    )
    TOO_LARGE = (
        "too_large",
        413,
        "한 번에 {limit}까지 보낼 수 있습니다. 나누어 보내세요.",
        "At most {limit} at once. Send it in parts.",
    )
    NOT_FOUND = (
        "not_found",
        404,
        "이 주소에는 아무것도 없습니다. /docs에 목록이 있습니다.",
        "There is nothing at this address. /docs lists what there is.",
    )
    METHOD = (
        "method_not_allowed",
        405,
        "이 주소는 그런 요청을 받지 않습니다. /docs를 보세요.",
        "This address does not take such requests. See /docs.",
    )
    FAILED = (
        "internal_error",
        500,
        "서비스에 문제가 생겼습니다. 다시 시도해 주세요.",
        "Something went wrong in the service. Please try again.",
    )

    def __init__(self, code: str, status: int, ko: str, en: str) -> None:
        self.code = code
        self.status = status
        self.says = Says(ko, en)


def explained(code: str, locale: Locale) -> str:
    """Of a code that was kept without its numbers; empty for none, and the code itself where
    the words are another's or cannot do without numbers."""
    for problem in Problem:
        if problem.code == code:
            says = problem.says.of(locale)
            return says if "{" not in says else code
    return code


class Refused(Exception):
    """The service cannot do what was asked; `str` is the stable code."""

    def __init__(self, problem: Problem, **parts: str | int) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.parts = parts

    def message(self, locale: Locale) -> str:
        return self.problem.says.of(locale, **self.parts)
