"""What a wrong value is told: pydantic's findings as sentences in English and Korean.

Sentences are made from the declared bounds, so a changed bound changes its message. Values are
never repeated, except numbers: a string in a configuration may be a key pasted in the wrong place.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from gilmok.config.problems import Problems, Said
from gilmok.config.schema import BUCKET, DEVICE, IDENTIFIER, PATH, RUNPOD, SHA256, TASK

Location = tuple[str | int, ...]

_PATTERNS = {
    IDENTIFIER: Said(
        "1 to 64 letters, digits and . _ : - that begin with a letter or digit",
        "영문자나 숫자로 시작하는 1~64자의 영문자, 숫자, . _ : -",
    ),
    PATH: Said("a path of 1 to 4096 characters", "1~4096자의 경로"),
    DEVICE: Said("ram, gpu0, gpu1, …", "ram, gpu0, gpu1, … 가운데 하나"),
    TASK: Said("1 to 64 of a-z 0-9 . _ -", "a-z 0-9 . _ - 로 된 1~64자"),
    RUNPOD: Said("pod/ID or serverless/ID", "pod/ID 또는 serverless/ID"),
    BUCKET: Said(
        "the beginning of an address in a store: gs://bucket/… or s3://bucket/…",
        "저장소 주소의 앞부분: gs://bucket/… 또는 s3://bucket/…",
    ),
    SHA256: Said("64 lower-case hexadecimal digits", "64자리 소문자 16진수"),
}

_HINTS = {
    ("keys", "key"): Said(
        "A key is never written into the file: give its hash as sha256.",
        "키 자체는 파일에 쓰지 않습니다. 해시를 sha256에 적으세요.",
    ),
}

_CLOSE = 0.65
"""How alike two names are of which one was probably meant: `ram` and `ram_gb`, not `nope` and
`openai`."""

_MAKING = {
    "sha256": Said(" `gilmok config hash-key` makes it.", " `gilmok config hash-key`로 만듭니다."),
}
"""How to come by a value that nobody thinks up."""

_CUSTOM = {
    "weights_sum": (
        Said("the weights must sum to 1.", "가중치의 합이 1이 아닙니다."),
        Said(
            "Change them so that quality + price + time = 1.",
            "quality + price + time = 1 이 되게 고치세요.",
        ),
    ),
    "task_twice": (
        Said("the same task stands twice.", "같은 작업이 두 번 있습니다."),
        Said("Remove one of them.", "하나를 지우세요."),
    ),
    "term_too_short": (
        Said("a term is shorter than 2 characters.", "2자보다 짧은 용어가 있습니다."),
        Said(
            "Remove it: it would make nearly every request sensitive.",
            "거의 모든 요청이 민감해지므로 지우세요.",
        ),
    ),
}


def key_of(location: Location) -> str:
    """`("endpoints", 2, "price_input")` as `endpoints[2].price_input`."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if part.isprintable() else ascii(part)
            text += f".{name}" if text else name
    return text


def report(model: type[BaseModel], at: Location, found: ErrorDetails, problems: Problems) -> None:
    """Adds what pydantic found in a table of type `model` that stands at `at`."""
    inner = found["loc"]
    key = key_of(at + inner)
    if found["type"] == "extra_forbidden":
        owner, _ = _resolve(model, inner[:-1])
        unknown(key, str(inner[-1]), tuple(owner.model_fields), at, problems)
        return
    if found["type"] in _CUSTOM:
        problems.error(key, *_CUSTOM[found["type"]])
        return
    _, field = _resolve(model, inner)
    if field is None:
        problems.error(key, Said("must be a table.", "표(table)여야 합니다."), _TABLE_FIX)
        return
    wanted = expectation(field)
    made = _MAKING.get(str(inner[-1]), Said("", ""))
    if found["type"] == "missing":
        problems.error(
            key,
            Said("is required and missing.", "필수 항목인데 없습니다."),
            Said(f"Add it: {wanted.en}.{made.en}", f"추가하세요: {wanted.ko}.{made.ko}"),
        )
        return
    problems.error(key, *_wrong_value(field, wanted, found["input"]))


_TABLE_FIX = Said(
    "See config.example.toml for its options.", "config.example.toml에서 항목을 확인하세요."
)


def unknown(key: str, name: str, known: tuple[str, ...], at: Location, problems: Problems) -> None:
    """Adds an unknown key, with the known one that was probably meant."""
    reason = Said("unknown option.", "알 수 없는 항목입니다.")
    hint = _HINTS.get((str(at[0]) if at else "", name))
    if hint is None:
        hint = did_you_mean(name, known)
    problems.error(key, reason, hint)


def unknown_table(
    name: str, known: tuple[str, ...], owners: tuple[str, ...], problems: Problems
) -> None:
    """Adds a name at the top of the file that is no table; perhaps an option without its table."""
    if not owners:
        unknown(key_of((name,)), name, known, (), problems)
        return
    listed = ", ".join(f"[{owner}]" for owner in owners)
    problems.error(
        key_of((name,)),
        Said("stands in no table.", "어느 표에도 들어 있지 않습니다."),
        Said(f"Write it below {listed}.", f"{listed} 아래에 쓰세요."),
    )


