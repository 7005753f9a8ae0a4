"""What may stand after the `?` of a path."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from gilmok.core.errors import InvalidRequest
from gilmok.lab.figures import since

DEFAULT_SPAN = "7d"
_MOST = 16


def parameters(query: str) -> Mapping[str, str]:
    """Names and values, percent-decoded. Raises `InvalidRequest` for a name that stands twice."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST, errors="strict")
    except ValueError:
        raise InvalidRequest(
            "query", f"is no list of at most {_MOST} names and values in UTF-8",
            f"UTF-8로 된 {_MOST}개 이하의 이름과 값이 아닙니다",
        ) from None  # fmt: skip
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidRequest("query", "names something twice", "같은 이름이 두 번 나옵니다")
    return found


def start(given: Mapping[str, str], now: int) -> int:
    """The moment `since` means, wall-clock nanoseconds. Raises `InvalidRequest`."""
    try:
        return max(0, since(given.get("since", DEFAULT_SPAN), now))
    except (ValueError, OverflowError, OSError):
        raise InvalidRequest(
            "since", "takes 30m, 12h, 7d, 4w or a date such as 2025-01-31",
            "30m, 12h, 7d, 4w 또는 2025-01-31 같은 날짜여야 합니다",
        ) from None  # fmt: skip
