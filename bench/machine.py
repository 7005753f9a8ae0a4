"""The machine under the bench: cores, pinning, processes and their CPU time (Linux, standard library only)."""

import os
import platform
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
GATEWAY_CORE, LOAD_CORE = CORES[0], CORES[-1]
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def describe() -> str:
    """One line that says what the figures were taken on, without names or dates."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{model}, {len(CORES)} cores (shared), {platform.system()}, Python {platform.python_version()}"


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Our environment without proxies: everything measured here is on loopback."""
    kept = {k: v for k, v in os.environ.items() if k.lower() not in PROXY_VARIABLES}
    return {**kept, **extra}


class Pinned:
    """A child process (and its family) tied to one core; ended as a group, by its own id."""

    def __init__(
        self,
        core: int,
        command: Sequence[str],
        log: Path,
        cwd: Path,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(core), *command],
                cwd=cwd,
                env=environment(extra or {}),
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, grace_s: float = 5.0) -> None:
        """SIGTERM, then SIGKILL, to the session that we started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
                self.process.wait(grace_s)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()


def family(pid: int) -> list[int]:
    """The process and all its descendants that live now."""
    members, rest = [], [pid]
    while rest:
        current = rest.pop()
        members.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            rest.extend(int(child) for child in task.read_text().split())
    return members


def cpu_seconds(pid: int) -> float:
    """User + system time of the family, ended children included (their parents inherit it)."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(int(value) for value in fields[11:15])
    return total / TICKS_PER_SECOND


def resident_mib(pid: int) -> float:
    """Resident memory of the family."""
    page = os.sysconf("SC_PAGE_SIZE")
    return (
        sum(int(Path(f"/proc/{m}/statm").read_text().split()[1]) for m in family(pid))
        * page
        / 2**20
    )


@contextmanager
def hurried(niceness: int, *pids: int) -> Iterator[None]:
    """While it lasts, this process, what it starts, and these families run at that niceness, as if the
    machine were their own. Below 0 it needs root; 0 changes nothing.

    Of a session: where Linux shares the cores among sessions (autogroup), a thread's niceness counts only within
    its own. Every process that `Pinned` starts has a session of its own.
    """
    places = [Path(f"/proc/{pid}/autogroup") for pid in (os.getpid(), *pids)] if niceness else []
    for place in places:
        place.write_text(str(niceness))
    try:
        yield
    finally:
        for place in places:
            with suppress(OSError):
                place.write_text("0")


def running_seconds(pid: int) -> float:
    """Time on a core of every thread of the family that lives now: finer than the 10 ms of `cpu_seconds`."""
    spent = 0
    for member in family(pid):
        for thread in Path(f"/proc/{member}/task").iterdir():
            spent += int((thread / "schedstat").read_text().split()[0])
    return spent / 1e9


def descriptors(pid: int) -> int:
    """Open file descriptors of one process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
