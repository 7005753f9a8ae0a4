"""What the page's own routes refuse, in both languages. The gateway's troubles are the assistant's."""

from __future__ import annotations

from enum import Enum
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import Scope

from gilmok_kiosk.texts import Locale


class Problem(Enum):
    """One refusal: stable code, HTTP status, and what to do in Korean and English."""

    FOREIGN_HOST = (
        "foreign_host",
        421,
        "이 주소로는 키오스크를 열 수 없습니다. 시작할 때 --host로 정한 주소를 쓰세요.",
        "The kiosk does not answer under this name. Use the address it was started with (--host).",
    )
    CROSS_SITE = (
        "cross_site",
        403,
        "다른 사이트에서 보낸 요청이라 처리하지 않았습니다. 키오스크 화면에서 다시 시도하세요.",
        "This came from another site and was not carried out. Use the kiosk's own page.",
    )
    NO_SESSION = (
        "no_session",
        401,
        "오래 쉬어 주문이 초기화되었습니다. 새로 시작해 주세요.",
        "You were away for a while, so the order was cleared. Please start again.",
    )
    CROWDED = (
        "too_many_sessions",
        503,
        "지금 주문 중인 손님이 너무 많습니다. 잠시 뒤에 다시 시도해 주세요.",
        "Too many people are ordering right now. Please try again in a moment.",
    )
    UNREADABLE = (
        "invalid_request",
        400,
        "요청을 이해하지 못했습니다. 화면을 새로 고친 뒤 다시 시도해 주세요.",
        "The request could not be understood. Reload the page and try again.",
    )
    NOT_JSON = (
        "unsupported_media_type",
        415,
        "요청은 JSON이어야 합니다.",
        "Requests must be JSON.",
    )
    TOO_LARGE = (
        "too_large",
        413,
        "글이 너무 깁니다. 짧게 나누어 말씀해 주세요.",
        "That text is too long. Please say it in shorter pieces.",
    )
    EMPTY = (
        "empty_text",
        400,
        "주문할 내용을 적어 주세요.",
        "Please write what you would like.",
    )
    BUSY = (
        "busy",
        409,
        "아직 앞의 말씀에 답하고 있습니다. 끝나거나 멈춘 뒤에 다시 말씀해 주세요.",
        "The last message is still being answered. Wait for it, or stop it, and try again.",
    )
    NOT_FOUND = (
        "not_found",
        404,
        "이 주소에는 아무것도 없습니다. 첫 화면은 / 입니다.",
        "There is nothing at this address. The kiosk is at /.",
    )
    METHOD = (
        "method_not_allowed",
        405,
        "이 주소는 그런 요청을 받지 않습니다.",
        "This address does not take such requests.",
    )
    FAILED = (
        "kiosk_failed",
        500,
        "키오스크에 문제가 생겼습니다. 다시 시도하거나 직원에게 알려 주세요.",
        "Something went wrong in the kiosk. Try again, or tell the staff.",
    )

    def __init__(self, code: str, status: int, ko: str, en: str) -> None:
        self.code = code
        self.status = status
        self.ko = ko
        self.en = en

    def text(self, locale: Locale) -> str:
        return self.ko if locale == "ko" else self.en


class Refused(Exception):
    """Raised by a route; the application answers with the problem it carries."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def locale_of(scope: Scope) -> Locale:
    """The `locale` of the query: the page always sends the one it shows. Korean without it."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("locale", ["ko"])
    return "en" if asked[-1] == "en" else "ko"


def problem_response(problem: Problem, locale: Locale) -> JSONResponse:
    return JSONResponse(
        {"error": {"code": problem.code, "message": problem.text(locale)}}, problem.status
    )
