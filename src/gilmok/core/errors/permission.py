"""4xx: who asks, or what is in the text, does not permit it."""

from __future__ import annotations

from typing import ClassVar

from gilmok.core.errors.base import CallerError


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


_BECAUSE = (
    " (which holds instead of '{plan}' until a budget is renewed, because it is nearly spent: "
    "GET /v1/budget)"
)
_BECAUSE_KO = "(예산을 거의 다 써서 갱신될 때까지 '{plan}' 대신 적용됩니다. GET /v1/budget에서 확인할 수 있습니다)"


class PlanRefused(CallerError):
    """Endpoints would do, but not by the plan's quality floor and cap."""

    status = 403
    type = "permission_error"
    code = "plan_refused"
    en = (
        "The plan '{plan}'{because} offers no endpoint for this request: it allows an expected quality of "
        "{floor} to {cap} ({endpoints} lie outside). Ask for another model, or whoever manages the "
        "gateway for another plan."
    )
    ko = (
        "요금제 '{plan}'{because_ko}에는 이 요청에 쓸 수 있는 엔드포인트가 없습니다. 허용되는 예상 품질은 {floor}~{cap}"
        "입니다({endpoints} 제외). 다른 모델을 요청하거나 게이트웨이 관리자에게 다른 요금제를 요청하세요."
    )

    def __init__(
        self, plan: str, floor: float, cap: float, endpoints: str, instead_of: str | None = None
    ) -> None:
        """`instead_of`: the caller's own plan, where its budget has passed the soft threshold."""
        super().__init__(
            plan=plan,
            floor=f"{floor:g}",
            cap=f"{cap:g}",
            endpoints=endpoints,
            because=_BECAUSE.format(plan=instead_of) if instead_of else "",
            because_ko=_BECAUSE_KO.format(plan=instead_of) if instead_of else "",
        )
