"""What the cache saves on repeated questions: `python -m bench.faq [--encoder sentence]`.

A shop's customers ask some questions often and most rarely (Zipf), each in words of their own, in
Korean and English; one in five asks something that nobody else asks. They go through a real gateway,
over HTTP, to the stub upstream at the price of a large model; the share of the money that is saved is
read from the journal's report, and the share of wrong answers from what the stub was really asked.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct
from tests.gateway import Running
from tests.wall import Wall
from training.cache_grammar import FAMILIES, VALUES

from gilmok.core.money import usd

CHAT = "/v1/chat/completions"
EXPONENT = 1.1
ONE_OFF = 0.2
"""Share of the questions that are nobody else's."""
QUESTIONS = 120
"""Different questions that are asked again."""


class Asked(Struct, frozen=True):
    text: str
    meaning: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.faq", description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--bound", type=float, default=0.02)
    parser.add_argument("--encoder", choices=("static", "sentence"), default="static")
    options = parser.parse_args()
    workload = list(_workload(random.Random(options.seed), options.requests))
    for name, cache in _ways(options.bound, options.encoder).items():
        print(asyncio.run(_measured(name, cache, workload)), flush=True)
    print(f"{options.requests} requests, seed {options.seed}; {_repeated(workload)}")


def _ways(bound: float, encoder: str) -> dict[str, str]:
    on = "[cache]\nenabled = true\nmax_entries = 100000\n"
    semantic = f'semantic = true\nencoder = "{encoder}"\nerror_bound = {bound}\n'
    return {
        "no cache": "",
        "exact": on,
        "spelling": f"{on}spelling = true\n",
        f"semantic, {encoder}, bound {bound:.0%}": f"{on}spelling = true\n{semantic}",
    }


async def _measured(name: str, cache: str, workload: list[Asked]) -> str:
    hits, wrong, meaning_of = 0, 0, dict[str, str]()
    rng = random.Random(len(workload))
    with tempfile.TemporaryDirectory() as folder:
        async with Wall() as wall, Running(Path(folder), cache + _endpoint(wall)) as gateway:
            for asked in workload:
                wall.override = f"repeat={quote(_said(rng, asked))}"
                body = {"model": "auto", "messages": [{"role": "user", "content": asked.text}]}
                answer = await gateway.post(CHAT, body)
                if not answer.headers["x-gilmok-cache"].startswith("hit"):
                    meaning_of[answer.headers["x-gilmok-decision"]] = asked.meaning
                    continue
                hits += 1
                told = (
                    await gateway.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
                ).json
                origin = told["explanation"]["cached_decision"]
                wrong += meaning_of[origin] != asked.meaning
            total = (await gateway.gateway.journal.usage(since=0, until=2**62)).total
    whole = total.cost + total.cache_savings
    saved = total.cache_savings / whole if whole else 0.0
    share = wrong / hits if hits else 0.0
    return (
        f"{name}: {100 * hits / len(workload):.1f} % hits, {100 * saved:.1f} % of the money saved "
        f"(${usd(total.cache_savings)} of ${usd(whole)}), {wrong} of {hits} hits wrong ({share:.2%})"
    )


def _endpoint(wall: Wall) -> str:
    return (
        f'[[endpoints]]\nid = "large"\nprovider = "openai"\nbase_url = "{wall.openai}"\n'
        'model = "tokens=120"\nzone = "local"\nprice_input = 2.5\nprice_output = 10\n'
    )


def _workload(rng: random.Random, requests: int) -> Iterator[Asked]:
    known = [_meaning(rng) for _ in range(QUESTIONS)]
    weights = [1 / rank**EXPONENT for rank in range(1, QUESTIONS + 1)]
    for _ in range(requests):
        if rng.random() < ONE_OFF:
            lang, family, values = _meaning(rng)
        else:
            lang, family, values = rng.choices(known, weights)[0]
        wording = rng.choice(FAMILIES[lang][family].split(" | "))
        text = re.sub(r"\{(\w+)\}", lambda slot, v=values: v[slot[1]], wording)  # type: ignore[misc]
        used = sorted(f"{k}={v}" for k, v in values.items() if f"{{{k}}}" in FAMILIES[lang][family])
        yield Asked(_spelled(rng, text), f"{lang} {family} {used}")


def _said(rng: random.Random, asked: Asked) -> str:
    """An answer: a third of it says what it is about, a third is the same for all of the family, and
    its opening and order differ each time, as a model's do."""
    lang, family, values = asked.meaning.split(" ", 2)
    of_family = random.Random(f"{lang} {family}").sample(_STEPS[lang], 4)
    own = random.Random(asked.meaning).sample(_STEPS[lang], 4)
    rng.shuffle(own)
    return " ".join((rng.choice(_OPENINGS[lang]), values, *of_family, *own))


_OPENINGS = {
    "ko": ["네, 알려드릴게요.", "다음과 같습니다.", "좋은 질문이에요!"],
    "en": ["Sure, here you go.", "Here is what to know.", "Good question!"],
}
_STEPS = {
    "ko": """먼저 설정 화면을 엽니다. 신분증을 챙겨 가세요. 창구에 물어보면 됩니다. 전원을 다시 켜 보세요. 보통은 하루가 걸립니다.
영수증이 있어야 합니다. 앱에서도 됩니다. 물을 넉넉히 넣으세요. 십 분쯤 저어 줍니다. 비용은 들지 않습니다. 예약이 필요합니다.
미리 전화해 보세요. 메뉴 오른쪽에 있습니다. 의사와 상의하세요. 서류를 모아 제출합니다. 책임자가 승인합니다. 파일을 저장합니다.
버스가 가장 빠릅니다. 표는 역에서 삽니다. 우산을 챙기세요.""".replace("\n", " ").split(". "),
    "en": """Open the settings first. Bring a photo id. Ask at the counter. Turn the power off and on. It takes about
a day. You need the receipt. The app can do it. Add plenty of water. Stir it for a while. It is free of charge. A booking is needed.
Call ahead. It is on the right of the menu. Talk to a doctor. Collect the papers and hand them in. A manager approves it. Save the
file. The bus is fastest. Buy the ticket at the station. Take an umbrella.""".replace(
        "\n", " "
    ).split(". "),
}


def _meaning(rng: random.Random) -> tuple[str, str, dict[str, str]]:
    lang = rng.choice(("ko", "en"))
    family = rng.choice(sorted(FAMILIES[lang]))
    values = {}
    for kind in {k.removesuffix("2") for k in re.findall(r"\{(\w+)\}", FAMILIES[lang][family])}:
        values[kind], values[f"{kind}2"] = rng.sample(VALUES[lang][kind].split(), 2)
    return lang, family, values


def _spelled(rng: random.Random, text: str) -> str:
    """As people type: a blank too many, another case, no or more punctuation."""
    way = rng.random()
    if way < 0.15:
        return text.lower().rstrip("?.")
    if way < 0.25:
        return f"{text}!!"
    return text.replace(" ", "  ", 1) if way < 0.3 else text


def _repeated(workload: list[Asked]) -> str:
    """The most a perfect cache could answer."""
    before: set[str] = set()
    again = 0
    for asked in workload:
        again += asked.meaning in before
        before.add(asked.meaning)
    same = sum(a.text == b.text for a, b in pairwise(sorted(workload, key=lambda a: a.text)))
    return f"{100 * again / len(workload):.1f} % repeat a meaning, {100 * same / len(workload):.1f} % the very words"


if __name__ == "__main__":
    main()
