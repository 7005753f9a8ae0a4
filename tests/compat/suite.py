"""Runs a suite of others against a gateway with the wall behind it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from tests.compat.outcomes import Test, counts, problems, read_expected, read_report
from tests.gateway import Running
from tests.wall import Wall


class Suite(Struct, frozen=True, kw_only=True):
    name: str
    version: str
    folder: Path
    """Where pytest runs."""
    tests: tuple[str, ...]
    expected: Path
    models: Mapping[str, str]
    """The names that its tests ask for, and what the wall does for each."""
    key: str
    """The API key that its tests send."""
    url_variable: str
    """The environment variable that tells its tests where the API is."""
    options: tuple[str, ...] = ()
    """Of pytest."""


async def run(suite: Suite, python: Path) -> bool:
    """Prints what the suite said; whether that is what was expected."""
    async with gateway(suite) as url:
        tests = await _run_pytest(suite, python, url)
    differences = list(problems(tests, read_expected(suite.expected)))
    print(f"{suite.name} {suite.version}: {counts(tests)}", flush=True)
    for difference in differences:
        print(f"  {difference}", flush=True)
    if not differences:
        print(f"  each as {suite.expected.name} expects", flush=True)
    return not differences


@asynccontextmanager
async def gateway(suite: Suite) -> AsyncIterator[str]:
    """The base URL of a gateway that serves the suite's models to the suite's key."""
    keys = f'[[keys]]\nid = "suite"\nsha256 = "{sha256(suite.key.encode()).hexdigest()}"\n'
    with TemporaryDirectory() as folder:
        async with Wall(aliases=suite.models) as wall:
            endpoints = "".join(_endpoint(model, wall) for model in suite.models)
            async with Running(Path(folder), keys + endpoints) as running:
                yield f"{running.url}/v1"


def _endpoint(model: str, wall: Wall) -> str:
    return (
        f'[[endpoints]]\nid = "{model}"\nmodel = "{model}"\n'
        f'provider = "openai"\nbase_url = "{wall.openai}"\napi_key = "sk-wall"\n'
    )


async def _run_pytest(suite: Suite, python: Path, url: str) -> list[Test]:
    """Raises `RuntimeError` where pytest itself could not run."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        process = await asyncio.create_subprocess_exec(
            python, "-m", "pytest", *suite.tests, *suite.options,
            "-p", "no:cacheprovider", "--tb=no", "-qq", f"--junitxml={report}",
            cwd=suite.folder,
            env=_environment() | {suite.url_variable: url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        if process.returncode not in (0, 1):  # 1: some tests failed
            raise RuntimeError(f"{suite.name}: pytest did not run\n{output.decode()}")
        return read_report(report)


def _environment() -> dict[str, str]:
    """Nothing of ours reaches the suite: no key, no proxy, no tracing."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"NO_PROXY": "*", "LANGSMITH_TRACING": "false"}
