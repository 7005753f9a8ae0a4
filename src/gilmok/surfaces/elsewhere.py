"""Where somebody may have wanted to go who asked at a path that leads nowhere.

Most such requests are a client's base URL with `/v1` forgotten or said twice, or another API of
the same provider. Only paths of our own are ever named: the one that was sent is not repeated.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from gilmok.core.said import Said

_CHAT: Final = "/v1/chat/completions"
_OF_OTHER_APIS: Final = frozenset(
    {
        "/v1/responses", "/v1/completions", "/v1/messages", "/v1/complete", "/v1/engines/chat",
        "/api/chat", "/api/generate", "/v1/assistants", "/v1/threads",
    }
)  # fmt: skip
"""OpenAI's other ways to have text made, Anthropic's and Ollama's."""
_BASE: Final = Said(
    "Did you mean {path}? The base URL of OpenAI's clients ends with /v1, once: "
    "http://HOST:PORT/v1.",
    "{path} 인가요? OpenAI 클라이언트의 base URL은 /v1 하나로 끝나야 합니다: http://호스트:포트/v1.",
)
_SPELLED: Final = Said("Did you mean {path}?", "{path} 인가요?")
_OTHER_API: Final = Said(
    "This gateway speaks OpenAI's chat completions: POST {path}. Clients that use the Responses "
    "API, Anthropic's or Ollama's have a setting for that.",
    "이 게이트웨이는 OpenAI의 Chat Completions로 답합니다: POST {path}. Responses API나 Anthropic, "
    "Ollama의 API를 쓰는 클라이언트라면 설정에서 바꿀 수 있습니다.",
)


def elsewhere(path: str, known: Container[str]) -> Said | None:
    """A hint for a path that is not among the literal ones; None where nothing comes to mind."""
    plain = path.rstrip("/")
    if plain.lower() in known:
        return _with(_SPELLED, plain.lower())
    if plain in _OF_OTHER_APIS:
        return _with(_OTHER_API, _CHAT)
    for meant in (f"/v1{plain}", plain.replace("/v1/v1/", "/v1/", 1)):
        if meant in known:
            return _with(_BASE, meant)
        if meant in _OF_OTHER_APIS:
            return _with(_OTHER_API, _CHAT)
    return None


def _with(said: Said, path: str) -> Said:
    return Said(said.en.format(path=path), said.ko.format(path=path))
