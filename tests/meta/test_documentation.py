"""What exists is documented, and what is documented exists."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import msgspec
import pytest
from tests.meta.source import GATEWAY, ROOT

from gilmok.core import errors
from gilmok.core.errors import AttemptFailed, GilmokError, HttpError, UpstreamStatus
from gilmok.core.request import Preference
from gilmok.routing.vetoes import STAGES
from gilmok.surfaces.openapi import openapi_document
from gilmok.surfaces.routes import ROUTES, Route

DOCS = ROOT / "docs"
API = ("api.md", "api.ko.md")
_HANGUL = re.compile("[가-힣]")
_ROW = re.compile(r"^\| `([a-zA-Z_]+)` \| *([^|]*?) *\|(.*)$", re.MULTILINE)

_SUPPLIED = {"pydantic_core": "pydantic", "annotated_types": "pydantic", "markupsafe": "jinja2"}
"""Modules that a declared distribution brings along as a part of its own interface."""
_FOR_THE_LIBRARY = {"tzdata"}
"""Read by a module of the standard library."""
_TOOLS_RUN = {"import-linter", "mypy", "ruff", "pytest-asyncio", "pytest-timeout", "pytest-xdist"}
"""Run, not imported."""
_LOOKED_FOR = {"espeakng-loader", "koreanize-matplotlib"}
"""Files of theirs are used, and found without importing them."""


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def descendants(kind: type[GilmokError]) -> list[type[GilmokError]]:
    return [kind, *(c for sub in kind.__subclasses__() for c in descendants(sub))]


WITH_CODE = [
    kind
    for kind in descendants(GilmokError)
    if "code" in vars(kind)
    and kind is not GilmokError
    and kind.__module__.startswith(errors.__name__)
]


def error_rows(text: str) -> dict[str, tuple[str, str]]:
    """By code: the second cell and the rest of the row."""
    return {code: (second, rest) for code, second, rest in _ROW.findall(text)}


def shown(kind: type[GilmokError]) -> str:
    return "upstream_status_NNN" if kind is UpstreamStatus else kind.code


@pytest.mark.parametrize("kind", WITH_CODE, ids=lambda kind: kind.__name__)
def test_error_is_documented(kind: type[GilmokError]) -> None:
    row = error_rows(read("errors.md")).get(shown(kind))
    assert row is not None, f"docs/errors.md has no row for {shown(kind)}"
    if issubclass(kind, HttpError):
        assert row[0] == str(kind.status)
    assert _HANGUL.search(row[0] + row[1]), "Korean is missing"


def reasons_raised() -> set[str]:
    """The kinds that `StreamBroken` is raised with: codes of their own to whoever reads a log."""
    return {
        node.value
        for module in GATEWAY
        for call in module.nodes
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "StreamBroken"
        for argument in call.args
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_ways_a_stream_breaks_are_documented() -> None:
    found = reasons_raised()
    assert "stream_stalled" in found
    assert not found - set(error_rows(read("errors.md")))


def test_documented_errors_exist() -> None:
    known = {shown(kind) for kind in WITH_CODE} | reasons_raised() | {"answered", "cancelled"}
    assert set(error_rows(read("errors.md"))) == known


@pytest.mark.parametrize("kind", WITH_CODE, ids=lambda kind: kind.__name__)
def test_error_stands_in_the_tree(kind: type[GilmokError]) -> None:
    line = next(
        (
            li
            for li in (errors.__doc__ or "").splitlines()
            if re.search(rf"── {kind.__name__}\b", li)
        ),
        None,
    )
    assert line is not None, (
        f"the docstring of core/errors/__init__.py does not draw {kind.__name__}"
    )
    if issubclass(kind, HttpError):
        assert f"{kind.status} {kind.code}" in line
    elif issubclass(kind, AttemptFailed) and kind is not AttemptFailed:
        assert shown(kind) in line


def test_an_undocumented_error_would_be_noticed() -> None:
    rows = error_rows("| `known` | 400 | meaning · 뜻 | do · 할 일 |\n| known | 404 | x |")
    assert rows == {"known": ("400", " meaning · 뜻 | do · 할 일 |")}


@pytest.mark.parametrize("document", API)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_route_is_documented(route: Route, document: str) -> None:
    text = read(document)
    assert f"`{route.method} {route.path}`" in text
    examples = "\n".join(re.findall(r"```\n(.*?)```", text, re.DOTALL))
    path = re.escape(route.path.partition("{")[0].rstrip("/"))
    assert re.search(rf"curl \$G{path}(?![\w.])", examples), "there is no curl example"


@pytest.mark.parametrize("document", API)
def test_documented_routes_exist(document: str) -> None:
    written = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", read(document)))
    assert written == {f"{route.method} {route.path}" for route in ROUTES}


def headers_in_source() -> set[str]:
    pattern = re.compile(r"x-gilmok-[a-z-]+|x-request-id")
    return {
        text
        for module in GATEWAY
        if module.within("gilmok.surfaces")
        for _, text in module.texts
        if pattern.fullmatch(text)
    }


def test_headers_are_documented() -> None:
    found = headers_in_source()
    assert "x-gilmok-cost-usd" in found
    for document in API:
        text = read(document)
        missing = {name for name in found if f"`{name}`" not in text}
        assert not missing, document
        stale = set(re.findall(r"`(x-gilmok-[a-z-]+)`", text)) - found
        assert not stale, document


def test_headers_are_in_the_openapi_document() -> None:
    document = msgspec.json.decode(openapi_document())
    sent = set(document["components"]["headers"])
    operations = [op for path in document["paths"].values() for op in path.values()]
    taken = {
        p["name"] for op in operations for p in op.get("parameters", ()) if p["in"] == "header"
    }
    assert not headers_in_source() - sent - taken


@pytest.mark.parametrize("document", API)
@pytest.mark.parametrize("name", [*(preference.value for preference in Preference), *STAGES])
def test_names_on_the_wire_are_documented(name: str, document: str) -> None:
    assert f"`{name}`" in read(document)


def project() -> dict[str, list[str]]:
    """Requirements by extra; the runtime's under the empty name."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def distribution(requirement: str) -> str:
    named = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert named is not None
    return named[0].lower()


