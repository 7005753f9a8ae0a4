"""4xx: nothing bears that name."""

from __future__ import annotations

from gilmok.core.errors.base import CallerError
from gilmok.core.said import Said

_LISTED = Said(
    "GET /openapi.json lists what there is, and docs/api.md explains it.",
    "경로의 목록은 GET /openapi.json 에, 설명은 docs/api.ko.md 에 있습니다.",
)


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


class JobNotFound(CallerError):
    status = 404
    code = "job_not_found"
    en = (
        "No such job is remembered for this key. Jobs are forgotten [services] job_ttl_s seconds after "
        "they end, when others need the room, and when the gateway restarts. What a job cost and how "
        "it ended stays at GET /v1/decisions/{{id}}, with the decision that it was taken on with."
    )
    ko = (
        "이 키로 보낸 그런 작업이 없습니다. 작업은 끝나고 [services] job_ttl_s 초가 지나거나, 자리가 "
        "모자라거나, 게이트웨이가 다시 시작하면 지워집니다. 비용과 결말은 작업을 받을 때 알려 드린 "
        "decision 으로 GET /v1/decisions/{{id}} 에서 볼 수 있습니다."
    )


class KeyNotFound(CallerError):
    status = 404
    code = "key_not_found"
    en = "No key with this id is stored. Keys of the configuration file are changed there."
    ko = "그런 id로 저장된 키가 없습니다. 설정 파일에 적힌 키는 그 파일에서 바꿉니다."


class RouteNotFound(CallerError):
    status = 404
    code = "route_not_found"
    en = "There is nothing at this path. {hint}"
    ko = "이 경로에는 아무것도 없습니다. {hint_ko}"

    def __init__(self, hint: Said = _LISTED) -> None:
        """`hint` says where else to ask; never words from the path."""
        super().__init__(hint=hint.en, hint_ko=hint.ko)
