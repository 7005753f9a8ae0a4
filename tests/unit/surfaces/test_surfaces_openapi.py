"""The OpenAPI document is well-formed, complete, and says of bodies what the decoder says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from gilmok.core.errors import (
    BatchCancelled,
    CallerError,
    HttpError,
    InvalidRequest,
    MethodNotAllowed,
    RouteNotFound,
    ServiceError,
    UnsupportedParameter,
)
from gilmok.surfaces.chat_request import RequestLimits, decode_chat
from gilmok.surfaces.chat_wire import OPTIONS
from gilmok.surfaces.openapi import openapi_document
from gilmok.surfaces.routes import ROUTES, Access

OPERATIONS = [route for route in ROUTES if not route.page]

DOCUMENT: dict[str, Any] = json.loads(openapi_document())
OF_NO_ROUTE = {RouteNotFound, MethodNotAllowed, BatchCancelled}
"""The last is of a task in a batch, whose own status is 200."""


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def leaves(kind: type[HttpError]) -> Iterator[type[HttpError]]:
    for sub in kind.__subclasses__():
        if "code" in vars(sub) and sub.__module__.startswith("gilmok.core.errors"):
            yield sub
        yield from leaves(sub)


def test_it_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_it_is_made_once() -> None:
    assert openapi_document() is openapi_document()


def test_references_resolve() -> None:
    for node in walk(DOCUMENT):
        if isinstance(target := node.get("$ref"), str):
            found: Any = DOCUMENT
            for step in target.removeprefix("#/").split("/"):
                found = found[step]


def test_every_route_is_an_operation() -> None:
    operations = {
        (method.upper(), path): operation["operationId"]
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {(r.method, r.path): r.name for r in OPERATIONS}


def test_every_error_belongs_to_a_route() -> None:
    promised: dict[str, set[str]] = {}
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                for node in walk(response):
                    if "enum" in node.get("code", ()):
                        promised.setdefault(status, set()).update(node["code"]["enum"])
    for kind in {*leaves(CallerError), *leaves(ServiceError)} - OF_NO_ROUTE:
        assert kind.code in promised[str(kind.status)], kind.__name__


def test_only_open_routes_need_no_key() -> None:
    for route in OPERATIONS:
        security = DOCUMENT["paths"][route.path][route.method.lower()]["security"]
        assert ({} in security) is (route.access is Access.OPEN)


def test_documented_options_are_the_wires() -> None:
    assert set(OPTIONS) <= set(DOCUMENT["components"]["schemas"]["ChatBody"]["properties"])


def is_valid(body: object) -> bool:
    chat = {"$ref": "#/components/schemas/ChatBody", "components": DOCUMENT["components"]}
    return bool(jsonschema_rs.Draft202012Validator(chat).is_valid(body))


def is_decoded(body: object) -> bool:
    try:
        decode_chat(
            json.dumps(body).encode(),
            decision_id="dec_1",
            received_at=0,
            deadline=1.0,
            locale="en",
            limits=RequestLimits(),
        )
    except (InvalidRequest, UnsupportedParameter):
        return False
    return True


USER = {"role": "user", "content": "x"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def chat(*messages: object, **more: object) -> dict[str, object]:
    return {"model": "auto", "messages": list(messages) or [USER], **more}


@pytest.mark.parametrize(
    "body",
    [
        chat(),
        chat({"role": "assistant"}, USER),
        chat({"role": "assistant", "content": None, "tool_calls": [CALL]}, USER),
        chat({"role": "tool", "content": "x", "tool_call_id": "c"}),
        chat({"role": "function", "name": "f", "content": None}),
        chat({"role": "user", "content": [{"type": "text", "text": "x"}]}),
        chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,u"}}]}),
        chat(tools=[TOOL], tool_choice="required"),
        chat(tool_choice="none"),
        chat(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "f"}}),
        chat(logprobs=True, top_logprobs=3),
        chat(response_format={"type": "json_schema", "json_schema": {"name": "s"}}),
        chat(stop=["a", "b"], seed=-1, n=2, temperature=0, max_tokens=None),
        chat(top_k=3, metadata={"a": "b"}),
        chat(model="gilmok/모델"),
    ],
    ids=json.dumps,
)
def test_both_accept(body: object) -> None:
    assert is_valid(body)
    assert is_decoded(body)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"model": "auto"},
        {"model": "auto", "messages": []},
        chat(model=""),
        chat(model="a\nb"),
        chat(model="m" * 257),
        chat({"role": "user"}),
        chat({"role": "user", "content": None}),
        chat({"role": "user", "content": []}),
        chat({"role": "user", "content": [{"type": "video"}]}),
        chat({"role": "narrator", "content": "x"}),
        chat({"role": "tool", "content": "x"}),
        chat({"role": "function", "content": "x"}),
        chat({"role": "assistant", "function_call": {"name": "f", "arguments": ""}}),
        chat({"role": "assistant", "tool_calls": [{"id": "c", "type": "custom"}]}),
        chat(tools=[{"type": "function"}]),
        chat(tools=[{"type": "custom", "custom": {"name": "f"}}]),
        chat(tools=[TOOL] * 129),
        chat(tools=[{"type": "function", "function": {"name": "f", "parameters": 1}}]),
        chat(tool_choice="required"),
        chat(tool_choice="any", tools=[TOOL]),
        chat(tool_choice={"type": "custom"}, tools=[TOOL]),
        chat(top_logprobs=3),
        chat(top_logprobs=3, logprobs=False),
        chat(response_format={"type": "xml"}),
        chat(response_format={"type": "json_schema"}),
        chat(response_format="json"),
        chat(stop=["a"] * 5),
        chat(n=0),
        chat(temperature=2.1),
        chat(seed=2**63),
        chat(reasoning_effort="huge"),
        chat(stream="yes"),
    ],
    ids=lambda body: json.dumps(body)[:120],
)
def test_both_refuse(body: object) -> None:
    assert not is_valid(body)
    assert not is_decoded(body)
