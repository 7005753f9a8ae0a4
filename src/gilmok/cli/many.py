"""Many questions through a gateway, a few at a time.

The client blocks, so each of the few has a thread. Everything else happens in the thread that
iterates: it alone writes, and it alone sees Ctrl-C.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread, current_thread, main_thread
from types import FrameType, TracebackType
from typing import Self

from msgspec.structs import replace

from gilmok.cli.answers import Asked
from gilmok.cli.client import HangUp, OnOpen
from gilmok.cli.conversing import UNREACHABLE

MOST = 32
"""Questions that may be asked at a time."""

Ask = Callable[[str, OnOpen], Asked]


class Many:
    """`with Many(…) as many: for asked in many`: what became of each, in the order they end.

    Leaving it, or `stop`, hangs up on those under way; no thread outlives it.
    """

    def __init__(self, questions: Sequence[str], ask: Ask, parallel: int) -> None:
        self._waiting = deque(questions)
        self._ask = ask
        self._ended: SimpleQueue[Asked | BaseException | None] = SimpleQueue()
        self._under_way: dict[int, HangUp] = {}
        self._threads = [
            Thread(target=self._work, args=(number,), name=f"gilmok-ask-{number}", daemon=True)
            for number in range(min(parallel, len(questions)))
        ]
        self.stopping = False

    def stop(self) -> None:
        """Asks nothing more and hangs up. Takes no lock: a signal's handler may call it."""
        self.stopping = True
        for hang_up in list(self._under_way.values()):
            hang_up()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[Asked]:
        """Raises what asking raised."""
        working = len(self._threads)
        while working:
            ended = self._ended.get()
            if ended is None:
                working -= 1
            elif isinstance(ended, BaseException):
                raise ended
            else:
                yield ended

    def _work(self, number: int) -> None:
        def opened(hang_up: HangUp) -> None:
            self._under_way[number] = hang_up
            if self.stopping:
                hang_up()

        try:
            for question in iter(self._next, None):
                asked = self._ask(question, opened)
                self._under_way.pop(number, None)
                self._ended.put(_stopped(asked) if self.stopping else asked)
        except BaseException as error:
            self._ended.put(error)
        finally:
            self._ended.put(None)

    def _next(self) -> str | None:
        try:
            return None if self.stopping else self._waiting.popleft()
        except IndexError:
            return None


def _stopped(asked: Asked) -> Asked:
    """Of a question that hanging up may have cut off. One that ended by itself stays as it is."""
    spoken = asked.spoken
    lost = spoken.refused is not None and spoken.refused.code == UNREACHABLE
    if spoken.broken is None and not lost:
        return asked
    return replace(asked, spoken=replace(spoken, refused=None, broken=None, stopped=True))


@contextmanager
def on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C acts, once, instead of raising where it happens to strike; a second one raises.

    Where Ctrl-C is not Python's to handle, as under `nohup`, it is not ours either.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        act()

    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ours or current_thread() is not main_thread():
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
