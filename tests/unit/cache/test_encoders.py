"""The encoder runs beside the requests, and a request never fails for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from gilmok.cache import vectors
from gilmok.cache.encoders import SentenceEncoder
from gilmok.cache.reading import read

TABLE = vectors.load()
READING = read("hello there", TABLE)


class Fake:
    def encode(self, text: str) -> list[float]:
        return [3.0, 4.0]


class Broken:
    def encode(self, text: str) -> list[float]:
        raise ValueError("no")


def unloadable() -> Fake:
    raise OSError("no weights")


async def encoded(make: Callable[[], object]) -> vectors.Vector | None:
    assert READING is not None
    encoder = SentenceEncoder(make)
    try:
        await asyncio.wait([asyncio.wrap_future(encoder._loaded)])
        return await encoder.encode("hello there", READING)
    finally:
        encoder.close()


async def test_its_vectors_have_length_one() -> None:
    found = await encoded(Fake)
    assert found is not None
    assert np.allclose(found, [0.6, 0.8])


@pytest.mark.parametrize("make", [Broken, unloadable])
async def test_one_that_fails_finds_nothing(make: Callable[[], object]) -> None:
    assert await encoded(make) is None


async def test_until_it_is_loaded_there_are_no_vectors() -> None:
    assert READING is not None
    loading = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> Fake:
        asyncio.run_coroutine_threadsafe(loading.wait(), loop).result()
        return Fake()

    encoder = SentenceEncoder(slow)
    assert await encoder.encode("hello there", READING) is None
    loading.set()
    encoder.close()
