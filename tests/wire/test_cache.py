"""Kept answers on real sockets; the wall's own log says how often a model was asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gilmok.config import hash_key
from tests.gateway import Answer, Running
from tests.wall import Wall

CHAT = "/v1/chat/completions"
SEMANTIC = 'semantic = true\nencoder = "static"\nerror_bound = 1.0\naudit_share = 0.005\n'
FIRST = "비밀번호를 변경하는 방법 알려줘"
AGAIN = "비밀번호 변경하는 방법을 알려주세요"
NEAR_MISS = "아이디를 변경하는 방법 알려줘"


def config(wall: Wall, cache: str, more: str = "", model: str = "ok") -> str:
    return (
        f'[cache]\nenabled = true\n{cache}\n[[endpoints]]\nid = "up"\nprovider = "openai"\n'
        f'base_url = "{wall.openai}"\nmodel = "{model}"\nzone = "local"\nprice_input = 1\n'
        f"price_output = 2\n{more}\n"
    )


async def ask(
    gateway: Running, text: str, headers: dict[str, str] | None = None, **more: object
) -> Answer:
    body = {"model": "auto", "messages": [{"role": "user", "content": text}], **more}
    return await gateway.post(CHAT, body, headers)


def how(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return answer.headers["x-gilmok-cache"]


async def test_a_question_of_the_same_meaning_is_answered_from_the_cache(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC)) as gateway:
        first = await ask(gateway, FIRST)
        again = await ask(gateway, AGAIN)
        assert [how(first), how(again)] == ["miss", "hit-semantic"]
        assert again.text == first.text
        assert len(wall.calls) == 1
        told = (await gateway.get(f"/v1/decisions/{again.headers['x-gilmok-decision']}")).json
        explained = told["explanation"]
        assert explained["cached_decision"] == first.headers["x-gilmok-decision"]
        assert 0.5 <= explained["cache_score"] <= 1
        assert explained["saved"] > 0 == float(told["cost"])
        total = (await gateway.gateway.journal.usage(since=0, until=2**62)).total
        assert (total.cache_hits, total.cache_savings) == (1, explained["saved"])


async def test_a_kept_answer_names_the_model_that_gave_it(tmp_path: Path) -> None:
    """Not the endpoint that it came from: a client would see another model for the same answer."""
    async with Wall() as wall, Running(tmp_path, config(wall, "")) as gateway:
        first, again = await ask(gateway, FIRST), await ask(gateway, FIRST)
        streamed = await ask(gateway, FIRST, stream=True)
    assert [how(first), how(again), how(streamed)] == ["miss", "hit", "hit"]
    assert first.json["model"] == again.json["model"] == "ok"
    assert b'"model":"ok"' in streamed.body.replace(b" ", b"")


async def test_a_near_miss_is_asked(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC)) as gateway:
        assert [how(await ask(gateway, t)) for t in (FIRST, NEAR_MISS)] == ["miss", "miss"]


async def test_a_streamed_answer_is_given_again_in_either_form(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC)) as gateway:
        first = await ask(gateway, FIRST, stream=True)
        streamed = await ask(gateway, AGAIN, stream=True)
        whole = await ask(gateway, AGAIN)
        assert [how(streamed), how(whole)] == ["hit-semantic", "hit-semantic"]
        assert first.text == streamed.text == whole.text
        assert streamed.events[-1] == "[DONE]"
        assert len(wall.calls) == 1


@pytest.mark.parametrize(
    ("reach", "expected"), [("off", "off"), ("exact", "miss"), ("semantic", "hit-semantic")]
)
async def test_the_caller_narrows(tmp_path: Path, reach: str, expected: str) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC)) as gateway:
        await ask(gateway, FIRST)
        assert how(await ask(gateway, AGAIN, {"x-gilmok-cache": reach})) == expected


async def test_the_caller_cannot_widen(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, "")) as gateway:
        await ask(gateway, FIRST)
        assert how(await ask(gateway, AGAIN, {"x-gilmok-cache": "semantic"})) == "miss"
        refused = await ask(gateway, AGAIN, {"x-gilmok-cache": "everything"})
        assert (refused.status, refused.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    "other",
    [
        {"temperature": 0.1},
        {"max_tokens": 5},
        {
            "messages": [
                {"role": "system", "content": "Answer in English."},
                {"role": "user", "content": AGAIN},
            ]
        },
        {
            "messages": [
                {"role": "user", "content": "첫 질문"},
                {"role": "assistant", "content": "답"},
                {"role": "user", "content": AGAIN},
            ]
        },
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"model": "up"},
    ],
)
async def test_whatever_else_shapes_the_answer_parts_questions(
    tmp_path: Path, other: dict[str, object]
) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC)) as gateway:
        await ask(gateway, FIRST)
        assert how(await ask(gateway, AGAIN, None, **other)) == "miss"


async def test_another_tenant_and_another_user_of_high_text_find_nothing(tmp_path: Path) -> None:
    keys = "".join(
        f'[[keys]]\nid = "{name}"\ntenant = "{tenant}"\nsha256 = "{hash_key(name)}"\n'
        for name, tenant in (("a1", "a"), ("a2", "a"), ("b1", "b"))
    )
    high = "주민등록번호 900101-1234568 인 환자의 검사 결과를 설명해줘"
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC, keys)) as gateway:

        async def as_(key: str, text: str, user: str = "") -> str:
            fields = {"authorization": f"Bearer {key}"} | ({"x-gilmok-user": user} if user else {})
            return how(await ask(gateway, text, fields))

        assert await as_("a1", FIRST) == "miss"
        assert await as_("b1", AGAIN) == "miss"
        assert await as_("b1", FIRST) == "hit-semantic"
        assert await as_("a2", AGAIN) == "hit-semantic"
        assert [await as_("a1", high, u) for u in ("kim", "lee", "kim")] == ["miss", "miss", "hit"]
        assert await as_("a2", high, "kim") == "miss"


async def test_another_spelling_is_the_same_question_where_configured(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, "spelling = true")) as gateway:
        spellings = ("What is  an API?", "please, what is an api?!", "what is `an` api?")
        found = [how(await ask(gateway, text)) for text in (*spellings, spellings[0])]
        assert found == ["miss", "hit-parameters", "miss", "hit"]


async def test_answers_are_forgotten_by_tag(tmp_path: Path) -> None:
    admin = {"authorization": "Bearer root", "content-type": "application/json"}
    more = f'[admin]\nsha256 = "{hash_key("root")}"\n'
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC, more)) as gateway:
        await ask(gateway, FIRST, {"x-gilmok-cache-tags": "account, help"})
        for tag, answers in (("menu", 0), ("help", 2)):
            told = await gateway.post("/admin/v1/cache/forget", {"tag": tag}, admin)
            assert (told.status, told.json["answers"]) == (200, answers)
        assert how(await ask(gateway, AGAIN)) == "miss"


@pytest.mark.parametrize("model", ["length", "filter", "refuse", "cut=3"])
async def test_only_whole_plain_answers_answer_others(tmp_path: Path, model: str) -> None:
    async with Wall() as wall, Running(tmp_path, config(wall, SEMANTIC, model=model)) as gateway:
        await ask(gateway, FIRST)
        wall.override = "ok"
        assert how(await ask(gateway, AGAIN)) == "miss"


async def test_of_the_same_questions_at_once_one_is_asked(tmp_path: Path) -> None:
    cache = "single_flight_s = 5"
    async with (
        Wall() as wall,
        Running(tmp_path, config(wall, cache, model="ttft=150")) as gateway,
    ):
        answers = await asyncio.gather(*(ask(gateway, FIRST) for _ in range(6)))
        assert sorted(map(how, answers)) == ["hit"] * 5 + ["miss"]
        assert len({a.text for a in answers}) == 1
        assert len(wall.calls) == 1


async def test_followers_of_a_failure_ask_for_themselves(tmp_path: Path) -> None:
    cache = "single_flight_s = 5"
    more = "[dispatch]\nretries = 0\n"
    async with (
        Wall() as wall,
        Running(tmp_path, config(wall, cache, more, model="flaky=1+ttft=100")) as gateway,
    ):
        answers = await asyncio.gather(*(ask(gateway, FIRST) for _ in range(3)))
        assert len(wall.calls) >= 2
        assert sum(a.status == 200 for a in answers) >= 2


async def test_where_everybody_is_down_a_similar_answer_is_given_and_marked(
    tmp_path: Path,
) -> None:
    cache = SEMANTIC.replace("1.0", "0.005") + "last_resort = true\n"
    more = "[dispatch]\nretries = 0\n"
    async with Wall() as wall, Running(tmp_path, config(wall, cache, more)) as gateway:
        first = await ask(gateway, FIRST)
        wall.override = "500"
        resort = await ask(gateway, AGAIN)
        assert how(resort) == "hit-last-resort"
        assert resort.text == first.text
        assert (await ask(gateway, "파이썬에서 파일을 읽으려면?")).status >= 500
