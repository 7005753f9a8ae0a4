"""Single values as people write them in their tables."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from gilmok_reviews.importing.reasons import BadLine, Reason

MAX_TEXT: Final = 20_000
MAX_NAME: Final = 200

_DATE: Final = re.compile(
    r"(\d{4}|\d{2}(?=\s*[-.년]))\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[일.]?"
    r"(?:\s*\(?[월화수목금토일](?:요일)?\)?)?"
    r"(?:[T\s]+(?:(오전|오후|AM|PM)\s*)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?")
_DAY_0: Final = datetime(1899, 12, 30)
"""Excel's, for days from March 1900 on."""
_ROUNDED: Final = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_EPOCH: Final = re.compile(r"\d{10}|\d{13}")
_RATING: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:점|/\s*5(?:\.0)?|stars?|개)?", re.IGNORECASE)
_STARS: Final = re.compile(r"([★⭐]+️?)[☆]*")


def text(given: object) -> str:
    """A review's text without the space around it. Raises `BadLine`."""
    written = _string(given)
    if not written:
        raise BadLine(Reason.EMPTY_TEXT)
    if len(written) > MAX_TEXT:
        raise BadLine(Reason.TEXT_TOO_LONG)
    return written


def name(given: object) -> str:
    """An id, a name, a category; empty where there is none. Raises `BadLine`."""
    written = _string(given)
    if len(written) > MAX_NAME or any(unicodedata.category(c) == "Cc" for c in written):
        raise BadLine(Reason.INVALID_NAME)
    return written


def review_id(given: object) -> str:
    """As `name`; none where Excel has rounded it: `2.02405E+15` stands for a million reviews, and
    each would replace the one before."""
    written = name(given)
    return "" if _ROUNDED.fullmatch(written) else written


def rating(given: object) -> float | None:
    """1 to 5. Raises `BadLine`."""
    written = _string(given)
    if not written:
        return None
    stars = _STARS.fullmatch(written)
    if stars:
        value = float(sum(c in "★⭐" for c in stars[1]))
    else:
        number = _RATING.fullmatch(written)
        if number is None:
            raise BadLine(Reason.INVALID_RATING)
        value = float(number[1].replace(",", "."))
    if not 1.0 <= value <= 5.0:
        raise BadLine(Reason.INVALID_RATING)
    return value


def date(given: object, zone: tzinfo, now: datetime) -> datetime | None:
    """With a time zone: `zone` where none is written. Raises `BadLine`, for the future too: one
    review from the year 9999 would outweigh all others."""
    written = _string(given)
    if not written:
        return None
    try:
        at = _moment(written, zone)
    except (ValueError, OverflowError) as error:
        raise BadLine(Reason.INVALID_DATE) from error
    if at.year < 1970:
        raise BadLine(Reason.INVALID_DATE)
    if at > now + timedelta(days=1):
        raise BadLine(Reason.DATE_IN_FUTURE)
    return at


def _moment(written: str, zone: tzinfo) -> datetime:
    if _EPOCH.fullmatch(written):
        seconds = int(written) / (1000 if len(written) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    found = _DATE.fullmatch(written)
    if found:
        year, month, day, half, hour, minute, second = found.groups()
        year = f"20{year}" if len(year) == 2 else year
        hours = int(hour or 0)
        if half:
            hours = hours % 12 + (12 if half.lower() in ("오후", "pm") else 0)
        return datetime(
            int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), tzinfo=zone
        )
    if _SERIAL.fullmatch(written):
        at = _DAY_0 + timedelta(seconds=round(float(written) * 86_400))
        return at.replace(tzinfo=zone)
    compact = _COMPACT.fullmatch(written)
    if compact:
        return datetime(int(compact[1]), int(compact[2]), int(compact[3]), tzinfo=zone)
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _string(given: object) -> str:
    if given is None:
        return ""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise BadLine(Reason.INVALID_VALUE)
    written = str(given).replace("\0", "").strip()
    try:
        written.encode("utf-8")
    except UnicodeEncodeError as error:  # JSON may hold half of a surrogate pair.
        raise BadLine(Reason.INVALID_CHARACTERS) from error
    return written
