"""JSON from outside: typed, or refused with the path of the field at fault.

Stricter than RFC 8259 where leniency would let two readers see two different documents: a name
that occurs twice in an object, invalid UTF-8, lone surrogates, `NaN`, nesting beyond `MAX_DEPTH`
and numbers beyond a double are refused. An error names fields of our own types and byte offsets;
it never quotes what was sent, and carries no exception that does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from gilmok.core.errors import InvalidRequest
from gilmok.core.said import Said
from gilmok.surfaces.shapes import in_words, known_names, what_came

T = TypeVar("T")
Given = TypeVar("Given")

Choices = Mapping[str, tuple[str, ...]]
"""The allowed values of enumerated fields by the field's name, for messages."""

MAX_DEPTH = 128
"""Levels of a JSON value that is carried as text: far above any schema, far below any stack."""

_parse = msgspec.json.Decoder[object]().decode
_encode = msgspec.json.Encoder().encode
_PLACE = re.compile(r"\[\d+\]")
_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.")


class _RepeatedName(ValueError):
    """An object names a member twice."""


def decode(decoder: msgspec.json.Decoder[T], body: bytes, choices: Choices | None = None) -> T:
    """The body as the decoder's type. Raises `InvalidRequest`."""
    value = shape(decoder, body, choices)  # first, as it names the field at fault
    parse(body)
    return value


def parse(body: bytes) -> object:
    """The body as plain values, once all of it is known to be sound. Raises `InvalidRequest`.

    A typed decoder alone does not suffice: it does not look into `Raw` and skipped fields.
    """
    return _naming("body", _sound, body)


def shape(decoder: msgspec.json.Decoder[T], body: bytes, choices: Choices | None = None) -> T:
    """The body as the decoder's type; what the type skips is not looked at, so `parse` has to
    follow. Raises `InvalidRequest`."""
    return _naming("body", decoder.decode, body, choices, decoder.type)


def text_of(raw: msgspec.Raw, field: str) -> str:
    """A value of a sound body as JSON text that inspection can read.

    `\\uD64D` for 홍 would hide a name from every detector, so text with escapes is written anew.
    Raises `InvalidRequest` where it is nested too deeply.
    """
    document = bytes(raw)
    if b"\\" not in document and not _may_be_deep(document):
        return document.decode()
    return text_of_value(_naming(field, _parse, raw), field)


def text_of_value(value: object, field: str) -> str:
    """The same for a value that has been parsed."""
    if _deeper_than(MAX_DEPTH, value):
        raise _too_deep(field)
    return _naming(field, _encode, value).decode()


def _sound(body: bytes) -> object:
    value = _parse(body)
    # The parser keeps the last of two equal names without a word. Writing the value anew loses the
    # quotes of every name that was dropped, and no others: a string is written with its two
    # quotes, a quote inside it as an escaped one. A third of the cost of a scan for pairs.
    if _encode(value).count(b'"') != body.count(b'"') + _spelled_quotes(body):
        raise _RepeatedName
    return value


def _spelled_quotes(body: bytes) -> int:
    """How many quotes are spelled `\\u0022`: each becomes a real one when written anew."""
    if b"\\u0022" not in body:
        return 0
    return sum(escape == b"\\u0022" for escape in _ESCAPE.findall(body))


def _naming(
    field: str,
    action: Callable[[Given], T],
    given: Given,
    choices: Choices | None = None,
    wanted: object = None,
) -> T:
    """What the action makes of what was given, or its failure as a refusal of this field.

    `wanted` is the type of the whole, for the names of its fields."""
    problem: InvalidRequest
    try:
        return action(given)
    except UnicodeDecodeError:
        problem = InvalidRequest(field, "is not valid UTF-8", "올바른 UTF-8이 아닙니다")
    except msgspec.ValidationError as error:
        problem = _wrong_shape(str(error), field, choices or {}, wanted)
    except RecursionError:
        problem = _too_deep(field)
    except _RepeatedName:
        problem = InvalidRequest(
            field,
            "an object names the same field twice",
            "한 객체에 같은 이름의 필드가 두 번 있습니다",
        )
    except msgspec.DecodeError as error:
        problem = _malformed(field, str(error))
    # Raised here and not above, so that `__context__` does not keep the parser's error: that of
    # invalid UTF-8 holds the whole document.
    raise problem


