"""LangChain's standard chat model tests; see `langchain_suite`, which runs them.

The wall stands in for the model, so a test that a dumb model can pass is run, and one that needs
understanding, or files from the internet, is not: `langchain_expected.toml` says which and why.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage  # type: ignore[import-not-found]
from langchain_openai import ChatOpenAI  # type: ignore[import-not-found]
from langchain_tests.integration_tests import (  # type: ignore[import-not-found]
    ChatModelIntegrationTests,
)
from langchain_tests.integration_tests.chat_models import (  # type: ignore[import-not-found]
    magic_function,
)
from langchain_tests.unit_tests import ChatModelUnitTests  # type: ignore[import-not-found]

URL = os.environ.get("GILMOK_COMPAT_URL", "")
_MODELS = {"test_json_mode": "joker", "test_unicode_tool_call_integration": "quoter"}
"""Where a test needs another model than `caller`, which calls a tool whenever one is offered."""
_DETAILS = ["reasoning_output", "cache_read_input"]


def chat_model(name: str) -> dict[str, Any]:
    # Elsewhere than at OpenAI, LangChain asks for a stream's usage only when told to.
    return {"model": name, "base_url": URL, "api_key": "sk-langchain", "stream_usage": True}


class TestUnit(ChatModelUnitTests):  # type: ignore[misc]
    """What `ChatOpenAI` does before it asks anybody, with our base URL."""

    @property
    def chat_model_class(self) -> type[Any]:
        return ChatOpenAI  # type: ignore[no-any-return]

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return chat_model("caller")

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        environment = {"OPENAI_API_KEY": "sk-langchain", "OPENAI_API_BASE": URL}
        found = {"openai_api_key": "sk-langchain", "openai_api_base": URL}
        return environment, {"model": "caller"}, found


class TestIntegration(ChatModelIntegrationTests):  # type: ignore[misc]
    """Real requests through the gateway."""

    @property
    def chat_model_class(self) -> type[Any]:
        return ChatOpenAI  # type: ignore[no-any-return]

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return chat_model("caller")

    @pytest.fixture
    def model(self, request: pytest.FixtureRequest) -> Any:
        chosen = chat_model(_MODELS.get(request.function.__name__, "caller"))
        extra = getattr(request, "param", None) or {}
        return ChatOpenAI(**{**self.standard_chat_model_params, **chosen, **extra})

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "other"

    @property
    def supported_usage_metadata_details(self) -> dict[Literal["invoke", "stream"], list[str]]:
        return {"invoke": _DETAILS, "stream": _DETAILS}

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return _ask("thinker", stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return _ask("reader", stream)

    def test_tool_call_streamed(self, model: Any) -> None:
        """Ours: `test_tool_calling` ends before its streaming half here."""
        offered = model.bind_tools([magic_function], tool_choice="any")
        streamed = _joined(offered.stream("What is the value of magic_function(3)?"))
        whole = offered.invoke("What is the value of magic_function(3)?")
        for message in (streamed, whole):
            (call,) = message.tool_calls
            assert (call["name"], call["args"]) == ("magic_function", {"input": 7})
            assert call["id"]


def _ask(name: str, stream: bool) -> AIMessage:
    model = ChatOpenAI(**chat_model(name))
    return _joined(model.stream("Hello")) if stream else model.invoke("Hello")


def _joined(pieces: Iterable[Any]) -> Any:
    return reduce(add, pieces)
