"""What can be wrong with the development team beyond a single option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gilmok.config.checks import unique
from gilmok.config.endpoints import EMBEDDED_ID, OLLAMA_PREFIX
from gilmok.config.models import known_models
from gilmok.config.problems import Problems, Said
from gilmok.config.tables import Tables
from gilmok.config.wording import did_you_mean
from gilmok.core.request import Preference

_DIAL = re.compile(r"auto:[01](\.\d{1,4})?")


def check_roles(tables: Tables, problems: Problems) -> None:
    """Names that lead somewhere, each task once, and models that somebody offers."""
    names = tuple(table.name for _, table in tables.roles)
    unique("name", [(key, table.name) for key, table in tables.roles], problems)
    _check_tasks(tables, problems)
    named = [(f"{key}.lighter", table.lighter) for key, table in tables.roles]
    named.append(("tasks.default", tables.file.tasks.default))
    for place, name in named:
        if name is not None and name not in names:
            problems.error(
                place,
                Said("names no role.", "그런 역할이 없습니다."),
                did_you_mean(name, names)
                if names
                else Said("Add [[roles]].", "[[roles]]를 추가하세요."),
            )
    for key, table in tables.roles:
        _check_model(f"{key}.model", table.model.removeprefix("gilmok/"), tables, problems)


def _check_tasks(tables: Tables, problems: Problems) -> None:
    """A task that two roles do would be done by one of them, and nobody could say which."""
    first: dict[str, str] = {}
    for key, table in tables.roles:
        for index, task in enumerate(table.tasks or ()):
            if task in first:
                problems.error(
                    f"{key}.tasks[{index}]",
                    Said(
                        f"is a task of {first[task]}, too.", f"{first[task]}에도 있는 작업입니다."
                    ),
                    Said("Remove one of them.", "둘 중 하나를 지우세요."),
                )
            first.setdefault(task, key)


def _check_model(place: str, name: str, tables: Tables, problems: Problems) -> None:
    known = set(_known(tables))
    if name in known or name.startswith(OLLAMA_PREFIX) or _DIAL.fullmatch(name):
        return
    if tables.file.discovery.ollama and name.isprintable():
        # It may be there when Ollama is asked at the start; until then nobody can tell.
        problems.warn(
            place,
            Said(
                "names no configured endpoint. Its tasks are refused unless an Ollama here offers "
                "a model of that name.",
                "설정된 엔드포인트가 아닙니다. 이 컴퓨터의 Ollama에 그런 모델이 없으면 이 역할의 작업은 "
                "거절됩니다.",
            ),
        )
        return
    problems.error(
        place,
        Said("names no endpoint and no model.", "그런 엔드포인트나 모델이 없습니다."),
        did_you_mean(name, tuple(sorted(known))),
    )


def _known(tables: Tables) -> Iterator[str]:
    yield from tables.endpoint_ids
    yield EMBEDDED_ID
    yield from (preference.value for preference in Preference)
    yield from (known.model for known in known_models() if known.joins)
    yield from (table.model for _, table in tables.endpoints)
    for _, options in tables.engines:
        yield options.model
        yield Path(options.model).stem  # what a llama-server calls its model
