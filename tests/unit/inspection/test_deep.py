"""The deeper tier: raises, never lowers, fails closed, is asked only where the fast one is unsure."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from gilmok.core.inspection import Clearance, Inspection, Sensitivity
from gilmok.inspection.deep import DeepTier, Encoder, head
from tests.unit.inspection.ask import inspect, request

TEXT = "is it normal that it takes three weeks"


class Made:
    """An encoder whose vector lies along the head's weights, or against them."""

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self.read: list[str] = []

    def encode(self, text: str) -> Sequence[float]:
        self.read.append(text)
        return [self._sign * weight for weight in head().weights]


class Broken:
    def encode(self, text: str) -> Sequence[float]:
        raise RuntimeError


def _open(inspection: Inspection) -> Inspection:
    return replace(inspection, doubtful=(0,))


async def _looked(encoder: Encoder, inspection: Inspection, patience_s: float = 30) -> Inspection:
    tier = DeepTier(lambda: encoder, patience_s)
    try:
        return await tier.look(request(TEXT), inspection)
    finally:
        tier.close()


async def test_what_the_encoder_finds_private_stays_here() -> None:
    after = await _looked(Made(1.0), _open(inspect(TEXT)))
    assert after.sensitivity is Sensitivity.HIGH
    assert after.clearance is Clearance.LOCAL_ONLY
    assert [e.kind for e in after.evidence] == ["topic.private_deep"]


async def test_what_it_does_not_keeps_its_label() -> None:
    before = _open(replace(inspect(TEXT), sensitivity=Sensitivity.MEDIUM))
    assert await _looked(Made(-1.0), before) == before


@pytest.mark.parametrize("change", [{"doubtful": ()}, {"sensitivity": Sensitivity.HIGH}])
async def test_it_is_not_asked_where_nothing_is_open(change: dict[str, object]) -> None:
    encoder = Made(1.0)
    before = replace(_open(inspect(TEXT)), **change)
    assert await _looked(encoder, before) == before
    assert not encoder.read


async def test_an_encoder_that_fails_has_seen_nothing() -> None:
    after = await _looked(Broken(), _open(inspect(TEXT)))
    assert after.failed == ("deep",)
    assert after.sensitivity is Sensitivity.HIGH
    assert after.clearance is Clearance.LOCAL_ONLY


async def test_an_encoder_that_cannot_be_loaded_has_seen_nothing() -> None:
    def absent() -> Encoder:
        raise ImportError

    tier = DeepTier(absent)
    after = await tier.look(request(TEXT), _open(inspect(TEXT)))
    tier.close()
    assert after.failed == ("deep",)


async def test_nobody_waits_for_it_for_ever() -> None:
    release = threading.Event()

    class Slow:
        def encode(self, text: str) -> Sequence[float]:
            release.wait()
            return [0.0] * len(head().weights)

    try:
        after = await _looked(Slow(), _open(inspect(TEXT)), patience_s=0.01)
    finally:
        release.set()
    assert after.failed == ("deep",)
    assert after.clearance is Clearance.LOCAL_ONLY


async def test_it_reads_no_more_than_a_stretch() -> None:
    encoder = Made(-1.0)
    tier = DeepTier(lambda: encoder)
    long = request("word " * 1000)
    await tier.look(long, replace(inspect("x"), doubtful=(0,)))
    tier.close()
    assert len(encoder.read[0]) == 600
