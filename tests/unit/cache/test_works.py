"""What services made: kept apart, by their bytes, for whoever wants the very same again."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from gilmok.cache import AnswerCache, CachedAnswer, CachePolicy, ExactCache, Place
from gilmok.cache.exact import size_of
from gilmok.core.completion import Made, Usage, Vector
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance
from gilmok.core.request import Attachment, CacheReach, Message, Request, Role
from gilmok.core.terms import Terms
from gilmok.core.text import Private
from gilmok.core.work import Embedding, Picture, Speech, Transcription, VideoAnalysis, Work
from tests.unit import nouns

PICTURE = CachedAnswer("p", "cloud", (Made(b"x" * 1_000, "image/png"), Usage(5, 0, units=1)), "d")


ONE = Picture()


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return 0


CLOCK = Clock()


def cache(max_bytes: int = 100_000, **policy: object) -> AnswerCache:
    works = ExactCache(CLOCK, ttl_s=60.0, max_entries=100, max_bytes=max_bytes)
    chats = ExactCache(CLOCK, ttl_s=60.0, max_entries=100, max_bytes=100_000)
    return AnswerCache(CLOCK, CachePolicy(**policy), chats, works=works)  # type: ignore[arg-type]


def wish(work: Work | None = ONE, text: str = "a cat", **more: object) -> Request:
    return nouns.request(text, work=work, **more)  # type: ignore[arg-type]  # of its fields


def place(
    of: AnswerCache,
    request: Request,
    caller: Caller = nouns.CALLER,
    clearance: Clearance = Clearance.OPEN,
) -> Place:
    found = of.place(request, nouns.inspection(clearance), caller)
    assert found is not None
    return found


def test_works_are_kept_where_chats_are_not() -> None:
    kept = cache(enabled=False)
    assert kept.place(wish(None), nouns.inspection(), nouns.CALLER) is None
    kept.keep(place(kept, wish()), PICTURE)
    hit = kept.find(place(kept, wish()))
    assert hit is not None
    assert (hit.how, hit.answer) == ("hit", PICTURE)


def test_nothing_is_kept_where_nobody_wants_it() -> None:
    none = AnswerCache(
        CLOCK, CachePolicy(enabled=True), ExactCache(CLOCK, ttl_s=1, max_entries=1, max_bytes=1)
    )
    assert none.place(wish(), nouns.inspection(), nouns.CALLER) is None
    off = wish(cache=CacheReach.OFF)
    assert cache().place(off, nouns.inspection(), nouns.CALLER) is None


RECORDING = Message(role=Role.USER, parts=(Attachment("input_audio", Private("one")),))
OTHER_RECORDING = Message(role=Role.USER, parts=(Attachment("input_audio", Private("two")),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (wish(), wish(text="a dog")),
        (wish(Picture(count=2)), wish()),
        (wish(Picture(size="1024x1024")), wish()),
        (wish(Picture(quality="hd")), wish()),
        (wish(Picture(style="vivid")), wish()),
        (wish(Picture(background="transparent")), wish()),
        (wish(Picture(format="jpeg")), wish()),
        (wish(Speech(voice="a")), wish(Speech(voice="b"))),
        (wish(Speech(voice="a", speed=1.5)), wish(Speech(voice="a"))),
        (wish(Speech(voice="a", format="wav")), wish(Speech(voice="a"))),
        (wish(Embedding(dimensions=8)), wish(Embedding())),
        (wish(Embedding()), wish(Picture())),
        (nouns.request("a b", work=Embedding()), nouns.request("a", "b", work=Embedding())),
        (nouns.request("a", "b", work=Embedding()), nouns.request("b", "a", work=Embedding())),
        (
            wish(Transcription(media_type="audio/wav"), messages=(RECORDING,)),
            wish(Transcription(media_type="audio/wav"), messages=(OTHER_RECORDING,)),
        ),
        (
            wish(Transcription(media_type="audio/wav", language="ko")),
            wish(Transcription(media_type="audio/wav")),
        ),
        (wish(VideoAnalysis(features=("text",))), wish(VideoAnalysis())),
        (wish(), wish(None)),
    ],
)
def test_everything_that_is_asked_for_makes_another_place(one: Request, other: Request) -> None:
    kept = cache(enabled=True)
    assert place(kept, one) == place(kept, one)
    assert place(kept, one).exact != place(kept, other).exact


def test_nobody_is_given_what_another_tenant_made() -> None:
    kept = cache()
    kept.keep(place(kept, wish()), PICTURE)
    assert kept.find(place(kept, wish(), replace(nouns.CALLER, tenant="other"))) is None
    assert kept.find(place(kept, wish(), replace(nouns.CALLER, key_id="colleague"))) is not None


def test_a_private_wish_is_the_same_persons_only() -> None:
    kept = cache()
    alone = replace(nouns.CALLER, terms=Terms(shares_cache=False))
    for clearance, caller in ((Clearance.LOCAL_ONLY, nouns.CALLER), (Clearance.OPEN, alone)):
        kept.keep(place(kept, wish(), caller, clearance), PICTURE)
        colleague, guest = replace(caller, key_id="colleague"), replace(caller, user="guest")
        assert kept.find(place(kept, wish(), caller, clearance)) is not None
        assert kept.find(place(kept, wish(), colleague, clearance)) is None
        assert kept.find(place(kept, wish(), guest, clearance)) is None


def test_what_is_too_old_is_gone() -> None:
    kept = cache()
    at = place(kept, wish())
    kept.keep(at, PICTURE)
    CLOCK.now += 59.9
    assert kept.find(at) is not None
    CLOCK.now += 0.1
    assert kept.find(at) is None


def test_bytes_of_pictures_and_vectors_count() -> None:
    assert size_of(PICTURE) > 1_000
    vectors = tuple(Vector(n, b"\0" * 6_144) for n in range(3))
    assert size_of(replace(PICTURE, events=vectors)) > 3 * 6_144
    remark = replace(PICTURE, events=(Made(b"", "image/png", 0, "r" * 1_000),))
    assert size_of(remark) > 2_000


def test_the_longest_unused_makes_room_and_what_never_fits_stays_out() -> None:
    kept = cache(max_bytes=4_000)
    places = [place(kept, wish(text=f"cat {n}")) for n in range(4)]
    for at in places[:3]:
        kept.keep(at, PICTURE)
    assert kept.find(places[0]) is not None
    kept.keep(places[3], PICTURE)
    assert [kept.find(at) is not None for at in places] == [True, False, True, True]
    kept.keep(places[0], replace(PICTURE, events=(Made(b"x" * 5_000, "image/png"),)))
    assert kept.find(places[1]) is None
    assert kept.find(places[2]) is not None


def test_works_are_forgotten_by_tenant_and_tag() -> None:
    kept = cache()
    tagged = wish(cache_tags=("menu",))
    other = replace(nouns.CALLER, tenant="other")
    for request, caller in (
        (tagged, nouns.CALLER),
        (wish(text="b"), nouns.CALLER),
        (tagged, other),
    ):
        kept.keep(place(kept, request, caller), PICTURE)
    assert kept.forget(nouns.CALLER.tenant, "menu") == 1
    assert kept.find(place(kept, tagged)) is None
    assert kept.forget(None, None) == 2


def test_the_wish_at_work_is_waited_for_and_found() -> None:
    kept = cache()

    async def both() -> bool:
        first, second = place(kept, wish()), place(kept, replace(wish(), id="dec_2"))
        assert await kept.search(first, CLOCK.now + 10.0) is None
        waiting = asyncio.create_task(kept.search(second, CLOCK.now + 10.0))
        await asyncio.sleep(0)
        assert not waiting.done()
        kept.keep(first, PICTURE)
        kept.leave(first)
        return await waiting is not None

    assert asyncio.run(both())


def test_nobody_waits_longer_than_half_of_its_time() -> None:
    kept = cache()

    async def waited() -> object:
        first, second = place(kept, wish()), place(kept, replace(wish(), id="dec_2"))
        assert await kept.search(first, CLOCK.now + 10.0) is None
        return await kept.search(second, CLOCK.now + 0.004)

    assert asyncio.run(waited()) is None
