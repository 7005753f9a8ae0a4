"""How long a shop's customers wait, and the gateway's own share of it.

usage: python -m bench.shopchat [--rate 4] [--seconds 60] [--seed 1] [--engine] [--write]

Customers arrive as a Poisson process and ask one question each: half of them something that a model has to
answer, a third what the shop's pages say, the others for an order. The chat (apps/shopchat), the gateway and the
model's end are real processes and sockets. The model's end is the tests' stub upstream with a hosted model's
delays (300 to 900 ms to the first token, 25 ms a token), or with --engine the embedded model on this CPU, at
the rate it can bear.

The gateway's own share of an answer is what the client waited for the model less what the upstream took, by its
own log of the same exchange; the same questions asked of the upstream directly show what of that is the client's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from statistics import quantiles

from bench.readme import Target, table, verdicts, write_section

from gilmok_shopchat.agent import Agent
from gilmok_shopchat.events import Finished, Sources, Words
from gilmok_shopchat.gateway import Gateway
from gilmok_shopchat.knowledge import Knowledge, load
from gilmok_shopchat.shop import Shop, example_orders

MODELS = tuple(
    f"slow={ms}+pace=25+tokens={n}" for ms, n in ((300, 40), (450, 60), (600, 40), (900, 30))
)
OPEN = (
    "Could you tell me which of your mugs suits a person who mostly drinks {word} tea",
    "I am looking for something warm for my grandmother called {word}, any idea",
    "What do people who like {word} usually buy from you together with it",
    "{word} 좋아하는 친구 집들이에 가져갈 만한 것 좀 골라 주실 수 있을까요",
    "겨울에 {word} 마실 때 쓰기 좋은 컵을 추천해 주시면 좋겠는데요",
)
ORDERS = ("G-1001 어디쯤 왔어요?", "Where is my order G-1001?", "제 주문 내역 보여 주세요")
TARGET_S = 3.0
READY_S = 60.0
ENGINE_RATE = 0.25
"""Customers a second that a small model on one core can bear."""
_WORD = re.compile(r"\bq[a-j]{5}\b")
CONFIG = """
[embedded]
enabled = {embedded}
[discovery]
ollama = false
environment_keys = false
[ledger]
path = "{folder}/ledger.db"
[server]
port = {port}
"""
ENDPOINT = """
[[endpoints]]
id = "m{index}"
provider = "vllm"
base_url = "{url}"
model = "{model}"
"""


@dataclass(frozen=True, slots=True)
class Question:
    at: float
    """Seconds after the start."""
    text: str
    model: str
    word: str
    """Stands in this question only."""


@dataclass(frozen=True, slots=True)
class Waited:
    """Seconds since the question came in."""

    question: Question
    by: str
    searched: float
    """When the pages had been searched, and a model was asked where one was needed."""
    first: float
    whole: float


def questions(rate: float, seconds: float, seed: int, english: bool) -> Iterator[Question]:
    rng, at, serial = Random(seed), 0.0, 0
    pages = [phrase for entry in load() for phrase in entry.asked]
    asks = [text for text in OPEN if text.isascii()] if english else list(OPEN)
    while (at := at + rng.expovariate(rate)) < seconds:
        serial += 1
        word = _word(serial)
        kind = rng.random()
        text = rng.choice(asks).format(word=word)
        if kind > 0.5:
            text = rng.choice(pages) if kind < 0.83 else rng.choice(ORDERS)
        yield Question(at, text, rng.choice(MODELS), word)


def _word(serial: int) -> str:
    """Letters only: numbers would be looked at."""
    return "q" + "".join(chr(ord("a") + int(digit)) for digit in f"{serial:05d}")


async def ask_all(agents: dict[str, Agent], asked: Sequence[Question]) -> list[Waited]:
    began = time.monotonic()

    async def one(question: Question) -> Waited:
        await asyncio.sleep(began + question.at - time.monotonic())
        start, searched, first, by = time.monotonic(), 0.0, 0.0, ""
        async for event in agents[question.model].answer("minji", (), question.text, "en"):
            if isinstance(event, Sources):
                searched = time.monotonic() - start
            elif isinstance(event, Words) and not first:
                first = time.monotonic() - start
            elif isinstance(event, Finished):
                by = event.by
        return Waited(question, by, searched, first, time.monotonic() - start)

    return await asyncio.gather(*(one(question) for question in asked))


@asynccontextmanager
async def chats(url: str, models: Sequence[str], embed_url: str) -> AsyncIterator[dict[str, Agent]]:
    """An agent for each model, of one shop; pages are embedded at `embed_url`."""
    embedder = Gateway(embed_url)
    knowledge = Knowledge(load(), embedder.embed)
    await knowledge.prepare()
    shop = Shop(example_orders(date.today()), date.today)
    gateways = {model: Gateway(url, model=model, patience=120.0) for model in models}
    try:
        yield {m: Agent(shop, knowledge, g, with_tools=False) for m, g in gateways.items()}
    finally:
        for gateway in (*gateways.values(), embedder):
            await gateway.close()


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A process of ours, ended when left."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def gateway(folder: Path, upstream: str | None) -> Iterator[str]:
    """A gateway of its own process; with the embedded model where there is no upstream."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = CONFIG.format(embedded="false" if upstream else "true", folder=folder, port=port)
    for index, model in enumerate(MODELS if upstream else ()):
        config += ENDPOINT.format(index=index, url=upstream, model=model)
    (folder / "gilmok.toml").write_text(config, "utf-8")
    with started("-m", "gilmok", "serve", "--config", str(folder / "gilmok.toml")):
        until = time.monotonic() + READY_S
        while not _is_ready(port):
            if time.monotonic() > until:
                raise SystemExit("the gateway did not become ready")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Took:
    """An exchange by the upstream's own log, seconds."""

    first: float
    whole: float