def did_you_mean(name: str, known: tuple[str, ...]) -> Said:
    close = get_close_matches(name.lower(), known, n=1, cutoff=_CLOSE)
    if close:
        return Said(f"Did you mean '{close[0]}'?", f"혹시 '{close[0]}'인가요?")
    listed = ", ".join(known)
    return Said(f"Known here: {listed}.", f"여기서 쓸 수 있는 이름: {listed}.")


def _wrong_value(field: FieldInfo, wanted: Said, value: object) -> tuple[Said, Said]:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    given = f" ({value:.12g})" if is_number else ""
    reason = Said(f"must be {wanted.en}{given}.", f"다음이어야 합니다: {wanted.ko}{given}.")
    if field.is_required() or field.default is None:
        return reason, Said("Change it.", "값을 고치세요.")
    default = shown(field.default)
    return reason, Said(
        f"Change it, or remove it for the default {default}.",
        f"값을 고치거나 지우세요. 지우면 기본값은 {default}입니다.",
    )


def _resolve(model: type[BaseModel], path: Location) -> tuple[type[BaseModel], FieldInfo | None]:
    """The innermost table on the path, and the field of it where the path ends in one."""
    field: FieldInfo | None = None
    for part in path:
        if not isinstance(part, str) or part not in model.model_fields:
            continue
        field = model.model_fields[part]
        inner = _bare(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model, field


def expectation(field: FieldInfo) -> Said:
    """What a value of this option may be, in words: `a whole number from 1 to 65535`."""
    return _expected(field.annotation, list(field.metadata))


def _expected(annotation: Any, metadata: list[Any]) -> Said:
    annotation, more = _unwrap(annotation)
    metadata = [*metadata, *more]
    origin = get_origin(annotation)
    if origin is Literal:
        return _one_of(get_args(annotation))
    if origin is tuple:
        item = _expected(get_args(annotation)[0], [])
        return Said(f"a list, each {item.en}", f"각각이 '{item.ko}'인 목록")
    if annotation is bool:
        return _one_of((True, False))
    if issubclass(annotation, StrEnum):
        return _one_of(tuple(member.value for member in annotation))
    if issubclass(annotation, str):
        return _text(metadata)
    if issubclass(annotation, datetime):
        return Said(
            "a date and time with its offset, such as 2030-01-31T09:00:00+09:00",
            "2030-01-31T09:00:00+09:00처럼 시차까지 적은 날짜와 시각",
        )
    if issubclass(annotation, BaseModel):
        names = ", ".join(annotation.model_fields)
        return Said(f"a table with {names}", f"{names} 항목이 있는 표")
    whole = issubclass(annotation, int)
    return _number(metadata, Said("a whole number", "정수") if whole else Said("a number", "수"))


def _one_of(values: tuple[Any, ...]) -> Said:
    listed = ", ".join(shown(value) for value in values)
    return Said(f"one of {listed}", f"{listed} 중 하나")


def _text(metadata: list[Any]) -> Said:
    for item in metadata:
        pattern = getattr(item, "pattern", None)
        if pattern is not None:
            return _PATTERNS[pattern]
    low = next((m.min_length for m in metadata if isinstance(m, MinLen)), 0)
    high = next((m.max_length for m in metadata if isinstance(m, MaxLen)), None)
    if high is None:
        return Said("text in quotes", "따옴표로 감싼 문자열")
    return Said(f"text of {low} to {high} characters", f"{low}~{high}자의 문자열")


def _number(metadata: list[Any], kind: Said) -> Said:
    en, ko = [], []
    for item in metadata:
        if isinstance(item, Gt):
            en.append(f"above {item.gt}")
            ko.append(f"{item.gt} 초과")
        elif isinstance(item, Ge):
            en.append(f"from {item.ge}")
            ko.append(f"{item.ge} 이상")
        elif isinstance(item, Le):
            en.append(f"up to {item.le}" if en and en[-1].startswith("above") else f"to {item.le}")
            ko.append(f"{item.le} 이하")
    return Said(" ".join([kind.en, *en]), " ".join([*ko, kind.ko]))


def _unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """Takes `Annotated` and `| None` off; returns the bare type and the metadata found inside."""
    metadata: list[Any] = []
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *inner = get_args(annotation)
            for item in inner:
                metadata.extend(item.metadata if isinstance(item, FieldInfo) else [item])
        elif origin in (Union, UnionType):
            annotation = next(a for a in get_args(annotation) if a is not NoneType)
        else:
            return annotation, metadata


def _bare(annotation: Any) -> Any:
    return _unwrap(annotation)[0]


def shown(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case StrEnum() | str():
            return f'"{value}"'
        case Decimal() | float():
            return f"{value:.12g}" if value != int(value) else f"{int(value)}.0"
        case tuple():
            return f"[{', '.join(shown(item) for item in value)}]"
        case BaseModel():
            pairs = (f"{name} = {shown(item)}" for name, item in value)
            return f"{{ {', '.join(pairs)} }}"
        case _ if value is PydanticUndefined or value is None:
            return ""
        case _:
            return str(value)