def _may_be_deep(document: bytes) -> bool:
    return document.count(b"{") + document.count(b"[") > MAX_DEPTH


def _deeper_than(limit: int, value: object) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return any(isinstance(node, (dict, list)) for node in level)


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _too_deep(field: str) -> InvalidRequest:
    return InvalidRequest(
        field,
        f"is nested deeper than {MAX_DEPTH} levels",
        f"{MAX_DEPTH}단계보다 깊게 중첩되어 있습니다",
    )


def _malformed(field: str, message: str) -> InvalidRequest:
    """Fixed words and the parser's byte offset, where it gives one."""
    _, found, offset = message.rpartition("(byte ")
    return InvalidRequest(
        field,
        f"is not valid JSON (byte {offset}" if found else "is not valid JSON: it ends too early",
        f"올바른 JSON이 아닙니다(바이트 {offset}" if found else "JSON이 끝나기 전에 끊겼습니다",
    )


def _wrong_shape(message: str, within: str, choices: Choices, whole: object) -> InvalidRequest:
    """Translates msgspec's message, leaving out every word that came from the document."""
    what, found, path = message.rpartition(" - at `")
    if not found:
        what, path = message, "$"
    field = path.rstrip("`").removeprefix("$").removeprefix(".") or within
    if what.startswith("Object missing required field `"):
        name = what.partition("`")[2].rstrip("`")
        return InvalidRequest(
            name if field == within else f"{field}.{name}", "is required", "필수 항목입니다"
        )
    if what.startswith("Expected `"):
        wanted, _, got = what.removeprefix("Expected ").replace("`", "").partition(", got ")
        return _another_shape(field, in_words(wanted), what_came(got) if got else None)
    if what.startswith("Object contains unknown field"):
        return _unknown_name(field, known_names(whole) if field == within else ())
    if what.startswith("Invalid RFC3339"):
        return _another_shape(field, in_words("datetime"), None)
    if what.startswith("Invalid "):
        name = _PLACE.sub("[...]", field.rpartition(".")[2])
        return not_one_of(field, choices.get(name) or choices.get(name.partition("[")[0], ()))
    if what.endswith("out of range"):
        # Its path may lead through names that only the document knows.
        where = field.partition("[...]")[0]
        return InvalidRequest(
            where or within, "holds a number that is too large", "너무 큰 숫자가 있습니다"
        )
    return InvalidRequest(field, "has an unexpected shape", "형식이 올바르지 않습니다")


def _unknown_name(field: str, known: tuple[str, ...]) -> InvalidRequest:
    """The name itself is the sender's, and is not repeated."""
    return InvalidRequest(
        field,
        "has a field that is not known" + (f"; there are: {', '.join(known)}" if known else ""),
        "모르는 항목이 있습니다" + (f"(쓸 수 있는 항목: {', '.join(known)})" if known else ""),
    )


def _another_shape(field: str, wanted: Said, got: Said | None) -> InvalidRequest:
    return InvalidRequest(
        field,
        f"must be {wanted.en}" + (f", not {got.en}" if got else ""),
        f"{wanted.ko} 값이어야 합니다" + (f"(받은 값: {got.ko})" if got else ""),
    )


def not_one_of(field: str, allowed: tuple[str, ...]) -> InvalidRequest:
    """The refusal of an enumerated field, with its values where they are known."""
    return InvalidRequest(
        field,
        f"must be one of: {', '.join(allowed) or 'the documented values'}",
        f"다음 중 하나여야 합니다: {', '.join(allowed) or '문서에 적힌 값'}",
    )