def took(log: Path) -> dict[str, Took]:
    """By the word that stands in one question only."""
    found: dict[str, Took] = {}
    for line in log.read_text("utf-8").splitlines():
        exchange = json.loads(line)
        word = _WORD.search(exchange["body"])
        if word and exchange["ended"] and exchange["first_byte"]:
            began = exchange["began"]
            found[word[0]] = Took(exchange["first_byte"] - began, exchange["ended"] - began)
    return found


def shares(waited: Sequence[Waited], upstream: dict[str, Took]) -> tuple[list[float], list[float]]:
    """Of each answer that a model gave: seconds beyond the upstream's from asking for it on, to the
    first words and in all."""
    pairs = [(w, upstream[w.question.word]) for w in waited if w.question.word in upstream]
    return (
        [w.first - w.searched - t.first for w, t in pairs],
        [w.whole - w.searched - t.whole for w, t in pairs],
    )


def p(values: Sequence[float], percent: int) -> float:
    return (
        quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]
    )


def rows(name: str, waited: Sequence[Waited]) -> list[tuple[str, ...]]:
    found = []
    for by in ("model", "knowledge", "shop", "apology"):
        of = [w for w in waited if w.by == by]
        if of:
            figures = [p([w.first for w in of], 50), p([w.first for w in of], 95)]
            figures += [p([w.whole for w in of], 50), p([w.whole for w in of], 95)]
            within = sum(w.whole <= TARGET_S for w in of) / len(of)
            cells = (f"{name}: {by}", str(len(of)), *(f"{x * 1000:.0f}" for x in figures))
            found.append((*cells, f"{within:.0%}"))
    return found


COLUMNS = ("answered by", "n", "first p50 ms", "first p95", "whole p50 ms", "whole p95", "in 3 s")


async def against_upstream(options: argparse.Namespace) -> tuple[str, list[Target]]:
    asked = list(questions(options.rate, options.seconds, options.seed, english=False))
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        log = folder / "exchanges.jsonl"
        wall = stack.enter_context(started("-m", "tests.wall", "--log", str(log)))
        assert wall.stdout is not None
        upstream = f"http://127.0.0.1:{int(wall.stdout.readline())}/v1"
        url = stack.enter_context(gateway(folder, upstream))
        found: dict[str, tuple[list[Waited], list[float], list[float]]] = {}
        for way, base in (("through the gateway", url), ("direct", upstream)):
            log.write_text("")
            async with chats(base, MODELS, url) as agents:
                waited = await ask_all(agents, asked)
            found[way] = (waited, *shares(waited, took(log)))
    ours, direct = found["through the gateway"], found["direct"]
    parts = [table(COLUMNS, [row for way, (w, *_) in found.items() for row in rows(way, w)])]
    lines = [
        (way, str(len(whole)), *(f"{p(v, q) * 1000:.1f}" for v in (first, whole) for q in (50, 95)))
        for way, (_, first, whole) in found.items()
    ]
    head = (
        "beyond the upstream's own time",
        "n",
        "first p50 ms",
        "first p95",
        "whole p50",
        "whole p95",
    )
    parts.append(table(head, lines))
    model = [w for w in ours[0] if w.by == "model"]
    targets = [
        Target("whole answer, p95", TARGET_S, p([w.whole for w in model], 95), "s"),
        Target("gateway's own share of p95, first words", 10.0, (p(ours[1], 95) - p(direct[1], 95)) * 1e3, "ms"),
        Target("gateway's own share of p95, whole", 10.0, (p(ours[2], 95) - p(direct[2], 95)) * 1e3, "ms"),
    ]  # fmt: skip
    return "\n\n".join(parts), targets


async def against_engine(options: argparse.Namespace) -> str:
    asked = list(questions(ENGINE_RATE, options.seconds, options.seed, english=True))
    with tempfile.TemporaryDirectory() as name, gateway(Path(name), None) as url:
        async with chats(url, ["auto"], url) as agents:
            every = dict.fromkeys(MODELS, agents["auto"])
            waited = await ask_all(every, asked)
    return table(COLUMNS, rows("embedded model", waited))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=4.0, help="customers a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", action="store_true", help="the embedded model, too")
    parser.add_argument("--write", action="store_true", help="into bench/README.md")
    options = parser.parse_args()
    text, targets = asyncio.run(against_upstream(options))
    about = (
        f"`python -m bench.shopchat --rate {options.rate:g} --seconds {options.seconds:g} --seed "
        f"{options.seed}{' --engine' if options.engine else ''}`: {options.rate:g} customers a second, one "
        f"question each. The upstream needs 300 to 900 ms to the first token and 25 ms for each of 30 to 60."
    )
    parts = [about, text, verdicts(targets)]
    if options.engine:
        parts += [
            f"With the embedded model on one core, {ENGINE_RATE:g} a second:",
            asyncio.run(against_engine(options)),
        ]
    print("\n\n".join(parts))
    if options.write:
        write_section("shopchat", "\n\n".join(parts))


if __name__ == "__main__":
    main()
