"""The store: what is written is there again, Qdrant can be lost, models are never mixed."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from apps.reviews.tests.qdrant_server import QdrantServer
from apps.reviews.tests.scenes import NOW, StandIn, entries, entry, service
from apps.reviews.tests.service_http import listening
from apps.reviews.tests.stub_gateway import WIDTH, StubGateway, vector

from gilmok_reviews.domain import GatewayError, NoSuchRestaurant
from gilmok_reviews.entry import Added
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.representative import Weights, mean, weigh
from gilmok_reviews.service import Service
from gilmok_reviews.settings import SettingsError, load
from gilmok_reviews.store import identity
from gilmok_reviews.store.backlog import Backlog, Embedding
from gilmok_reviews.store.catalogue import Catalogue
from gilmok_reviews.store.vectors import VectorStore, connect


async def fill(made: Service, count: int = 60) -> None:
    await made.library.add(list(entries(count)))
    await made.indexer.catch_up()
    await made.judging.catch_up()


async def representative(made: Service, restaurant_id: str) -> np.ndarray:
    mean = await made.store.reading.catalogue.do(Catalogue.mean, restaurant_id)
    assert mean is not None
    made_of = mean.vector()
    assert made_of is not None
    return made_of


async def test_reopened_it_answers_the_same(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        async with service(tmp_path, stub.url) as made:
            await fill(made)
            before = await made.library.typical("r0", 5)
        asked = len(stub.asked)
        async with service(tmp_path, stub.url) as made:
            assert await made.library.typical("r0", 5) == before
            assert await made.library.counts() == {"indexed": 60}
            assert len(await made.library.reviews("r1")) == 20
            assert len(await made.library.judgements("r1")) == 20
        assert len(stub.asked) == asked  # Nothing is embedded twice.


async def test_typical_and_search_agree_with_a_plain_scan(tmp_path: Path) -> None:
    """In a folder a restaurant's reviews are scanned; a server is asked with a filter. Both are
    held against all vectors at once."""
    async with StubGateway() as stub, service(tmp_path, stub.url) as made:
        await fill(made)
        reviews = await made.library.reviews("r1")
        wanted = vector("국물이 짜요")
        scores = {review.id: float(vector(review.text) @ wanted) for review in reviews}
        best = sorted(scores.values(), reverse=True)[:4]
        found = await made.library.search("국물이 짜요", restaurant_id="r1", limit=4, min_score=0)
        assert [one.score for one in found] == pytest.approx(best, abs=1e-5)
        hits = await made.store.vectors.do(VectorStore.near, wanted, 4, restaurant_id="r1")
        assert [hit.score for hit in hits] == pytest.approx(best, abs=1e-5)
        assert {hit.restaurant_id for hit in hits} == {"r1"}
        everywhere = await made.library.search("국물", restaurant_id=None, limit=9, min_score=0.2)
        assert all(one.score >= 0.2 for one in everywhere)
        center = await representative(made, "r1")
        nearest = await made.library.typical("r1", 3)
        plain = sorted((float(vector(r.text) @ center) for r in reviews), reverse=True)[:3]
        assert [one.score for one in nearest] == pytest.approx(plain, abs=1e-5)


async def test_changes_and_removals_reach_the_mean_and_qdrant(tmp_path: Path) -> None:
    async with StubGateway() as stub, service(tmp_path, stub.url) as made:
        await fill(made, 30)
        changed = [
            entry(3, "r0", text="아주 다른 글이 되었다"),
            entry(6, "r0", written_at=NOW - timedelta(days=500)),
            entry(9, "r0", rating=1.0),
        ]
        assert await made.library.add(changed) == Added(changed=3)
        assert await made.library.remove("r0", "v12")
        assert not await made.library.remove("r0", "v12")
        gone = await made.library.search("12번째 리뷰", restaurant_id=None, limit=30, min_score=-1)
        assert "v12" not in {one.review.id for one in gone}  # At once, before Qdrant knows.
        assert "v3" not in {one.review.id for one in gone}  # Its vector is of the old text.
        await made.indexer.catch_up()
        assert await made.store.vectors.do(VectorStore.count) == 29
        found = await made.library.search("아주 다른 글", restaurant_id=None, limit=1, min_score=0)
        assert found[0].review.id == "v3"
        kept = await representative(made, "r0")
    async with StubGateway() as stub, service(tmp_path / "anew", stub.url) as made:
        rest = [one for one in entries(30) if one.review_id not in ("v3", "v6", "v9", "v12")]
        await made.library.add([*rest, *changed])
        await made.indexer.catch_up()
        assert np.allclose(await representative(made, "r0"), kept, atol=1e-6)


async def test_a_vector_that_comes_twice_counts_once(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        stub.down = (503, "not_yet")
        async with service(tmp_path, stub.url) as made:
            await made.library.add([entry(1), entry(2)])
            backlog = made.store.writing.backlog
            waiting = await backlog.do(Backlog.waiting, 9)
            vectors = [(stored, vector(stored.review.text)) for stored in waiting]
            for _ in range(2):
                await backlog.do(Backlog.embed, Embedding("auto", "m", WIDTH), vectors)
            mean_of_both = await made.store.reading.catalogue.do(Catalogue.mean, "r0")
            assert mean_of_both is not None
            assert mean_of_both.count == 2


async def test_the_same_text_under_another_id_is_one_review(tmp_path: Path) -> None:
    async with StubGateway() as stub, service(tmp_path, stub.url) as made:
        one = entry(1, text="Good  SOUP")
        again = entry(2, text="good soup ")
        elsewhere = entry(2, "r1", text="good soup")
        assert await made.library.add([one, again, elsewhere]) == Added(added=2, duplicates=1)
        assert identity.digest("ﾊﾝﾊﾞｰｸﾞ") == identity.digest("ハンバーグ")


async def test_qdrant_lost_is_told_again_without_the_gateway(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        async with service(tmp_path, stub.url) as made:
            await fill(made)
        shutil.rmtree(tmp_path / "qdrant")
        asked = len(stub.asked)
        async with service(tmp_path, stub.url) as made:
            await made.indexer.catch_up()
            assert await made.store.vectors.do(VectorStore.count) == 60
            assert len(await made.library.similar_restaurants("r0", 5)) == 2
        assert len(stub.asked) == asked


async def test_another_model_is_refused_until_reindex(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        async with service(tmp_path, stub.url) as made:
            await fill(made, 9)
        stub.model, stub.width = "new-encoder", 32
        async with service(tmp_path, stub.url) as made:
            with pytest.raises(Refused) as refused:
                await made.library.search("국물", restaurant_id=None, limit=3, min_score=0)
            assert refused.value.problem is Problem.EMBEDDING_CHANGED
            assert "gilmok-reviews reindex" in refused.value.message("en")
            assert "stub-encoder" in refused.value.message("ko")
            await made.library.add([entry(99)])
            with pytest.raises(Refused, match="embedding_model_changed"):
                await made.indexer.catch_up()
            assert made.indexer.trouble == "embedding_model_changed"
            asked = len(stub.embedded)
            await made.library.add([entry(98), entry(97)])
            with pytest.raises(Refused, match="embedding_model_changed"):
                await made.indexer.catch_up()
            assert [len(texts) for texts in stub.embedded[asked:]] == [1]
        async with service(tmp_path, stub.url, reindex=True) as made:
            await made.indexer.catch_up()
            await made.judging.catch_up()
            assert await made.library.counts() == {"indexed": 12}
            assert len(await made.library.judgements("r0")) == len(await made.library.reviews("r0"))
            found = await made.library.search("국물", restaurant_id=None, limit=3, min_score=-1)
            assert len(found) == 3


async def test_a_collection_of_another_width_is_named(tmp_path: Path) -> None:
    (tmp_path / "q").mkdir()
    client = connect(str(tmp_path / "q"))
    VectorStore(client, "reviews", local=True).prepare(8)
    client.close()
    async with (
        StubGateway() as stub,
        service(tmp_path / "d", stub.url, QDRANT_URL=str(tmp_path / "q")) as made,
    ):
        await made.library.add([entry(1)])
        with pytest.raises(Refused) as refused:
            await made.indexer.catch_up()
    assert refused.value.problem is Problem.COLLECTION_DIFFERS


async def test_a_server_answers_as_a_folder_does(tmp_path: Path) -> None:
    server = QdrantServer()
    async with StubGateway() as stub, listening(server.app()) as url:
        async with service(tmp_path / "folder", stub.url) as made:
            await fill(made)
            expected = await made.library.typical("r1", 5)
            near = await made.library.similar_restaurants("r1", 3)
        async with service(tmp_path / "server", stub.url, QDRANT_URL=url) as made:
            await fill(made)
            found = await made.library.typical("r1", 5)
            assert [one.review for one in found] == [one.review for one in expected]
            assert [one.score for one in found] == pytest.approx([e.score for e in expected])
            assert await made.library.similar_restaurants("r1", 3) == near
            await made.library.remove("r1", "v1")
            await made.indexer.catch_up()
            assert await made.store.vectors.do(VectorStore.count) == 59
        async with service(tmp_path / "server", stub.url, reindex=True, QDRANT_URL=url) as made:
            await made.indexer.catch_up()
            assert await made.library.counts() == {"indexed": 59}
    assert ("reviews", "restaurant_id") in server.indexed


async def test_a_server_that_is_away_is_asked_again_and_then_named() -> None:
    waits: list[float] = []
    client = connect("http://127.0.0.1:9")
    away = VectorStore(client, "reviews", local=False, sleep=waits.append)
    with pytest.raises(Refused) as refused:
        away.count()
    assert refused.value.problem is Problem.VECTORS_UNAVAILABLE
    assert len(waits) == 2
    away.close()


async def test_without_the_vector_server_the_rest_is_served(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        async with service(tmp_path, stub.url) as made:
            await fill(made, 6)
        async with service(tmp_path, stub.url, QDRANT_URL="http://127.0.0.1:9") as made:
            assert len(await made.library.reviews("r0")) == 2
            assert (await made.analyst.sentiment("r0")).reviews == 2
            with pytest.raises(Refused, match="vector_store_unavailable"):
                await made.library.search("국물", restaurant_id=None, limit=3, min_score=0)


async def test_one_process_at_a_time(tmp_path: Path) -> None:
    async with StubGateway() as stub, service(tmp_path, stub.url):
        with pytest.raises(Refused) as refused:
            async with service(tmp_path, stub.url):
                pass
    assert refused.value.problem is Problem.STORE_BUSY


async def test_readers_see_whole_batches_while_somebody_writes(tmp_path: Path) -> None:
    async with StubGateway() as stub, service(tmp_path, stub.url, QDRANT_URL=":memory:") as made:
        await fill(made, 30)
        seen: set[int] = set()
        writing = True

        async def read() -> None:
            while writing:
                seen.add(sum(one.reviews for one in await made.library.standings()))
                await made.library.typical("r0", 3)
                await made.library.search("국물", restaurant_id=None, limit=2, min_score=0)

        readers = [asyncio.create_task(read()) for _ in range(4)]
        for start in range(30, 130, 20):
            await made.library.add([entry(n, "r0") for n in range(start, start + 20)])
            await made.indexer.catch_up()
        writing = False
        await asyncio.gather(*readers)
        assert seen <= {30, 50, 70, 90, 110, 130}
        assert await made.library.counts() == {"indexed": 130}


async def test_a_refused_text_is_kept_without_a_vector(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        stub.bad = lambda text: (403, "label_refused") if "비밀" in text else None
        async with service(tmp_path, stub.url) as made:
            await made.library.add([entry(1), entry(2, text="비밀"), entry(3)])
            await made.indexer.catch_up()
            assert await made.library.counts() == {"indexed": 2, "refused": 1}
            assert len(await made.library.reviews("r0")) == 3
        stub.bad = lambda text: None
        async with service(tmp_path, stub.url) as made:
            await made.indexer.catch_up()
            assert await made.library.counts() == {"indexed": 3}


async def test_a_gateway_that_comes_back(tmp_path: Path) -> None:
    async with StubGateway() as stub, service(tmp_path, stub.url) as made:
        stub.down = (503, "no_endpoint_available")
        await made.library.add([entry(1)])
        with pytest.raises(GatewayError):
            await made.indexer.catch_up()
        assert made.indexer.trouble == "no_endpoint_available"
        similar = await made.library.similar_restaurants("r0", 3)
        assert similar == []
        stub.down = None
        await made.indexer.catch_up()
        assert made.indexer.trouble == ""


async def test_a_judge_that_fails_costs_no_vector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: StandIn, texts: list[str]) -> None:
        raise ValueError("국물")

    monkeypatch.setattr(StandIn, "judge", fail)
    async with StubGateway() as stub, service(tmp_path, stub.url) as made:
        await fill(made, 3)
        assert await made.library.counts() == {"indexed": 3}
        assert await made.library.judgements("r0") == {}


async def test_other_weights_make_the_sums_anew(tmp_path: Path) -> None:
    async with StubGateway() as stub:
        async with service(tmp_path, stub.url) as made:
            await fill(made, 30)
            before = await representative(made, "r0")
        async with service(tmp_path, stub.url, REVIEWS_HALF_LIFE_DAYS="2") as made:
            after = await representative(made, "r0")
        async with service(tmp_path / "anew", stub.url, REVIEWS_HALF_LIFE_DAYS="2") as made:
            await fill(made, 30)
            anew = await representative(made, "r0")
    assert not np.allclose(before, after, atol=1e-3)
    assert np.allclose(after, anew, atol=1e-6)


async def test_after_the_newest_leave_the_old_ones_stand_for_the_place(tmp_path: Path) -> None:
    """Weights differ by 2 ** 80 here: what a subtraction leaves would be rounding."""
    async with (
        StubGateway() as stub,
        service(tmp_path, stub.url, REVIEWS_HALF_LIFE_DAYS="1") as made,
    ):
        await made.library.add([entry(80), entry(81), entry(0), entry(1)])
        await made.indexer.catch_up()
        for newest in ("v0", "v1"):
            await made.library.remove("r0", newest)
        kept = await representative(made, "r0")
        old = await made.library.reviews("r0")
    chosen = Weights(half_life_days=1)
    anew = mean(WIDTH, [(vector(one.text), weigh(one, chosen)) for one in old]).vector()
    assert anew is not None
    assert np.allclose(kept, anew, atol=1e-6)


async def test_unknown_restaurants(tmp_path: Path) -> None:
    async with StubGateway() as stub, service(tmp_path, stub.url) as made:
        for asked in (made.library.reviews("x"), made.library.typical("x", 3),
                      made.library.standing("x"), made.library.similar_restaurants("x", 3)):  # fmt: skip
            with pytest.raises(NoSuchRestaurant):
                await asked


def test_points_are_the_same_every_time_and_differ() -> None:
    assert identity.review_point("r", "v") == identity.review_point("r", "v")
    assert identity.review_point("a", "b/c") != identity.review_point("a/b", "c")
    assert identity.restaurant_point("r") != identity.review_point("r", "r")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REVIEWS_PORT", "http"), ("TOP_K", "0"), ("GILMOK_URL", "8080"),
        ("REVIEWS_TIMEZONE", "Mars/Base"), ("REVIEWS_HALF_LIFE_DAYS", "-1"),
        ("REVIEWS_HOST", "0.0.0.0"), ("COLLECTION_NAME", "restaurant_vectors"),
    ],
)  # fmt: skip
def test_wrong_settings_name_themselves(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load({name: value})
    assert str(error.value).startswith(f"{name}: ")


def test_a_qdrant_url_that_is_neither_folder_nor_address() -> None:
    with pytest.raises(SettingsError, match="QDRANT_URL"):
        connect("./no/such/folder")
    assert load({"REVIEWS_API_KEY": "s3cret", "REVIEWS_HOST": "0.0.0.0"}).port == 8091
    assert "s3cret" not in repr(load({"REVIEWS_API_KEY": "s3cret"}))
