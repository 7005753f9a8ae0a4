"""What no single option can be blamed for: options that contradict one another."""

from __future__ import annotations

from collections.abc import Sequence

from gilmok.config.endpoints import EMBEDDED_ID, OLLAMA_PREFIX, parse_url
from gilmok.config.models import known_models
from gilmok.config.problems import Problems, Said
from gilmok.config.schema import AdminSettings
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
    named = [
        (f"{key}.endpoints[{index}]", endpoint_id)
        for key, table in tables.keys
        for index, endpoint_id in enumerate(table.endpoints or ())
    ]
    _exist(named, tables, problems)


def _exist(named: Sequence[tuple[str, str]], tables: Tables, problems: Problems) -> None:
    """Each id is an endpoint's; `named` pairs a place in the file with the id written there."""
    joinable = (known.model for known in known_models() if known.joins)
    known_ids = tables.endpoint_ids.union(joinable, (EMBEDDED_ID,))
    for key, endpoint_id in named:
        if endpoint_id not in known_ids and not endpoint_id.startswith(OLLAMA_PREFIX):
            problems.error(
                key,
                Said("names no endpoint.", "그런 엔드포인트가 없습니다."),
                did_you_mean(endpoint_id, tuple(sorted(known_ids))),
            )


def check_admin(admin: AdminSettings, tables: Tables, problems: Problems) -> None:
    """A caller's key never opens the admin API."""
    for key, table in tables.keys:
        if table.sha256 == admin.sha256:
            problems.error(
                f"{key}.sha256",
                Said("is the admin key's.", "관리 키의 해시와 같습니다."),
                Said("Make another key for one of them.", "둘 중 하나는 다른 키로 만드세요."),
            )


def check_bind(tables: Tables, more_keys: bool, problems: Problems) -> None:
    """Whoever reaches a public port without needing a key spends the operator's money.

    `more_keys`: keys are stored, or the admin API can make them.
    """
    if literal_zone(tables.file.server.host) is Zone.LOCAL or tables.has_keys or more_keys:
        return
    problems.error(
        "server.host",
        Said(
            "is reachable from other machines while no keys are configured.",
            "키가 설정되지 않았는데 다른 컴퓨터에서 접속할 수 있는 주소입니다.",
        ),
        Said(
            'Use "127.0.0.1", or make a key: `gilmok keys create` stores one, `gilmok config '
            "hash-key` prints one and the [[keys]] lines for this file.",
            '"127.0.0.1"을 쓰거나 키를 만드세요. `gilmok keys create`는 키를 저장하고, `gilmok '
            "config hash-key`는 키와 이 파일에 넣을 [[keys]] 내용을 알려 줍니다.",
        ),
    )


def check_rest(tables: Tables, problems: Problems) -> None:
    file = tables.file
    if file.strategies.endpoint is not None:
        _exist([("strategies.endpoint", file.strategies.endpoint)], tables, problems)
    if file.discovery.ollama:
        parse_url("discovery.ollama_url", file.discovery.ollama_url, problems)
    feedback = file.feedback
    if feedback.local_share_high < feedback.local_share_low:
        problems.error(
            "feedback.local_share_high",
            Said("is less than local_share_low.", "local_share_low보다 작습니다."),
            Said("Raise it or lower local_share_low.", "값을 올리거나 local_share_low를 낮추세요."),
        )
    dispatch = file.dispatch
    if dispatch.backoff_max_s < dispatch.backoff_s:
        problems.error(
            "dispatch.backoff_max_s",
            Said("is less than backoff_s.", "backoff_s보다 작습니다."),
            Said("Raise it or lower backoff_s.", "값을 올리거나 backoff_s를 낮추세요."),
        )
