"""Sends valid and invalid requests, made from our own OpenAPI document, to a running gateway.

    python -m fuzz.api --examples 2000 --seed 1

The upstream is the wall: models that answer, break off, refuse, are slow or send nonsense. Every
answer has to be one that the document promises for that route: status, headers, body, error code.
What is valid may be refused by policy, by name or by an endpoint, but not as malformed; what is
invalid has to be refused. No 500, no hang, no trace of our source, no stream with a false ending.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, CheckContext, GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.jsonschema.types import JsonValue
from schemathesis.core.result import Ok
from tests.gateway import Running
from tests.wall import Wall

from gilmok.core.request import Preference
from gilmok.surfaces.openapi import openapi_document

KEY = "key-of-the-fuzzer"
AUTHORIZATION = {"authorization": f"Bearer {KEY}"}
ADMIN_KEY = "key-of-the-admin"
ADMIN = {"authorization": f"Bearer {ADMIN_KEY}"}
HANG_S = 20.0
"""Nothing configured below waits for half of this."""

MODELS = {
    "fine": "ok",
    "parrot": "parrot",
    "cloudy": "ok+as=b",
    "tools": "tool",
    "silent": "empty",
    "cut": "cut=1",
    "reset": "reset=2",
    "stalled": "stall=1",
    "malformed": "malformed=2",
    "error-event": "errevent=1",
    "garbage": "badjson",
    "page": "html",
    "busy": "429=2",
    "broken": "500",
    "picky": "400",
    "gone": "hangup",
    "no-usage": "nousage+wrongusage",
}
"""Endpoint ids, and the fault of the wall each stands for."""
WORKS = {
    "/v1/embeddings": "embeddings",
    "/v1/images/generations": "images",
    "/v1/audio/speech": "speech",
    "/v1/audio/transcriptions": "transcription",
    "/v1/video/analyses": "video",
}
WORK_FAULTS = ("ok", "500", "429=2", "cut=1", "errevent=1", "empty", "hangup", "hates=a")
"""Of the dummy: each is a model of each service."""

_PROMISES = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
_CONFIG = {
    "checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}},
    "max-stream-events": 100_000,
}
_Operation = APIOperation[Any, Any, Any, Any]
_Case = Case[Any]
Answers = Counter[str]
"""How often each route gave each status and code."""

_TRACES = (b"Traceback (most recent", b'.py"', b".py:", b"/gilmok/", b"site-packages")


def configuration(openai_url: str) -> str:
    """One key of each kind, and every fault of the wall as an endpoint; what waits, waits briefly."""
    tables = [f'[[keys]]\nid = "fuzzer"\noperator = true\nsha256 = "{_hashed(KEY)}"']
    tables += [f'[admin]\nsha256 = "{_hashed(ADMIN_KEY)}"']
    tables += [
        f'[[endpoints]]\nid = "{name}"\nprovider = "vllm"\nbase_url = "{openai_url}"\n'
        f'model = "{model}"\nzone = "{"cloud" if name == "cloudy" else "local"}"\n'
        "price_input = 0.1\nprice_output = 0.4\ncontext = 8000\nquality = 0.5"
        for name, model in MODELS.items()
    ]
    tables += [
        f'[[endpoints]]\nid = "{does}-{at}"\nprovider = "dummy"\nmodel = "{model}"\n'
        f'zone = "local"\ndoes = "{does}"\nprice_per_request = 0.01'
        for does in WORKS.values()
        for at, model in enumerate(WORK_FAULTS)
    ]
    # A whole answer that stalls is bounded by the deadline alone.
    return "\n".join([_WAITS, *tables])


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


# A whole answer that stalls is bounded by the deadline alone, and an open breaker would hide the
# fault behind it.
_WAITS = """
[server]
deadline_s = 1.0
[dispatch]
first_token_s = 0.5
stall_s = 0.2
backoff_s = 0.01
backoff_max_s = 0.02
[breaker]
failures = 1000
"""


def attack(url: str, examples: int, start: int) -> Answers:
    """Everything, against the gateway at this URL.

    Blocks: call it in a thread. Raises `AssertionError` or a group of schemathesis' failures, with
    a curl line in it.
    """
    load_all_checks()
    config = SchemathesisConfig.from_dict(_CONFIG)
    schema = schemathesis.openapi.from_dict(_DOCUMENT, config=config)
    creation, batching = schema["/admin/v1/keys"]["POST"], schema["/batch"]["POST"]
    submission = schema["/v1/video/analyses"]["POST"]
    going = Attack(url, examples, start, creation, batching, submission)
    going.meet_every_fault(schema["/v1/chat/completions"]["POST"])
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        going.knock(found.ok())
        for mode in GenerationMode:
            going.generate(found.ok(), mode)
    return going.answers


class Attack:
    """Requests to one gateway, and what came of them."""

    def __init__(
        self,
        url: str,
        examples: int,
        start: int,
        creation: _Operation,
        batching: _Operation,
        submission: _Operation,
    ) -> None:
        self.answers: Answers = Counter()
        self._url = url
        self._examples = examples
        self._start = start
        self._promises: list[Any] = [CHECKS.get_one(name) for name in _PROMISES]
        self._decision = "dec_0"
        """The id of the latest answer."""
        self._creation = creation
        self._batching = batching
        self._submission = submission
        self._created = 0

    def meet_every_fault(self, chat: _Operation) -> None:
        """A plain request to each endpoint, streamed and not, for one answer and for two."""
        message: JsonValue = {"role": "user", "content": "What is a tuple?"}
        for model, stream, choices in product(MODELS, (False, True), (1, 2)):
            body: JsonValue = {
                "model": model,
                "messages": [message],
                "stream": stream,
                "n": choices,
                "stream_options": {"include_usage": stream},
            }
            case = chat.Case(body=body, media_type="application/json", headers=AUTHORIZATION)
            well_taken(case, self._ask(case))

    def knock(self, operation: _Operation) -> None:
        """Without a key, and with methods that are not the route's."""
        case = operation.Case(path_parameters=_NOBODYS)
        is_open = {} in operation.definition.raw["security"]
        assert is_open or self._call(case).status_code == 401, operation.label
        served = {method.upper() for method in _DOCUMENT["paths"][operation.path]}
        for method in _METHODS:
            if method in served:
                continue
            refused = self._call(operation.Case(path_parameters=_NOBODYS, method=method))
            assert refused.status_code == 405, (method, operation.label)
            assert refused.headers["allow"] == [", ".join(sorted(served))]

    def generate(self, operation: _Operation, mode: GenerationMode) -> None:
        @seed(self._start)
        @settings(
            max_examples=self._examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(operation.as_strategy(generation_mode=mode, headers=_key(operation)), _MODEL, _COIN)
        def ask(case: _Case, model: str, coin: bool) -> None:
            if mode.is_positive:
                self._make_real(case, model, coin)
                well_taken(case, self._ask(case))
            else:
                self._ask(case)

        try:
            ask()
        except Unsatisfiable:
            assert mode.is_negative  # a route without parameters cannot be asked wrongly

    def _ask(self, case: _Case) -> Response:
        response = self._call(case)
        case.validate_response(response, checks=[*self._promises, no_defect, kept_ending])
        self.answers[f"{case.operation.label} {response.status_code} {_kind(response)}"] += 1
        if response.status_code == 200 and "x-gilmok-endpoint" in response.headers:
            self._decision = response.headers["x-gilmok-decision"][0]
        return response

    def _make_real(self, case: _Case, model: str, coin: bool) -> None:
        """Generated names are nobody's, nearly always; and most requests would be no streams."""
        if case.operation.path == "/v1/route" and case.query:
            case.query.pop("does", None)  # which body is right depends on it
        does = WORKS.get(case.operation.path)
        if isinstance(case.body, dict) and does is not None:
            at = (*MODELS, *_OTHERS).index(model) % (len(WORK_FAULTS) + 1)
            case.body["model"] = "auto" if at == len(WORK_FAULTS) else f"{does}-{at}"
            if at:  # A sound that breaks off ends its connection, which no client calls an answer.
                case.body.pop("stream_format", None)
            if case.media_type == _FORM:
                form: dict[str, Any] = case.body
                form["file"] = _RECORDING
        elif isinstance(case.body, dict) and case.operation.path.startswith("/v1/"):
            case.body["model"] = model
            case.body["stream"] = coin
        elif isinstance(case.body, dict) and case.body.get("plan") is not None:
            case.body["plan"] = "default"
        elif coin:
            real = {"model": model, "id": self._decision}
            if "key" in case.path_parameters:
                real["key"] = self._new_key()  # of its own: it may be revoked
            if "job" in case.path_parameters:
                real["job"] = self._new_job()
            if "batch" in case.path_parameters:
                real["batch"] = self._new_batch()
            case.path_parameters.update(
                {name: real[name] for name in case.path_parameters if name in real}
            )

    def _new_key(self) -> str:
        self._created += 1
        body: JsonValue = {"id": f"real-{self._created}"}
        case = self._creation.Case(body=body, media_type="application/json", headers=ADMIN)
        assert self._call(case).status_code == 200
        return f"real-{self._created}"

    def _new_job(self) -> str:
        body: JsonValue = {"url": "https://example.org/a.mp4", "model": "video-0"}
        case = self._submission.Case(
            body=body, media_type="application/json", headers=AUTHORIZATION
        )
        response = self._call(case)
        assert response.status_code == 202
        return response.headers["x-gilmok-job"][0]

    def _new_batch(self) -> str:
        body: JsonValue = [{"prompt": "What is a tuple?"}, {}]
        case = self._batching.Case(body=body, media_type="application/json", headers=AUTHORIZATION)
        response = self._call(case)
        assert response.status_code == 200
        return response.headers["x-gilmok-batch"][0]

    def _call(self, case: _Case) -> Response:
        return case.call(base_url=self._url, timeout=HANG_S)


_NOBODYS = {"model": "nobody", "id": "dec_0", "key": "nobody", "batch": "bat_0", "job": "job_0"}
_METHODS: tuple[Literal["PUT", "DELETE", "PATCH", "OPTIONS"], ...]
_METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS")
_DOCUMENT = json.loads(openapi_document())


def _key(operation: _Operation) -> dict[str, str]:
    return ADMIN if {"admin": []} in operation.definition.raw["security"] else AUTHORIZATION


def _kind(response: Response) -> str:
    """The error's code, or what an answer is."""
    if response.status_code not in (200, 202):
        return str(response.json()["error"]["code"])
    kind = response.headers["content-type"][0].partition(";")[0]
    return f"{kind}, broken" if b'data: {"error"' in response.content else kind


_COIN = st.booleans()
_OTHERS = ("nobody", *(preference.value for preference in Preference))
_MODEL = st.sampled_from([*MODELS, *_OTHERS])
_FORM = "multipart/form-data"
_RECORDING = b"\x00\x00\x00\x10ftypisom" + bytes(40)
"""An MP4, which may be looked at and listened to."""


def no_defect(ctx: CheckContext, response: Response, case: _Case) -> None:
    assert response.status_code != 500, response.content
    for trace in _TRACES:
        assert trace not in response.content, response.content


def kept_ending(ctx: CheckContext, response: Response, case: _Case) -> None:
    """A stream ends with `[DONE]` and every finish reason, or with an error and neither."""
    if not response.headers.get("content-type", [""])[0].startswith("text/event-stream"):
        return
    text = response.content.decode()
    assert text.endswith("\n\n")
    events = [line.removeprefix("data: ") for line in text.split("\n") if line]
    last = events.pop()
    chunks = [json.loads(event) for event in events]
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    finished = {
        choice["index"]
        for chunk in chunks
        for choice in chunk["choices"]
        if choice["finish_reason"] is not None
    }
    asked = case.body.get("n") if isinstance(case.body, dict) else None
    wanted = set(range(asked if isinstance(asked, int) else 1))
    if last == "[DONE]":
        assert finished == wanted
    else:
        assert set(json.loads(last)) == {"error"}
        assert not any(chunk.get("usage") for chunk in chunks)


_FLOAT = "not a number with a decimal point"


def well_taken(case: _Case, response: Response) -> None:
    """What the document calls valid is not refused as malformed."""
    error = response.json()["error"] if response.status_code == 400 else {"code": ""}
    if error["code"] == "invalid_request":
        # Names in paths have to be printable. And to a JSON schema 1.0 is an integer, to OpenAI
        # and to us it is none.
        assert error["param"] == "path" or error["message"].endswith(_FLOAT), error
    if response.status_code == 422 and response.json()["error"]["code"] == "invalid_task":
        assert response.json()["detail"].endswith(_FLOAT), response.content
    assert response.status_code not in (401, 408, 413, 415, 431)


async def run(examples: int, start: int) -> Answers:
    """A gateway before the wall, attacked."""
    with tempfile.TemporaryDirectory() as folder:
        async with Wall() as wall, Running(Path(folder), configuration(wall.openai)) as served:
            return await asyncio.to_thread(attack, served.url, examples, start)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=500, help="for each route, valid and not")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    answers = asyncio.run(run(options.examples, options.seed))
    for answer, count in sorted(answers.items()):
        print(f"{count:6} {answer}")
    print(f"seed {options.seed}: {answers.total()} requests, each answered as documented")
    return 0


if __name__ == "__main__":
    sys.exit(main())
