"""Runs one program and ends it when whoever started the watchdog is gone, however it went.

A script of the standard library alone: `python -I -S watchdog.py PROGRAM ARGUMENT…`

Its standard input is a pipe whose other end only the gateway holds. The kernel closes that end when
the gateway exits, crashes or is killed with SIGKILL; the watchdog then ends the program. Should the
watchdog itself be killed, Linux kills the program (`PR_SET_PDEATHSIG`). That signal is bound to the
parent *thread*, which is why the gateway, with its many threads, does not use it directly: the
watchdog has one thread, and on systems without it the pipe alone does the work.

A program may have started others, as vLLM does. On Linux those become the watchdog's when their
parent ends (`PR_SET_CHILD_SUBREAPER`), and it ends them too before it ends itself.

Exits as the program did: its status, or by the same signal.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys

GRACE_S = 2.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: None)
    _adopt()
    try:
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, preexec_fn=_die_with(os.getpid())
        )
    except OSError as failure:
        print(f"cannot start: {failure.strerror}", file=sys.stderr)  # noqa: T201
        return 126
    while program.poll() is None:
        readable, _, _ = select.select([0, wake_reader], [], [])
        if (0 in readable and not os.read(0, 4096)) or (
            wake_reader in readable and signal.SIGTERM in os.read(wake_reader, 64)
        ):
            _end(program)
        _reap(program.pid)
    _end_the_rest()
    return program.returncode


def _adopt() -> None:
    """Whoever is orphaned below becomes a child of this process."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _children() -> list[int]:
    """Of this process, which has one thread; those that ended and were not reaped included."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listed:
            return [int(pid) for pid in listed.read().split()]
    except OSError:
        return []


def _reap(program: int) -> None:
    """Takes leave of adopted children that have ended; `program` is `Popen`'s to reap."""
    for pid in _children():
        if pid != program:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _end_the_rest() -> None:
    """What the program left behind, and what those leave behind. Children are ours until they are
    reaped, so that their ids cannot have become anybody else's."""
    while rest := _children():
        for pid in rest:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in rest:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _die_with(watchdog: int):  # type: ignore[no-untyped-def]
    """For the child, between fork and exec: die when the watchdog does."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != watchdog:  # it died before the line above
            os._exit(125)

    return bind


def _end(program: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL; to this child only, whose id cannot be reused before it is reaped."""
    program.terminate()
    try:
        program.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _exit_like(status: int) -> None:
    if status >= 0:
        sys.exit(status)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if -status not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)


if __name__ == "__main__":
    _exit_like(main(sys.argv[1:]))
