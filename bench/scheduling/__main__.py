"""Who goes next, and what that is worth: `python -m bench.scheduling [--traces ../shared/data/traces]`.

Replays traces in a model of an engine under several rules, the gateway's own queue among them. Figures
were tuned on the first halves (and seeds 1 to 3); what is reported is of the second (and seeds from
101). `--real` sends some dozens of requests through the real queue to a real llama-server.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from bench.readme import HERE, write_section
from bench.scheduling import real, report
from bench.scheduling.traces import NoTraces, chat, code, custom, halves, mooncake
from bench.scheduling.trials import REQUESTS, Setting, resampled


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scheduling", description=__doc__)
    parser.add_argument("--traces", type=Path, default=HERE.parent.parent / "shared/data/traces")
    parser.add_argument(
        "--trace", type=Path, help="another trace of the same form, in place of all"
    )
    parser.add_argument("--only", choices=("chat", "code"), help="of the traces")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--real", action="store_true", help="only the real engine")
    parser.add_argument("--requests", type=int, default=60, help="to the real engine")
    parser.add_argument("--write", action="store_true", help="bench/README.md and the plot")
    asked = parser.parse_args()
    began = time.monotonic()
    if asked.real:
        text = asyncio.run(real.compared(asked.requests, 1))
        print(text)
        if asked.write:
            write_section("scheduling_real", text)
        return 0
    try:
        text = _simulated(asked)
    except NoTraces as error:
        print(error, file=sys.stderr)
        return 2
    print(text)
    if asked.write:
        write_section("scheduling", text)
    print(f"{time.monotonic() - began:.0f} s")
    return 0


def _simulated(asked: argparse.Namespace) -> str:
    traces: Path | None = asked.traces
    kinds = {}
    if asked.trace is not None:
        traces = asked.traces if asked.traces.is_dir() else None
        known, unseen = halves(custom(asked.trace))
        kinds[asked.trace.name] = [
            Setting(asked.trace.name, known, resampled(unseen, s), s) for s in range(asked.seeds)
        ]
        return report.simulated(traces, kinds, None)
    if asked.only != "code":
        known, unseen = halves(chat(asked.traces))
        kinds["chat"] = [
            Setting("chat", known, resampled(unseen, s), s) for s in range(asked.seeds)
        ]
    else:
        traces = asked.traces if asked.traces.is_dir() else None
    if asked.only != "chat":
        kinds["code"] = [
            Setting("code", code(REQUESTS, 1), code(REQUESTS, 101 + s), s)
            for s in range(asked.seeds)
        ]
    plot = HERE / "scheduling.svg" if asked.write else None
    text = report.simulated(traces, kinds, plot)
    if asked.only is None:
        known, unseen = halves(mooncake(asked.traces))
        text += "\n\n" + report.prefixes(asked.traces, Setting("mooncake", known, unseen, 0))
    return text


if __name__ == "__main__":
    raise SystemExit(main())
