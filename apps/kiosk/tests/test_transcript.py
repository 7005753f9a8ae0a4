"""The documents' questions, all of them, through a real gateway with the real embedded model.

First with nothing but that model, then with a cloud endpoint beside it, which is better and would
get whatever may leave. The wall plays that cloud and keeps every byte that reached it.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
import pytest_asyncio
from apps.kiosk.tests.kiosk import at, cloud
from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from tests.unit.cli.processes import environment, start, until
from tests.wall import Wall

from gilmok_kiosk.texts import won

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="module")]

HELLO = "안녕하세요"
PRICE = "아메리카노 가격은 얼마인가요?"
CAFFEINE = "저는 카페인에 민감한데, 맛있는 음료를 추천해주세요"
MEETING = (
    "회의 전에 집중력을 높이면서도 오후까지 지속 가능한 에너지를 줄 수 있는 음료 조합을 추천해주세요. "
    "단, 설탕은 적게 넣고 싶어요."
)
LATTES = "라떼 3잔을 주문하고 싶어"
NAME = "나의 이름은 고우주이야"
EXAMPLE = "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘"
KIOSK = (HELLO, PRICE, CAFFEINE, MEETING, LATTES, NAME, EXAMPLE)

LATTES_COST, EXAMPLE_COST = 3 * 5000, 3 * (5000 + 700 + 500 + 2 * 500)
"""Won, from menu.toml: large, soy milk and two shots on top of a latte."""

TUPLES = "Python에서 리스트와 튜플의 차이는?"
COMPANY = "우리 회사의 매출 데이터를 분석해줘"
PERSON = "홍길동의 전화번호와 주소를 알려줄래?"

PRIVATE = ("민감", "회의", "집중력", "라떼", "고우주", "두유", "감사", "매출", "홍길동")
"""Of every turn from the first private one on, a word that nobody else says to the cloud."""
LATTE_AS_ASKED = "3 × latte (hot, large, soy milk, 2 extra shots)"

CLOUD_SAYS = "반갑습니다, 좋은 하루입니다."
ANALYSIS = re.compile(r"complexity|privacy_sensitivity|response_time|[{}]")
"""The documents' bug: the analyser's JSON in place of an answer."""
PATIENCE = 12.0
"""Seconds. A busy machine makes the model late; then the kiosk goes on without its words, and all
that is asserted here but the first greeting has to hold all the same."""
SLOW = "model_too_slow"


class RealGateway:
    """`gilmok serve` as a user starts it, with the model that comes with it and nothing else."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._config = home / "gilmok.toml"

    async def __aenter__(self) -> RealGateway:
        self._write("")
        self._process: Process = await start(self.home, "serve", "--config", str(self._config))
        try:
            page = await until(self._process, "Ctrl-C stops.")
            found = re.search(r"http://127\.0\.0\.1:\d+", page)
            assert found, page
        except BaseException:
            self._process.kill()
            await self._process.communicate()
            raise
        self.url = f"{found[0]}/v1"
        self.client = AsyncOpenAI(
            base_url=self.url,
            api_key="none",
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(trust_env=False),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
        self._process.terminate()
        await self._process.communicate()
        assert self._process.returncode == 0

    @asynccontextmanager
    async def beside(self, endpoints: str) -> AsyncIterator[None]:
        """The same gateway, and the same model, with more endpoints."""
        alone = await self._models()
        await self._reload(endpoints, lambda models: models > alone)
        try:
            yield
        finally:
            await self._reload("", lambda models: models == alone)

    def _write(self, endpoints: str) -> None:
        """One thread: two that wait for each other crawl where other tests want the cores."""
        self._config.write_text(
            f'[server]\nport = 0\n[embedded]\nenabled = true\nthreads = 1\n[ledger]\npath = ":memory:"\n'
            f"[discovery]\nollama = false\nenvironment_keys = false\n{endpoints}",
            encoding="utf-8",
        )

    async def _models(self) -> set[str]:
        return {model.id async for model in self.client.models.list()}

    async def _reload(self, endpoints: str, done: Callable[[set[str]], bool]) -> None:
        self._write(endpoints)
        self._process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(20):
            while not done(await self._models()):
                pass  # Each look is a request: nobody tells when a signal was obeyed.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealGateway]:
    async with RealGateway(tmp_path_factory.mktemp("real")) as running:
        yield running


async def terminal(gateway: RealGateway, *said: str) -> str:
    """What a customer sees who says that."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gilmok_kiosk", "terminal", "--lang", "ko"),
        *("--url", gateway.url, "--patience", str(PATIENCE)),
        stdin=PIPE, stdout=PIPE, stderr=PIPE,
        env=environment(gateway.home, PYTHONPATH=":".join(sys.path), PYTHONUTF8="1"),
    )  # fmt: skip
    seen, complained = await process.communicate("\n".join(said).encode())
    assert (process.returncode, complained) == (0, b"")
    return seen.decode()


class Answered(NamedTuple):
    zone: str
    sensitivity: str
    cost_usd: float
    text: str


async def ask(gateway: RealGateway, question: str) -> Answered:
    """One answer; short, because the small model finds no end."""
    raw = await gateway.client.chat.completions.with_raw_response.create(
        model="auto", messages=[{"role": "user", "content": question}], max_tokens=12
    )
    header = raw.headers.get
    return Answered(
        header("x-gilmok-zone", ""),
        header("x-gilmok-sensitivity", ""),
        float(header("x-gilmok-cost-usd", "nan")),
        raw.parse().choices[0].message.content or "",
    )


async def test_a_customer_at_the_terminal(gateway: RealGateway) -> None:
    seen = await terminal(gateway, *KIOSK, "quit", "라떼 하나 더")
    footers = re.findall(r"^\[(.*)\]$", seen, re.MULTILINE)
    ending = seen.rpartition("╯")[2].strip()

    assert len(footers) == len(KIOSK)
    assert "아메리카노는 4,500원입니다." in seen
    for suggested in ("고구마라떼 5,800원", "캐모마일 4,500원", "페퍼민트 4,500원, 베이글 4,000원"):
        assert suggested in seen
    assert "고우주 님, 반갑습니다." in seen
    assert re.search(rf"× 3 +{won(LATTES_COST, 'ko')}", seen)
    assert re.search(rf"라지, 두유, 샷 2개 추가\) +× 3 +{won(EXAMPLE_COST, 'ko')}", seen)
    assert re.search(rf"합계 +{won(LATTES_COST + EXAMPLE_COST, 'ko')}", seen)
    assert not ANALYSIS.search(seen)

    by_model = [footer for footer in footers if "규칙으로 이해함" not in footer]
    assert len(by_model) == 3, footers
    served = [footer for footer in by_model if footer != SLOW]
    assert served
    for footer in served:
        assert re.fullmatch(rf"(?:{SLOW} · )?이 컴퓨터 · embedded · [\d.]+초 · \$0 · .*", footer)
    totals = rf"대화 7번 · 모델 호출 {len(served)}번\(이 컴퓨터 {len(served)}\) · 토큰 \d+ · \$0"
    assert re.fullmatch(totals, ending), ending


async def test_the_tutorials_questions_stay_here(gateway: RealGateway) -> None:
    for question, expected in ((TUPLES, "low"), (COMPANY, "high"), (PERSON, "high")):
        answer = await ask(gateway, question)
        assert answer[:3] == ("local", expected, 0), question
        assert answer.text
        assert not ANALYSIS.search(answer.text)


async def test_beside_a_cloud_only_what_is_harmless_leaves(gateway: RealGateway) -> None:
    says = f"repeat={quote(CLOUD_SAYS)}"
    async with Wall() as wall, gateway.beside(cloud(wall, says)):
        async with at(gateway.url, patience=PATIENCE / 2) as kiosk:
            turns = [await kiosk.say(text) for text in (*KIOSK, "감사합니다")]
        tutorial = [await ask(gateway, question) for question in (TUPLES, COMPANY, PERSON)]
        left = [call.json["messages"] for call in wall.calls]
        private = [word for word in PRIVATE if wall.contains(word)]

    assert (turns[0].text, [one.zone for one in turns[0].served]) == (CLOUD_SAYS, ["cloud"])
    for turn in turns[1:]:
        assert {one.zone for one in turn.served} <= {"local"}
        assert {one.cost_usd for one in turn.served} <= {0}
        assert not ANALYSIS.search(turn.text)
        assert set(turn.trouble) <= {SLOW}
    assert turns[-1].order == ["3 × latte (hot)", LATTE_AS_ASKED]
    assert turns[-1].total == LATTES_COST + EXAMPLE_COST
    assert [answer.zone for answer in tutorial] == ["cloud", "local", "local"]
    assert [answer.cost_usd > 0 for answer in tutorial] == [True, False, False]

    assert [messages[-1]["content"] for messages in left] == [HELLO, TUPLES]
    assert private == []
