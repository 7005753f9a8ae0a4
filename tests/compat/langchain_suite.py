"""LangChain's standard tests of a chat model, with `ChatOpenAI` pointed at the gateway."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tests.compat.packages import ROOT, version
from tests.compat.suite import Suite

JOKE = '{"setup": "왜 고양이는 컴퓨터를 좋아할까?", "punchline": "마우스가 있어서."}'
MODELS = {
    "caller": "tool",
    "quoter": "toolecho",
    "joker": f"repeat={quote(JOKE)}",
    "thinker": "reasoning=5",
    "reader": "cached=1",
    "other": "ok",
}
"""What each model does is said in `tests.wall`; which test asks which, in `test_langchain`."""


def langchain_suite(python: Path) -> Suite:
    return Suite(
        name="langchain-tests",
        version=f"{version('langchain-tests')}, langchain-openai {version('langchain-openai')}",
        folder=ROOT,
        tests=("tests/compat/test_langchain.py",),
        expected=Path(__file__).with_name("langchain_expected.toml"),
        models=MODELS,
        key="sk-langchain",
        url_variable="GILMOK_COMPAT_URL",
        options=(
            # Not the repository's own pytest options: its plugins are not installed there.
            "-c/dev/null",
            f"--rootdir={ROOT}",
            # `ChatOpenAI` objects share a connection pool, and a pool belongs to one loop.
            "-oasyncio_mode=auto",
            "-oasyncio_default_test_loop_scope=session",
            "-oasyncio_default_fixture_loop_scope=session",
            "-n0",
        ),
    )
