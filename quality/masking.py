"""What masking costs in answers: the same tasks, once as they are and once masked.

Each task gives a contact and asks for a short text that has to repeat it. The real local model
answers both forms through one gateway: under a local endpoint it is shown the contact, under one
that counts as cloud a placeholder, which the gateway undoes. An answer is adequate where the
contact and the task's own word are in what the client reads.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from random import Random

from msgspec import Struct
from tests.gateway import Running

from gilmok import providers
from gilmok.engines import EmbeddedEngine, EngineSettings, find_server, find_weights
from gilmok.system import SystemClock
from quality.figures import bootstrap, share
from quality.report import Section

_SEED = 20261122
_MAX_TOKENS = 80
_TASKS = (
    ("Write one sentence that asks a colleague to contact {0} about the invoice.", "invoice"),
    ("Repeat this contact exactly and nothing else: {0}. The topic is billing.", ""),
    ("Write a short reminder: the plumber's contact is {0}, appointment on Friday.", "friday"),
    ("Make a polite two-sentence email that tells Sam to reach us at {0}.", "sam"),
    ("Turn this into a bullet list: name Kim, contact {0}, city Busan.", "busan"),
    ("Fill in: 'For refunds please use ____.' The contact for refunds is {0}.", "refund"),
    ("Answer the customer: our support contact is {0}. Keep it to one sentence.", "support"),
    ('Write JSON with the keys "name" and "contact" for Lee and {0}.', "lee"),
    ("Summarise in one sentence: Park moved to Seoul and can be reached at {0}.", "seoul"),
    ("Write a sign for the door that says closed today, emergencies: {0}.", "closed"),
    ("Write an out-of-office note until Monday with the contact {0}.", "monday"),
    ("Rewrite politely: give me the parcel or call {0} now.", "parcel"),
    ("The order contact is {0}. What is the order contact? Answer in one sentence.", ""),
    ("Write a text message that invites Mina to call {0} about the meeting.", "meeting"),
    ("Make a table row with the columns team and contact: sales and {0}.", "sales"),
    ("Write one line for a business card: Choi, designer, {0}.", "designer"),
    ("Complete the letter: 'Dear tenant, for repairs please contact", "repair"),
    ("Tell the driver in one sentence to call {0} when the van arrives.", "van"),
    ("Write a voicemail greeting that tells callers to try {0} instead.", "try"),
    ("Correct the spelling: plese contakt {0} for your reciept.", "receipt"),
)
_BOTH = tuple(task if "{0}" in task[0] else (f"{task[0]} {{0}}.'", task[1]) for task in _TASKS)


class Pair(Struct, frozen=True):
    plain: bool
    masked: bool
    was_masked: bool
    """Whether the model really was not shown the contact."""


def section(data: Path) -> Section:
    measured = asyncio.run(_measured())
    pairs = [pair for pair in measured if pair is not None]
    plain, masked = [p.plain for p in pairs], [p.masked for p in pairs]
    cost = bootstrap(lambda d: float(sum(plain[i] - masked[i] for i in d) / len(d)), len(pairs))
    wrong = sum(not p.was_masked for p in pairs)
    return Section(
        page="masking",
        name="masking",
        columns=("SmolLM2-135M, temperature 0", "adequate, % [95 %]"),
        rows=(
            ("as it is", share(plain).percent()),
            ("masked and restored", share(masked).percent()),
            ("cost of masking, points", cost.percent()),
        ),
        notes=(
            f"`python -m quality masking`: {len(pairs)} tasks, each with a telephone number or an "
            f"e-mail address; {wrong} of them went out unmasked, and "
            f"{len(measured) - len(pairs)} more stay here whatever is masked (a name beside a contact). The smallest model there is: a larger one "
            "repeats either form more reliably.",
        ),
    )


async def _measured() -> list[Pair | None]:
    server, weights = find_server(), find_weights()
    if server is None or weights is None:
        raise SystemExit("the local model is not installed: make run installs it")
    settings = EngineSettings(
        provider=providers.catalogue()["llamacpp"], server=server, weights=weights, threads=1
    )
    async with EmbeddedEngine(settings, SystemClock(), Random(_SEED)) as engine:
        endpoint = await engine.ready()
        key = endpoint.api_key.reveal() if endpoint.api_key else ""
        toml = _endpoint("shown", "local", endpoint.base_url, key) + _endpoint(
            "hidden", "cloud", endpoint.base_url, key
        )
        with tempfile.TemporaryDirectory() as folder:
            async with Running(Path(folder), toml) as gateway:
                return [
                    await _pair(gateway, Random(_SEED + at), at) for at in range(2 * len(_BOTH))
                ]


def _endpoint(name: str, zone: str, base_url: str, key: str) -> str:
    return (
        f'[[endpoints]]\nid = "{name}"\nprovider = "llamacpp"\nbase_url = "{base_url}"\n'
        f'model = "smollm2"\nzone = "{zone}"\napi_key = "{key}"\nprice_input = 0\nprice_output = 0\n'
    )


async def _pair(gateway: Running, rng: Random, at: int) -> Pair | None:
    """`None` where masking is not enough: a name beside a contact stays here altogether."""
    task, word = _BOTH[at // 2]
    contact = (
        f"010-{rng.randint(2000, 9999)}-{rng.randint(1000, 9999)}"
        if at % 2
        else f"{rng.choice(('mira', 'joon.p', 'desk7'))}{rng.randint(10, 99)}@naver.com"
    )
    text = task.format(contact)
    answers = []
    for model in ("shown", "hidden"):
        answer = await gateway.chat(text, model=model, max_tokens=_MAX_TOKENS, temperature=0)
        if answer.code == "label_refused":
            return None
        if answer.status != 200:
            raise RuntimeError(f"{model} answered {answer.status} {answer.code}")
        answers.append(answer)
    told = (await gateway.get(f"/v1/decisions/{answers[1].headers['x-gilmok-decision']}")).json
    candidates = told["explanation"]["candidates"]
    shown, hidden = (contact in a.text and word in a.text.lower() for a in answers)
    print("." if shown and hidden else "-", end="", flush=True)
    return Pair(shown, hidden, bool(candidates[0]["masked"]))
