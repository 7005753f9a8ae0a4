"""The environment, read once. Every variable is named here, and nowhere else.

| variable | default | |
| --- | --- | --- |
| `QDRANT_URL` | a folder in `REVIEWS_DATA` | `:memory:`, a folder, or a server's address |
| `QDRANT_API_KEY` | none | where the server wants one |
| `COLLECTION_NAME` | `reviews` | vectors of reviews; restaurants' are in `restaurant_vectors` |
| `EMBEDDING_MODEL`, `LLM_MODEL` | `auto` | names that the gateway knows; `LLM_MODEL=none`: extracts only |
| `TOP_K` | `20` | reviews that stand for a restaurant as context |
| `GILMOK_URL`, `GILMOK_API_KEY` | `http://127.0.0.1:8080/v1`, none | the gateway |
| `GILMOK_TIMEOUT_S` | `45` | for one answer of the gateway; then a page does without |
| `REVIEWS_HOST`, `REVIEWS_PORT` | `127.0.0.1`, `8091` | where the service listens |
| `REVIEWS_API_KEY` | none: loopback only | what callers must send |
| `REVIEWS_DATA` | `.gilmok/reviews` | the catalogue, uploads, vectors |
| `REVIEWS_TIMEZONE` | `Asia/Seoul` | of dates that name none |
| `REVIEWS_CONCURRENCY` | `4` | analyses of a job at once |
| `REVIEWS_HALF_LIFE_DAYS`, `REVIEWS_LENGTH_WEIGHT`, `REVIEWS_RATING_WEIGHT` | `365`, `0.5`, `0` | see `representative.Weights` |
"""

from __future__ import annotations

import ipaddress
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gilmok_reviews.representative import Weights
from gilmok_reviews.texts import Locale, Says

RESTAURANT_COLLECTION: Final = "restaurant_vectors"
MEMORY: Final = ":memory:"


class SettingsError(Exception):
    """One variable, what is wrong with it, and the way out."""

    def __init__(self, variable: str, reason: Says, way_out: Says) -> None:
        self.variable = variable
        self._reason = reason
        self._way_out = way_out
        super().__init__(self.message("en"))

    def message(self, locale: Locale) -> str:
        return f"{self.variable}: {self._reason.of(locale)}. {self._way_out.of(locale)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    qdrant_url: str
    qdrant_api_key: str | None = field(default=None, repr=False)
    collection_name: str = "reviews"
    embedding_model: str = "auto"
    llm_model: str = "auto"
    top_k: int = 20
    gilmok_url: str = "http://127.0.0.1:8080/v1"
    gilmok_api_key: str | None = field(default=None, repr=False)
    gilmok_timeout_s: float = 45.0
    host: str = "127.0.0.1"
    port: int = 8091
    api_key: str | None = field(default=None, repr=False)
    data: Path
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))
    concurrency: int = 4
    weights: Weights = field(default_factory=Weights)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Raises `SettingsError`. A variable that is set to nothing counts as not set."""
    given = _Given(os.environ if environment is None else environment)
    data = Path(given.text("REVIEWS_DATA", ".gilmok/reviews"))
    settings = Settings(
        qdrant_url=given.text("QDRANT_URL", str(data / "qdrant")),
        qdrant_api_key=given.secret("QDRANT_API_KEY"),
        collection_name=given.text("COLLECTION_NAME", "reviews"),
        embedding_model=given.text("EMBEDDING_MODEL", "auto"),
        llm_model=given.text("LLM_MODEL", "auto"),
        top_k=given.whole("TOP_K", 20, 1, 200),
        gilmok_url=given.url("GILMOK_URL", "http://127.0.0.1:8080/v1"),
        gilmok_api_key=given.secret("GILMOK_API_KEY"),
        gilmok_timeout_s=given.number("GILMOK_TIMEOUT_S", 45.0, 1.0, 3600.0),
        host=given.text("REVIEWS_HOST", "127.0.0.1"),
        port=given.whole("REVIEWS_PORT", 8091, 0, 65_535),
        api_key=given.secret("REVIEWS_API_KEY"),
        data=data,
        timezone=given.zone("REVIEWS_TIMEZONE", "Asia/Seoul"),
        concurrency=given.whole("REVIEWS_CONCURRENCY", 4, 1, 64),
        weights=Weights(
            half_life_days=given.number("REVIEWS_HALF_LIFE_DAYS", 365.0, 0.0, 36_500.0),
            length=given.number("REVIEWS_LENGTH_WEIGHT", 0.5, 0.0, 4.0),
            rating=given.number("REVIEWS_RATING_WEIGHT", 0.0, 0.0, 10.0),
        ),
    )
    return _checked(settings)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(settings: Settings) -> Settings:
    if settings.api_key is None and not is_loopback(settings.host):
        raise SettingsError(
            "REVIEWS_HOST",
            Says(
                "키가 없으면 이 컴퓨터에서만 쓸 수 있습니다",
                "without a key only this machine may be served",
            ),
            Says(
                "REVIEWS_API_KEY를 정하거나 REVIEWS_HOST를 127.0.0.1로 두세요",
                "Set REVIEWS_API_KEY, or leave REVIEWS_HOST at 127.0.0.1",
            ),
        )
    if settings.collection_name == RESTAURANT_COLLECTION:
        raise SettingsError(
            "COLLECTION_NAME",
            Says("가게의 벡터가 쓰는 이름입니다", "restaurants' vectors bear this name"),
            Says("다른 이름을 쓰세요", "Choose another name"),
        )
    return settings


def _such_as(default: str) -> Says:
    return Says(f"{default}처럼 쓰세요", f"Write it such as {default}")


class _Given:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def secret(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name, "").strip() or default

    def number(self, name: str, default: float, low: float, high: float) -> float:
        given = self.text(name, str(default))
        try:
            value = float(given)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise SettingsError(
                name,
                Says(
                    f"{low:g}~{high:g}의 숫자가 아닙니다", f"not a number from {low:g} to {high:g}"
                ),
                Says(f"기본값은 {default:g}입니다", f"The default is {default:g}"),
            )
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        given = self.text(name, str(default))
        value = int(given) if given.isdecimal() else -1
        if not low <= value <= high:
            raise SettingsError(
                name,
                Says(f"{low}~{high}의 정수가 아닙니다", f"not a whole number from {low} to {high}"),
                Says(f"기본값은 {default}입니다", f"The default is {default}"),
            )
        return value

    def url(self, name: str, default: str) -> str:
        given = self.text(name, default)
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(
                name, Says("http 주소가 아닙니다", "not an http address"), _such_as(default)
            )
        return given.rstrip("/")

    def zone(self, name: str, default: str) -> ZoneInfo:
        try:
            return ZoneInfo(self.text(name, default))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(
                name,
                Says("그런 시간대가 없습니다", "no time zone is called so"),
                _such_as(default),
            ) from error
