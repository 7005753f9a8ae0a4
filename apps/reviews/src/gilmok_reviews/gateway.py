"""The one place that talks to the gateway. Retries, fallbacks and limits are the gateway's work."""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import GatewayError, NotAsked, Said, Vectors
from gilmok_reviews.settings import Settings, is_loopback
from gilmok_reviews.texts import LOCALE

BATCH: Final = 256
"""Texts in one request for vectors."""

REST_S: Final = 60.0
NO_MODEL: Final = "none"

_TOO_SLOW: Final = frozenset({"gateway_too_slow", "deadline_exceeded"})
_RETRYABLE: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 507})
_NOT_ITS_TEXTS: Final = frozenset({401, 402, 404, 405})
"""Refusals that a request with fewer texts would get as well."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors and whose they are. `rows[i]` is a vector of length 1, or why there is none."""

    model: str
    rows: list[NDArray[np.float32] | GatewayError]


@dataclass(frozen=True, slots=True)
class Media:
    """A spoken text or a picture. `fallback`: why the gateway made it itself, such as `down`,
    `budget` or `only`; empty where a provider made it."""

    content: bytes
    media_type: str
    fallback: str
    decision_id: str


class Gateway:
    """A connection pool to one gateway: `async with Gateway(settings) as gateway`."""

    def __init__(self, settings: Settings) -> None:
        key = settings.gilmok_api_key
        # A gateway on this machine is never asked through a proxy of the environment: the reviews
        # would leave the machine before the gateway has seen them.
        at_home = is_loopback(urlsplit(settings.gilmok_url).hostname or "")
        self._deadline_ms = str(round(settings.gilmok_timeout_s * 1000))
        self._client = httpx.AsyncClient(
            base_url=settings.gilmok_url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            # The gateway is told the same time and stops the model when it is up; it answers first.
            timeout=httpx.Timeout(settings.gilmok_timeout_s + 2.0, connect=5.0),
            trust_env=not at_home,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._client.aclose()

    async def post(self, path: str, body: dict[str, object], task: str = "") -> httpx.Response:
        """Raises `GatewayError`, also for an answer that is none."""
        headers: dict[str, str] = {
            "accept-language": LOCALE.get(),
            "x-gilmok-deadline-ms": self._deadline_ms,
        }
        if task:
            headers["x-gilmok-task"] = task
        try:
            answer = await self._client.post(path, json=body, headers=headers)
        except httpx.TimeoutException as error:
            raise _trouble("gateway_too_slow") from error
        except httpx.ConnectError as error:
            raise _trouble("gateway_unreachable") from error
        except httpx.HTTPError as error:
            raise _trouble("gateway_broke_off") from error
        if answer.status_code >= 400:
            raise _refusal(answer)
        return answer

    async def speech(self, text: str, *, voice: str = "alloy", form: str = "wav") -> Media:
        """The text, spoken. Raises `GatewayError`."""
        body: dict[str, object] = {
            "model": "auto", "input": text, "voice": voice, "response_format": form,
        }  # fmt: skip
        answer = await self.post("/audio/speech", body, task="reviews-speech")
        kind = answer.headers.get("content-type", "audio/wav").partition(";")[0]
        return _media(answer, answer.content, kind)

    async def picture(self, prompt: str, *, size: str = "1024x1024") -> Media:
        """A picture of the prompt. Raises `GatewayError`."""
        body: dict[str, object] = {
            "model": "auto", "prompt": prompt, "size": size, "n": 1,
            "response_format": "b64_json",
        }  # fmt: skip
        answer = await self.post("/images/generations", body, task="reviews-card")
        try:
            drawn = _json(answer)["data"][0]
            content = base64.b64decode(drawn["b64_json"], validate=True)
        except (KeyError, IndexError, TypeError, binascii.Error) as error:
            raise _trouble("gateway_answer_invalid") from error
        return _media(answer, content, _picture_type(content))


class GatewayEmbedder:
    """`domain.Embedder` over `POST /embeddings`. `model` is what the last answer named: before the
    first one it is what is asked for."""

    def __init__(self, gateway: Gateway, asked: str) -> None:
        self._gateway = gateway
        self.asked = asked
        self.model = asked

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises `GatewayError`, the first text's that has one."""
        embedded = await self.embed_each(texts)
        found: list[NDArray[np.float32]] = []
        for row in embedded.rows:
            if isinstance(row, GatewayError):
                raise row
            found.append(row)
        return np.stack(found) if found else np.zeros((0, 0), dtype=np.float32)

    async def embed_each(self, texts: Sequence[str]) -> Embedded:
        """Batch first, single on failure: one text that is refused costs no other its vector. A
        batch that fails is halved, so that one bad text of 256 costs 16 more requests, not 256.

        Raises `GatewayError` where the gateway cannot be reached or answers nobody.
        """
        rows: list[NDArray[np.float32] | GatewayError] = []
        for start in range(0, len(texts), BATCH):
            rows += await self._batch(texts[start : start + BATCH])
        return Embedded(self.model, rows)

    async def _batch(self, texts: Sequence[str]) -> list[NDArray[np.float32] | GatewayError]:
        try:
            return list(await self._ask(texts))
        except GatewayError as error:
            if not _may_be_one_text(error):
                raise
            if len(texts) == 1:
                return [error]
        half = len(texts) // 2
        return await self._batch(texts[:half]) + await self._batch(texts[half:])

    async def _ask(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        body: dict[str, object] = {
            "model": self.asked, "input": list(texts), "encoding_format": "base64",
        }  # fmt: skip
        answer = await self._gateway.post("/embeddings", body, task="reviews-embeddings")
        told = _json(answer)
        try:
            given = sorted(told["data"], key=lambda one: int(one["index"]))
            rows = [_vector(one["embedding"]) for one in given]
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise _trouble("gateway_answer_invalid") from error
        if len(rows) != len(texts) or len({len(row) for row in rows}) > 1:
            raise _trouble("gateway_answer_invalid")
        self.model = str(told.get("model") or self.asked)
        return rows


class GatewayLlm:
    """`domain.Llm` over `POST /chat/completions`.

    A model that was too slow once is left alone for `REST_S`: an analysis asks several questions,
    a page asks for several analyses, and every one of them has an answer without a model.
    """

    def __init__(
        self, gateway: Gateway, model: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway = gateway
        self._model = model
        self._clock = clock
        self._rests_until = -math.inf

    async def ask(
        self,
        system: str,
        user: str,
        *,
        task: str,
        max_tokens: int,
        schema: dict[str, object] | None = None,
    ) -> Said:
        if self._model == NO_MODEL:
            raise _trouble("model_off", NotAsked, retryable=False)
        if self._clock() < self._rests_until:
            raise _trouble("model_resting", NotAsked)
        body: dict[str, object] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "max_tokens": max_tokens,
            "temperature": 0,
        }
        if schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            }
        try:
            answer = await self._gateway.post("/chat/completions", body, task=task)
        except GatewayError as error:
            if error.code in _TOO_SLOW:
                self._rests_until = self._clock() + REST_S
            raise
        return _said(answer)


def _said(answer: httpx.Response) -> Said:
    told = _json(answer)
    try:
        text = told["choices"][0]["message"].get("content") or ""
        usage = told.get("usage") or {}
        return Said(
            text=str(text),
            model=str(told.get("model") or answer.headers.get("x-gilmok-endpoint", "")),
            decision_id=answer.headers.get("x-gilmok-decision", ""),
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
            cost_nano=_nano(answer.headers.get("x-gilmok-cost-usd", "0")),
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise _trouble("gateway_answer_invalid") from error


def _nano(dollars: str) -> int:
    try:
        return int(Decimal(dollars).scaleb(9))
    except (InvalidOperation, ValueError, OverflowError):
        return 0


def _vector(given: object) -> NDArray[np.float32]:
    """Floats, or base64 of little-endian floats as OpenAI's clients ask for; made of length 1."""
    if isinstance(given, str):
        row = np.frombuffer(base64.b64decode(given, validate=True), dtype="<f4")
    else:
        row = np.asarray(given, dtype=np.float32)
    length = float(np.linalg.norm(row.astype(np.float64))) if row.ndim == 1 else 0.0
    if not np.isfinite(length) or length == 0.0:
        raise ValueError("no vector")
    return (row / length).astype(np.float32)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _trouble("gateway_answer_invalid") from error


def _media(answer: httpx.Response, content: bytes, media_type: str) -> Media:
    header = answer.headers.get
    # Another provider in place of the first one has a reason, too, but is no stand-in.
    at_home = header("x-gilmok-zone", "local") == "local"
    return Media(
        content=content,
        media_type=media_type,
        fallback=header("x-gilmok-fallback", "") if at_home else "",
        decision_id=header("x-gilmok-decision", ""),
    )


def _picture_type(content: bytes) -> str:
    if content.startswith(b"\xff\xd8"):
        return "image/jpeg"
    return "image/webp" if content[8:12] == b"WEBP" else "image/png"


_TROUBLES: Final = {
    "model_off": (
        "언어 모델을 쓰지 않도록 정해져 있습니다(LLM_MODEL=none).",
        "No language model is to be used (LLM_MODEL=none).",
    ),
    "model_resting": (
        "언어 모델이 조금 전에 너무 느렸습니다. 1분 뒤에 다시 물어봅니다.",
        "The language model was too slow a moment ago; it is asked again in a minute.",
    ),
    "gateway_unreachable": (
        "게이트웨이(GILMOK_URL)에 연결할 수 없습니다. 켜져 있는지 확인하세요.",
        "The gateway (GILMOK_URL) cannot be reached. See that it runs.",
    ),
    "gateway_too_slow": (
        "게이트웨이가 제시간에 답하지 않았습니다. 잠시 뒤에 다시 시도하세요.",
        "The gateway did not answer in time. Try again in a moment.",
    ),
    "gateway_broke_off": (
        "게이트웨이의 답이 도중에 끊겼습니다. 다시 시도하세요.",
        "The gateway's answer broke off. Try again.",
    ),
    "gateway_answer_invalid": (
        "게이트웨이가 알 수 없는 답을 했습니다. GILMOK_URL이 맞는지 확인하세요.",
        "The gateway's answer was not understood. See that GILMOK_URL is right.",
    ),
}


def _trouble(
    code: str, kind: type[GatewayError] = GatewayError, *, retryable: bool = True
) -> GatewayError:
    ko, en = _TROUBLES[code]
    return kind(code, ko if LOCALE.get() == "ko" else en, retryable=retryable)


def _refusal(answer: httpx.Response) -> GatewayError:
    try:
        error = answer.json()["error"]
        code, message = str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError):
        code, message = f"gateway_status_{answer.status_code}", f"HTTP {answer.status_code}"
    refusal = GatewayError(code, message, retryable=answer.status_code in _RETRYABLE)
    refusal.__cause__ = _Status(answer.status_code)
    return refusal


class _Status(Exception):
    """Which HTTP status a refusal came with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _may_be_one_text(error: GatewayError) -> bool:
    """Whether some of the texts alone might be answered."""
    cause = error.__cause__
    if not isinstance(cause, _Status):
        return error.code == "gateway_answer_invalid"
    return cause.status not in _NOT_ITS_TEXTS and cause.status not in (429, 503)
