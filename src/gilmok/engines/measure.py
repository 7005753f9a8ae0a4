"""What a family of processes holds and does: a program, its watchdog and whatever they started.

Resident memory and not the proportional share: summing that walks every page table, which for a
model of 50 GB takes longer than a request may wait. Pages that two processes share are therefore
counted twice, which errs on the side of caution.
"""

from __future__ import annotations

from pathlib import Path

import psutil

_PROC = Path("/proc/self/task").exists()


def family(pid: int) -> list[int]:
    """A process and everything below it, parents first; empty once it is gone."""
    if not psutil.pid_exists(pid):
        return []
    if not _PROC:
        return [pid, *(child.pid for child in _children(pid))]
    found = [pid]
    for one in found:  # grows while it is walked
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except OSError:
            continue  # It ended meanwhile.
    return found


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def resident(pids: list[int]) -> int:
    """Bytes of RAM."""
    held = 0
    for pid in pids:
        try:
            held += psutil.Process(pid).memory_info().rss
        except psutil.Error:
            continue
    return held


def cpu_s(pids: list[int]) -> float:
    """Seconds of processor time used so far by those that are still there."""
    used = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:
            continue
        used += times.user + times.system
    return used


class CpuShare:
    """How busy a family was since the last look, 0 to 1 of the cores it may use."""

    def __init__(self, cores: int) -> None:
        self._cores = max(1, cores)
        self._at: float | None = None
        self._used = 0.0

    def since(self, used: float, now: float) -> float | None:
        """`used`: seconds of processor time so far. `None` at the first look."""
        before, self._at = self._at, now
        spent, self._used = used - self._used, used
        if before is None or now <= before:
            return None
        return min(1.0, max(0.0, spent / (now - before) / self._cores))
