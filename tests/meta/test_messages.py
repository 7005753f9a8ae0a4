"""What a user reads exists in English and in Korean, with the same facts in both."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from tests.meta.source import GATEWAY, Module
from tests.meta.test_documentation import WITH_CODE

from gilmok.core.errors import GilmokError

_HANGUL = re.compile("[가-힣]")
_WORD = re.compile("[A-Za-z]{2,}")

PAIRS = {
    "Said": (0, 1),
    "InvalidRequest": (1, 2),
    "InvalidTask": (1, 2),
    "UnsupportedParameter": (1, 2),
    "_bad": (1, 2),
}
"""Calls with a message in both languages, by the positions of English and Korean."""
KEYWORDS = (("reason", "reason_ko"), ("fix", "fix_ko"), ("en", "ko"))


def fields(text: str) -> set[str]:
    """Names in braces. A Korean variant of a fact (`reason_ko`) is the same fact."""
    return {name.removesuffix("_ko") for _, name, _, _ in Formatter().parse(text) if name}


def names(node: ast.expr) -> set[str]:
    """Variables and attributes of an expression; `wanted.en` and `wanted.ko` are one fact."""
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    found |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    return {name.removesuffix("_ko") for name in found - {"en", "ko"}}


def facts(node: ast.expr) -> set[str]:
    """What is put into a message, by an f-string now or by `format` later."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.FormattedValue):
            found |= names(part.value)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= fields(part.value) if "{" in part.value else set()
    return found


def words(node: ast.expr) -> str:
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
    return " ".join(text for text in texts if isinstance(text, str))


def _plain(node: ast.expr) -> str:
    return re.sub(r"\{[^}]*\}", "", words(node))


def _is_name(en: ast.expr, ko: ast.expr) -> bool:
    """`Ollama`, `IBAN`: the same in both languages."""
    return words(en) == words(ko) and re.fullmatch(r"[A-Z]\w+", words(en)) is not None


def is_literal(node: ast.expr) -> bool:
    return any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(node))


def pairs(module: Module) -> Iterator[tuple[int, ast.expr, ast.expr]]:
    """Line, English and Korean of each message that stands in the source."""
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in PAIRS and len(node.args) > PAIRS[name][1]:
            en, ko = (node.args[at] for at in PAIRS[name])
            yield node.lineno, en, ko
        given = {k.arg: k.value for k in node.keywords}
        for en_name, ko_name in KEYWORDS:
            if en_name in given and ko_name in given:
                yield node.lineno, given[en_name], given[ko_name]
    for name, value in _constants(module):
        if name.endswith("_EN") and (twin := dict(_constants(module)).get(name[:-2] + "KO")):
            yield value.lineno, value, twin


def _constants(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def problems(module: Module) -> list[str]:
    found = []
    for line, en, ko in pairs(module):
        if not (is_literal(en) and is_literal(ko)):
            continue
        where = f"{module.name}:{line}"
        if facts(en) != facts(ko):
            found.append(f"{where}: {sorted(facts(en) ^ facts(ko))} in one language only")
        if not _HANGUL.search(words(ko)) and _WORD.search(_plain(ko)) and not _is_name(en, ko):
            found.append(f"{where}: the Korean has no Korean in it")
        if _HANGUL.search(words(en)):
            found.append(f"{where}: the English has Korean in it")
    return found


@pytest.mark.parametrize("kind", WITH_CODE, ids=lambda kind: kind.__name__)
def test_error_speaks_both_languages(kind: type[GilmokError]) -> None:
    if "message" in vars(kind):
        return  # composed of others' messages
    assert {"en", "ko"} <= vars(kind).keys(), "inherits a message"
    assert kind.en != kind.ko
    assert fields(kind.en) == fields(kind.ko)
    literal = re.sub(r"\{[^}]*\}", "", kind.ko)
    assert _HANGUL.search(literal) or not _WORD.search(literal)


def test_messages_in_the_source_are_pairs() -> None:
    assert sum(len(list(pairs(module))) for module in GATEWAY) > 100
    assert not [problem for module in GATEWAY for problem in problems(module)]


@pytest.mark.parametrize(
    "snippet",
    [
        "Said('{a} is wrong', '잘못되었습니다')",
        "Said('wrong', 'wrong')",
        "Said('잘못', '잘못')",
        "InvalidRequest('f', f'more than {most}', f'{least}개를 넘습니다')",
        "ConfigError(reason='is wrong', reason_ko='is wrong')",
        "_EN = 'to {place}'\n_KO = '어디론가'",
    ],
)
def test_a_lopsided_message_is_noticed(snippet: str) -> None:
    assert problems(Module("gilmok.somewhere", snippet))


@pytest.mark.parametrize(
    "snippet",
    [
        "Said('{a} of {b}', '{b} 중 {a}')",
        "Said('{value}', '{value}')",
        "InvalidRequest('f', f'more than {most}', f'{most}개를 넘습니다')",
        "Said(first, second)",
    ],
)
def test_a_good_message_passes(snippet: str) -> None:
    assert not problems(Module("gilmok.somewhere", snippet))
