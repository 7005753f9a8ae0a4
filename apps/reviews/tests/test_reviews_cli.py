"""The command line: what it says, its exit codes, and that it finds a running service."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from apps.reviews.tests.scenes import StandIn, settings
from apps.reviews.tests.service_http import serving
from apps.reviews.tests.stub_gateway import StubGateway
from rich.console import Console

from gilmok_reviews import cli, sentiment
from gilmok_reviews.commands import Talk, analyse, import_file, load_sample, reindex
from gilmok_reviews.problems import Refused
from gilmok_reviews.service import running
from gilmok_reviews.serving import serve
from gilmok_reviews.settings import SettingsError
from gilmok_reviews.texts import Locale, locale_of

GOOD = '{"restaurant_id": "a", "id": "1", "text": "맛있어요"}\n'


@pytest.fixture(autouse=True)
def judged_by_a_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "load", StandIn)


@pytest_asyncio.fixture
async def stub() -> AsyncIterator[StubGateway]:
    async with StubGateway() as stub:
        yield stub


def talk(locale: Locale = "ko") -> tuple[Talk, StringIO]:
    out = StringIO()
    return Talk(Console(file=out, width=200), locale), out


async def test_import_then_analyze(tmp_path: Path, stub: StubGateway) -> None:
    file = tmp_path / "reviews.jsonl"
    file.write_text(GOOD + "broken\n", encoding="utf-8")
    chosen = settings(tmp_path / "data", stub.url)
    korean, said = talk()
    assert await import_file(chosen, file, korean) == 0
    assert "새 리뷰 1" in said.getvalue()
    assert "2번째 줄: JSON 객체가 아닙니다" in said.getvalue()
    out = tmp_path / "found.json"
    english, said = talk("en")
    assert await analyse(chosen, [], out, english) == 0
    assert "3 analyses done, 0 failed" in said.getvalue()
    found = json.loads(out.read_text("utf-8"))
    assert set(found["a"]) == {"sentiment", "summary", "strengths"}
    assert await analyse(chosen, ["nobody"], out, english) == 1


async def test_an_import_without_the_gateway_says_what_waits(tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    file.write_text(GOOD, encoding="utf-8")
    english, said = talk("en")
    assert await import_file(settings(tmp_path / "d", "http://127.0.0.1:9/v1"), file, english) == 0
    assert "1 have no vector yet (gateway_unreachable)" in said.getvalue()


async def test_a_running_service_is_handed_the_file(tmp_path: Path, stub: StubGateway) -> None:
    file = tmp_path / "리뷰.csv"
    file.write_text("가게,리뷰\nA,좋아요\nA,\n", encoding="utf-8")
    async with serving(tmp_path / "data", stub.url) as client:
        port = httpx.URL(str(client.base_url)).port
        chosen = settings(tmp_path / "data", stub.url, REVIEWS_PORT=str(port))
        english, said = talk("en")
        assert await import_file(chosen, file, english) == 0
        assert "Handing it to the running service" in said.getvalue()
        assert "1 new" in said.getvalue()
        assert "line 3: the review has no text" in said.getvalue()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free = taken.getsockname()[1]
        nobody = settings(tmp_path / "data", stub.url, REVIEWS_PORT=str(free))
        with pytest.raises(Refused, match="store_busy"):
            await import_file(nobody, file, english)


async def test_the_sample_and_reindex(tmp_path: Path, stub: StubGateway) -> None:
    chosen = settings(tmp_path / "data", stub.url)
    korean, said = talk()
    async with running(chosen) as service:
        await load_sample(service, korean)
        await load_sample(service, korean)
    assert "못 읽은 줄 0" in said.getvalue()
    assert "새 리뷰 0" in said.getvalue()
    stub.model, stub.width = "another", 32
    asked = len(stub.asked)
    assert await reindex(chosen, korean) == 0
    assert "새로 만들었습니다" in said.getvalue()
    assert len(stub.asked) > asked


async def test_a_port_that_is_taken_is_named(tmp_path: Path, stub: StubGateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        chosen = settings(tmp_path, stub.url, REVIEWS_PORT=str(taken.getsockname()[1]))

        async def begin(service: object) -> None:
            """Nothing."""

        with pytest.raises(SettingsError, match="REVIEWS_PORT"):
            await serve(chosen, begin, print)


def test_wrong_variables_and_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEWS_PORT", "eighty")
    assert cli.main(["reindex"]) == cli.USAGE_ERROR
    assert capsys.readouterr().err.startswith("REVIEWS_PORT: ")
    with pytest.raises(SystemExit):
        cli.main(["sing"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [("en-US,en;q=0.9,ko;q=0.8", "en"), ("ko", "ko"), ("fr, en;q=0.1", "en"), ("", "ko"),
     ("ko;q=0.3, en;q=x", "ko"), ("de", "ko")],
)  # fmt: skip
def test_languages(given: str, expected: str) -> None:
    assert locale_of(given) == expected
