"""What is broken before the service starts: said in the reader's language, with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from apps.reviews.tests.scenes import entries, service
from apps.reviews.tests.stub_gateway import StubGateway

from gilmok_reviews.cli import main
from gilmok_reviews.problems import Refused
from gilmok_reviews.store.vectors import VectorStore


async def test_a_damaged_catalogue_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.db"
    file.write_bytes(b"this is no database, and a long one at that" * 100)
    before = file.read_bytes()
    with pytest.raises(Refused, match="store_damaged") as refused:
        async with service(tmp_path, "http://127.0.0.1:9"):
            pass
    assert str(file) in refused.value.message("ko")
    assert "백업" in refused.value.message("ko")
    assert file.read_bytes() == before


async def test_a_damaged_folder_of_vectors_is_told_and_made_anew(tmp_path: Path) -> None:
    async with StubGateway() as gateway:
        async with service(tmp_path, gateway.url) as made:
            await made.library.add(list(entries(5)))
            await made.indexer.catch_up()
        meta = tmp_path / "qdrant" / "meta.json"
        meta.write_text("{")
        with pytest.raises(Refused, match="vector_store_damaged") as refused:
            async with service(tmp_path, gateway.url):
                pass
        assert str(meta.parent) in refused.value.message("en")
        for file in sorted(meta.parent.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        async with service(tmp_path, gateway.url) as made:
            await made.indexer.catch_up()
            assert await made.store.vectors.do(VectorStore.count) == 5


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("REVIEWS_TIMEZONE", "Seoul", "그런 시간대가 없습니다. Asia/Seoul처럼"),
        ("REVIEWS_PORT", "99999", "0~65535의 정수가 아닙니다"),
        ("REVIEWS_HOST", "0.0.0.0", "REVIEWS_API_KEY를 정하거나"),
        ("GILMOK_URL", "ftp://x", "http 주소가 아닙니다"),
        ("REVIEWS_HALF_LIFE_DAYS", "x", "숫자가 아닙니다"),
        ("COLLECTION_NAME", "restaurant_vectors", "다른 이름을 쓰세요"),
    ],
)
def test_a_wrong_variable_is_told_in_korean_too(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setenv("REVIEWS_DATA", str(tmp_path))
    monkeypatch.setenv(variable, value)
    assert main(["--lang", "ko", "import", str(tmp_path / "none.csv")]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{variable}: ")
    assert words in told
