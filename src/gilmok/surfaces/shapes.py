"""What a field has to be, in words for whoever sent something else.

The decoder names types as Python does (`str | array | null`, `int >= 0`). Somebody who writes
JavaScript, or reads Korean only, should not have to know that.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct
from msgspec.structs import fields

from gilmok.core.identity import IDENTIFIER
from gilmok.core.said import Said

_TYPES: Final = {
    "int": Said("a whole number", "정수"),
    "float": Said("a number", "숫자"),
    "str": Said("text", "문자열"),
    "bool": Said("true or false", "true나 false"),
    "array": Said("a list", "목록"),
    "object": Said("an object", "객체"),
    "null": Said("null", "빈 값(null)"),
    "bytes": Said("text in base64", "base64 문자열"),
}
_WITH_A_POINT: Final = Said("a number with a decimal point", "소수점이 있는 숫자")
_MOMENT: Final = Said(
    "a moment with its offset, such as 2030-01-31T09:00:00+09:00",
    "2030-01-31T09:00:00+09:00처럼 시간대까지 적은 시각",
)
_NAME: Final = Said(
    "1 to 64 letters, digits and . _ : - that begin with a letter or digit",
    "영문자나 숫자로 시작하는 1~64자의 영문자, 숫자, . _ : -로 된",
)
_BOUNDS: Final = {
    ">=": Said("{type} of at least {bound}", "{bound} 이상의 {type}"),
    "<=": Said("{type} of at most {bound}", "{bound} 이하의 {type}"),
    ">": Said("{type} above {bound}", "{bound}보다 큰 {type}"),
    "<": Said("{type} below {bound}", "{bound}보다 작은 {type}"),
}
_COUNTED: Final = {
    "str": Said("text of {least} {bound} characters", "{bound}자 {least} 문자열"),
    "array": Said("a list of {least} {bound} entries", "항목이 {bound}개 {least} 목록"),
    "object": Said("an object of {least} {bound} fields", "필드가 {bound}개 {least} 객체"),
}
_LEAST: Final = {">=": Said("at least", "이상인"), "<=": Said("at most", "이하인")}
_BOUND = re.compile(r"(?P<type>\w+) (?P<length>of length )?(?P<sign>[<>]=?) (?P<bound>[-+.\de]+)")


def known_names(wanted: object) -> tuple[str, ...]:
    """The fields of an object as they are written; none of anything else."""
    if isinstance(wanted, type) and issubclass(wanted, Struct):
        return tuple(field.encode_name for field in fields(wanted))
    return ()


def in_words(shape: str) -> Said:
    """A shape as msgspec writes it, without its backquotes. What is not known is left as it is."""
    if shape.startswith("datetime"):
        return _MOMENT
    if shape.partition(" matching regex ")[2].strip("'") == IDENTIFIER:
        return _NAME
    found = _BOUND.fullmatch(shape)
    if found is None:
        return _one_of([_TYPES.get(name, Said(name, name)) for name in shape.split(" | ")])
    kind, sign, bound = found["type"], found["sign"], found["bound"]
    if found["length"] is None:
        said = _BOUNDS[sign]
        names = _TYPES.get(kind, Said(kind, kind))
        return Said(
            said.en.format(type=names.en, bound=bound), said.ko.format(type=names.ko, bound=bound)
        )
    if kind not in _COUNTED or sign not in _LEAST:
        return Said(shape, shape)
    said, least = _COUNTED[kind], _LEAST[sign]
    return Said(
        _singular(said.en.format(least=least.en, bound=bound), bound),
        said.ko.format(least=least.ko, bound=bound),
    )


def what_came(kind: str) -> Said:
    """The type of what was sent. Where a whole number is wanted, 1.0 is none."""
    return _WITH_A_POINT if kind == "float" else in_words(kind)


def _one_of(names: list[Said]) -> Said:
    *first, last = names
    if not first:
        return last
    return Said(
        f"{', '.join(name.en for name in first)} or {last.en}",
        f"{', '.join(name.ko for name in first)} 또는 {last.ko}",
    )


def _singular(text: str, bound: str) -> str:
    if bound != "1":
        return text
    return text.replace("entries", "entry").replace("characters", "character").replace(
        "fields", "field"
    )  # fmt: skip
