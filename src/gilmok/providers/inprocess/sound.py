"""Samples into the formats that are asked for. All of them have OpenAI's 24,000 samples a second,
16 bits, mono."""

from __future__ import annotations

import wave
from functools import cache
from io import BytesIO
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gilmok.providers.inprocess.speech import formats

if "mp3" in formats():
    import soundfile

Samples = NDArray[np.int16]
RATE = 24_000
MEDIA_TYPES = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
}
_ENCODED = {"mp3": ("MP3", "MPEG_LAYER_III"), "opus": ("OGG", "OPUS"), "flac": ("FLAC", "PCM_16")}
_TAPS = 32
_BLOCK = RATE
"""Samples that an encoder is given at once: libsndfile keeps them on its stack."""


class Track(Protocol):
    """Takes samples and gives bytes, as soon as its format lets it."""

    def add(self, samples: Samples) -> bytes: ...

    def end(self) -> bytes: ...


def track(format: str) -> Track:
    """Raises `KeyError` for a format that is not among `speech.formats()`."""
    match format:
        case "pcm":
            return _Raw()
        case "wav":
            return _Wave()
        case _:
            return _Encoded(*_ENCODED[format])


class _Raw:
    def add(self, samples: Samples) -> bytes:
        return samples.astype("<i2").tobytes()

    def end(self) -> bytes:
        return b""


class _Wave:
    """Its head says how long it is, so it begins when it is all there."""

    def __init__(self) -> None:
        self._samples = bytearray()

    def add(self, samples: Samples) -> bytes:
        self._samples += samples.astype("<i2").tobytes()
        return b""

    def end(self) -> bytes:
        file = BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(self._samples)
        return file.getvalue()


class _Encoded:
    """By libsndfile, which goes back to the head when it knows the length."""

    def __init__(self, container: str, subtype: str) -> None:
        self._file = BytesIO()
        self._out = soundfile.SoundFile(
            self._file, "w", samplerate=RATE, channels=1, format=container, subtype=subtype
        )

    def add(self, samples: Samples) -> bytes:
        for at in range(0, len(samples), _BLOCK):
            self._out.write(samples[at : at + _BLOCK])
        return b""

    def end(self) -> bytes:
        self._out.close()
        return self._file.getvalue()


def resampled(samples: Samples, rate: int) -> Samples:
    """At `RATE`, by a windowed sinc: each new sample is a sum of the 32 old ones around it."""
    if rate == RATE or not len(samples):
        return samples
    step = int(np.gcd(rate, RATE))
    phases, stride = RATE // step, rate // step
    table = _kernel(phases, min(1.0, RATE / rate))
    count = len(samples) * phases // stride
    padded = np.pad(samples.astype(np.float32), _TAPS)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _TAPS)
    made = np.empty(count, np.float32)
    for phase in range(min(phases, count)):
        # Every `phases`-th new sample stands at the same place between two old ones.
        which = np.arange(phase, count, phases)
        places = which * stride
        begin = places // phases + _TAPS // 2 + 1
        made[which] = windows[begin] @ table[places[0] % phases]
    return np.clip(np.rint(made), -32768, 32767).astype(np.int16)


@cache
def _kernel(phases: int, cutoff: float) -> NDArray[np.float32]:
    """For each place between two samples, what each of the samples around it is worth."""
    around = np.arange(_TAPS) - (_TAPS // 2 - 1)
    distance = around[None, :] - np.arange(phases)[:, None] / phases
    window = np.cos(np.pi * distance / _TAPS) ** 2
    kernel = cutoff * np.sinc(cutoff * distance) * window
    made: NDArray[np.float32] = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
    return made


def silence(seconds: float) -> Samples:
    return np.zeros(int(RATE * seconds), np.int16)
