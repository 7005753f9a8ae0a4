"""The paths a request can take, each as a gateway's configuration before two walls.

`home` stands for this machine, `cloud` for everything else: both listen on loopback, and a declared
zone may lower the trust that an address proves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from msgspec import Struct

from tests.laws.canaries import Body
from tests.wall import Wall

Headers = dict[str, str]
HOME_KEY = "sk-home-0000000000000000000000000000"
CLOUD_KEY = "sk-cloud-0000000000000000000000000000"

IMPATIENT = """
[dispatch]
connect_s = 2.0
first_token_s = 5.0
stall_s = 5.0
backoff_s = 0.001
[breaker]
failures = 1000
window_s = 0.001
[server]
max_concurrency = 10000
deadline_s = 10
[routing]
weights_balanced = {quality = 1, price = 0, time = 0}
weights_fast = {quality = 1, price = 0, time = 0}
weights_quality = {quality = 1, price = 0, time = 0}
weights_cheap = {quality = 1, price = 0, time = 0}
"""
"""Quick retries, no breaker, and the cloud is always preferred: nothing but the label keeps text
at home."""


def endpoint(
    name: str,
    wall: Wall,
    model: str,
    *,
    zone: str | None = None,
    wire: str = "openai",
    quality: float = 0.5,
    more: str = "",
) -> str:
    """The table of one endpoint. Everything is free and capable, so only the label decides."""
    urls = {"openai": wall.openai, "anthropic": wall.anthropic, "ollama": wall.ollama}
    key = HOME_KEY if zone is None else CLOUD_KEY
    return f"""
