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
│   ├── OtherwiseUsed               400 wrong_use_of_model
│   ├── InputsRejected              400 inputs_rejected
│   ├── InvalidKey                  401 invalid_api_key
│   │   ├── MistypedKey                 401 mistyped_api_key
│   │   ├── ExpiredKey                  401 expired_api_key
│   │   ├── RevokedKey                  401 revoked_api_key
│   │   └── InvalidAdminKey             401 invalid_admin_key
│   ├── BudgetExceeded              402 budget_exceeded
│   ├── CapReached                  402 cap_reached
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
│   ├── JobNotFound                 404 job_not_found
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
│   ├── TooManyJobs                 429 too_many_jobs
│   ├── LimitReached                429 rate_limit_exceeded
│   │   └── TooManyRequests             429 concurrency_exceeded
│   ├── HeadersTooLarge             431 headers_too_large
│   ├── UpstreamRejected            400 upstream_rejected
│   └── UpstreamRateLimited         429 upstream_rate_limited
├── ServiceError                5xx: the request was fine
│   ├── InternalError               500 internal_error
│   ├── NothingDoes                 501 nothing_does_this
│   ├── AnswerUnusable              502 answer_unusable
│   ├── AnswersRejected             502 answers_rejected
│   ├── InputsFailed                502 inputs_failed
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
    ├── CapTooSmall                 cap: what may be spent there does not cover it
    ├── JobLost                     job_lost: a provider has it, and cannot be asked any more
    └── StreamBroken                stream_broken, stream_stalled, stream_error_event
```

Codes are stable English; messages exist in English and Korean, side by side, so that neither can be
forgotten. Messages never hold user text: parameters are names, numbers and codes.
"""

from gilmok.core.errors.attempts import (
    AnswerRejected,
    AttemptFailed,
    BudgetTooSmall,
    CapTooSmall,
    ConnectFailed,
    EmptyAnswer,
    EndpointFull,
    EngineBusy,
    FirstTokenTimeout,
    JobLost,
    MalformedAnswer,
    StreamBroken,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.core.errors.base import CallerError, GilmokError, HttpError, ServiceError
from gilmok.core.errors.configuration import ConfigError, ConfigErrors
from gilmok.core.errors.conflicts import (
    BatchCancelled,
    BatchTooLarge,
    IdempotencyAnswerTooLarge,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    KeyEnded,
    KeyExists,
    TooManyBatches,
    TooManyJobs,
)
from gilmok.core.errors.lookups import (
    BatchNotFound,
    DecisionNotFound,
    JobNotFound,
    KeyNotFound,
    ModelNotFound,
    ReferenceNotFound,
    RoleNotFound,
    RouteNotFound,
)
from gilmok.core.errors.permission import (
    ExpiredKey,
    InjectionRefused,
    InvalidAdminKey,
    InvalidKey,
    LabelNotPermitted,
    LabelRefused,
    MistypedKey,
    NotPermitted,
    PlanRefused,
    RevokedKey,
)
from gilmok.core.errors.requests import (
    BodyTooLarge,
    ContextTooLong,
    HeadersTooLarge,
    InputsRejected,
    InvalidRequest,
    InvalidTask,
    MethodNotAllowed,
    NoCapableEndpoint,
    OtherwiseUsed,
    RequestTimeout,
    UnsafeUrl,
    UnsupportedMediaType,
    UnsupportedParameter,
    UpstreamRejected,
)
from gilmok.core.errors.service import (
    AllEndpointsFailed,
    AnswersRejected,
    AnswerUnusable,
    BatchesFull,
    DeadlineExceeded,
    IdempotencyStoreFull,
    InputsFailed,
    InternalError,
    JournalUnavailable,
    KeyringUnavailable,
    LocalUnavailable,
    MemoryInsufficient,
    NothingAvailable,
    NothingDoes,
    PriceUnknown,
    ServerStopping,
    reason_of,
)
from gilmok.core.errors.spending import (
    BudgetExceeded,
    CapReached,
    LimitReached,
    TokensExceedLimit,
    TooManyRequests,
    UpstreamRateLimited,
)

__all__ = [
    "AllEndpointsFailed",
    "AnswerRejected",
    "AnswerUnusable",
    "AnswersRejected",
    "AttemptFailed",
    "BatchCancelled",
    "BatchNotFound",
    "BatchTooLarge",
    "BatchesFull",
    "BodyTooLarge",
    "BudgetExceeded",
    "BudgetTooSmall",
    "CallerError",
    "CapReached",
    "CapTooSmall",
    "ConfigError",
    "ConfigErrors",
    "ConnectFailed",
    "ContextTooLong",
    "DeadlineExceeded",
    "DecisionNotFound",
    "EmptyAnswer",
    "EndpointFull",
    "EngineBusy",
    "ExpiredKey",
    "FirstTokenTimeout",
    "GilmokError",
    "HeadersTooLarge",
    "HttpError",
    "IdempotencyAnswerTooLarge",
    "IdempotencyKeyReused",
    "IdempotencyStoreFull",
    "InjectionRefused",
    "InputsFailed",
    "InputsRejected",
    "InternalError",
    "InvalidAdminKey",
    "InvalidIdempotencyKey",
    "InvalidKey",
    "InvalidRequest",
    "InvalidTask",
    "JobLost",
    "JobNotFound",
    "JournalUnavailable",
    "KeyEnded",
    "KeyExists",
    "KeyNotFound",
    "KeyringUnavailable",
    "LabelNotPermitted",
    "LabelRefused",
    "LimitReached",
    "LocalUnavailable",
    "MalformedAnswer",
    "MemoryInsufficient",
    "MethodNotAllowed",
    "MistypedKey",
    "ModelNotFound",
    "NoCapableEndpoint",
    "NotPermitted",
    "NothingAvailable",
    "NothingDoes",
    "OtherwiseUsed",
    "PlanRefused",
    "PriceUnknown",
    "ReferenceNotFound",
    "RequestTimeout",
    "RevokedKey",
    "RoleNotFound",
    "RouteNotFound",
    "ServerStopping",
    "ServiceError",
    "StreamBroken",
    "TokensExceedLimit",
    "TooManyBatches",
    "TooManyJobs",
    "TooManyRequests",
    "UnsafeUrl",
    "UnsupportedMediaType",
    "UnsupportedParameter",
    "UpstreamRateLimited",
    "UpstreamRejected",
    "UpstreamStatus",
    "ZoneRefused",
    "reason_of",
]
