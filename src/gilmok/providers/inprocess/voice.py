"""Speech by eSpeak NG. A machine's voice, and it sounds like one; it needs no key, no GPU and 10 MB.

A long text is said part by part, each by a process of its own (0.05 s to start), so that raw samples
come while the rest is still to be said, and somebody who leaves stops the rest.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace

from gilmok.core.completion import Batch, Made, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import UpstreamStatus
from gilmok.core.work import Speech, units
from gilmok.providers.inprocess import sound, speech
from gilmok.providers.inprocess.korean import as_said
from gilmok.providers.inprocess.letters import Order
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.pieces import cut
from gilmok.providers.inprocess.upstream import Work

_SPEAKER = Path(__file__).with_name("speaker.py")
_PART = 600
"""Characters: about 40 s of speech, which are made in 0.1 s."""
_PATIENCE_S = 30.0
"""For one part, on a machine that does much else."""
_NOTHING_TO_SAY_S = 0.2
_LONGEST_S = 45 * 60
"""Of one recording: 130 MB. The longest text of words is said in less; digits would take hours."""
_HEAD = 4


def begin(endpoint: Endpoint, options: Options) -> Work:
    library = speech.library()
    if library is None:
        raise RuntimeError("eSpeak NG is gone")
    return partial(steps, library)


def steps(library: speech.Library, order: Order) -> Iterator[Batch]:
    """The pieces of one recording, in order. Raises `UpstreamStatus` for one that is too long."""
    wanted = order.speech or Speech(voice="alloy")
    media_type = sound.MEDIA_TYPES[wanted.format]
    track = sound.track(wanted.format)
    text = speech.sayable("\n".join(order.texts))
    parts = [runs for part in cut(text, _PART) if (runs := speech.runs(part))]
    said = (_said(library, runs, wanted) for runs in parts)
    left = _LONGEST_S * sound.RATE
    for samples in said if parts else (sound.silence(_NOTHING_TO_SAY_S),):
        left -= len(samples)
        if left < 0:
            raise UpstreamStatus(413, kind="request_too_large")
        made = track.add(samples)
        yield (Made(made, media_type),) if made else ()
    rest = track.end()
    yield (*((Made(rest, media_type),) if rest else ()), Usage(0, 0, units=units(wanted)))


def _said(library: speech.Library, runs: list[speech.Run], wanted: Speech) -> sound.Samples:
    """Raises `OSError`, `RuntimeError`, `subprocess.TimeoutExpired`."""
    voice = speech.voice(wanted.voice)
    order = {
        "runs": [replace(run, text=as_said(run.text)) for run in runs],
        "variant": voice.variant,
        "pitch": voice.pitch,
        "range": voice.range,
        "rate": speech.words_per_minute(wanted.speed),
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(_SPEAKER), library.file, library.data],
        input=msgspec.json.encode(order),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode or len(done.stdout) < _HEAD:
        raise RuntimeError(f"the speaker ended with {done.returncode}")
    rate = int.from_bytes(done.stdout[:_HEAD], "little")
    return sound.resampled(np.frombuffer(done.stdout, "<i2", offset=_HEAD), rate)
