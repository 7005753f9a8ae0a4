"""openai-python's own tests of the resources that the gateway serves: chat completions, models.

They check every answer's type, field by field, with strict response validation on and off, with
the sync client, the async one and the async one over aiohttp. The rest of its suite either tests
the client without a server or asks for resources that are not served here.
"""

from __future__ import annotations

from pathlib import Path

from tests.compat.packages import source, version
from tests.compat.suite import Suite


def openai_suite(python: Path) -> Suite:
    return Suite(
        name="openai-python",
        version=version("openai"),
        folder=source(python, "openai"),
        tests=("tests/api_resources/chat", "tests/api_resources/test_models.py"),
        expected=Path(__file__).with_name("openai_expected.toml"),
        models={"gpt-6-astra": "ok"},
        key="My API Key",
        url_variable="TEST_API_BASE_URL",
        options=("-n0",),
    )