[[endpoints]]
id = "{name}"
provider = "{wire}"
base_url = "{urls[wire]}"
model = "{model}"
api_key = "{key}"
quality = {quality}
price_input = 1
price_output = 2
context = 200000
capabilities = ["stream", "tools", "images", "files", "audio", "json", "json_schema", "logprobs",
  "choices"]
{f'zone = "{zone}"' if zone else ""}
{more}
"""


def home(wall: Wall, model: str, name: str = "home") -> str:
    return endpoint(name, wall, model, quality=0.3)


def cloud(wall: Wall, model: str, name: str = "cloud", wire: str = "openai", q: float = 0.9) -> str:
    return endpoint(name, wall, model, zone="cloud", wire=wire, quality=q)


class Scene(Struct, frozen=True, kw_only=True):
    name: str
    endpoints: Callable[[Wall, Wall], Iterator[str]]
    """The endpoint tables, given the walls at home and in the cloud."""
    settings: str = IMPATIENT
    ask: Callable[[Body, Random], Headers] = lambda body, rng: {}
    """Changes the body as a caller may, and says which headers go with it."""
    path: str = "/v1/chat/completions"
    repeats: int = 1
    parrots: bool = False
    """The models answer with what they were told."""

    def toml(self, at_home: Wall, in_cloud: Wall) -> str:
        return self.settings + "".join(self.endpoints(at_home, in_cloud))


def _cloud_preferred(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "ok")
    yield cloud(c, "ok")


def _flapping(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "500+flap")
    yield cloud(c, "502+flap")


def _failing_503(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "503")
    yield cloud(c, "503", "cloud-a")
    yield cloud(c, "ok", "cloud-b", "anthropic", 0.8)
    yield cloud(c, "ok", "cloud-c", q=0.7)


def _failing_reset(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "reset=0")
    yield cloud(c, "hangup", "cloud-a")
    yield cloud(c, "ok", "cloud-b", "ollama", 0.8)
    yield cloud(c, "ok", "cloud-c", q=0.7)


def _mute(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "mute")
    yield cloud(c, "mute", "cloud-a")
    yield cloud(c, "ok", "cloud-b", q=0.8)


def _parrots(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "parrot+grain=2")
    for grain, quality in ((1, 0.9), (3, 0.8), (7, 0.7)):
        yield cloud(c, f"parrot+grain={grain}+split", f"cloud-{grain}", q=quality)


def _only_cloud(h: Wall, c: Wall) -> Iterator[str]:
    yield cloud(c, "ok")


def _echoes(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "errecho")
    yield cloud(c, "400+errecho", "cloud-a")
    yield cloud(c, "errecho", "cloud-b", "anthropic", 0.8)
    yield cloud(c, "badjson", "cloud-c", q=0.7)


def _breaking(h: Wall, c: Wall) -> Iterator[str]:
    yield home(h, "cut=2")
    yield cloud(c, "stall=2+as=a", "cloud-a")
    yield cloud(c, "ok", "cloud-b", q=0.8)


def _advised(h: Wall, c: Wall) -> Iterator[str]:
    """Models that answer in the form asked for, and call what they are offered."""
    yield home(h, "tool")
    yield cloud(c, "ok", "cloud-a")
    yield cloud(c, "ok+as=b", "cloud-b", q=0.8)


def _by_name(body: Body, rng: Random) -> Headers:
    body["model"] = rng.choice(("cloud", "ok", "gilmok/cloud"))
    return {}


def _wishes(body: Body, rng: Random) -> Headers:
    """Everything a caller may try in order to be let out."""
    body["model"] = rng.choice(("auto", "cheap", "fast", "best"))
    body |= rng.choice(({}, {"zone": "cloud", "sensitivity": "low"}, {"gilmok": {"mask": False}}))
    return {
        "x-gilmok-task": rng.choice(("review", "public", "translate")),
        "x-gilmok-zone": "cloud",
        "x-gilmok-sensitivity": "low",
        "x-gilmok-clearance": "open",
        "x-forwarded-for": "127.0.0.1",
    }


def _impatience(body: Body, rng: Random) -> Headers:
    return {"x-gilmok-deadline-ms": str(rng.choice((150, 250)))}


_HASTY = IMPATIENT.replace("first_token_s = 5.0", "first_token_s = 0.05").replace(
    "stall_s = 5.0", "stall_s = 0.05"
)

_ADVISED = '[strategies]\nanalyser = "llm"\nselector = "llm"\n'

SCENES = (
    Scene(name="primary", endpoints=_cloud_preferred),
    Scene(name="retry", endpoints=_flapping),
    Scene(name="fallback after 503", endpoints=_failing_503),
    Scene(name="fallback after reset", endpoints=_failing_reset),
    Scene(name="fallback after silence", endpoints=_mute, settings=_HASTY, ask=_impatience),
    Scene(name="broken answer", endpoints=_breaking, settings=_HASTY, ask=_impatience),
    Scene(name="cloud by name", endpoints=_cloud_preferred, ask=_by_name),
    Scene(name="every wish", endpoints=_cloud_preferred, ask=_wishes),
    Scene(name="masked", endpoints=_parrots, parrots=True),
    Scene(
        name="cache",
        endpoints=_cloud_preferred,
        settings=IMPATIENT + "[cache]\nenabled = true\n",
        repeats=2,
    ),
    Scene(name="no local model", endpoints=_only_cloud),
    Scene(name="echoing errors", endpoints=_echoes),
    Scene(
        name="medium stays",
        endpoints=_cloud_preferred,
        settings=IMPATIENT + '[privacy]\nmedium = "local"\n',
    ),
    Scene(
        name="attachments let go",
        endpoints=_cloud_preferred,
        settings=IMPATIENT + '[privacy]\nattachments = "allow"\n',
    ),
    Scene(
        name="a cloud model advises",
        endpoints=_cloud_preferred,
        settings=IMPATIENT + _ADVISED + 'endpoint = "cloud"\n',
    ),
    Scene(name="a model at home advises", endpoints=_advised, settings=IMPATIENT + _ADVISED),
    Scene(name="route only", endpoints=_cloud_preferred, path="/v1/route"),
)
