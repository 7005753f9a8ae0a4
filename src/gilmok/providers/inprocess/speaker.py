"""A program of its own that says a text with eSpeak NG and writes the sound: it is started for one
text, and ends.

A script of the standard library alone: `python -I -S speaker.py LIBRARY DATA`. Standard input holds
the order as JSON, standard output becomes the sample rate (4 bytes, little-endian) and then samples
of 16 bits, mono. The text is in no argument, so `ps` shows none of it.

Why a process: the library keeps one global state, is written in C and reads text of strangers, so
what it may break is itself, and ending it is the way to stop it. It is also under the GPL, and stays
outside the program that is not; see docs/decisions/0014-media.md.

Exits with 0, or with 3 where the library cannot be used.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None  # type: ignore[assignment]

MOST_CPU_S = 120
"""The longest text takes a few seconds. Whoever starts it may be gone."""
_RETRIEVAL = 1
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_END_PAUSE = 0x1000
_POSITION_IN_CHARACTERS = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_UNUSABLE = 3
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main(library: str, data: str) -> int:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    order = json.load(sys.stdin.buffer)
    sound = sys.stdout.buffer
    try:
        espeak = ctypes.CDLL(library)
    except OSError:
        return _UNUSABLE
    rate = espeak.espeak_Initialize(_RETRIEVAL, 200, data.encode(), _DO_NOT_EXIT)
    if rate <= 0:
        return _UNUSABLE
    sound.write(rate.to_bytes(4, "little"))

    def take(samples: Any, count: int, _events: object) -> int:
        if count > 0:
            sound.write(ctypes.string_at(samples, count * 2))
        return 0

    callback = _CALLBACK(take)
    espeak.espeak_SetSynthCallback(callback)
    for run in order["runs"]:
        _say(espeak, run, order)
    sound.flush()
    return 0


def _say(espeak: Any, run: dict[str, Any], order: dict[str, Any]) -> None:
    # A voice that is unknown leaves the language's own.
    if espeak.espeak_SetVoiceByName(f"{run['language']}+{order['variant']}".encode()):
        espeak.espeak_SetVoiceByName(run["language"].encode())
    for parameter, name in ((_RATE, "rate"), (_PITCH, "pitch"), (_RANGE, "range")):
        espeak.espeak_SetParameter(parameter, order[name], 0)
    text = run["text"].encode() + b"\0"
    flags = _UTF8 | (_END_PAUSE if run["pause"] else 0)
    espeak.espeak_Synth(text, len(text), 0, _POSITION_IN_CHARACTERS, 0, flags, None, None)
    espeak.espeak_Synchronize()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))
