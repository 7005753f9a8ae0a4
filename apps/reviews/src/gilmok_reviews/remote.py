"""The service that already runs on this machine, as the command line talks to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final, Self

import httpx
from rich.progress import Progress

from gilmok_reviews import words
from gilmok_reviews.domain import GatewayError
from gilmok_reviews.settings import Settings
from gilmok_reviews.texts import Locale

_TYPES: Final = {".csv": "text/csv", ".tsv": "text/csv"}


class Remote:
    def __init__(self, settings: Settings) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{settings.port}"
        headers = {"x-api-key": settings.api_key} if settings.api_key else {}
        self._client = httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=60.0, trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._client.aclose()

    async def answers(self) -> bool:
        """Whether a service runs there: it may be another that has the store."""
        try:
            return (await self._client.get("/health", timeout=5.0)).status_code == 200
        except httpx.HTTPError:
            return False

    async def import_file(
        self, file: Path, locale: Locale, bar: Progress, say: Callable[..., None]
    ) -> int:
        """The exit code. Raises `GatewayError` with what the service refused, or where it went away."""
        try:
            return await self._import(file, locale, bar, say)
        except httpx.HTTPError as error:
            raise GatewayError("service_gone", words.SERVICE_GONE.of(locale)) from error

    async def _import(
        self, file: Path, locale: Locale, bar: Progress, say: Callable[..., None]
    ) -> int:
        self._client.headers["accept-language"] = locale
        kind = _TYPES.get(file.suffix.lower(), "application/x-ndjson")
        job = _told(
            await self._client.post(
                "/api/v1/reviews/import", content=_chunks(file), headers={"content-type": kind}
            )
        )
        with bar:
            task = bar.add_task(words.STORING.of(locale), total=100)
            async for data in self._events(job["id"]):
                bar.update(task, completed=data.get("percent", 0))
        ended = _told(await self._client.get(f"/api/v1/jobs/{job['id']}"))
        if ended["state"] != "done":
            raise GatewayError(ended["code"], ended["code"] or ended["state"])
        counts = ("added", "changed", "unchanged", "duplicates", "bad")
        say(words.IMPORTED, **{name: int(ended["progress"][name]) for name in counts})
        for bad in ended["bad_lines"][:20]:
            say(words.BAD_LINE, line=bad["line"], reason=bad["message"])
        return 0

    async def _events(self, job_id: str) -> AsyncIterator[dict[str, Any]]:
        async with self._client.stream("GET", f"/api/v1/jobs/{job_id}/events") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(1 << 20):
            yield chunk


def _told(answer: httpx.Response) -> Any:
    told = answer.json()
    if answer.status_code >= 400:
        raise GatewayError(told["error"]["code"], told["error"]["message"])
    return told