def decided(name: str, pages: str) -> bool:
    """True where a page of decisions names the distribution, as code."""
    return f"`{name}`" in pages


def test_dependencies_are_decided() -> None:
    pages = "\n".join(page.read_text("utf-8") for page in (DOCS / "decisions").glob("*.md"))
    names = {distribution(r) for requirements in project().values() for r in requirements}
    assert "msgspec" in names
    assert not {name for name in names if not decided(name, pages)}
    assert not decided("leftpad", pages)


def imported(files: list[str]) -> set[str]:
    """Distributions of third parties that these sources import."""
    own = {"gilmok", "tests", "bench", "fuzz", "quality", "training"}
    tops = {
        alias.partition(".")[0]
        for text in files
        for node in ast.walk(ast.parse(text))
        for alias in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    outside = {top for top in tops - own if top not in sys.stdlib_module_names}
    brought = packages_distributions()
    return {_SUPPLIED.get(top) or brought.get(top, [top])[0].lower() for top in outside}


_WORKSHOPS = ("tests", "fuzz", "bench", "quality", "training", "apps")


def sources(*folders: str) -> list[str]:
    return [
        path.read_text("utf-8")
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ]


def normal(names: set[str]) -> set[str]:
    return {name.replace("_", "-") for name in names}


def test_imports_are_dependencies() -> None:
    # Of the extras, these are imported where they are installed.
    extras = (
        requirement
        for name in ("tokens", "deep", "semantic", "gpu", "media", "encoder-gpu")
        for requirement in project()[name]
    )
    declared = {distribution(r) for r in (*project()[""], *extras)}
    assert normal(imported(sources("src"))) <= declared


def test_runtime_dependencies_are_imported() -> None:
    declared = {distribution(r) for r in project()[""]} - _FOR_THE_LIBRARY
    assert declared <= normal(imported(sources("src"))), "a dependency that nothing imports"


def test_development_dependencies_are_used() -> None:
    declared = {distribution(r) for r in project()["dev"]}
    run_only = _TOOLS_RUN | _LOOKED_FOR | {name for name in declared if name.startswith("types-")}
    assert declared - run_only <= normal(imported(sources(*_WORKSHOPS)))


def test_an_import_without_a_dependency_would_be_noticed() -> None:
    assert imported(["import leftpad.x", "from json import loads", "from . import a"]) == {
        "leftpad"
    }


@pytest.mark.parametrize("document", ["README.md", "README.ko.md"])
def test_first_screen_has_the_two_commands(document: str) -> None:
    first_screen = "\n".join((ROOT / document).read_text("utf-8").splitlines()[:25])
    for target in ("run", "test"):
        assert f"make {target}" in first_screen
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def links(path: Path) -> list[Path]:
    """Files that a page links to."""
    found = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    return [path.parent / target for target in found]


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *DOCS.rglob("*.md")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_links_lead_somewhere(page: Path) -> None:
    assert not [str(target) for target in links(page) if not target.exists()]
