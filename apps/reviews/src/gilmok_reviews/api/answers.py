"""Refusals as answers, and which of them a route may give (for the OpenAPI document)."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from gilmok_reviews.api.faults import reason_of
from gilmok_reviews.api.guard import MAX_BODY
from gilmok_reviews.api.wire.base import Error, ErrorAnswer
from gilmok_reviews.domain import GatewayError, NoSuchRestaurant
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.texts import LOCALE


def refusals(*problems: Problem, gateway: bool = False) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: every route may refuse the caller and the request."""
    always = (Problem.INVALID_KEY, Problem.NOT_LOCAL, Problem.INVALID_REQUEST)
    codes: dict[int, list[str]] = {}
    for problem in (*always, *problems):
        codes.setdefault(problem.status, []).append(problem.code)
    if gateway:
        codes.setdefault(502, []).append("a code of the gateway")
        codes.setdefault(503, []).append("a code of the gateway, to be tried again later")
    return {
        status: {"model": ErrorAnswer, "description": ", ".join(f"`{one}`" for one in names)}
        for status, names in sorted(codes.items())
    }


def answer_refusals(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NoSuchRestaurant, _no_restaurant)
    app.add_exception_handler(GatewayError, _gateway)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def refusal(refused: Refused) -> Response:
    problem = refused.problem
    retryable = problem.status in (503, 507)
    error = Error(code=problem.code, message=refused.message(LOCALE.get()), retryable=retryable)
    return _answer(error, problem.status)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal(error)


async def _no_restaurant(request: Request, error: Exception) -> Response:
    assert isinstance(error, NoSuchRestaurant)
    return refusal(Refused(Problem.NO_RESTAURANT, id=error.restaurant_id))


async def _gateway(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    told = Error(code=error.code, message=str(error), source="gateway", retryable=error.retryable)
    return _answer(told, 503 if error.retryable else 502)


async def _invalid(request: Request, error: Exception) -> Response:
    """The first fault by its place and kind; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    reason = reason_of(str(first["type"]), first.get("ctx", {}), LOCALE.get())
    return refusal(Refused(Problem.INVALID_REQUEST, field=field, reason=reason))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            return refusal(Refused(Problem.NOT_FOUND))
        case 405:
            return refusal(Refused(Problem.METHOD))
        case 413:
            return refusal(Refused(Problem.TOO_LARGE, limit=f"{MAX_BODY >> 20} MiB"))
    reason = reason_of("unreadable", {}, LOCALE.get())
    return refusal(Refused(Problem.INVALID_REQUEST, field="body", reason=reason))


async def failed(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers for an error that nobody foresaw."""
    await refusal(Refused(Problem.FAILED))(scope, receive, send)


def _answer(error: Error, status: int) -> Response:
    return JSONResponse(ErrorAnswer(error=error).model_dump(mode="json"), status)
