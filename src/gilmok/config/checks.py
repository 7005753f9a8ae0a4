"""What no single option can be blamed for: options that contradict one another."""

from __future__ import annotations

from collections.abc import Sequence

from gilmok.config.endpoints import EMBEDDED_ID, OLLAMA_PREFIX, parse_url
from gilmok.config.models import known_models
from gilmok.config.problems import Problems, Said
from gilmok.config.schema import ConfigFile
from gilmok.config.tables import Tables
from gilmok.config.wording import did_you_mean
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Zone


def unique(option: str, written: Sequence[tuple[str, str]], problems: Problems) -> None:
    """Each value of an option stands once; `written` pairs a table's place with its value."""
    first: dict[str, str] = {}
    for key, value in written:
        if value in first:
            problems.error(
                f"{key}.{option}",
                Said(
                    f"is the same as {first[value]}.{option}.",
                    f"{first[value]}.{option}와 같습니다.",
                ),
                Said("Change one of them.", "둘 중 하나를 바꾸세요."),
            )
        first.setdefault(value, key)


def check_keys(tables: Tables, problems: Problems) -> None:
    """Ids and hashes stand once, and every endpoint a key names exists or may be discovered."""
    unique("id", [(key, table.id) for key, table in tables.keys], problems)
    unique("sha256", [(key, table.sha256) for key, table in tables.keys], problems)
    joinable = (known.model for known in known_models() if known.joins)
    known_ids = tables.endpoint_ids.union(joinable, (EMBEDDED_ID,))
    for key, table in tables.keys:
        for index, named in enumerate(table.endpoints or ()):
            if named not in known_ids and not named.startswith(OLLAMA_PREFIX):
                problems.error(
                    f"{key}.endpoints[{index}]",
                    Said("names no endpoint.", "그런 엔드포인트가 없습니다."),
                    did_you_mean(named, tuple(sorted(known_ids))),
                )


def check_bind(tables: Tables, problems: Problems) -> None:
    """Whoever reaches a public port without needing a key spends the operator's money."""
    if literal_zone(tables.file.server.host) is Zone.LOCAL or tables.has_keys:
        return
    problems.error(
        "server.host",
        Said(
            "is reachable from other machines while no keys are configured.",
            "키가 설정되지 않았는데 다른 컴퓨터에서 접속할 수 있는 주소입니다.",
        ),
        Said(
            'Use "127.0.0.1", or make a key: `gilmok config hash-key` prints one and the [[keys]] '
            "lines for this file.",
            '"127.0.0.1"을 쓰거나 키를 만드세요. `gilmok config hash-key`가 키와 이 파일에 넣을 '
            "[[keys]] 내용을 알려 줍니다.",
        ),
    )


def check_rest(file: ConfigFile, problems: Problems) -> None:
    if file.discovery.ollama:
        parse_url("discovery.ollama_url", file.discovery.ollama_url, problems)
    dispatch = file.dispatch
    if dispatch.backoff_max_s < dispatch.backoff_s:
        problems.error(
            "dispatch.backoff_max_s",
            Said("is less than backoff_s.", "backoff_s보다 작습니다."),
            Said("Raise it or lower backoff_s.", "값을 올리거나 backoff_s를 낮추세요."),
        )
