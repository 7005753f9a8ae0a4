"""Services that the environment asks for by name: `USE_IMAGE_GENERATION_API=true`, with the provider
and the key beside it. The same names with `SPEECH_SYNTHESIS` (or `TTS`) and `VIDEO_ANALYSIS`.

| variable | meaning |
| --- | --- |
| `USE_…_API` | `true`: the service joins |
| `…_PROVIDER` | who does it; unset: the first of the list below |
| `…_API_KEY` | the key; unset: the provider's usual variable |
| `…_REGION` | where Azure and AWS stand (Azure: `koreacentral`, AWS: what `AWS_REGION` says) |
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from gilmok.config.endpoints import resolve
from gilmok.config.pricing import Pricing
from gilmok.config.problems import Problems, Said
from gilmok.config.proxies import Proxies
from gilmok.config.schema import EndpointSettings
from gilmok.config.sources import Sources
from gilmok.config.wording import did_you_mean
from gilmok.core.endpoint import Endpoint, ProviderRow
from gilmok.core.text import Secret
from gilmok.core.work import Does


class _Choice(Struct, frozen=True):
    """Whom a word in the environment means."""

    provider: str
    model: str
    id: str
    address: str | None = None
    """Where `{region}` stands for the region."""
    region: str = ""


_STABILITY = _Choice("stability", "core", "stability-core")
_AWS = _Choice(
    "aws-rekognition",
    "video",
    "aws-rekognition",
    "https://rekognition.{region}.amazonaws.com",
    "us-east-1",
)
_SERVICES: Mapping[Does, tuple[tuple[str, ...], Mapping[str, _Choice]]] = {
    Does.IMAGES: (
        ("IMAGE_GENERATION",),
        {
            "openai": _Choice("openai", "gpt-image-1", "gpt-image-1"),
            "stability": _STABILITY,
            "stable_diffusion": _STABILITY,
        },
    ),
    Does.SPEECH: (
        ("SPEECH_SYNTHESIS", "TTS"),
        {
            "openai": _Choice("openai", "tts-1", "tts-1"),
            "google": _Choice("google-tts", "Neural2", "google-tts"),
            "azure": _Choice(
                "azure-tts",
                "neural",
                "azure-tts",
                "https://{region}.tts.speech.microsoft.com",
                "koreacentral",
            ),
        },
    ),
    Does.VIDEO: (
        ("VIDEO_ANALYSIS",),
        {"google": _Choice("google-video", "video", "google-video"), "aws": _AWS},
    ),
}
"""The words of the variables, and who can be meant."""
_REGION = re.compile(r"[a-z][a-z0-9-]{1,40}\Z")


def asked_for(
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    pricing: Pricing,
    problems: Problems,
    taken_ids: Collection[str],
) -> Iterator[Endpoint]:
    """One endpoint for each service that is asked for. What is wrong is among the problems."""
    for does, (words, choices) in _SERVICES.items():
        word = next((w for w in words if sources.plain(f"USE_{w}_API").lower() == "true"), None)
        if word is None:
            continue
        named = _Named(word, words, sources)
        choice = _choice(named, choices, problems)
        if choice is None or choice.id in taken_ids:
            continue
        table = _table(named, does, choice, catalogue[choice.provider], problems)
        key = f"(environment) {word}"
        found = resolve(key, table, catalogue, sources, proxies, pricing, problems)
        if found is not None:
            yield found if choice is not _AWS else _with_aws_key(named, found, problems)


class _Named:
    """The variables of one service, by whichever of its words each of them is set."""

    def __init__(self, word: str, words: tuple[str, ...], sources: Sources) -> None:
        """`word` counts before the others."""
        self._words = (word, *(other for other in words if other != word))
        self._sources = sources

    def variable(self, ending: str) -> str:
        names = [f"{word}_{ending}" for word in self._words]
        return next(filter(self.said, names), names[0])

    def said(self, variable: str) -> str:
        return self._sources.plain(variable)


def _choice(named: _Named, choices: Mapping[str, _Choice], problems: Problems) -> _Choice | None:
    variable = named.variable("PROVIDER")
    name = named.said(variable).lower().replace("-", "_")
    if not name:
        return next(iter(choices.values()))
    if name not in choices:
        problems.error(
            variable,
            Said("names nobody who does this.", "이 일을 하는 제공자가 아닙니다."),
            did_you_mean(name, tuple(choices)),
            file="(environment)",
        )
    return choices.get(name)


def _table(
    named: _Named, does: Does, choice: _Choice, row: ProviderRow, problems: Problems
) -> EndpointSettings:
    own, usual = named.variable("API_KEY"), row.api_key_env
    name = usual if usual and named.said(usual) and not named.said(own) else own
    address = choice.address
    return EndpointSettings(
        id=choice.id,
        provider=choice.provider,
        model=choice.model,
        does=does,
        base_url=address and address.format(region=_region(named, choice, problems)),
        api_key=None if choice is _AWS else f"env:{name}",
    )


def _region(named: _Named, choice: _Choice, problems: Problems) -> str:
    """Where what is said goes; never to another place than the one that was written."""
    variable = named.variable("REGION")
    if not named.said(variable) and choice is _AWS:
        variable = "AWS_REGION"
    region = named.said(variable)
    if region and not _REGION.match(region):
        problems.error(
            variable,
            Said("is no region's name.", "지역 이름이 아닙니다."),
            Said(
                f"Write one such as {choice.region}, in small letters.",
                f"{choice.region} 같은 이름을 소문자로 쓰세요.",
            ),
            file="(environment)",
        )
        return choice.region
    return region or choice.region


def _with_aws_key(named: _Named, endpoint: Endpoint, problems: Problems) -> Endpoint:
    """AWS's keys come in two or three variables of their own."""
    variable = named.variable("API_KEY")
    parts = [named.said(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")]
    token = named.said("AWS_SESSION_TOKEN")
    key = named.said(variable) or (
        ":".join([*parts, token] if token else parts) if all(parts) else ""
    )
    if not key:
        problems.error(
            variable,
            Said("is not set, and no AWS keys are.", "설정되지 않았고 AWS 키도 없습니다."),
            Said(
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write ID:SECRET.",
                "AWS_ACCESS_KEY_ID와 AWS_SECRET_ACCESS_KEY를 설정하거나 ID:SECRET으로 쓰세요.",
            ),
            file="(environment)",
        )
    return replace(endpoint, api_key=Secret(key))
